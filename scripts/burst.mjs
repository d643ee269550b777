/**
 * `npm run test:burst -- 500`: bursts of so many messages for the push trigger in a real n8n: all succeed, each third fails once, all fail;
 * and what is done to messages afterwards, looked at all the while.
 */
import { runTests } from './testing/runTests.mjs';

const letters = Number(process.argv[2] ?? 500);
if (!Number.isInteger(letters) || letters < 1) {
	console.error('Say how many messages, in a whole number: npm run test:burst -- 500');
	process.exit(2);
}
process.env.PUSH_BURST = String(letters);
process.exit(await runTests(['e2e', '--testPathPatterns', 'e2e/pushBurst']));
