import type { ImapConnection } from './connection';
import { hasWaiters, type Slot } from './connectionSlots';

/** A connection and its place among those of its login. */
export interface HeldConnection {
	connection: ImapConnection;
	slot: Slot;
}

/** A login is believed for so long: a password that was changed, or a token that was revoked, must show. */
const MAX_AGE_MS = 10 * 60_000;

/** How long a connection waits for the poll that got its place: that one is there already. */
const PASSED_ON_MS = 1_000;

interface Warm {
	connection: ImapConnection;
	/** Undefined: it went to somebody who waited for it, and who may take the connection too. */
	slot?: Slot;
	timer: NodeJS.Timeout;
}

/** Connections that polls left open, by `key` of their login: nobody else's poll gets one. */
const warm = new Map<string, Set<Warm>>();

/**
 * Leaves a connection open for the next poll of the same login, which then spares the login: four to eight round trips. Where somebody
 * waits for its place, that one gets it at once, and the connection with it. False where it is to be closed as ever: it is too old, or
 * the folder cannot be left without a trace.
 */
export async function leaveWarm(login: string, held: HeldConnection, keepMs: number): Promise<boolean> {
	const { connection } = held;
	if (!connection.usable || connection.age > MAX_AGE_MS || !(await connection.leaveFolder())) return false;
	const isWaitedFor = hasWaiters(login);
	const entry: Warm = {
		connection,
		slot: isWaitedFor ? undefined : held.slot,
		timer: setTimeout(() => void close(login, entry), isWaitedFor ? PASSED_ON_MS : keepMs),
	};
	// Neither the clock nor the socket keeps a process alive that has nothing else to do.
	entry.timer.unref();
	connection.rest(() => {
		if (forget(login, entry)) entry.slot?.release();
	});
	warm.set(login, (warm.get(login) ?? new Set<Warm>()).add(entry));
	if (isWaitedFor) held.slot.release();
	return true;
}

/** A connection that is still good, which one round trip shows; undefined where there is none. */
export async function takeWarm(login: string): Promise<HeldConnection | undefined> {
	for (const entry of entriesOf(login)) {
		const { connection, slot } = entry;
		if (!slot || !forget(login, entry)) continue;
		if (await connection.wake()) return { connection, slot };
		connection.destroy();
		slot.release();
	}
	return undefined;
}

/**
 * The connection that belonged to the place for which somebody waited; undefined where there was none, or it is good no more. Whoever
 * wants a new one closes it: two would be more than the place is for.
 */
export async function takePassedOn(login: string, { wanted }: { wanted: boolean }): Promise<ImapConnection | undefined> {
	const entry = entriesOf(login).find(({ slot }) => slot === undefined);
	if (!entry || !forget(login, entry)) return undefined;
	const { connection } = entry;
	if (wanted && (await connection.wake())) return connection;
	await connection.close();
	return undefined;
}

const entriesOf = (login: string): Warm[] => [...(warm.get(login) ?? [])];

/** Makes room for somebody who needs a connection of the login and does not take a used one. */
export function dropWarm(login: string): void {
	for (const entry of entriesOf(login)) if (entry.slot) void close(login, entry);
}

async function close(login: string, entry: Warm): Promise<void> {
	if (!forget(login, entry)) return;
	await entry.connection.close();
	entry.slot?.release();
}

/** False where somebody else was quicker. */
function forget(login: string, entry: Warm): boolean {
	const ofLogin = warm.get(login);
	if (ofLogin?.delete(entry) !== true) return false;
	clearTimeout(entry.timer);
	if (ofLogin.size === 0) warm.delete(login);
	return true;
}
