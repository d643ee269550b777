/**
 * `npm run test:kills -- 20`: n8n is killed that often, at random moments, while the push trigger hands over a burst; on a seed that nobody
 * tried yet (PUSH_SEED=n: on that one). `npm run test:kills -- 20 worker`: a worker is, in queue mode. `npm run test:kills -- 1000 faults`: so
 * many faults of all that queue mode rests on, kills among them.
 */
import { runTests } from './testing/runTests.mjs';

const tests = new Map([
	['n8n', ['PUSH_KILLS', 'e2e/imapPushTrigger', 'is killed']],
	['worker', ['PUSH_WORKER_KILLS', 'e2e/pushQueue', 'is killed']],
	['faults', ['PUSH_QUEUE_FAULTS', 'e2e/pushFaults', 'faults']],
]);
const wanted = Number(process.argv[2] ?? 20);
const test = tests.get(process.argv[3] ?? 'n8n');
if (!Number.isInteger(wanted) || wanted < 1 || !test) {
	console.error('Say how many, in a whole number, and of what: npm run test:kills -- 20, 20 worker, or 1000 faults');
	process.exit(2);
}
const [variable, file, name] = test;
Object.assign(process.env, { [variable]: String(wanted), PUSH_SEED: process.env.PUSH_SEED ?? 'random' });
process.exit(await runTests(['e2e', '--testPathPatterns', file, '-t', name]));
