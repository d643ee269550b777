import { SyncError } from '../errors/syncError';
import { EVENT_VERSION, type SyncEvent } from '../events/syncEvent';
import { UidSet } from '../uids/uidSet';
import type { Finishing } from './finishing';
import type { Ledger, Phase, Ticket } from './ledger';

/** What is kept of a push trigger beside the position of its newest look. */
export interface PushState {
	/** Whose mailbox it is about: hashes, as a workflow is exported with it. */
	account: string;
	/** Counts the times it was written: the higher one of two is the newer one. */
	serial: number;
	ledger: Ledger;
	/** What is still to be done to messages on the server. */
	finishing: readonly Finishing[];
	/** When watching began, in milliseconds since 1970: what came since is new although nobody could look at that time. */
	begunAt?: number;
}

const VERSION = 1;

/** The stored form: plain JSON. The account's name is left out, for a workflow is exported with it. */
export function encodePushState({ account, serial, ledger, finishing, begunAt }: PushState): Record<string, unknown> {
	return {
		v: VERSION,
		k: account,
		n: serial,
		...(begunAt === undefined ? {} : { b: begunAt }),
		// What was not handed over yet is found again by the position, which has not moved past it.
		t: ledger.tickets.filter(({ phase }) => phase.kind !== 'fresh').map(encodeTicket),
		h: ledger.handed,
		f: finishing.map(({ fate, folder, uidValidity, uids }) => [fate, folder, uidValidity, uids.toString()]),
	};
}

function encodeTicket({ event, withMessage, lane, attempts, failures, losses, phase }: Ticket): Record<string, unknown> {
	return {
		e: { ...event, version: undefined, account: undefined },
		l: lane,
		a: attempts,
		...(withMessage ? { m: 1 } : {}),
		...(failures > 0 ? { x: failures } : {}),
		...(losses > 0 ? { y: losses } : {}),
		...(phase.kind === 'waiting' ? { d: phase.dueAt, ...(phase.unknown ? { u: 1 } : {}) } : {}),
		...(phase.kind === 'inFlight' ? { r: phase.leaseEnds, i: phase.execution } : {}),
	};
}

/** Reads the stored form; undefined for nothing. `accountName` is what events call the account. Throws stateUnreadable. */
export function decodePushState(stored: unknown, accountName: string): PushState | undefined {
	if (stored === undefined || stored === null) return undefined;
	try {
		const { v, k, n, b, t, h, f } = stored as Record<string, unknown>;
		if (v !== VERSION || typeof n !== 'number') throw new TypeError(`unknown version ${String(v)}`);
		const tickets = (t as Array<Record<string, unknown>>).map((ticket) => decodeTicket(ticket, accountName));
		return {
			account: String(k),
			serial: n,
			...(typeof b === 'number' ? { begunAt: b } : {}),
			ledger: { tickets, handed: (h as unknown[]).map(String) },
			finishing: (f as Array<[Finishing['fate'], string, string, string]>).map(([fate, folder, uidValidity, uids]) => ({
				fate: fate === 'givenUp' ? 'givenUp' : 'done',
				folder: String(folder),
				uidValidity: String(uidValidity),
				uids: UidSet.parse(uids),
			})),
		};
	} catch (error) {
		const detail = error instanceof Error ? error.message : String(error);
		throw new SyncError('stateUnreadable', { detail }, { cause: error });
	}
}

function decodeTicket({ e, l, a, m, x, y, d, u, r, i }: Record<string, unknown>, account: string): Ticket {
	const event: SyncEvent = { ...(e as SyncEvent), version: EVENT_VERSION, account };
	if (typeof event.eventId !== 'string' || typeof event.folder !== 'string') throw new TypeError('a ticket without an event');
	const phase: Phase =
		typeof r === 'number'
			? { kind: 'inFlight', execution: String(i), leaseEnds: r }
			: { kind: 'waiting', dueAt: typeof d === 'number' ? d : 0, unknown: u === 1 };
	return {
		event,
		lane: String(l),
		withMessage: m === 1,
		attempts: Number(a),
		failures: Number(x ?? 0),
		losses: Number(y ?? 0),
		phase,
	};
}
