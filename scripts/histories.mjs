/**
 * `npm run test:histories -- 10000`: that many random histories, spread over Dovecot, Cyrus and Courier, on a seed that nobody tried
 * yet (HISTORY_SEED=n: on that one), and a row about them in docs/histories.md. 10,000 take hours.
 *
 *   npm run test:histories -- 5000 doubt                     those of test/support/histories, full of what leaves a follower in doubt
 *   npm run test:histories -- 5000 doubt renumber,restore    only with these of their acts, beside deliveries and runs
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './n8n/package.mjs';
import { runTests } from './testing/runTests.mjs';

const SERVERS = 3;
const wanted = Number(process.argv[2] ?? 10_000);
if (!Number.isInteger(wanted) || wanted < SERVERS) {
	console.error('Say how many histories, in a whole number: npm run test:histories -- 10000');
	process.exit(2);
}
const [, , , kind, acts] = process.argv;
if (kind !== undefined && kind !== 'doubt') {
	console.error(`There are no histories called ${kind}: say doubt, or nothing.`);
	process.exit(2);
}
const seed = process.env.HISTORY_SEED ?? String(Date.now() % 2 ** 31);
const onEach = Math.ceil(wanted / SERVERS);
Object.assign(process.env, { HISTORY_SEED: seed, HISTORIES: String(onEach), ...(acts ? { HISTORY_ACTS: acts } : {}) });

const began = Date.now();
const code = await runTests(['servers', '--testPathPatterns', kind === 'doubt' ? 'servers/histories' : 'servers/randomHistory']);
const minutes = Math.round((Date.now() - began) / 60_000);

const output = (program, ...args) => execFileSync(program, args, { encoding: 'utf8', cwd: projectRoot }).trim();
/** The version in Debian, from which the roots of Cyrus and Courier are made. */
const inDebian = (name) => /^Version: (\S+)/m.exec(output('apt-cache', 'show', '--no-all-versions', name))?.[1] ?? 'unknown';
const servers = [
	`Dovecot ${output('dovecot', '--version').split(' ')[0]}`,
	`Cyrus ${inDebian('cyrus-imapd')}`,
	`Courier ${inDebian('courier-imap')}`,
].join(', ');
const cells = [
	new Date(began).toISOString().slice(0, 10),
	onEach * SERVERS,
	seed,
	servers,
	`Node ${process.versions.node}`,
	output('git', 'rev-parse', '--short', 'HEAD'),
	`${minutes} min`,
	code === 0
		? kind === 'doubt'
			? `full of doubt${acts ? ` (${acts})` : ''}: nothing lost`
			: 'all ended in the same mailbox'
		: 'FAILED',
];
appendFileSync(join(projectRoot, 'docs/histories.md'), `| ${cells.join(' | ')} |\n`);
process.exit(code);
