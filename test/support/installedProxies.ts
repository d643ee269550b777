import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './dovecot/port';

/** A proxy that people really use, on loopback. */
export interface InstalledProxy {
	url: string;
	stop(): void;
}

export interface ProxyLogin {
	user: string;
	password: string;
}

/** `it` where the program is there; elsewhere the test is skipped. */
export const itWith = (program: string): jest.It =>
	spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0 ? it : it.skip;

/** tinyproxy, which gives CONNECT to any port. */
export async function startTinyproxy(login?: ProxyLogin): Promise<InstalledProxy> {
	return await start('http', login, (port, folder) => {
		const lines = [`Port ${port}`, 'Listen 127.0.0.1', 'Allow 127.0.0.1', 'MaxClients 50', 'Timeout 60'];
		if (login) lines.push(`BasicAuth ${login.user} ${login.password}`);
		writeFileSync(join(folder, 'proxy.conf'), `${lines.join('\n')}\n`);
		return ['tinyproxy', '-d', '-c', join(folder, 'proxy.conf')];
	});
}

/** microsocks, a SOCKS5 server. */
export async function startMicrosocks(login?: ProxyLogin): Promise<InstalledProxy> {
	return await start('socks5', login, (port) => [
		...['microsocks', '-i', '127.0.0.1', '-p', String(port)],
		...(login ? ['-u', login.user, '-P', login.password] : []),
	]);
}

async function start(
	protocol: string,
	login: ProxyLogin | undefined,
	command: (port: number, folder: string) => string[],
): Promise<InstalledProxy> {
	const port = await findFreePort();
	const folder = mkdtempSync(join(tmpdir(), 'imap-sync-proxy-'));
	const [program, ...args] = command(port, folder);
	const child = spawn(program, args, { stdio: 'ignore' });
	const stop = (): void => {
		child.kill('SIGKILL');
		rmSync(folder, { recursive: true, force: true });
	};
	const deadline = Date.now() + 15_000;
	while (!(await takesConnections(port))) {
		if (child.exitCode === null && Date.now() < deadline) continue;
		stop();
		throw new Error(`${program} did not start on port ${port}`);
	}
	return { url: `${protocol}://${login ? `${login.user}:${login.password}@` : ''}127.0.0.1:${port}`, stop };
}

const takesConnections = (port: number): Promise<boolean> =>
	new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1');
		const end = (answer: boolean) => (): void => {
			socket.destroy();
			// Another try at once would keep the processor from the one that starts.
			setTimeout(() => resolve(answer), answer ? 0 : 20);
		};
		socket.once('connect', end(true)).once('error', end(false));
	});
