import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importScript, type N8nApi } from './scripts';

/** A real n8n with the packed package, for one test file. */
export interface TestN8n {
	readonly api: N8nApi;
	/** Starts it again on the same data. */
	start(): Promise<void>;
	/** Stops it as an administrator does. */
	stop(): Promise<void>;
	/** Ends it as a power cut does. */
	kill(): Promise<void>;
	/** All that it logged so far. */
	log(): string;
	/** Stops it and removes its data. */
	remove(): Promise<void>;
}

/** Sets n8n up if that was not done yet, which takes minutes the first time, and starts one on data of its own. */
export async function startN8n(env: Record<string, string> = {}): Promise<TestN8n> {
	const { setUp } = await importScript('setUp.mjs');
	const { installIntoUserFolder } = await importScript('package.mjs');
	const { N8nInstance } = await importScript('N8nInstance.mjs');
	const { N8nApi } = await importScript('N8nApi.mjs');

	const { packed, program } = await setUp({ log: (line) => process.stderr.write(`${line}\n`) });
	const userFolder = mkdtempSync(join(tmpdir(), 'imap-sync-n8n-'));
	const remove = () => rmSync(userFolder, { recursive: true, force: true, maxRetries: 5 });
	try {
		await installIntoUserFolder(packed, userFolder);
		const instance = new N8nInstance({ program, userFolder, env: { N8N_DISABLE_UI: 'true', N8N_LOG_LEVEL: 'debug', ...env } });
		await instance.start();
		const api = new N8nApi(instance.url);
		await api.signIn({ email: 'owner@example.com', password: 'Only-for-tests-1' });
		return {
			api,
			start: () => instance.start(),
			stop: () => instance.stop(),
			kill: () => instance.kill(),
			log: () => instance.readLog(),
			remove: async () => {
				await instance.stop();
				remove();
			},
		};
	} catch (error) {
		remove();
		throw error;
	}
}
