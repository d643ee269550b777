import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** The leaders of the process groups that this process started and that have not ended. */
const running = new Set();

// The last resort: whatever ends this process, nothing it started stays behind.
process.on('exit', () => {
	for (const pid of running) signalGroup(pid, 'SIGKILL');
});

/**
 * Starts a program as the leader of its own process group, so that it can be stopped with all that it starts itself, and
 * so that Ctrl-C in the terminal reaches this process alone, which then stops things in order.
 */
export function startGroup(command, args, options) {
	const child = spawn(command, args, { ...options, detached: true });
	if (child.pid !== undefined) {
		running.add(child.pid);
		const guard = endWithThisProcess(child.pid);
		child.once('exit', () => {
			guard.kill('SIGKILL');
			// n8n's task runner lives in the same group and outlives a killed n8n.
			signalGroup(child.pid, 'SIGKILL');
			running.delete(child.pid);
		});
	}
	return child;
}

/**
 * A shell that ends a group once this process is gone, also where it was killed and could do nothing itself: the pipe that it reads
 * from closes then. A forgotten n8n grows to gigabytes, since nobody reads what it says.
 */
function endWithThisProcess(group) {
	const guard = spawn('sh', ['-c', 'read -r line; kill -s KILL -- "-$1"', 'sh', String(group)], {
		stdio: ['pipe', 'ignore', 'ignore'],
		detached: true,
	});
	guard.on('error', () => {});
	guard.unref();
	/** @type {import('node:net').Socket} */ (guard.stdin).unref();
	return guard;
}

/** Asks a group to end, waits no longer than `graceMs`, then ends it. Resolves when its leader is gone. */
export async function stopGroup(child, graceMs = 15_000) {
	if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
	const ended = once(child, 'exit');
	// Only the leader is asked: n8n stops its own children in the right order.
	signal(child.pid, 'SIGTERM');
	const patience = new AbortController();
	await Promise.race([ended, delay(graceMs, undefined, { signal: patience.signal }).catch(() => {})]);
	patience.abort();
	if (running.has(child.pid)) signalGroup(child.pid, 'SIGKILL');
	await ended;
}

/** Ends a group at once, as a crash would. Resolves when its leader is gone. */
export async function killGroup(child) {
	if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
	const ended = once(child, 'exit');
	signalGroup(child.pid, 'SIGKILL');
	await ended;
}

/** True while a process with this id exists. */
export function isAlive(pid) {
	return Number.isInteger(pid) && pid > 0 && signal(pid, 0);
}

/** The command line of a process, or an empty string when there is none. */
export function commandLine(pid) {
	try {
		// A small Linux often has no `ps`, and macOS has no /proc.
		if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
		return execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).trim();
	} catch {
		return '';
	}
}

/** Ends a group that an earlier, killed run left behind. */
export async function endLeftOver(pid) {
	for (const [name, patienceMs] of /** @type {Array<[NodeJS.Signals, number]>} */ ([
		['SIGTERM', 10_000],
		['SIGKILL', 3_000],
	])) {
		signalGroup(pid, name);
		for (let waited = 0; waited < patienceMs && isAlive(pid); waited += 100) await delay(100);
	}
}

function signal(pid, name) {
	try {
		return process.kill(pid, name);
	} catch (error) {
		// EPERM: it exists and belongs to someone else.
		return error.code === 'EPERM';
	}
}

function signalGroup(pid, name) {
	try {
		process.kill(-pid, name);
	} catch {
		// The whole group is gone.
	}
}
