import type PQueue from 'p-queue';
import { SyncError } from '../errors/syncError';
import { promiseQueue } from './libraries';

/**
 * Connections one login may have from this process: Gmail allows 15, Exchange 16 and Dovecot 10, shared with the user's own
 * mail programs. By login, not by user and host: those anybody can write into a credential, and hold all places.
 */
const CONNECTIONS_PER_LOGIN = 3;

/** The right to one connection. */
export interface Slot {
	/** May be called more than once. */
	release(): void;
}

/** By `key` of a Login. */
const queues = new Map<string, PQueue>();

/** A slot if one is free right now. */
export function takeSlotNow(login: string): Slot | undefined {
	const queue = queues.get(login);
	if (queue && (queue.size > 0 || queue.pending >= queue.concurrency)) return undefined;
	let slot: Slot | undefined;
	occupy(login, (taken) => {
		slot = taken;
		return true;
	});
	return slot;
}

/** A slot as soon as one is free. Throws serverBusy when none becomes free within `timeoutMs`. */
export async function waitForSlot(login: string, host: string, timeoutMs: number): Promise<Slot> {
	return await new Promise<Slot>((resolve, reject) => {
		let waiting = true;
		const timer = setTimeout(() => {
			waiting = false;
			reject(new SyncError('serverBusy', { reason: 'connectionsInUse', host, connections: CONNECTIONS_PER_LOGIN }));
		}, timeoutMs);
		occupy(login, (slot) => {
			if (!waiting) return false;
			clearTimeout(timer);
			resolve(slot);
			return true;
		});
	});
}

/** Puts one place of the login's queue to use, from when it is free until the slot is released; `begin` may refuse it. */
function occupy(login: string, begin: (slot: Slot) => boolean): void {
	let queue = queues.get(login);
	if (!queue) {
		queue = new (promiseQueue())({ concurrency: CONNECTIONS_PER_LOGIN });
		queues.set(login, queue);
	}
	const used = queue;
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
