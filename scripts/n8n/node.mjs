import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot, cachedFolder } from './cache.mjs';
import { runNpm } from './npm.mjs';
import { withProgress } from './progress.mjs';
import { NODE_VERSION } from './versions.mjs';

/**
 * Makes sure that the Node that n8n needs is in the cache.
 *
 * @param {{ log?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<{ program: string, path: string }>} the Node program, and the folder that has to come first in PATH
 */
export async function installNode({ log = console.log, signal } = {}) {
	const folder = await cachedFolder(join(cacheRoot(), `node-${NODE_VERSION}`), {
		check: hasNode,
		build: (made) =>
			withProgress(`Installing Node ${NODE_VERSION} for n8n`, { why: 'n8n does not run on older ones', log }, async () => {
				startProject(made);
				// The package is an installer: its script fetches the package with the program for this machine.
				await runNpm(['install', '--ignore-scripts=false', '--no-audit', '--no-fund', `node@${NODE_VERSION}`], {
					cwd: made,
					signal,
				});
			}),
	});
	return { program: nodeProgram(folder), path: join(folder, 'node_modules/.bin') };
}

/** npm looks upwards for a project; this makes the folder one of its own. */
export function startProject(folder) {
	writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
}

/** Whether a program runs this script without an error: the parts that it loads fit the machine and this Node. */
export function runs(program, script, cwd) {
	try {
		execFileSync(program, ['--no-node-snapshot', '-e', script], { cwd, stdio: 'pipe' });
		return true;
	} catch {
		return false;
	}
}

function nodeProgram(folder) {
	return join(folder, 'node_modules/.bin/node');
}

function hasNode(folder) {
	try {
		return execFileSync(nodeProgram(folder), ['--version'], { encoding: 'utf8', stdio: 'pipe' }).trim() === `v${NODE_VERSION}`;
	} catch {
		return false;
	}
}
