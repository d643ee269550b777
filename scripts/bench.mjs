/**
 * `npm run bench -- [NAME] [ARGUMENTS]`: builds the package and runs scripts/bench/NAME.mjs. Without a name it is `wire`, which
 * writes docs/bench.md.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execFileSync } from 'node:child_process';

const [name = 'wire', ...args] = process.argv.slice(2);
const names = readdirSync(new URL('bench/', import.meta.url))
	.filter((file) => file.endsWith('.mjs'))
	.map((file) => file.slice(0, -'.mjs'.length));

if (!names.includes(name)) {
	console.error(`npm run bench -- ${names.join(' | ')}`);
	process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url));
execFileSync('npm', ['run', '--silent', 'build'], {
	cwd: root,
	stdio: ['ignore', 'ignore', 'inherit'],
	shell: process.platform === 'win32',
});
const bench = fileURLToPath(new URL(`bench/${name}.mjs`, import.meta.url));
execFileSync(process.execPath, [bench, ...args], { cwd: root, stdio: 'inherit' });
