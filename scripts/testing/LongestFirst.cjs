const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * Seconds that the longest files take. Jest orders by the times in its cache, which a fresh clone does not have: it would go by
 * size, begin a long file last, and let the other workers wait for it.
 */
/** @type {Record<string, number>} */
const seconds = {
	'hostile/hostileServer': 87,
	'servers/archive': 81,
	'servers/pushOutages': 79,
	'servers/pushTrigger': 70,
	'servers/folderActions': 68,
	'servers/pushServers': 63,
	'servers/actions': 58,
	'contract/pipeline': 58,
	'servers/drafts': 56,
	'servers/everyStep': 55,
	'servers/largeExport': 55,
	'servers/histories': 54,
	'servers/lyingServer': 53,
	'servers/randomModes': 50,
	'servers/wireBudgets': 50,
	'servers/pushLatency': 48,
	'servers/changes': 44,
	'servers/reading': 44,
	'servers/searchFolder': 44,
	'servers/searching': 44,
	'servers/acknowledgement': 41,
	'servers/randomHistory': 40,
	'contract/imapMailServer': 40,
	'servers/actionLimits': 39,
	'servers/copyToAccount': 34,
	'servers/pushResources': 33,
	'servers/otherServers': 33,
	'hostile/hostileInput': 32,
	'servers/ownNotes': 30,
	'hostile/growth': 30,
	'contract/everyByte': 30,
	'servers/largeAttachments': 25,
	'e2e/modes': 400,
	'e2e/tenants': 217,
	'e2e/demo': 175,
	'workflows/workflows': 167,
	'e2e/changes': 160,
	'e2e/imapPushTrigger': 120,
	'e2e/oAuth2SignIn': 120,
	'e2e/pushQueue': 76,
	'e2e/imapSyncActionTool': 67,
	'e2e/eventLoop': 60,
	'e2e/imapSyncTrigger': 55,
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
