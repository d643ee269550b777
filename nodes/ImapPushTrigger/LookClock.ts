import type { SyncState } from '../../sync/state/syncState';
import { DEPARTURE_MS, GATHER_MS, SHORT_POLL_MS } from './pace';

/**
 * The status of a folder that is open may be that of the session (RFC 9051 section 6.3.11): every so many looks without news it is opened
 * anew, and always where the server does not report news by itself.
 */
const LOOKS_UNTIL_OPENED = 6;

/** What decides how long nothing has to be looked at without news. */
interface Pace {
	/** Whether the server reports all that is to be emitted. */
	isTold: boolean;
	/** Milliseconds. */
	catchUpEvery: number;
	/** When the next heartbeat is due, in milliseconds since 1970; Infinity: never. */
	beatAt: number;
}

/** When the mailbox is looked at next: soon after news, and now and then without. */
export class LookClock {
	/** Whether something happened since the last look began. */
	isNews = true;
	/** When the last look ended, in milliseconds since 1970; 0 before the first. */
	lookedAt = 0;
	/** Looks without news so far. */
	private quietLooks = 0;

	/** When the next look is due, in milliseconds since 1970. */
	next(state: SyncState | undefined, { isTold, catchUpEvery, beatAt }: Pace): number {
		if (this.isNews) return this.lookedAt + GATHER_MS;
		if (hasDepartures(state)) return this.lookedAt + DEPARTURE_MS;
		const next = this.lookedAt + (isTold ? catchUpEvery : Math.min(SHORT_POLL_MS, catchUpEvery));
		// A server that says nothing may be gone: before a heartbeat it is asked.
		return Math.min(next, beatAt);
	}

	/** A look begins. Returns whether there was news. */
	begin(): boolean {
		const wasNews = this.isNews;
		this.isNews = false;
		return wasNews;
	}

	/** A look is taken only because it is time. Whether the folder that is open may stay so for it. */
	keepsOpen(): boolean {
		return ++this.quietLooks % LOOKS_UNTIL_OPENED !== 0;
	}
}

/** Whether messages left that the next look reports as moved or deleted, of which no server gives notice. */
function hasDepartures(state: SyncState | undefined): boolean {
	return Object.values(state?.folders ?? {}).some(({ tombstones }) => tombstones.some(({ runs }) => runs === 1));
}
