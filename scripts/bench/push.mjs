/**
 * How soon the push trigger emits, and what a burst and an idle hour cost, at the wire of a Dovecot of its own; then how soon an execution
 * begins in a real n8n, beside n8n's own trigger. One after the other: beside each other they would measure each other.
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
const standIn = await runTests(['servers', '--testPathPatterns', 'servers/pushLatency']);
const realN8n = await runTests(['e2e', '--testPathPatterns', 'e2e/pushLatency']);
process.exit(standIn || realN8n);
