import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../n8n/package.mjs';

const require = createRequire(import.meta.url);

/** The harness of the tests is TypeScript: compiled into a folder that is gone afterwards. */
export function loadHarness() {
	const folder = mkdtempSync(join(tmpdir(), 'imap-sync-bench-'));
	process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
	const compiler = join(projectRoot, 'node_modules/typescript/bin/tsc');
	execFileSync(process.execPath, [compiler, '-p', 'test', '--noEmit', 'false', '--declaration', 'false', '--outDir', folder], {
		cwd: projectRoot,
	});
	symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
	return (path) => require(join(folder, 'test/support', path));
}
