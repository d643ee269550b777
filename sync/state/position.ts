import { hasCode, SyncError } from '../errors/syncError';
import { decodeState, encodeState, type StoredState } from './state';
import type { SyncState } from './syncState';

/**
 * A state with what its store has to know: how often it was saved, and how to begin where there is no state. Pure. A store never
 * takes an absent position for a beginning: a beginning is a position too.
 */
export interface Position {
	/** Absent before the first run. */
	state?: SyncState;
	/** Begin with messages received since this moment (milliseconds since 1970), whatever the settings say. */
	since?: number;
	/** How often it was saved, from 1. */
	serial: number;
	/** milliseconds since 1970 */
	savedAt: number;
}

/** The stored form: plain JSON with short keys. */
export interface StoredPosition {
	/** version */
	p: number;
	/** serial */
	n: number;
	/** saved at */
	t: number;
	/** since */
	b?: number;
	/** state */
	s?: StoredState;
}

const VERSION = 1;

/** No position is saved so often: a made-up one must not be newer than all that ever come. */
const LARGEST_SERIAL = 2 ** 40;

export function encodePosition({ state, since, serial, savedAt }: Position): StoredPosition {
	return {
		p: VERSION,
		n: serial,
		t: savedAt,
		...(since === undefined ? {} : { b: since }),
		...(state === undefined ? {} : { s: encodeState(state) }),
	};
}

/**
 * Reads what encodePosition() returned, as a value or as its JSON text. Nothing (undefined, null, blank text, an empty object) is
 * undefined. Throws stateUnreadable for anything else; `where` names the place it was read from, where it is not the node's own.
 */
export function decodePosition(value: unknown, where?: string): Position | undefined {
	if (value === undefined || value === null) return undefined;
	if (typeof value === 'string') {
		if (value.trim() === '') return undefined;
		let parsed: unknown;
		try {
			parsed = JSON.parse(value);
		} catch (error) {
			throw unreadable(where, 'it is no JSON, or not all of it', error);
		}
		if (typeof parsed !== 'object' || parsed === null) throw unreadable(where, 'it is no object');
		return decodePosition(parsed, where);
	}
	if (typeof value !== 'object' || Array.isArray(value)) throw unreadable(where, 'it is no object');
	if (Object.keys(value).length === 0) return undefined;
	const { p, n, t, b, s } = value as Record<string, unknown>;
	if (p !== VERSION)
		throw unreadable(
			where,
			typeof p === 'number' ? `it has version ${p}, this package writes version ${VERSION}` : 'it has no version',
		);
	if (!isWhole(n) || !isWhole(t) || !(b === undefined || isWhole(b))) throw unreadable(where, 'it is incomplete');
	if (n > LARGEST_SERIAL) throw unreadable(where, 'it claims to have been saved more often than any position was');
	try {
		const state = decodeState(s);
		return { serial: n, savedAt: t, ...(b === undefined ? {} : { since: b }), ...(state === undefined ? {} : { state }) };
	} catch (error) {
		throw unreadable(where, hasCode(error, 'stateUnreadable') ? error.data.detail : 'its state is broken', error);
	}
}

/** The error for a position that cannot be read: never taken for "nothing". */
export function unreadable(where: string | undefined, why: string, cause?: unknown): SyncError {
	return new SyncError('stateUnreadable', { where, detail: why }, { cause });
}

const isWhole = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
