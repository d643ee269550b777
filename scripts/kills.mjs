/**
 * `npm run test:kills -- 20`: n8n is killed that often, at random moments, while the push trigger hands over a burst; on a seed that nobody
 * tried yet (PUSH_SEED=n: on that one). `npm run test:kills -- 20 worker`: a worker is, in queue mode.
 */
import { runTests } from './testing/runTests.mjs';

const wanted = Number(process.argv[2] ?? 20);
const whom = process.argv[3] ?? 'n8n';
if (!Number.isInteger(wanted) || wanted < 1 || !['n8n', 'worker'].includes(whom)) {
	console.error('Say how many times, in a whole number, and whom: npm run test:kills -- 20, npm run test:kills -- 20 worker');
	process.exit(2);
}
const [variable, file] = whom === 'worker' ? ['PUSH_WORKER_KILLS', 'e2e/pushQueue'] : ['PUSH_KILLS', 'e2e/imapPushTrigger'];
Object.assign(process.env, { [variable]: String(wanted), PUSH_SEED: process.env.PUSH_SEED ?? 'random' });
process.exit(await runTests(['e2e', '--testPathPatterns', file, '-t', 'is killed']));
