import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cachedFolder, cacheRoot } from '../n8n/cache.mjs';
import { startProject } from '../n8n/node.mjs';
import { runNpm } from '../n8n/npm.mjs';
import { withProgress } from '../n8n/progress.mjs';

/** An S3-compatible server that checks signatures. In the cache, not among the dependencies: it brings a hundred packages. */
const version = '3.7.1';

/** Where the server is, once it was prepared. test/support/s3.ts says the same. */
const programIn = (folder) => join(folder, 'node_modules/.bin/s3rver');

/** Installs the server where that is possible; elsewhere a line says so, and the test with it does not run. */
export async function prepareS3({ log = console.log } = {}) {
	try {
		await cachedFolder(join(cacheRoot(), `s3rver-${version}`), {
			check: (folder) => existsSync(programIn(folder)),
			build: (folder) =>
				withProgress('Installing s3rver, an S3-compatible server', { why: 'once; not a dependency', log }, async () => {
					startProject(folder);
					await runNpm(['install', '--ignore-scripts', '--no-audit', '--no-fund', `s3rver@${version}`], { cwd: folder });
				}),
		});
	} catch (error) {
		log(`Not run: the archive on S3-compatible storage, which takes npm's package s3rver. ${error.message.split('\n')[0]}`);
	}
}
