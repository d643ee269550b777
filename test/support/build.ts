import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The root of the repository. */
export const root = resolve(__dirname, '../..');

const pkg = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { n8n: { nodes: string[] } };

/** All files below a folder. */
export const filesIn = (folder: string): string[] =>
	readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name));

const newest = (files: string[]): number => Math.max(0, ...files.map((file) => statSync(file).mtimeMs));

/** Names the process that builds this tree. */
const lock = join(tmpdir(), `imap-sync-build-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`);
const buildLimitMs = 240_000;

/** Builds `dist/`, which is what gets published, unless it is there and newer than its sources. */
export function buildIfStale(): void {
	const deadline = Date.now() + buildLimitMs;
	// Test files run side by side, and a build begins by removing what the one before has made.
	while (isStale() || existsSync(lock)) {
		if (takeLock()) {
			try {
				if (isStale()) execFileSync('npm', ['run', 'build'], { cwd: root, stdio: 'pipe' });
				return;
			} finally {
				rmSync(lock, { force: true });
			}
		}
		if (Date.now() > deadline) throw new Error(`Another process builds since ${buildLimitMs / 1000} s: see ${lock}`);
		Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
	}
}

function isStale(): boolean {
	const sources = ['nodes', 'credentials', 'sync', 'icons'].flatMap((folder) => filesIn(join(root, folder)));
	const built = join(root, pkg.n8n.nodes[0]);
	return (
		!existsSync(built) || statSync(built).mtimeMs < newest([...sources, join(root, 'package.json'), join(root, 'gulpfile.js')])
	);
}

/** False while another process has it; one that died no longer does. */
function takeLock(): boolean {
	try {
		writeFileSync(lock, String(process.pid), { flag: 'wx' });
		return true;
	} catch {
		if (!isAlive(lockHolder())) rmSync(lock, { force: true });
		return false;
	}
}

function lockHolder(): number {
	try {
		return Number(readFileSync(lock, 'utf8'));
	} catch {
		return 0;
	}
}

function isAlive(pid: number): boolean {
	try {
		// 0: the holder has not written its number yet, or has just ended.
		return pid === 0 || process.kill(pid, 0);
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}
