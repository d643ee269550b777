import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importScript } from './n8n/scripts';

/** A Redis of its own for n8n's queue mode: on loopback, in memory only. */
export interface Redis {
	readonly host: string;
	readonly port: number;
	/** Ends it and starts it again on its port: as an administrator does who keeps what it holds, or as a power cut does. */
	restart(how: { keeps: boolean }): Promise<void>;
	stop(): Promise<void>;
}

/** Starts one. The test file needs the environment nativeImportEnvironment.js. */
export async function startRedis(): Promise<Redis> {
	const { freePort } = await importScript('ports.mjs');
	const { killGroup, startGroup, stopGroup } = await importScript('processes.mjs');
	const { waitUntil } = await importScript('waitUntil.mjs');
	const host = '127.0.0.1';
	const port = await freePort();
	const folder = mkdtempSync(join(tmpdir(), 'imap-sync-redis-'));
	const args = ['--bind', host, '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', folder];
	const launch = (): ReturnType<typeof startGroup> => startGroup('redis-server', args, { stdio: 'ignore' });
	const isUp = async (): Promise<void> => {
		await waitUntil(() => answers(host, port), { what: 'Redis to answer', withinMs: 60_000, everyMs: 50 });
	};
	let child = launch();
	const restart = async ({ keeps }: { keeps: boolean }): Promise<void> => {
		if (keeps) await says(host, port, 'SHUTDOWN SAVE');
		await killGroup(child);
		if (!keeps) rmSync(join(folder, 'dump.rdb'), { force: true });
		child = launch();
		await isUp();
	};
	const stop = async (): Promise<void> => {
		await stopGroup(child, 5_000);
		rmSync(folder, { recursive: true, force: true });
	};
	try {
		await isUp();
	} catch (error) {
		await stop();
		throw error;
	}
	return { host, port, restart, stop };
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

/** Sends a command after which the server ends the connection. */
const says = (host: string, port: number, command: string): Promise<void> =>
	new Promise((resolve) => {
		const socket = connect(port, host);
		socket.once('error', () => resolve());
		socket.once('close', () => resolve());
		socket.once('connect', () => socket.write(`${command}\r\n`));
		socket.setTimeout(10_000, () => socket.destroy());
		socket.resume();
	});
