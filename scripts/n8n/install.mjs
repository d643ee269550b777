import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot, cachedFolder } from './cache.mjs';
import { runNpm } from './npm.mjs';
import { withProgress } from './progress.mjs';
import { N8N_VERSION, NODE_VERSION } from './versions.mjs';

/**
 * Makes sure that n8n and the Node it needs are in the cache.
 *
 * @param {{ log?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<{ node: string, n8n: string }>} paths of the Node program and of n8n's start script
 */
export async function installN8n({ log = console.log, signal } = {}) {
	const nodeFolder = await cachedFolder(join(cacheRoot(), `node-${NODE_VERSION}`), {
		check: (folder) => hasNode(folder),
		build: (folder) =>
			withProgress(`Installing Node ${NODE_VERSION} for n8n`, { why: 'n8n does not run on older ones', log }, () =>
				buildNode(folder, signal),
			),
	});
	const n8nFolder = await cachedFolder(join(cacheRoot(), `n8n-${N8N_VERSION}`), {
		check: (folder) => hasN8n(folder, nodeFolder),
		build: (folder) =>
			withProgress(
				`Installing n8n ${N8N_VERSION}`,
				{ why: 'once; about 2,000 packages and 3 GB on disk, so it takes minutes', soFar: () => countPackages(folder), log },
				() => buildN8n(folder, nodeFolder, signal),
			),
	});
	return { node: nodeProgram(nodeFolder), n8n: join(n8nFolder, 'node_modules/n8n/bin/n8n') };
}

async function buildNode(folder, signal) {
	startProject(folder);
	// The package is an installer: its script fetches the package with the program for this machine.
	await runNpm(['install', '--ignore-scripts=false', '--no-audit', '--no-fund', `node@${NODE_VERSION}`], { cwd: folder, signal });
}

async function buildN8n(folder, nodeFolder, signal) {
	startProject(folder);
	const pathFirst = join(nodeFolder, 'node_modules/.bin');
	// Without scripts first: of the many packages that bring one, n8n needs only the two that have native parts.
	await runNpm(['install', '--ignore-scripts', '--no-audit', '--no-fund', `n8n@${N8N_VERSION}`], {
		cwd: folder,
		pathFirst,
		signal,
	});
	await runNpm(['rebuild', '--ignore-scripts=false', 'sqlite3', 'isolated-vm'], { cwd: folder, pathFirst, signal });
}

/** npm looks upwards for a project; this makes the folder one of its own. */
function startProject(folder) {
	writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
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

/** The right version, and its native parts load: an install that was cut off or built for another Node fails here. */
function hasN8n(folder, nodeFolder) {
	try {
		const { version } = JSON.parse(readFileSync(join(folder, 'node_modules/n8n/package.json'), 'utf8'));
		const load = "require('sqlite3'); require('isolated-vm')";
		execFileSync(nodeProgram(nodeFolder), ['--no-node-snapshot', '-e', load], { cwd: folder, stdio: 'pipe' });
		return version === N8N_VERSION;
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
