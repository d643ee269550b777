const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * Seconds that the longest files take. Jest orders by the times in its cache, which a fresh clone does not have: it would go by
 * size, begin a long file last, and let the other workers wait for it.
 */
/** @type {Record<string, number>} */
const seconds = {
	'servers/lyingServer': 380,
	'servers/everyStep': 250,
	'servers/randomHistory': 200,
	'hostile/growth': 170,
	'servers/pushTrigger': 160,
	'servers/copyToAccount': 120,
	'servers/folderActions': 105,
	'hostile/hostileServer': 103,
	'contract/everyByte': 35,
	'servers/archive': 96,
	'servers/drafts': 69,
	'servers/actions': 50,
	'servers/randomModes': 35,
	'servers/largeExport': 33,
	'servers/searching': 31,
	'servers/largeAttachments': 29,
	'servers/changes': 29,
	'servers/largeMailbox': 27,
	'servers/reading': 25,
	'servers/differential': 20,
	'e2e/modes': 400,
	'e2e/demo': 175,
	'e2e/tenants': 155,
	'workflows/workflows': 145,
	'e2e/changes': 126,
	'e2e/imapPushTrigger': 120,
	'e2e/oAuth2SignIn': 120,
	'e2e/pushQueue': 76,
	'e2e/imapSyncAction': 60,
	'e2e/imapSyncActionTool': 60,
	'e2e/imapSyncTrigger': 57,
};

/** @param {string} path */
const known = (path) => seconds[/([^/\\]+[/\\][^/\\]+)\.test\.ts$/.exec(path)?.[1].replace('\\', '/') ?? ''] ?? 0;

/** The files known to be long go first, the longest before all; the rest as Jest has it. */
module.exports = class LongestFirst extends Sequencer {
	/**
	 * @override
	 * @param {import('@jest/test-result').Test[]} tests
	 */
	async sort(tests) {
		const sorted = await super.sort(tests);
		// Sorting is stable: what is not known keeps its place.
		return [...sorted].sort((a, b) => known(b.path) - known(a.path));
	}
};
