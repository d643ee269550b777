import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const scripts = join(__dirname, '../../scripts');

/** What a script says where nothing but Node, npm and these programs can be found. `code` gets the folder where they are as `path`. */
function sayWith(programs: string[], code: string): string {
	const path = mkdtempSync(join(tmpdir(), 'imap-sync-bare-'));
	try {
		for (const program of ['node', 'npm', 'sh', ...programs]) {
			const real = ['node', 'npm', 'sh'].includes(program)
				? execFileSync('which', [program], { encoding: 'utf8' }).trim()
				: process.execPath;
			symlinkSync(real, join(path, program));
		}
		const caught = `const path = ${JSON.stringify(path)};
			await (async () => { ${code} })().catch((error) => console.log(error.constructor.name + ': ' + error.message));`;
		return spawnSync(process.execPath, ['--input-type=module', '-e', caught], {
			encoding: 'utf8',
			env: { PATH: path, HOME: path },
		}).stdout;
	} finally {
		rmSync(path, { recursive: true, force: true });
	}
}

const moduleOf = (file: string): string => JSON.stringify(pathToFileURL(join(scripts, file)).href);

/** Runs an npm that fails. */
const failWith = (programs: string[]): string =>
	sayWith(
		programs,
		`const { runCompilingNpm } = await import(${moduleOf('n8n/nativeParts.mjs')});
		await runCompilingNpm('the driver', ['run', 'no-such-script'], { cwd: path });`,
	);

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

describe('where programs are missing that the tests start', () => {
	const ask = (projects: string[]): string =>
		sayWith(
			[],
			`const { requirePrograms } = await import(${moduleOf('testing/programs.mjs')});
			await requirePrograms(${JSON.stringify(projects)});
			console.log('All there.');`,
		);

	it('one sentence names the packages of all', () => {
		expect(ask(['unit', 'servers'])).toMatch(
			/^MissingProgram: The tests need Dovecot 2\.3, OpenSSL, Python 3: (run "(sudo )?apt-get install dovecot-imapd openssl python3"|install what is named) and start again\.\n$/,
		);
	});

	it('tests that start none need none', () => {
		expect(ask(['unit'])).toBe('All there.\n');
	});
});
