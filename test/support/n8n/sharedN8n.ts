import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importScript } from './scripts';
import { owner, startN8n, type TestN8n } from './startN8n';
import { startQueue } from './startQueue';

/**
 * One n8n for all test files that ask for no more than a usual one: its start costs more than most of what they do in it. It is started
 * for the first that asks, by Jest itself, whose workers come and go; they find it by an address in the environment.
 */
export interface SharedN8n extends Pick<TestN8n, 'api' | 'url' | 'log'> {
	/** The folder in which workflows may write files. */
	readonly files: string;
	/** Unpublishes what this file published. To be called at the end, while its mail server is still there. */
	leave(): Promise<void>;
}

/** Without workers, or in queue mode with one. */
export type SharedMode = 'regular' | 'queue';

/** What the test files together need. */
const settings = (files: string): Record<string, string> => ({
	N8N_LOG_LEVEL: 'info',
	N8N_RESTRICT_FILE_ACCESS_TO: files,
	N8N_SKIP_AUTH_ON_OAUTH_CALLBACK: 'true',
	// For the Code nodes of the examples.
	N8N_RUNNERS_MODE: 'internal',
});

/** What is run by hand is carried out by the worker too. */
const queueSettings = { OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true' };

const ADDRESS = 'IMAP_SYNC_SHARED_N8N';

interface Shared {
	url: string;
	logFiles: readonly string[];
	files: string;
}

/** The one of this mode, signed in. The test file needs the environment nativeImportEnvironment.js. */
export async function sharedN8n(mode: SharedMode): Promise<SharedN8n> {
	const answer = await fetch(`${process.env[ADDRESS]}/${mode}`);
	if (!answer.ok) throw new Error(`The shared n8n did not start: ${await answer.text()}`);
	const { url, logFiles, files } = (await answer.json()) as Shared;
	const { N8nApi } = await importScript('N8nApi.mjs');
	const api = new N8nApi(url);
	await api.signIn(owner);
	return {
		api,
		url,
		files,
		log: () => logFiles.map((file) => readFileSync(file, 'utf8')).join(''),
		leave: () => api.unpublishOwn(),
	};
}

/** Gives test files the address of an n8n, which is started for the first that asks. */
export class SharedN8ns {
	private readonly started = new Map<SharedMode, Promise<TestN8n>>();
	private readonly files = mkdtempSync(join(tmpdir(), 'imap-sync-files-'));
	private server: Server | undefined;

	async serve(): Promise<void> {
		const server = createServer((request, response) => {
			this.of(request.url === '/queue' ? 'queue' : 'regular').then(
				({ url, logFiles }) => response.end(JSON.stringify({ url, logFiles, files: this.files } satisfies Shared)),
				(error: unknown) => response.writeHead(500).end(String(error)),
			);
		});
		// The first start may install n8n.
		server.requestTimeout = 0;
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		server.unref();
		this.server = server;
		process.env[ADDRESS] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	}

	private async of(mode: SharedMode): Promise<TestN8n> {
		let n8n = this.started.get(mode);
		if (!n8n) {
			n8n = mode === 'queue' ? startQueue(1, { ...settings(this.files), ...queueSettings }) : startN8n(settings(this.files));
			this.started.set(mode, n8n);
		}
		return await n8n;
	}

	async end(): Promise<void> {
		this.server?.close();
		for (const n8n of this.started.values()) await n8n.then(({ remove }) => remove()).catch(() => undefined);
		rmSync(this.files, { recursive: true, force: true });
	}
}
