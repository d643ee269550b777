import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheRoot, cachedFolder } from './cache.mjs';
import { N8nInstance } from './N8nInstance.mjs';
import { N8N_VERSION } from './versions.mjs';

/** The SQLite database, what of it is not written back yet, and the key that goes with it. */
const isKept = (name) => /^(?:config|database\.sqlite(?:-wal)?)$/.test(name);

/** @type {Map<string, Promise<string>>} By what it depends on; one process makes each once. */
const made = new Map();

/**
 * Gives a user folder the empty database of an n8n that has started once: a fifth of a first start goes into making one (13.8 and 10.7 s
 * of CPU, n8n 2.41.1). Made once for each n8n and environment.
 *
 * @param {string} userFolder what n8n calls N8N_USER_FOLDER
 * @param {{ program: { node: string, n8n: string }, env: Record<string, string> }} options program: from installN8n(); env: on which the
 *   tables depend
 */
export async function copyMigratedDatabase(userFolder, { program, env }) {
	const hash = createHash('sha256').update(JSON.stringify(env)).digest('hex').slice(0, 16);
	const making =
		made.get(hash) ??
		cachedFolder(join(cacheRoot(), `database-${N8N_VERSION}-${hash}`), {
			check: (folder) => existsSync(join(folder, '.n8n/database.sqlite')),
			build: async (folder) => {
				const n8n = new N8nInstance({ program, userFolder: folder, env });
				await n8n.start();
				await n8n.stop();
			},
		});
	made.set(hash, making);
	making.catch(() => made.delete(hash));
	const database = await making;
	mkdirSync(join(userFolder, '.n8n'), { recursive: true });
	const kept = readdirSync(join(database, '.n8n')).filter(isKept);
	await Promise.all(kept.map((name) => copyFile(join(database, '.n8n', name), join(userFolder, '.n8n', name))));
}
