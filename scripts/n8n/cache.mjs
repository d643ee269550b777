import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isAlive } from './processes.mjs';

/** Where everything lives that is not source: n8n, its Node, packed packages, the demo's user folder. */
export function cacheRoot() {
	return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'n8n-nodes-imap-sync');
}

const STAMP = '.complete';

/**
 * Gives the folder `path`, made by `build(temporaryFolder)` if it is not there yet.
 *
 * A folder counts only with its stamp, which is written last: a set-up that was cut off leaves no half folder that looks
 * whole. A folder without a stamp that passes `check` is adopted, so nothing that works is made twice. What was begun and
 * `isWorthKeeping` is there when `build` is called the next time.
 *
 * @param {string} path
 * @param {{ build: (folder: string) => Promise<unknown>, check: (folder: string) => boolean | Promise<boolean>,
 *   isWorthKeeping?: (folder: string) => boolean }} options
 */
export async function cachedFolder(path, { build, check, isWorthKeeping = () => false }) {
	if (existsSync(join(path, STAMP))) return path;
	if (existsSync(path)) {
		if (await check(path)) {
			writeFileSync(join(path, STAMP), '');
			return path;
		}
		await rm(path, { recursive: true, force: true });
	}
	await mkdir(dirname(path), { recursive: true });
	await takeOverAbandoned(path, isWorthKeeping);

	const temporary = `${path}.making-${process.pid}`;
	// One of several processes gets what was begun.
	await rename(begunFolder(path), temporary).catch(() => mkdir(temporary));
	try {
		await build(temporary);
		if (!(await check(temporary))) throw new Error(`${basename(path)} was made but does not work`);
		writeFileSync(join(temporary, STAMP), '');
		await moveInto(temporary, path);
	} finally {
		await keepOrRemove(temporary, path, isWorthKeeping);
	}
	return path;
}

/** The first line of a small file, or undefined when it cannot be read. */
export function readLine(path) {
	try {
		return readFileSync(path, 'utf8').split('\n')[0];
	} catch {
		return undefined;
	}
}

/** Another process may have made the same folder in the meantime; then its folder is as good as ours. */
async function moveInto(from, to) {
	try {
		await rename(from, to);
	} catch (error) {
		if (!existsSync(join(to, STAMP))) throw error;
	}
}

const begunFolder = (path) => `${path}.begun`;

async function keepOrRemove(temporary, path, isWorthKeeping) {
	if (existsSync(temporary) && isWorthKeeping(temporary) && !existsSync(join(path, STAMP))) {
		await rm(begunFolder(path), { recursive: true, force: true });
		await rename(temporary, begunFolder(path));
	}
	await rm(temporary, { recursive: true, force: true });
}

/** Folders that a killed set-up left behind. Those of a set-up that still runs are its own. */
async function takeOverAbandoned(path, isWorthKeeping) {
	const prefix = `${basename(path)}.making-`;
	for (const name of await readdir(dirname(path))) {
		if (!name.startsWith(prefix) || isAlive(Number(name.slice(prefix.length)))) continue;
		await keepOrRemove(join(dirname(path), name), path, isWorthKeeping);
	}
}
