/**
 * `npm run test:burst -- 500`: bursts of so many messages for the push trigger in a real n8n: all succeed, each third fails once, all fail;
 * and what is done to messages afterwards, looked at all the while. `-- 500 queue` in queue mode, with Redis, PostgreSQL and two workers;
 * `-- 500 cyrus` on Cyrus in the place of Dovecot; `-- 500 queue cyrus` both.
 */
import { runTests } from './testing/runTests.mjs';

const [first = '500', ...where] = process.argv.slice(2);
const letters = Number(first);
if (!Number.isInteger(letters) || letters < 1 || where.some((word) => word !== 'queue' && word !== 'cyrus')) {
	console.error(
		'Say how many messages, in a whole number, and where: npm run test:burst -- 500, 500 queue, 500 cyrus, or 500 queue cyrus',
	);
	process.exit(2);
}
process.env.PUSH_BURST = String(letters);
if (where.includes('queue')) process.env.PUSH_BURST_MODE = 'queue';
if (where.includes('cyrus')) process.env.PUSH_BURST_SERVER = 'cyrus';
// Cyrus has a root of its own, which is set up for the tests over servers.
const projects = where.includes('cyrus') ? ['servers', 'e2e'] : ['e2e'];
process.exit(await runTests([...projects, '--testPathPatterns', 'e2e/pushBurst']));
