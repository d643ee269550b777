import { configWithoutCloudSupport } from '@n8n/node-cli/eslint';

const only = (where, ...names) => names.map((name) => ({ name, message: `only ${where} may import ${name}` }));
const imports = (paths, patterns = []) => ({ 'no-restricted-imports': ['error', { paths, patterns }] });
const mailServer = only('sync/imap', 'imapflow', 'p-queue');
const zip = only('sync/archive', 'yazl');
const mimeParser = only(
	'sync/mime',
	'mailparser',
	'libmime',
	'html-to-text',
	'ical.js',
	'sanitize-html',
	'nodemailer',
	'nodemailer/lib/mail-composer',
);
const n8n = only('nodes/ and credentials/', 'n8n-workflow');

/** The rooms of sync/ and the rooms they may enter; the files beside the rooms are for all. What is on the right knows nothing of what is on the left. */
const rooms = {
	run: ['folder', 'handOver', 'ownChanges', 'reading', 'search', 'state'],
	handOver: ['folder', 'reading', 'search'],
	folder: ['mime', 'reading', 'search'],
	ownChanges: ['changing', 'folder', 'state'],
	state: ['changing', 'folder'],
	changing: ['reading'],
	archive: ['folder', 'reading', 'search'],
	search: ['folder', 'mime', 'reading'],
	reading: [],
	imap: ['changing', 'ownChanges', 'reading'],
	mime: [],
};
const libraries = { imap: [...mimeParser, ...zip], mime: [...mailServer, ...zip], archive: [...mailServer, ...mimeParser] };
const librariesNotFor = (room) => [...n8n, ...(libraries[room] ?? [...mailServer, ...mimeParser, ...zip])];
const noNodes = { group: ['**/nodes/**', '**/credentials/**'], message: 'sync/ knows nothing of n8n' };
const closedTo = (room) => {
	const group = Object.keys(rooms)
		.filter((other) => other !== room && !rooms[room].includes(other))
		.map((other) => `../${other}/*`);
	return { group, message: `sync/${room} may enter ${rooms[room].join(', ') || 'no other room'} (eslint.config.mjs)` };
};

/** The pure modules: they get clock, limits and abilities as arguments and touch nothing outside. */
const pure = {
	run: ['folderChanges'],
	folder: [
		'apply',
		'audit',
		'awaiting',
		'diff',
		'findings',
		'fingerprint',
		'flagSets',
		'moves',
		'plan',
		'rankProbe',
		'recognition',
		'reusedUids',
		'searchFolder',
		'viewWindow',
	],
	handOver: ['retry'],
	ownChanges: ['changeNote', 'notesFolder', 'ownChanges'],
	reading: ['batch', 'messageAddress'],
	state: ['describePosition', 'keptMessage', 'position', 'state', 'stateMessage'],
};
const pureShared = ['distrust', 'event', 'eventId', 'folderNames', 'folderSelection', 'uidSet'];
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

export default [
	...configWithoutCloudSupport,
	{ ignores: ['dist/**', 'node_modules/**', '**/*.js', '**/*.mjs'] },
	// imapflow, mailparser and p-queue are needed at run time: the package is for self-hosted n8n and cannot be a verified node.
	{ files: ['package.json'], rules: { '@n8n/community-nodes/no-runtime-dependencies': 'off' } },
	// sync/ knows nothing of n8n: it throws its own errors, and only nodes/ turns them into n8n's.
	{ files: ['sync/**/*.ts', 'test/**/*.ts'], rules: { '@n8n/community-nodes/require-node-api-error': 'off' } },
	// Operations fail with SyncError too: ActionRun turns it into n8n's error, with the item it belongs to.
	{ files: ['nodes/ImapSync/actions/**/*.ts'], rules: { '@n8n/community-nodes/require-node-api-error': 'off' } },
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
	{
		files: ['nodes/shared/**/*.ts'],
		rules: imports(
			[...mailServer, ...mimeParser, ...zip],
			[
				{
					group: ['**/ImapSync/**', '**/ImapSyncTrigger/**', '**/ImapPushTrigger/**'],
					message: 'nodes/shared knows none of the nodes',
				},
			],
		),
	},
	{ files: ['sync/*.ts'], rules: imports(librariesNotFor(), [noNodes]) },
	...Object.keys(rooms).map((room) => ({
		files: [`sync/${room}/**/*.ts`],
		rules: imports(librariesNotFor(room), [noNodes, closedTo(room)]),
	})),
	{
		files: pureShared.map((name) => `sync/${name}.ts`),
		rules: { ...imports(librariesNotFor(), [noNodes, ...noOutside]), ...noClockNorChance },
	},
	...Object.entries(pure).map(([room, names]) => ({
		files: names.map((name) => `sync/${room}/${name}.ts`),
		rules: { ...imports(librariesNotFor(room), [noNodes, closedTo(room), ...noOutside]), ...noClockNorChance },
	})),
];
