/**
 * How a poll grows with the mailbox: from 1,000 to 300,000 messages in a folder, and from 1 to 2,000 folders.
 *
 *   node scripts/bench/growth.mjs
 *
 * Needs `npm run build`. It starts its own Dovecot, with the harness of the tests, and writes docs/growth.md and docs/pictures/growth.svg.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../n8n/package.mjs';
import { run } from './parts/core.mjs';
import { loadHarness } from './parts/harness.mjs';
import { logChart } from './parts/logChart.mjs';

/** @typedef {{ count: number, [what: string]: number }} Row */

/** Polls of each kind; the middle counts. */
const ROUNDS = 5;
const everything = ['messageNew', 'messageUpdated', 'messageDeleted'];
const masks = { QRESYNC: [], CONDSTORE: ['QRESYNC'], neither: ['QRESYNC', 'CONDSTORE', 'ENABLE'] };

const harness = loadHarness();
const dovecot = await harness('dovecot.js').startDovecot();
const proxy = await harness('wire/countingProxy.js').startProxy(dovecot);

/** @type {(round: number) => Promise<void>} */
const NOTHING = async () => undefined;

/** Milliseconds of a poll from connect to close, the middle of some; `change` happens before each. Gives the state of the last too. */
async function polls(user, before, ask, change = NOTHING) {
	const taken = [];
	let state = before;
	for (let round = 0; round < ROUNDS; round++) {
		await change(round);
		const start = performance.now();
		({ state } = await run(proxy, user, ask.isFirst ? undefined : state, ask));
		taken.push(performance.now() - start);
	}
	return { ms: taken.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)], state };
}

/** @returns {Promise<Row>} */
async function inMessages(count) {
	const user = dovecot.newUser();
	await dovecot.fill(user, 'INBOX', count);
	const ask = { events: everything, selection: { kind: 'chosen', folders: ['INBOX'] }, output: 'metadata' };
	/** @type {Row} */
	const row = { count };
	for (const [place, [server, mask]] of Object.entries(masks).entries()) {
		proxy.mask = mask;
		let { state } = await run(proxy, user, undefined, ask);
		if (server === 'QRESYNC') row['position, kB'] = JSON.stringify(state).length / 1000;
		const lowest = Math.floor(count / 3) + 10 * ROUNDS * place;
		/** @type {Array<[string, (round: number) => Promise<void>]>} */
		const happenings = [
			['nothing new', NOTHING],
			['1 new', () => dovecot.fill(user, 'INBOX', 1)],
			['1 deleted', (round) => dovecot.expunge(user, 'INBOX', [lowest + 7 * round])],
		];
		for (const [what, change] of happenings) {
			const taken = await polls(user, state, ask, change);
			state = taken.state;
			row[`${what}, ${server}`] = taken.ms;
		}
	}
	console.error(`${count} messages`);
	return row;
}

/** @returns {Promise<Row>} */
async function inFolders(count) {
	const user = dovecot.newUser();
	const raw = await dovecot.login(user);
	for (let i = 1; i < count; i++) await raw.ok(`CREATE "Project ${i}"`);
	await raw.logout();
	/** @type {Row} */
	const row = { count };
	for (const [server, mask] of Object.entries({ 'LIST-STATUS': [], 'no LIST-STATUS': ['LIST-STATUS'] })) {
		proxy.mask = mask;
		const ask = { events: ['messageNew'], output: 'metadata' };
		const first = await polls(user, undefined, { ...ask, isFirst: true });
		row[`first contact, ${server}`] = first.ms;
		row[`nothing new, ${server}`] = (await polls(user, first.state, ask)).ms;
		if (server === 'LIST-STATUS') row['position, kB'] = JSON.stringify(first.state).length / 1000;
	}
	console.error(`${count} folders`);
	return row;
}

/** @param {Row[]} rows */
function table(rows) {
	const names = Object.keys(rows[0]).filter((name) => name !== 'count');
	const line = (cells) => `| ${cells.join(' | ')} |`;
	const body = rows.map(({ count, ...values }) =>
		line([count.toLocaleString('en'), ...names.map((name) => values[name].toFixed(name.endsWith('kB') ? 1 : 0))]),
	);
	return [line(['', ...names]), `|---:${'|---:'.repeat(names.length)}|`, ...body].join('\n');
}

/** @param {Row[]} rows */
const lines = (rows) =>
	Object.keys(rows[0])
		.filter((name) => name !== 'count' && !name.endsWith('kB'))
		.map((name) => ({ name, points: rows.map((row) => /** @type {[number, number]} */ ([row.count, row[name]])) }));

try {
	// What is loaded and compiled with the first polls is no matter of the mailbox.
	await inMessages(1_000);
	/** @type {Row[]} */
	const messages = [];
	for (const count of [1_000, 3_000, 10_000, 30_000, 100_000, 300_000]) messages.push(await inMessages(count));
	/** @type {Row[]} */
	const folders = [];
	for (const count of [1, 10, 100, 500, 2_000]) folders.push(await inFolders(count));
	const chart = logChart([
		{ title: 'Messages in the folder', lines: lines(messages) },
		{ title: 'Folders, each with few messages', lines: lines(folders) },
	]);
	writeFileSync(join(projectRoot, 'docs/pictures/growth.svg'), chart);
	writeFileSync(
		join(projectRoot, 'docs/growth.md'),
		`# How a poll grows with the mailbox

\`npm run bench -- growth\` writes this page and the picture: Node ${process.version}, ${cpus().length} cores, Dovecot without a line between,
${new Date().toISOString().slice(0, 10)}. Milliseconds of a whole poll from connect to close, the middle of ${ROUNDS}. Both axes of the picture are logarithmic.

![How long a poll takes by how much is in the mailbox](pictures/growth.svg)

## Messages in a folder

All events of one folder, *Output* is Metadata. A proxy hides what a server does not offer. The position is what is kept for the next poll.

${table(messages)}

## Folders

New mail of all folders.

${table(folders)}
`,
	);
} finally {
	await proxy.stop();
	await dovecot.stop();
}
process.exit(0);
