import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, realpathSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

/** A server in its root, with the shell that watches over it. */
export interface LaunchedInRoot {
	log(): string;
	/** Ends the server with all its processes and removes its root. */
	stop(): Promise<void>;
}

/**
 * The shell ends the server and removes its root when its standard input closes: because it is asked to, or because the test
 * process died, in whatever way. Its processes are those that live in this root, also when they left their group (as the
 * watcher of folders does that Courier starts).
 */
const watch = `
setsid chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin LD_PRELOAD=libeatmydata.so /bin/sh /start </dev/null >"$1/log" 2>&1 &
pid=$!
read -r line
for attempt in 1 2 3 4 5; do
	for process in /proc/[0-9]*; do
		case "$(readlink "$process/root")" in "$1" | "$1 (deleted)") kill -KILL "\${process#/proc/}" ;; esac
	done
	# A process that is just dying may still write a file, or start another process, which is found in the next round.
	rm -rf "$1" && [ "$attempt" -gt 1 ] && break
done 2>/dev/null
wait "$pid"
`;

const startLimitMs = 60_000;

/** Starts `<root>/start`, a shell script, within the root and waits until the server greets on the port. */
export async function launchInRoot(root: string, host: string, port: number): Promise<LaunchedInRoot> {
	const shell = spawn('sh', ['-c', watch, 'sh', realpathSync(root)], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
	const ended = once(shell, 'exit');
	shell.unref();
	(shell.stdin as unknown as { unref?: () => void }).unref?.();
	const log = (): string => {
		try {
			return readFileSync(join(root, 'log'), 'utf8');
		} catch {
			return '';
		}
	};
	const stop = async (): Promise<void> => {
		shell.ref();
		shell.stdin.end();
		await ended;
	};
	const deadline = Date.now() + startLimitMs;
	while (!(await greets(host, port))) {
		const said = log();
		const taken = /Address already in use/i.test(said);
		if (!taken && Date.now() < deadline && shell.exitCode === null) continue;
		await stop();
		throw new Error(`No server greeted on ${host}:${port}. Its log ends with:\n${said.slice(-2_000)}`);
	}
	return { log, stop };
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
		const timer = setTimeout(() => finish(false), 5_000);
		socket.once('data', (bytes) => finish(bytes.toString('latin1').startsWith('* OK')));
		socket.once('error', () => finish(false));
		socket.once('close', () => finish(false));
	});
}
