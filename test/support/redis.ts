import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importScript } from './n8n/scripts';

/** A Redis of its own for n8n's queue mode: on loopback, in memory only. */
export interface Redis {
	readonly host: string;
	readonly port: number;
	stop(): Promise<void>;
}

/** Starts one. The test file needs the environment nativeImportEnvironment.js. */
export async function startRedis(): Promise<Redis> {
	const { freePort } = await importScript('ports.mjs');
	const { startGroup, stopGroup } = await importScript('processes.mjs');
	const { waitUntil } = await importScript('waitUntil.mjs');
	const host = '127.0.0.1';
	const port = await freePort();
	const folder = mkdtempSync(join(tmpdir(), 'imap-sync-redis-'));
	const args = ['--bind', host, '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', folder];
	const child = startGroup('redis-server', args, { stdio: 'ignore' });
	const stop = async (): Promise<void> => {
		await stopGroup(child, 5_000);
		rmSync(folder, { recursive: true, force: true });
	};
	try {
		await waitUntil(() => answers(host, port), { what: 'Redis to answer', withinMs: 15_000 });
	} catch (error) {
		await stop();
		throw error;
	}
	return { host, port, stop };
}

const answers = (host: string, port: number): Promise<boolean> =>
	new Promise((resolve) => {
		const socket = connect(port, host);
		const end = (answer: boolean): void => {
			socket.destroy();
			resolve(answer);
		};
		socket.once('error', () => end(false));
		socket.once('connect', () => socket.write('PING\r\n'));
		socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
		socket.setTimeout(2_000, () => end(false));
	});
