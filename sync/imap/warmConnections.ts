import type { ImapConnection } from './connection';
import { hasWaiters, type Slot } from './connectionSlots';

/** A connection and its place among those of its login. */
export interface HeldConnection {
	connection: ImapConnection;
	slot: Slot;
}

/** A login is believed for so long: a password that was changed, or a token that was revoked, must show. */
const MAX_AGE_MS = 10 * 60_000;

interface Warm extends HeldConnection {
	timer: NodeJS.Timeout;
}

/** Connections that polls left open, by `key` of their login: nobody else's poll gets one. */
const warm = new Map<string, Set<Warm>>();

/**
 * Leaves a connection open for the next poll of the same login, which then spares the login: four to eight round trips. False where it
 * is to be closed as ever: it is too old, somebody waits for its place, or the folder cannot be left without a trace.
 */
export async function leaveWarm(login: string, held: HeldConnection, keepMs: number): Promise<boolean> {
	const { connection } = held;
	if (!connection.usable || connection.age > MAX_AGE_MS || hasWaiters(login) || !(await connection.leaveFolder())) return false;
	const ofLogin = warm.get(login) ?? new Set<Warm>();
	const entry: Warm = { ...held, timer: setTimeout(() => void close(login, entry), keepMs) };
	// Neither the clock nor the socket keeps a process alive that has nothing else to do.
	entry.timer.unref();
	connection.rest(() => {
		if (forget(login, entry)) entry.slot.release();
	});
	warm.set(login, ofLogin.add(entry));
	return true;
}

/** A connection that is still good, which one round trip shows; undefined where there is none. */
export async function takeWarm(login: string): Promise<HeldConnection | undefined> {
	for (const entry of [...(warm.get(login) ?? [])]) {
		if (!forget(login, entry)) continue;
		if (await entry.connection.wake()) return { connection: entry.connection, slot: entry.slot };
		entry.connection.destroy();
		entry.slot.release();
	}
	return undefined;
}

/** Makes room for somebody who needs a connection of the login and does not take a used one. */
export function dropWarm(login: string): void {
	for (const entry of [...(warm.get(login) ?? [])]) void close(login, entry);
}

async function close(login: string, entry: Warm): Promise<void> {
	if (!forget(login, entry)) return;
	await entry.connection.close();
	entry.slot.release();
}

/** False where somebody else was quicker. */
function forget(login: string, entry: Warm): boolean {
	const ofLogin = warm.get(login);
	if (ofLogin?.delete(entry) !== true) return false;
	clearTimeout(entry.timer);
	if (ofLogin.size === 0) warm.delete(login);
	return true;
}
