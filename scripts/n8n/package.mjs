import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, lstatSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheRoot, cachedFolder, readLine } from './cache.mjs';
import { runNpm } from './npm.mjs';
import { startGroup } from './processes.mjs';
import { withProgress } from './progress.mjs';

/** The tree of this package. */
export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Everything that decides what ends up in the tarball. */
const SOURCES = [
	'credentials',
	'nodes',
	'sync',
	'icons',
	'package.json',
	'package-lock.json',
	'tsconfig.json',
	'gulpfile.js',
	'README.md',
	'LICENSE',
];

/**
 * Runs `npm ci` if the project's node_modules is missing or does not hold what package-lock.json asks for.
 *
 * @param {{ root?: string, log?: (line: string) => void, signal?: AbortSignal }} [options]
 */
export async function installDependencies({ root = projectRoot, log = console.log, signal } = {}) {
	if (hasDependencies(root)) return;
	// npm would empty the folder that it leads to, which belongs to another tree.
	if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink())
		throw new Error(
			`${join(root, 'node_modules')} is a link and does not hold what package-lock.json asks for: install there, or copy it`,
		);
	await withProgress("Installing this package's dependencies", { why: 'npm ci, once', log }, () =>
		runNpm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: root, signal }),
	);
}

/**
 * Builds and packs this package and gives a folder that holds it with its own production dependencies, as n8n has it after
 * an installation from its community packages page. Made once for each state of the sources.
 *
 * @param {{ root?: string, log?: (line: string) => void, signal?: AbortSignal }} [options] root: the package to pack
 * @returns {Promise<{ name: string, folder: string, hash: string }>}
 */
export async function packPackage({ root = projectRoot, log = console.log, signal } = {}) {
	await installDependencies({ root, log, signal });
	const { name } = readManifest(root);
	const hash = hashSources(root);
	const folder = await cachedFolder(join(cacheRoot(), 'packages', `${name}-${hash}`), {
		check: isComplete,
		build: (made) => withProgress(`Building and packing ${name}`, { log }, () => buildInto(made, root, signal)),
	});
	await removeOlder(name, hash);
	return { name, folder, hash };
}

/**
 * Puts a packed package where n8n looks for community packages of this user folder.
 *
 * @param {{ name: string, folder: string, hash: string }} packed
 * @param {string} userFolder what n8n calls N8N_USER_FOLDER
 */
export async function installIntoUserFolder(packed, userFolder) {
	const target = join(userFolder, '.n8n/nodes/node_modules', packed.name);
	const stamp = join(target, '.packed-from');
	if (readLine(stamp) === packed.hash) return;
	await rm(target, { recursive: true, force: true });
	await mkdir(dirname(target), { recursive: true });
	await cp(packed.folder, target, { recursive: true });
	writeFileSync(stamp, packed.hash);
}

async function buildInto(folder, root, signal) {
	// In a copy, so that a build or an edit that goes on in the tree meanwhile cannot end up half in the tarball.
	const workshop = join(folder, 'workshop');
	await copySources(root, workshop);
	// Types are checked by `npm test`: whoever waits for n8n would wait half as long again for them.
	await runNpm(['run', 'build:unchecked'], { cwd: workshop, signal });
	await runNpm(['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: workshop, signal });
	await rm(workshop, { recursive: true });

	const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
	if (!tarball) throw new Error('npm pack left no tarball.');
	await extract(join(folder, tarball), folder);
	await rm(join(folder, tarball));

	// n8n drops these before it installs a community package: n8n-workflow comes from n8n itself.
	const manifest = readManifest(folder);
	delete manifest.devDependencies;
	delete manifest.peerDependencies;
	delete manifest.optionalDependencies;
	writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, '\t')}\n`);
	const flags = [
		'--ignore-scripts',
		'--omit=dev',
		'--install-strategy=shallow',
		'--package-lock=false',
		'--no-audit',
		'--no-fund',
	];
	await runNpm(['install', ...flags], { cwd: folder, signal });
}

async function copySources(root, target) {
	await mkdir(target);
	for (const source of SOURCES) {
		if (existsSync(join(root, source))) await cp(join(root, source), join(target, source), { recursive: true });
	}
	await symlink(join(root, 'node_modules'), join(target, 'node_modules'));
}

/** Holds all that its package.json promises to n8n. */
function isComplete(folder) {
	const { nodes, credentials } = readManifest(folder).n8n;
	return [...nodes, ...credentials].every((path) => existsSync(join(folder, path)));
}

/** `tar` is part of every Linux and macOS, and Node has nothing of its own. */
async function extract(tarball, folder) {
	const tar = startGroup('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1'], {
		stdio: ['ignore', 'ignore', 'inherit'],
	});
	const [code] = await once(tar, 'close');
	if (code !== 0) throw new Error(`${tarball} cannot be unpacked: tar ended with code ${code}`);
}

function readManifest(folder) {
	return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** npm writes what it installed to node_modules/.package-lock.json, in the form of package-lock.json. */
function hasDependencies(root) {
	try {
		const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
		const present = JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8')).packages;
		return Object.entries(wanted).every(
			([path, entry]) => path === '' || entry.optional || entry.devOptional || present[path]?.version === entry.version,
		);
	} catch {
		return false;
	}
}

function hashSources(root) {
	const hash = createHash('sha256');
	const add = (path) => hash.update(relative(root, path)).update('\0').update(readFileSync(path)).update('\0');
	for (const source of SOURCES) {
		const path = join(root, source);
		if (!existsSync(path)) continue;
		if (source.includes('.') || source === 'LICENSE') add(path);
		else filesUnder(path).forEach(add);
	}
	return hash.digest('hex').slice(0, 16);
}

function filesUnder(folder) {
	return readdirSync(folder, { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath ?? entry.path, entry.name))
		.sort();
}

/** A developer makes a new state with every edit; only the newest few are worth their space. */
async function removeOlder(name, hash) {
	const folder = join(cacheRoot(), 'packages');
	const states = (await readdir(folder)).filter((entry) => entry.startsWith(`${name}-`) && !entry.includes('.making-'));
	const older = states.filter((entry) => entry !== `${name}-${hash}`);
	if (older.length < 4) return;
	for (const entry of older) {
		// Renamed first, so that another process never sees a half-deleted folder as a packed package.
		const doomed = join(folder, `${entry}.making-0`);
		await rename(join(folder, entry), doomed).catch(() => {});
		await rm(doomed, { recursive: true, force: true });
	}
}
