import type { IDataObject } from 'n8n-workflow';
import { randomBytes } from 'node:crypto';
import type { SyncError } from '../../sync/errors/syncError';
import { isKeyOf, saltedKey } from '../../sync/state/saltedKey';

/**
 * A mail server that asked to be left alone, and until when. Kept in the node's static data beside the state, so that a restart of
 * n8n in the middle of it opens no connection; a first run that was throttled has a wait and no state.
 */
export interface ServerWait {
	/** milliseconds since 1970 */
	until: number;
	/** How often it asked, one time after the other. */
	count: number;
	/** Whom it asked: another user or server need not wait. */
	account: string;
}

/** The top-level key of the node's static data. */
const WAIT_KEY = 'imapSyncWait';

const MINUTE = 60_000;

/** No wait is longer, whatever the server says or the clock does. */
const LONGEST_WAIT = 60 * MINUTE;

/** The longest wait of a server that does not say how long: most are back within minutes. */
const LONGEST_GUESS = 15 * MINUTE;

/** The wait after one more serverBusy: as long as the server said, else 1, 2, 4, 8, 15 minutes. */
export function waitAfter(before: ServerWait | undefined, error: SyncError, account: string, now: number): ServerWait {
	const isSame = before !== undefined && isKeyOf(before.account, account);
	const count = (isSame ? before.count : 0) + 1;
	const guess = Math.min(MINUTE * 2 ** Math.min(count - 1, 10), LONGEST_GUESS);
	const length = error.retryAfterMs === undefined ? guess : Math.min(Math.max(error.retryAfterMs, 0), LONGEST_WAIT);
	const stored = isSame ? before.account : saltedKey(account, randomBytes(8).toString('hex'));
	return { until: now + length, count, account: stored };
}

/** Whether the server is still to be left alone. */
export const isWaiting = (wait: ServerWait | undefined, account: string, now: number): wait is ServerWait =>
	// A wait beyond the longest one was written by a clock that was wrong.
	wait !== undefined && isKeyOf(wait.account, account) && now < wait.until && wait.until <= now + LONGEST_WAIT;

/** What was stored; undefined for nothing, and for what cannot be read: then the server is asked, which is no harm. */
export function loadWait(staticData: IDataObject): ServerWait | undefined {
	const stored = staticData[WAIT_KEY];
	if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return undefined;
	const { until, count, account } = stored as IDataObject;
	if (typeof until !== 'number' || typeof count !== 'number' || typeof account !== 'string') return undefined;
	return { until, count, account };
}

/** Writes the wait, or takes it away. Touches nothing when there is nothing to change. */
export function saveWait(staticData: IDataObject, wait: ServerWait | undefined): void {
	if (wait !== undefined) staticData[WAIT_KEY] = { ...wait };
	else if (WAIT_KEY in staticData) delete staticData[WAIT_KEY];
}
