import js from '@eslint/js';
import { configWithoutCloudSupport } from '@n8n/node-cli/eslint';
import { rooms } from './rooms.mjs';

const only = (where, ...names) => names.map((name) => ({ name, message: `only ${where} may import ${name}` }));
const imports = (paths, patterns = []) => ({ 'no-restricted-imports': ['error', { paths, patterns }] });
const mailServer = only('sync/imap', 'imapflow', 'p-queue');
const zip = only('sync/archive', 'yazl');
const mimeParser = only(
	'sync/mime',
	'libmime',
	'htmlparser2',
	'ical.js',
	'windows-iana',
	'sanitize-html',
	'nodemailer',
	'nodemailer/lib/addressparser',
	'nodemailer/lib/mail-composer',
);
const n8n = only('nodes/ and credentials/', 'n8n-workflow');

/** Which room may enter which is held by dependency-cruiser (rooms.mjs), the libraries of each room here. */
const libraries = { imap: [...mimeParser, ...zip], mime: [...mailServer, ...zip], archive: [...mailServer, ...mimeParser] };
const librariesNotFor = (room) => [...n8n, ...(libraries[room] ?? [...mailServer, ...mimeParser, ...zip])];
const noNodes = { group: ['**/nodes/**', '**/credentials/**'], message: 'sync/ knows nothing of n8n' };
/** The pure modules: they get clock, limits and capabilities as arguments and touch nothing outside. */
const pure = {
	changing: ['nameInOtherAccount'],
	delivery: ['retry'],
	events: ['createEvent', 'eventId'],
	folder: [
		'apply',
		'commit',
		'audit',
		'diagnostics',
		'diff',
		'filterMatches',
		'fingerprint',
		'flagSets',
		'folderState',
		'moves',
		'plan',
		'rankProbe',
		'recognition',
		'suppress',
		'syncNeeds',
		'transition',
		'uidReuse',
		'unacknowledged',
		'visibility',
	],
	ownChanges: ['changeNote', 'notesFolder', 'ownChanges'],
	push: ['doneMark', 'finishing', 'lane', 'ledger', 'policy', 'storedLedger'],
	reading: ['batch', 'messageAddress', 'messageReference'],
	run: ['folderChanges'],
	search: ['evaluate'],
	server: ['folderListing', 'folderSelection', 'serverFaults'],
	state: ['accountState', 'describePosition', 'keptMessage', 'position', 'saltedKey', 'state', 'stateMessage'],
	uids: ['uidSet'],
};
const noOutside = [
	{ group: ['node:*', '!node:crypto', '!node:zlib'], message: 'a pure module does no I/O' },
	{ group: ['**/imap/*', '**/mime/*'], message: 'a pure module does not reach the mail server or the MIME parser' },
];
const noClockNorChance = {
	'no-restricted-properties': [
		'error',
		{ object: 'Date', property: 'now', message: 'a pure module gets the clock as an argument' },
		{ object: 'Math', property: 'random', message: 'a pure module gets chance as an argument' },
	],
};

/** Functions that can be read at one glance. A longer one says beside it why it is. */
const short = { 'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }] };

export default [
	...configWithoutCloudSupport,
	{ ignores: ['dist/**', 'node_modules/**'] },
	// Scripts, the demo and the configuration files. Names that are not defined are found by their type check (scripts/tsconfig.json).
	{ files: ['**/*.{js,mjs}'], rules: { ...js.configs.recommended.rules, 'no-undef': 'off' } },
	// imapflow, p-queue and the MIME libraries are needed at run time: the package is for self-hosted n8n and cannot be a verified node.
	{ files: ['package.json'], rules: { '@n8n/community-nodes/no-runtime-dependencies': 'off' } },
	// sync/ knows nothing of n8n: it throws its own errors, and only nodes/ turns them into n8n's.
	{ files: ['sync/**/*.ts', 'test/**/*.ts'], rules: { '@n8n/community-nodes/require-node-api-error': 'off' } },
	// Operations fail with SyncError too: ActionRun turns it into n8n's error, with the item it belongs to.
	{ files: ['nodes/ImapSync/actions/**/*.ts'], rules: { '@n8n/community-nodes/require-node-api-error': 'off' } },
	// So does what runs in the background: Alarm turns it into n8n's error, where it has to be seen.
	{
		files: ['nodes/ImapPushTrigger/{PushWatch,finish}.ts'],
		rules: { '@n8n/community-nodes/require-node-api-error': 'off' },
	},
	// Tests start mail servers and n8n, and log in with the passwords they made up for them.
	{
		files: ['test/**/*.ts'],
		rules: { '@n8n/community-nodes/no-dangerous-functions': 'off', '@n8n/community-nodes/no-hardcoded-secrets': 'off' },
	},
	// The rule wants "Folder Names or IDs"; a mail folder has no id, and people look for "Folders".
	{
		files: ['nodes/shared/folderSelection.ts'],
		rules: { 'n8n-nodes-base/node-param-display-name-wrong-for-dynamic-multi-options': 'off' },
	},
	// In flat config a later block replaces a rule's whole option list, so each folder names its full list.
	{ files: ['nodes/**/*.ts', 'credentials/**/*.ts'], rules: imports([...mailServer, ...mimeParser, ...zip]) },
	...Object.keys(rooms).map((room) => ({
		files: [`sync/${room}/**/*.ts`],
		rules: imports(librariesNotFor(room), [noNodes]),
	})),
	...Object.entries(pure).map(([room, names]) => ({
		files: names.map((name) => `sync/${room}/${name}.ts`),
		rules: { ...imports(librariesNotFor(room), [noNodes, ...noOutside]), ...noClockNorChance },
	})),
	{ files: ['sync/**/*.ts', 'nodes/**/*.ts', 'credentials/**/*.ts', 'scripts/**/*.mjs', 'examples/**/*.mjs'], rules: short },
];
