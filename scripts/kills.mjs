/**
 * `npm run test:kills -- 20`: n8n is killed that often, at random moments, while the push trigger hands over a burst; on a seed that nobody
 * tried yet (PUSH_SEED=n: on that one).
 */
import { runTests } from './testing/runTests.mjs';

const wanted = Number(process.argv[2] ?? 20);
if (!Number.isInteger(wanted) || wanted < 1) {
	console.error('Say how many times, in a whole number: npm run test:kills -- 20');
	process.exit(2);
}
Object.assign(process.env, { PUSH_KILLS: String(wanted), PUSH_SEED: process.env.PUSH_SEED ?? 'random' });
process.exit(await runTests(['e2e', '--testPathPatterns', 'e2e/imapPushTrigger', '-t', 'is killed']));
