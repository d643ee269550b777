const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * Seconds that the longest files take. Jest orders by the times in its cache, which a fresh clone does not have: it would go by
 * size, begin a long file last, and let the other workers wait for it.
 */
/** @type {Record<string, number>} */
const seconds = {
	'servers/randomHistory': 160,
	'servers/everyStep': 100,
	'hostile/hostileServer': 90,
	'servers/lyingServer': 80,
	'hostile/growth': 70,
	'servers/folderActions': 75,
	'servers/copyToAccount': 55,
	'servers/actions': 50,
	'servers/pushTrigger': 90,
	'servers/archive': 40,
	'servers/drafts': 38,
	'servers/randomModes': 35,
	'servers/largeExport': 33,
	'servers/searching': 31,
	'servers/largeAttachments': 29,
	'servers/changes': 29,
	'servers/largeMailbox': 27,
	'servers/reading': 25,
	'servers/differential': 20,
	'e2e/modes': 420,
	'e2e/demo': 128,
	'e2e/tenants': 120,
	'e2e/imapPushTrigger': 110,
	'e2e/changes': 94,
	'workflows/workflows': 100,
	'e2e/imapSyncAction': 60,
	'e2e/imapSyncActionTool': 60,
	'e2e/pushQueue': 60,
	'e2e/oAuth2SignIn': 100,
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
