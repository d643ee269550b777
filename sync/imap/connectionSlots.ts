import type PQueue from 'p-queue';
import { SyncError } from '../errors/syncError';
import { promiseQueue } from './libraries';
import { providerOfServer } from './providers';
import type { ConnectionSettings } from './settings';

/**
 * Connections one login may have from this process where nothing else is known: Dovecot allows 10, shared with the user's own mail
 * programs and with other processes of n8n. By login, not by user and host: those anybody can write into a credential, and hold all
 * places.
 */
const CONNECTIONS_PER_LOGIN = 3;

/** How long a limit that the server taught stands. */
const TAUGHT_MS = 10 * 60_000;

/** The right to one connection. */
export interface Slot {
	/** May be called more than once. */
	release(): void;
}

/** By `key` of a Login. */
const queues = new Map<string, PQueue>();

/** Maximum logins of which a lesson is kept; the oldest goes first. */
const MOST_LESSONS = 1_000;

/** What servers taught: fewer connections than the limit, until when. */
const taught = new Map<string, { connections: number; until: number }>();

/**
 * Connections that a login may have from this process: what its credential says, else a third of what its provider allows, for other
 * processes and the person's own programs want some too.
 */
export function connectionLimit({ maxConnections, host }: Pick<ConnectionSettings, 'maxConnections' | 'host'>): number {
	if (maxConnections !== undefined) return maxConnections;
	const allowed = providerOfServer(host)?.connections;
	return allowed === undefined ? CONNECTIONS_PER_LOGIN : Math.max(2, Math.floor(allowed / 3));
}

/** Who wants a connection, and how many may be open. */
export interface SlotRequest {
	login: string;
	limit: number;
}

/** A slot if one is free right now. */
export function takeSlotNow(request: SlotRequest): Slot | undefined {
	const queue = queues.get(request.login);
	if (queue && (queue.size > 0 || queue.pending >= limitNow(request))) return undefined;
	let slot: Slot | undefined;
	occupy(request, (taken) => {
		slot = taken;
		return true;
	});
	return slot;
}

/**
 * A slot as soon as one is free. Throws serverBusy when none becomes free within `timeoutMs`, and connectionLost as soon as `signal`
 * says that nobody wants it any more.
 */
export async function waitForSlot(
	request: SlotRequest,
	{ host, timeoutMs, signal }: { host: string; timeoutMs: number; signal?: AbortSignal },
): Promise<Slot> {
	return await new Promise<Slot>((resolve, reject) => {
		let waiting = true;
		const end = (): void => {
			waiting = false;
			clearTimeout(timer);
			signal?.removeEventListener('abort', giveUp);
		};
		const giveUp = (): void => {
			end();
			reject(new SyncError('connectionLost', { reason: 'ended', host }));
		};
		const timer = setTimeout(() => {
			end();
			reject(new SyncError('serverBusy', { reason: 'connectionsInUse', host, connections: limitNow(request) }));
		}, timeoutMs);
		if (signal?.aborted) return giveUp();
		signal?.addEventListener('abort', giveUp);
		occupy(request, (slot) => {
			if (!waiting) return false;
			end();
			resolve(slot);
			return true;
		});
	});
}

/** Whether somebody waits for a connection of the login. */
export const hasWaiters = (login: string): boolean => (queues.get(login)?.size ?? 0) > 0;

/**
 * The server refused a connection because there are too many: as many as are open besides it is all there is for now. Other processes
 * learn the same, each for itself.
 */
export function learnLimit({ login }: SlotRequest): void {
	const queue = queues.get(login);
	if (!queue) return;
	const connections = Math.max(1, queue.pending - 1);
	taught.delete(login);
	taught.set(login, { connections, until: Date.now() + TAUGHT_MS });
	if (taught.size > MOST_LESSONS) taught.delete([...taught.keys()][0]);
	queue.concurrency = Math.min(queue.concurrency, connections);
}

function limitNow({ login, limit }: SlotRequest): number {
	const lesson = taught.get(login);
	if (lesson === undefined) return limit;
	if (Date.now() < lesson.until) return Math.min(limit, lesson.connections);
	taught.delete(login);
	return limit;
}

/** Puts one place of the login's queue to use, from when it is free until the slot is released; `begin` may refuse it. */
function occupy(request: SlotRequest, begin: (slot: Slot) => boolean): void {
	const { login } = request;
	let queue = queues.get(login);
	if (!queue) {
		queue = new (promiseQueue())({ concurrency: limitNow(request) });
		queues.set(login, queue);
	}
	const used = queue;
	used.concurrency = limitNow(request);
	void used
		.add(
			() =>
				new Promise<void>((done) => {
					if (!begin({ release: done })) done();
				}),
		)
		.then(() => {
			if (used.size === 0 && used.pending === 0 && queues.get(login) === used) queues.delete(login);
		});
}
