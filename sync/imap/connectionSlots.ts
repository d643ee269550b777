import PQueue from 'p-queue';
import { SyncError } from '../errors/syncError';

/**
 * Connections one account may have from this process: Gmail allows 15, Exchange 16 and Dovecot 10, shared with the user's own
 * mail programs. p-queue 6 is the newest that plain `require` loads.
 */
const CONNECTIONS_PER_ACCOUNT = 3;

/** The right to one connection. */
export interface Slot {
	/** May be called more than once. */
	release(): void;
}

const queues = new Map<string, PQueue>();

/** A slot if one is free right now. */
export function takeSlotNow(account: string): Slot | undefined {
	const queue = queues.get(account);
	if (queue && (queue.size > 0 || queue.pending >= queue.concurrency)) return undefined;
	let slot: Slot | undefined;
	occupy(account, (taken) => {
		slot = taken;
		return true;
	});
	return slot;
}

/** A slot as soon as one is free. Throws serverBusy when none becomes free within `timeoutMs`. */
export async function waitForSlot(account: string, host: string, timeoutMs: number): Promise<Slot> {
	return await new Promise<Slot>((resolve, reject) => {
		let waiting = true;
		const timer = setTimeout(() => {
			waiting = false;
			reject(new SyncError('serverBusy', { reason: 'connectionsInUse', host, connections: CONNECTIONS_PER_ACCOUNT }));
		}, timeoutMs);
		occupy(account, (slot) => {
			if (!waiting) return false;
			clearTimeout(timer);
			resolve(slot);
			return true;
		});
	});
}

/** Puts one place of the account's queue to use, from when it is free until the slot is released; `begin` may refuse it. */
function occupy(account: string, begin: (slot: Slot) => boolean): void {
	let queue = queues.get(account);
	if (!queue) {
		queue = new PQueue({ concurrency: CONNECTIONS_PER_ACCOUNT });
		queues.set(account, queue);
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
			if (used.size === 0 && used.pending === 0 && queues.get(account) === used) queues.delete(account);
		});
}
