import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importScript, type N8nApi } from './scripts';

/** Whom each n8n of the tests belongs to. */
export const owner = { email: 'owner@example.com', password: 'Only-for-tests-1' };

/** What no test uses of n8n: without it a start takes a seventh less CPU (12.0 and 10.3 s, n8n 2.41.1). */
const unused = [
	...['agents', 'breaking-changes', 'chat-hub', 'dynamic-credentials', 'external-secrets', 'insights', 'instance-ai', 'ldap'],
	...['log-streaming', 'mcp', 'mcp-registry', 'n8n-packages', 'oauth-server', 'otel', 'provisioning', 'quick-connect'],
	...['source-control', 'sso-oidc', 'sso-saml', 'token-exchange', 'workflow-builder', 'workflow-reviews'],
];

const basic = {
	N8N_DISABLE_UI: 'true',
	N8N_DISABLED_MODULES: unused.join(),
	// Without the process for Code nodes, of which each start has one: 3 s of CPU. Who needs them sets it to `internal`.
	N8N_RUNNERS_MODE: 'external',
	N8N_RUNNERS_AUTH_TOKEN: 'of nobody',
};

/** A real n8n with the packed package, for one test file. */
export interface TestN8n {
	readonly api: N8nApi;
	readonly url: string;
	/** Starts it again on the same data. */
	start(): Promise<void>;
	/** Stops it as an administrator does. */
	stop(): Promise<void>;
	/** Ends it as a power cut does. */
	kill(): Promise<void>;
	/** The processes that carry out its executions in queue mode. */
	readonly workers: ReadonlyArray<Pick<TestN8n, 'start' | 'kill'>>;
	/** All that it logged so far. */
	log(): string;
	readonly logFiles: readonly string[];
	/** Stops it and removes its data. */
	remove(): Promise<void>;
}

/**
 * Sets n8n up if that was not done yet, which takes minutes the first time, and starts one on data of its own. With `workers` it runs
 * in queue mode: executions are carried out by other processes. n8n wants PostgreSQL for that; on one machine SQLite does. `workerEnv` is
 * what they have otherwise than the main process.
 */
export async function startN8n(
	env: Record<string, string> = {},
	{ workers = 0, workerEnv = {} }: { workers?: number; workerEnv?: Record<string, string> } = {},
): Promise<TestN8n> {
	const { setUp } = await importScript('setUp.mjs');
	const { installIntoUserFolder } = await importScript('package.mjs');
	const { copyMigratedDatabase } = await importScript('migratedDatabase.mjs');
	const { N8nInstance } = await importScript('N8nInstance.mjs');
	const { N8nApi } = await importScript('N8nApi.mjs');

	const { packed, program } = await setUp({ log: (line) => process.stderr.write(`${line}\n`) });
	const userFolder = mkdtempSync(join(tmpdir(), 'imap-sync-n8n-'));
	const remove = () => rmSync(userFolder, { recursive: true, force: true, maxRetries: 5 });
	try {
		await installIntoUserFolder(packed, userFolder);
		const all: Record<string, string> = { ...basic, N8N_LOG_LEVEL: 'debug', ...env };
		if (all.DB_TYPE === undefined) await copyMigratedDatabase(userFolder, { program, env: basic });
		const instance = new N8nInstance({ program, userFolder, env: all });
		await instance.start();
		const others = Array.from({ length: workers }, (_, i) => {
			const log = `n8n-worker-${i + 1}.log`;
			return new N8nInstance({ program, userFolder, env: { ...all, ...workerEnv }, command: 'worker', log });
		});
		await Promise.all(others.map((other) => other.start()));
		const api = new N8nApi(instance.url);
		await api.signIn(owner);
		return {
			api,
			url: instance.url,
			start: () => instance.start(),
			stop: () => instance.stop(),
			kill: () => instance.kill(),
			workers: others,
			log: () => [instance, ...others].map((one) => one.readLog()).join(''),
			logFiles: [instance, ...others].map(({ logFile }) => logFile),
			remove: async () => {
				await Promise.all([instance, ...others].map((one) => one.stop()));
				remove();
			},
		};
	} catch (error) {
		remove();
		throw error;
	}
}
