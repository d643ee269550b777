import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheRoot, cachedFolder } from './cache.mjs';
import { MissingProgram } from './MissingProgram.mjs';
import { runs, startProject } from './node.mjs';
import { runNpm } from './npm.mjs';
import { withProgress } from './progress.mjs';
import { SQLITE_VERSION } from './versions.mjs';

/** Debian's packages of what compiles, and how each program is asked for. */
const compilers = { python3: ['python3', 'python'], make: ['make', 'gmake'], 'g++': ['g++', 'c++', 'clang++'] };

/**
 * Makes sure that n8n's database driver is in the cache: the part that fits the machine, so it is made before anything large is
 * downloaded. A prebuilt one is taken where it can be had and loads; otherwise it is compiled. Throws MissingProgram where that takes
 * programs that are not there.
 *
 * This Node makes it: it is the same for every Node (N-API), and the one that n8n runs on takes a while to download.
 *
 * @param {{ log?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<string>} the folder with the driver
 */
export async function prepareNativeParts({ log = console.log, signal } = {}) {
	return await cachedFolder(join(cacheRoot(), `sqlite3-${SQLITE_VERSION}`), {
		check: (folder) => runs(process.execPath, "require('sqlite3')", folder),
		build: (folder) =>
			withProgress("Preparing n8n's database driver", { why: 'compiled where no prebuilt one can be downloaded', log }, () =>
				buildSqlite(folder, signal),
			),
	});
}

async function buildSqlite(folder, signal) {
	startProject(folder);
	const install = ['install', '--ignore-scripts=false', '--no-audit', '--no-fund', `sqlite3@${SQLITE_VERSION}`];
	await runCompilingNpm("n8n's database driver", install, { cwd: folder, signal });
}

/**
 * Runs npm where it may have to compile `what`. Throws MissingProgram when it failed on a machine that cannot.
 *
 * @param {string} what
 * @param {string[]} args
 * @param {{ cwd: string, pathFirst?: string, signal?: AbortSignal }} options
 */
export async function runCompilingNpm(what, args, options) {
	try {
		await runNpm(args, { ...options, env: headersOf(options.pathFirst) });
	} catch (error) {
		const missing = missingCompilers();
		if (options.signal?.aborted || missing.length === 0) throw error;
		throw new MissingProgram(howToInstall(what, missing), { cause: error });
	}
}

/**
 * The headers that came with the Node that is first in the path, as npm is told of them: else node-gyp downloads them from nodejs.org,
 * which not every machine reaches, or takes those of another Node that somebody set in their npmrc. Most Nodes bring theirs.
 *
 * @returns {Record<string, string>}
 */
function headersOf(pathFirst) {
	const program = pathFirst === undefined ? process.execPath : realpathSync(join(pathFirst, 'node'));
	const folder = dirname(dirname(program));
	// npm's package `node` keeps them in a package beside it.
	const folders = [folder, join(folder, 'node_modules', `node-${process.platform}-${process.arch}`)];
	const nodedir = folders.find((one) => existsSync(join(one, 'include/node/node_api.h')));
	return nodedir === undefined ? {} : { npm_config_nodedir: nodedir };
}

/** Debian's packages of what it takes to compile here and is not there. */
export function missingCompilers() {
	return Object.keys(compilers).filter((name) =>
		compilers[name].every((program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status !== 0),
	);
}

function howToInstall(what, missing) {
	const problem = `On this machine ${what} has to be compiled, which needs ${missing.join(', ')}`;
	if (process.platform === 'darwin') return `${problem}: run "xcode-select --install" and start again.`;
	const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
	return `${problem}: run "${sudo}apt-get install ${missing.join(' ')}" and start again.`;
}
