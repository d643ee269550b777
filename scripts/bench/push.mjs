/**
 * How soon the push trigger emits, and what a burst and an idle hour cost, at the wire of a Dovecot of its own.
 *
 *   npm run bench -- push [letters at random gaps, 500]
 */
import { runTests } from '../testing/runTests.mjs';

const letters = Number(process.argv[2] ?? 500);
if (!Number.isInteger(letters) || letters < 1) {
	console.error('Say how many letters, in a whole number: npm run bench -- push 500');
	process.exit(2);
}
process.env.PUSH_LETTERS = String(letters);
process.exit(await runTests(['servers', '--testPathPatterns', 'servers/pushLatency']));
