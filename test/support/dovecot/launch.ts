import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { readFileSync, rmSync } from 'node:fs';

/** A running Dovecot master with the shell that watches over it. */
export interface Launched {
	/** Ends the server and removes its folder; resolves when both are gone. */
	stop(): Promise<void>;
}

/**
 * The shell in between ends the server and removes its folder when its standard input closes because the test process died, in
 * whatever way: an exit handler would not run (Jest gives tests a copy of `process`, and a killed process runs none).
 */
const watch = `
dovecot -F -c "$1/dovecot.conf" </dev/null >>"$1/dovecot.log" 2>&1 &
pid=$!
read -r line
kill "$pid" 2>/dev/null
wait "$pid"
rm -rf "$1"
`;

const startLimitMs = 60_000;

/** Starts Dovecot from `<folder>/dovecot.conf` and waits until it greets on the port. */
export async function launch(folder: string, host: string, port: number): Promise<Launched> {
	const shell = spawn('sh', ['-c', watch, 'sh', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
	shell.unref();
	(shell.stdin as unknown as { unref?: () => void }).unref?.();
	const stop = (): Promise<void> => end(shell, folder, host, port);
	const deadline = Date.now() + startLimitMs;
	for (;;) {
		if (await greets(host, port)) return { stop };
		const log = readLog(folder);
		// The master's own first words decide: waiting for the deadline would only hide them.
		const fatal = /Fatal:|Address already in use/.test(log);
		if (fatal || Date.now() > deadline) {
			await stop();
			throw new Error(
				`Dovecot did not start on ${host}:${port}${fatal ? '' : ` within ${startLimitMs} ms`}. Its log ends with:\n${log.slice(-2000)}`,
			);
		}
	}
}

/** What the server logged so far. */
export function readLog(folder: string): string {
	try {
		return readFileSync(`${folder}/dovecot.log`, 'utf8');
	} catch {
		return '';
	}
}

/**
 * Ends everything at once: an orderly end takes Dovecot a second, for data that is thrown away. The shell leads a process group of its
 * own, in which all the server's processes are.
 */
async function end(shell: ChildProcess, folder: string, host: string, port: number): Promise<void> {
	if (shell.exitCode === null && shell.signalCode === null && shell.pid !== undefined) {
		const ended = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
		shell.ref();
		process.kill(-shell.pid, 'SIGKILL');
		await ended;
	}
	// The group's other processes are nobody's to wait for: they are gone when nothing listens any more.
	const deadline = Date.now() + startLimitMs;
	while (!(await refuses(host, port)) && Date.now() < deadline);
	// A process that is just dying may still write a file.
	rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

function refuses(host: string, port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect({ host, port });
		const finish = (result: boolean): void => {
			socket.destroy();
			resolve(result);
		};
		socket.once('connect', () => finish(false));
		socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNREFUSED'));
	});
}

/** One try, which takes a moment also when it fails, so that the caller's loop does not spin. */
function greets(host: string, port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect({ host, port });
		const finish = (result: boolean): void => {
			clearTimeout(timer);
			socket.destroy();
			if (result) resolve(true);
			else setTimeout(() => resolve(false), 20);
		};
		const timer = setTimeout(() => finish(false), 2_000);
		socket.once('data', () => finish(true));
		socket.once('error', () => finish(false));
		socket.once('close', () => finish(false));
	});
}
