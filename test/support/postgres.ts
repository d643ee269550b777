import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { importScript } from './n8n/scripts';

const run = promisify(execFile);

/** Debian keeps the programs of each version in a folder of their own, which is in nobody's path. */
const DEBIAN = '/usr/lib/postgresql';

function program(name: string): string {
	const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
	const found = versions.map((version) => join(DEBIAN, version, 'bin', name)).find((path) => existsSync(path));
	return found ?? name;
}

/** A PostgreSQL of its own: on loopback, without a password, in a temporary folder. */
export interface Postgres {
	/** Makes an empty database, and gives the environment by which n8n uses it. */
	newDatabase(): Promise<Record<string, string>>;
	/** The data of a credential of the type `postgres` for a new, empty database. */
	newCredential(): Promise<Record<string, unknown> & { database: string }>;
	/** The rows that a query finds. */
	rows(database: string, query: string): Promise<Array<Record<string, unknown>>>;
	/** Carries out a statement. */
	execute(database: string, statement: string): Promise<void>;
	stop(): Promise<void>;
}

/** Starts one. The test file needs the environment nativeImportEnvironment.js. */
export async function startPostgres(): Promise<Postgres> {
	const { freePort } = await importScript('ports.mjs');
	const { startGroup, stopGroup } = await importScript('processes.mjs');
	const { waitUntil } = await importScript('waitUntil.mjs');
	const owner = await ownerOfProcess();
	const folder = mkdtempSync(join(tmpdir(), 'imap-sync-postgres-'));
	if (owner) chownSync(folder, owner.uid, owner.gid);
	const port = await freePort();
	const data = join(folder, 'data');
	await run(program('initdb'), ['-D', data, '-U', 'n8n', '-A', 'trust', '-E', 'UTF8', '--no-sync'], { ...owner, cwd: folder });
	const args = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder, '-F', '-c', 'max_connections=200'];
	const child = startGroup(program('postgres'), args, { ...owner, cwd: folder, stdio: 'ignore' });
	const query = async (sql: string, database = 'postgres') =>
		(await run(program('psql'), ['-h', '127.0.0.1', '-p', String(port), '-U', 'n8n', '-d', database, '-qAtc', sql])).stdout;
	const stop = async (): Promise<void> => {
		await stopGroup(child, 15_000);
		rmSync(folder, { recursive: true, force: true });
	};
	try {
		await waitUntil(() => query('SELECT 1').then(Boolean, () => false), { what: 'PostgreSQL to answer', withinMs: 120_000 });
	} catch (error) {
		await stop();
		throw error;
	}
	let databases = 0;
	const create = async (): Promise<string> => {
		const name = `n8n_${++databases}`;
		await query(`CREATE DATABASE ${name}`);
		return name;
	};
	return {
		async newDatabase() {
			return {
				DB_TYPE: 'postgresdb',
				DB_POSTGRESDB_HOST: '127.0.0.1',
				DB_POSTGRESDB_PORT: String(port),
				DB_POSTGRESDB_DATABASE: await create(),
				DB_POSTGRESDB_USER: 'n8n',
				DB_POSTGRESDB_PASSWORD: '',
			};
		},
		async newCredential() {
			return { host: '127.0.0.1', port, database: await create(), user: 'n8n', password: '', ssl: 'disable' };
		},
		async execute(database, statement) {
			await query(statement, database);
		},
		async rows(database, text) {
			const found = await query(`SELECT coalesce(json_agg(r), '[]') FROM (${text}) AS r`, database);
			return JSON.parse(found) as Array<Record<string, unknown>>;
		},
		stop,
	};
}

/** PostgreSQL refuses to run as root: then Debian's own user for it does. */
async function ownerOfProcess(): Promise<{ uid: number; gid: number } | undefined> {
	if (process.getuid?.() !== 0) return undefined;
	const id = async (flag: string): Promise<number> => Number((await run('id', [flag, 'postgres'])).stdout);
	return { uid: await id('-u'), gid: await id('-g') };
}
