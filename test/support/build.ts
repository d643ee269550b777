import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
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

/** Builds `dist/`, which is what gets published, unless it is there and newer than its sources. */
export function buildIfStale(): void {
	const sources = ['nodes', 'credentials', 'sync', 'icons'].flatMap((folder) => filesIn(join(root, folder)));
	const built = join(root, pkg.n8n.nodes[0]);
	const isFresh =
		existsSync(built) && statSync(built).mtimeMs >= newest([...sources, join(root, 'package.json'), join(root, 'gulpfile.js')]);
	if (!isFresh) execFileSync('npm', ['run', 'build'], { cwd: root, stdio: 'pipe' });
}
