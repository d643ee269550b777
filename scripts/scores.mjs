/** `npm run scores`: how well mail is understood, in numbers: the tests that measure it print what they measured. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const measured = ['replies', 'bounces', 'conversations', 'loopRisk'].map((name) => `test/mime/${name}.test.ts`);
const { status } = spawnSync(process.execPath, [jest, '--selectProjects', 'unit', '--silent', '--runTestsByPath', ...measured], {
	cwd: root,
	stdio: 'inherit',
	env: { ...process.env, SCORES: '1' },
});
process.exitCode = status ?? 1;
