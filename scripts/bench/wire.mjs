/**
 * What runs cost at the wire: round trips, bytes and time over a line of RTT milliseconds, and CPU beside the library by hand.
 *
 *   RTT=50 node scripts/bench/wire.mjs
 *
 * Needs `npm run build`. It starts its own Dovecot, with the harness of the tests, and writes docs/bench.md. Round trips are counted by
 * the tests' proxy after login; times swing with the load of the machine, counts do not.
 */
import { fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../n8n/package.mjs';
import { core, run, settingsFor } from './parts/core.mjs';
import { loadHarness } from './parts/harness.mjs';

const require = createRequire(import.meta.url);
const RTT = Number(process.env.RTT ?? 50);
/** Readings of each kind, in turns. */
const ROUNDS = 3;

const text = 'Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod\r\n';
const mail = (i, size = 10_000) =>
	[
		'From: Jane <jane@example.com>',
		'To: Bob <bob@example.com>',
		`Subject: number ${i}`,
		'Date: Sun, 22 Nov 2026 10:00:00 +0100',
		`Message-ID: <${i}@example.com>`,
		'Content-Type: text/plain; charset=utf-8',
		'',
		text.repeat(Math.ceil(size / text.length)),
	].join('\r\n');
const mails = (count, size) => Array.from({ length: count }, (_, i) => mail(i, size));
/** A line on which each direction takes half of the round trip. */
async function startLine(target, rtt) {
	const carry = (from, to) => {
		from.on('data', (bytes) => setTimeout(() => to.destroyed || to.write(bytes), rtt / 2));
		from.on('close', () => setTimeout(() => to.destroy(), rtt / 2));
		from.on('error', () => to.destroy());
	};
	const server = createServer((client) => {
		const far = connect(target.port, target.host);
		for (const socket of [client, far]) socket.setNoDelay(true);
		carry(client, far);
		carry(far, client);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
	return { host: '127.0.0.1', port, stop: () => server.close() };
}

const everything = ['messageNew', 'messageUpdated', 'messageDeleted'];
const folders = (count) => Array.from({ length: count }, (_, i) => `Project ${i}`);

/** What is measured: `prepare` before the first run, `change` between it and the one that counts. */
const scenarios = [
	{ name: 'nothing new, 1 folder', events: everything, selection: { kind: 'chosen', folders: ['INBOX'] } },
	{ name: 'nothing new, 100 folders', events: everything, folders: 99 },
	{ name: 'nothing new, 100 folders, no LIST-STATUS', events: everything, folders: 99, mask: ['LIST-STATUS'] },
	{ name: 'nothing new, 1,000 folders, no LIST-STATUS', events: everything, folders: 999, mask: ['LIST-STATUS'] },
	{ name: 'nothing new, 100 folders, nothing but IMAP4rev1, all events', events: everything, folders: 99, mask: 'poor' },
	{ name: 'first contact, 1,000 folders, new mail from now on', events: ['messageNew'], folders: 999, first: true },
	{
		name: '200 new messages in 40 folders',
		events: ['messageNew'],
		folders: 40,
		change: async (dovecot, user) => {
			for (const folder of folders(40)) await dovecot.appendMany(user, folder, mails(5, 2_000));
		},
	},
	{
		name: '1 new message',
		events: ['messageNew'],
		selection: { kind: 'chosen', folders: ['INBOX'] },
		change: (dovecot, user) => dovecot.append(user, 'INBOX', mail(1)),
	},
	{
		name: '1,000 changes of flags',
		events: everything,
		limits: { messages: 1_000 },
		prepare: (dovecot, user) => dovecot.fill(user, 'INBOX', 1_000),
		change: async (dovecot, user) => dovecot.flags(user, 'INBOX', await dovecot.uids(user, 'INBOX'), { add: ['\\Flagged'] }),
	},
];

/** @type {(servers: any, scenario: any) => Promise<Record<string, number>>} */
const measure = async ({ dovecot, proxy, line }, { mask = [], prepare, change, first, folders: count = 0, ...ask }) => {
	proxy.mask = mask === 'poor' ? ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS', 'ENABLE'] : mask;
	const user = dovecot.newUser();
	const raw = await dovecot.login(user);
	for (const folder of folders(count)) await raw.ok(`CREATE "${folder}"`);
	await raw.logout();
	await prepare?.(dovecot, user);
	const before = first ? undefined : (await run(proxy, user, undefined, ask)).state;
	await change?.(dovecot, user);
	proxy.reset();
	const start = performance.now();
	const { count: events } = await run(line, user, before, ask);
	const seconds = (performance.now() - start) / 1000;
	const { login, work } = proxy.totals();
	return { events, login: login.roundTrips, work: work.roundTrips, bytes: work.toServer + work.toClient, seconds };
};

/** @typedef {{ seconds: number, cpu: number }} Took CPU in seconds */

/**
 * Copies messages from account to account over the line, in a new process and once more in the same; the same by mbsync, where that is
 * installed. Of each the middle.
 */
async function measureCopy({ dovecot, line }, count) {
	const user = dovecot.newUser();
	await dovecot.appendMany(user, 'INBOX', mails(count));
	/** @type {Array<{ first: Took, again: Took }>} */
	const copied = [];
	/** @type {Array<number | undefined>} */
	const other = [];
	for (let round = 0; round < ROUNDS; round++) {
		copied.push(await inProcess('--copy', line, user, dovecot.newUser(), dovecot.newUser()));
		other.push(await mbsync(line, user, dovecot.newUser()));
	}
	/** @param {Took[]} all */
	const middleOf = (all) => all.sort((a, b) => a.seconds - b.seconds)[Math.floor(ROUNDS / 2)];
	return {
		first: middleOf(copied.map(({ first }) => first)),
		again: middleOf(copied.map(({ again }) => again)),
		mbsync: other.sort((a, b) => (a ?? 0) - (b ?? 0))[Math.floor(ROUNDS / 2)],
	};
}

const cpuSeconds = () => {
	const { user, system } = process.cpuUsage();
	return (user + system) / 1e6;
};

/** Copies twice, each time to a new account. */
async function copyTwice(line, user, others) {
	const first = { ...(await copy(line, user, others[0])), cpu: cpuSeconds() };
	const again = { ...(await copy(line, user, others[1])), cpu: cpuSeconds() - first.cpu };
	return { first, again };
}

/** The copying itself. */
async function copy(line, user, other) {
	const { connectSession } = core('sync/session/connectSession.js');
	const { copyFolderToAccount } = core('sync/changing/copyToAccount.js');
	const start = performance.now();
	const [source, target] = await Promise.all([user, other].map((name) => connectSession(settingsFor(name, line))));
	const options = { createFolder: true, maxSize: Infinity, stopped: () => false, onResult: () => undefined };
	await copyFolderToAccount(source.reader, target, { from: 'INBOX', to: 'INBOX' }, options);
	await Promise.all([source.close(), target.close()]);
	return { seconds: (performance.now() - start) / 1000 };
}

async function mbsync({ host, port }, from, to) {
	const folder = mkdtempSync(join(tmpdir(), 'imap-sync-mbsync-'));
	const account = (name, user) =>
		`IMAPAccount ${name}\nHost ${host}\nPort ${port}\nUser ${user}\nPass secret\nSSLType None\nAuthMechs LOGIN\n\nIMAPStore ${name}\nAccount ${name}\n\n`;
	const file = join(folder, 'rc');
	writeFileSync(
		file,
		`${account('a', from)}${account('b', to)}Channel c\nFar :a:\nNear :b:\nSync Pull\nCopyArrivalDate yes\nSyncState ${folder}/\n`,
	);
	const start = performance.now();
	const child = spawn('mbsync', ['-c', file, 'c'], { stdio: 'ignore' });
	const code = await new Promise((ended) => child.once('close', ended).once('error', () => ended(-1)));
	rmSync(folder, { recursive: true, force: true });
	return code === 0 ? (performance.now() - start) / 1000 : undefined;
}

/** Does something in a process of its own; gives what that says, and its CPU seconds. */
async function inProcess(what, { host, port }, ...rest) {
	const child = fork(fileURLToPath(import.meta.url), [what, host, String(port), ...rest]);
	const [answer] = await once(child, 'message');
	await once(child, 'exit');
	return answer;
}

/** Everything that was read, in the library's own way. */
async function readByHand(at, user) {
	const { ImapFlow } = require('imapflow');
	const { user: name, password, host, port } = settingsFor(user, at);
	const auth = { user: name, pass: password };
	const client = new ImapFlow({ host, port, secure: false, doSTARTTLS: false, auth, logger: false });
	await client.connect();
	await client.mailboxOpen('INBOX', { readOnly: true });
	/** @type {Buffer[]} */
	const sources = [];
	for await (const row of client.fetch('1:*', { uid: true, flags: true, size: true, internalDate: true, source: true }))
		if (row.source) sources.push(row.source);
	await client.logout();
	return sources;
}

const loadCore = () => {
	for (const path of ['sync/imap/ImapMailServer.js', 'sync/run/syncAccount.js', 'nodes/shared/items.js']) core(path);
};

const BY_HAND = 'imapflow by hand, raw';

const readers = {
	'start of the process, with imapflow': async () => void require('imapflow'),
	'start of the process, with this package': async () => {
		require('imapflow');
		loadCore();
	},
	[BY_HAND]: async (at, user) => {
		const items = (await readByHand(at, user)).map((source) => source.toString('base64'));
		if (items.length === 0) throw new Error('nothing read');
	},
	'imapflow by hand, then mailparser with its skip options': async (at, user) => {
		const { simpleParser } = require('mailparser');
		const items = [];
		for (const source of await readByHand(at, user))
			items.push(
				await simpleParser(source, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true, skipTextLinks: true }),
			);
	},
	...Object.fromEntries(
		['raw', 'metadata', 'content'].map((output) => [
			`this package, ${output}`,
			async (at, user) => {
				const ask = { events: ['messageNew'], selection: { kind: 'chosen', folders: ['INBOX'] }, output, startFrom: 'all' };
				let state;
				for (let count = 1; count > 0;)
					({ state, count } = await run(at, user, state, { ...ask, limits: { olderMessages: 5_000 } }));
			},
		]),
	),
};

const table = (head, rows) =>
	[
		`| ${head.join(' | ')} |`,
		`|${head.map((_, i) => (i === 0 ? '---|' : '---:|')).join('')}`,
		...rows.map((row) => `| ${row.join(' | ')} |`),
	].join('\n');

/**
 * The middle of some rounds in turns: of the whole process, with the start and the first reading, and of the third reading in the same
 * process, when what is run often is compiled.
 */
async function measureReaders(dovecot, user, count) {
	/** @type {Array<[string, Array<{ cpu: number, again: number }>]>} */
	const taken = Object.keys(readers).map((contender) => [contender, []]);
	for (let round = 0; round < ROUNDS; round++)
		for (const [contender, all] of taken) all.push(await inProcess('--reader', dovecot, user, contender));
	/** @param {number[]} all */
	const middleOf = (all) => all.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
	const middle = taken.map(([contender, all]) => ({
		contender,
		whole: middleOf(all.map(({ cpu }) => cpu)),
		again: middleOf(all.map(({ again }) => again)),
	}));
	const hand = middle.find(({ contender }) => contender === BY_HAND);
	return middle.map(({ contender, whole, again }) => {
		const row = [contender, whole.toFixed(2), (whole / (hand?.whole ?? NaN)).toFixed(1)];
		if (contender.startsWith('start')) return [...row, '', ''];
		return [...row, ((again * 1000) / count).toFixed(2), (again / (hand?.again ?? NaN)).toFixed(1)];
	});
}

/** Reads in this process, and then two times more; gives the CPU seconds of it all until the first was over, and of the third. */
async function readThrice(at, user, contender) {
	const read = readers[contender];
	await read(at, user);
	const cpu = cpuSeconds();
	if (contender.startsWith('start')) return { cpu, again: 0 };
	await read(at, user);
	const before = cpuSeconds();
	await read(at, user);
	return { cpu, again: cpuSeconds() - before };
}

async function report(servers) {
	const loadBefore = loadavg()[0];
	const rows = [];
	for (const { name, ...scenario } of scenarios) {
		const { login, work, bytes, seconds, events } = await measure(servers, scenario);
		console.error(`${name}: ${work} round trips`);
		rows.push([name, events, login, work, (bytes / 1000).toFixed(1), seconds.toFixed(2)]);
	}
	const copies = 1_500;
	const copied = await measureCopy(servers, copies);
	const copyRow = (name, { seconds, cpu }) => [
		name,
		seconds.toFixed(1),
		copied.mbsync ? (seconds / copied.mbsync).toFixed(1) : '',
		((cpu * 1000) / copies).toFixed(2),
	];
	const count = 5_000;
	const user = servers.dovecot.newUser();
	await servers.dovecot.appendMany(user, 'INBOX', mails(count));
	const cpu = await measureReaders(servers.dovecot, user, count);
	// It ends with another code where it was slower than others, which is a result too.
	const mime = fileURLToPath(new URL('mime.mjs', import.meta.url));
	const { stdout: reading } = spawnSync(process.execPath, [mime, '0.5'], { encoding: 'utf8' });
	const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
	return `# Measured

\`npm run bench\` writes this page: version ${version}, Node ${process.version}, ${cpus().length} cores, Dovecot, a line of ${RTT} ms, ${new Date().toISOString().slice(0, 10)}.
Round trips and bytes are counted and come out the same each time; seconds and CPU swing with what else the machine does.
For limits that tests hold, see [what it costs](costs.md). Load of the machine (1 minute) at the beginning ${loadBefore.toFixed(1)}, at the end ${loadavg()[0].toFixed(1)}.

## A poll

Round trips of the login, and after it; kB after it, both directions; seconds from connect to close. Folders are watched by pattern,
*Output* is Content.

${table(['', 'events', 'login', 'after it', 'kB', 'seconds'], rows)}

## Copying ${copies.toLocaleString('en')} messages of 10 kB to another account

The middle of ${ROUNDS} rounds in turns. n8n's process is one that has copied before.

${table(
	['', 'seconds', 'times mbsync', 'CPU ms a message'],
	[
		copyRow('Copy to Account, in a new process, its start counted as CPU', copied.first),
		copyRow('Copy to Account, once more in the same process', copied.again),
		['mbsync', copied.mbsync?.toFixed(1) ?? 'not installed', '', ''],
	],
)}

## CPU seconds for ${count.toLocaleString('en')} messages of 10 kB

Without a line between; the middle of ${ROUNDS} rounds in turns, against the library by hand. First the whole process with its start and one reading
of all messages, then the third reading in the same process, by message: n8n's process has read many before.

${table(['', 'first: CPU seconds', 'times by hand', 'third: ms a message', 'times by hand'], cpu)}

## Reading messages

\`\`\`
${reading.trim()}
\`\`\`
`;
}

const [what, host, port, user, ...others] = process.argv.slice(2);
if (what === '--reader' || what === '--copy') {
	const at = { host, port: Number(port) };
	const answer = what === '--copy' ? await copyTwice(at, user, others) : await readThrice(at, user, others[0]);
	process.send?.(answer, () => process.exit(0));
} else {
	const harness = loadHarness();
	const dovecot = await harness('dovecot.js').startDovecot();
	const proxy = await harness('wire/countingProxy.js').startProxy(dovecot);
	const line = await startLine(proxy, RTT);
	try {
		writeFileSync(join(projectRoot, 'docs/bench.md'), await report({ dovecot, proxy, line }));
	} finally {
		line.stop();
		await proxy.stop();
		await dovecot.stop();
	}
	process.exit(0);
}
