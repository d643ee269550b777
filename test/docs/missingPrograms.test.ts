import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const script = pathToFileURL(join(__dirname, '../../scripts/n8n/nativeParts.mjs')).href;

/** Runs an npm that fails, where nothing but Node, npm and these programs can be found. */
function failWith(programs: string[]): string {
	const path = mkdtempSync(join(tmpdir(), 'imap-sync-bare-'));
	try {
		for (const program of ['node', 'npm', 'sh', ...programs]) {
			const real = ['node', 'npm', 'sh'].includes(program)
				? execFileSync('which', [program], { encoding: 'utf8' }).trim()
				: process.execPath;
			symlinkSync(real, join(path, program));
		}
		const code = `const { runCompilingNpm } = await import(${JSON.stringify(script)});
			await runCompilingNpm('the driver', ['run', 'no-such-script'], { cwd: ${JSON.stringify(path)} })
				.catch((error) => console.log(error.constructor.name + ': ' + error.message));`;
		return spawnSync(process.execPath, ['--input-type=module', '-e', code], {
			encoding: 'utf8',
			env: { PATH: path, HOME: path },
		}).stdout;
	} finally {
		rmSync(path, { recursive: true, force: true });
	}
}

describe('where something has to be compiled', () => {
	it('one sentence names the packages that are missing', () => {
		expect(failWith([])).toMatch(
			/^MissingProgram: On this machine the driver has to be compiled, which needs python3, make, g\+\+: run "(sudo )?apt-get install python3 make g\+\+" and start again\.\n$|xcode-select/,
		);
		expect(failWith(['python3', 'make'])).toMatch(/which needs g\+\+: run|xcode-select/);
	});

	it('npm says itself why it failed if nothing is missing', () => {
		expect(failWith(['python3', 'make', 'g++'])).toMatch(/^Error: npm run no-such-script failed:/);
	});
});
