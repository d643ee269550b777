/**
 * `npm run test:accounts -- 5`: for so many minutes 40 triggers and four workers share an account whose server takes ten connections.
 */
import { runTests } from './testing/runTests.mjs';

const minutes = Number(process.argv[2] ?? 5);
if (!Number.isInteger(minutes) || minutes < 1) {
	console.error('Say for how many minutes, in a whole number: npm run test:accounts -- 5');
	process.exit(2);
}
Object.assign(process.env, { SHARED_ACCOUNT_MINUTES: String(minutes) });
process.exit(await runTests(['e2e', '--testPathPatterns', 'e2e/sharedAccount']));
