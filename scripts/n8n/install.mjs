import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheRoot, cachedFolder } from './cache.mjs';
import { prepareNativeParts, runCompilingNpm } from './nativeParts.mjs';
import { installNode, runs, startProject } from './node.mjs';
import { runNpm } from './npm.mjs';
import { withProgress } from './progress.mjs';
import { N8N_VERSION } from './versions.mjs';

/** Written when all packages are unpacked: what is done after it can fail and go on from there. */
const UNPACKED = '.unpacked';

/**
 * Makes sure that n8n and the Node it needs are in the cache.
 *
 * @param {{ log?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<{ node: string, n8n: string }>} paths of the Node program and of n8n's start script
 */
export async function installN8n({ log = console.log, signal } = {}) {
	const node = await installNode({ log, signal });
	const folder = await cachedFolder(n8nFolder(), {
		check: (made) => hasN8n(made, node.program),
		isWorthKeeping: (made) => existsSync(join(made, UNPACKED)),
		build: async (made) => {
			const driver = await prepareNativeParts({ log, signal });
			await withProgress(
				`Installing n8n ${N8N_VERSION}`,
				{ why: 'once; about 2,000 packages and 3 GB on disk, so it takes minutes', soFar: () => countPackages(made), log },
				() => buildN8n(made, { driver, node, signal }),
			);
		},
	});
	return { node: node.program, n8n: join(folder, 'node_modules/n8n/bin/n8n') };
}

/**
 * Fails within a minute where this machine cannot run n8n, before anything large is downloaded.
 *
 * @param {{ log?: (line: string) => void, signal?: AbortSignal }} [options]
 */
export async function checkMachine({ log = console.log, signal } = {}) {
	// Where n8n is still to come, so is the Node that it runs on: to download that may take most of the minute.
	if (existsSync(n8nFolder())) {
		const node = await installNode({ log, signal });
		if (hasN8n(n8nFolder(), node.program)) return;
	}
	await prepareNativeParts({ log, signal });
}

const n8nFolder = () => join(cacheRoot(), `n8n-${N8N_VERSION}`);

async function buildN8n(folder, { driver, node, signal }) {
	if (!existsSync(join(folder, UNPACKED))) {
		startProject(folder);
		// Without scripts: of the many packages that bring one, n8n needs only the two that have native parts.
		await runNpm(['install', '--ignore-scripts', '--no-audit', '--no-fund', `n8n@${N8N_VERSION}`], {
			cwd: folder,
			pathFirst: node.path,
			signal,
		});
		writeFileSync(join(folder, UNPACKED), '');
	}
	await cp(join(driver, 'node_modules/sqlite3/build'), join(folder, 'node_modules/sqlite3/build'), { recursive: true });
	// This one brings prebuilt parts for most machines.
	if (!runs(node.program, "require('isolated-vm')", folder))
		await runCompilingNpm("n8n's sandbox", ['rebuild', '--ignore-scripts=false', 'isolated-vm'], {
			cwd: folder,
			pathFirst: node.path,
			signal,
		});
}

/** The right version, and its native parts load: an install that was cut off or built for another Node fails here. */
function hasN8n(folder, program) {
	try {
		const { version } = JSON.parse(readFileSync(join(folder, 'node_modules/n8n/package.json'), 'utf8'));
		return version === N8N_VERSION && runs(program, "require('sqlite3'); require('isolated-vm')", folder);
	} catch {
		return false;
	}
}

function countPackages(folder) {
	try {
		return `${readdirSync(join(folder, 'node_modules')).length} folders unpacked so far`;
	} catch {
		return 'working out what is needed';
	}
}
