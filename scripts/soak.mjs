/**
 * `npm run test:soak -- 10000 30`: so many messages over so many minutes through the push trigger, with cuts at random moments; on a seed
 * that nobody tried yet (PUSH_SEED=n: on that one).
 */
import { runTests } from './testing/runTests.mjs';

const [messages, minutes] = [Number(process.argv[2] ?? 10_000), Number(process.argv[3] ?? 30)];
if (!Number.isInteger(messages) || messages < 1 || !(minutes > 0)) {
	console.error('Say how many messages, and over how many minutes: npm run test:soak -- 10000 30');
	process.exit(2);
}
const env = { PUSH_SOAK: String(messages), PUSH_SOAK_MINUTES: String(minutes), PUSH_SEED: process.env.PUSH_SEED ?? 'random' };
Object.assign(process.env, env);
process.exit(await runTests(['servers', '--testPathPatterns', 'servers/pushSoak']));
