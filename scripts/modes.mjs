/**
 * `npm run test:modes`: the life of a workflow in each of n8n's ways to poll on each database, all scenarios of
 * test/e2e/modes.test.ts, and a row about it in docs/modes.md. `npm run test:modes -- PostgreSQL` plays those on that one.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { N8N_VERSION } from './n8n/versions.mjs';
import { projectRoot } from './n8n/package.mjs';
import { runTests } from './testing/runTests.mjs';

const databases = ['SQLite', 'PostgreSQL'].filter((name) => [undefined, name].includes(process.argv[2]));
if (databases.length === 0) {
	console.error('Say SQLite, PostgreSQL, or nothing for both: npm run test:modes -- SQLite');
	process.exit(2);
}
process.env.MODES = 'all';
const began = Date.now();
let code = 0;
// One after the other: each starts several n8ns at once.
for (const database of databases) {
	process.env.MODES_CELL = database;
	code ||= await runTests(['e2e', '--testPathPatterns', 'e2e/modes']);
}
const minutes = Math.round((Date.now() - began) / 60_000);

const cells = [
	new Date(began).toISOString().slice(0, 10),
	`n8n ${N8N_VERSION}`,
	execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', cwd: projectRoot }).trim(),
	`${minutes} min`,
	`${databases.join(' and ')}: ${code === 0 ? 'all as the table says' : 'FAILED'}`,
];
appendFileSync(join(projectRoot, 'docs/modes.md'), `| ${cells.join(' | ')} |\n`);
process.exit(code);
