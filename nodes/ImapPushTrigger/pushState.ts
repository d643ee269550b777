import type { IDataObject } from 'n8n-workflow';
import { decodePushState, encodePushState, type PushState } from '../../sync/push/storedLedger';
import { decodeState, encodeState } from '../../sync/state/state';
import type { SyncState } from '../../sync/state/syncState';

/** The top-level keys of the node's static data. n8n notices only the assignment of such a key, never a change inside of it. */
const POSITION_KEY = 'imapSync';
const PUSH_KEY = 'imapSyncPush';

/** What a push trigger keeps: the position of its newest look that was handed over whole, and what is under way. */
export interface KeptState {
	/** undefined before the first look. */
	position: SyncState | undefined;
	push: PushState;
}

interface Stored {
	position: IDataObject | undefined;
	push: IDataObject;
}

/**
 * The newest state by workflow and node. n8n writes a trigger's static data only when the trigger emits, so what was done since is
 * known here alone. A state that another process wrote since is newer, by its serial number.
 */
const newest = new Map<string, { serial: number; stored: Stored }>();

/** Reads what is kept; `accountName` is what events call the account. Throws SyncError stateUnreadable. */
export function loadState(staticData: IDataObject, key: string, accountName: string): KeptState | undefined {
	// Whoever clears the static data wants to begin anew.
	if (staticData[PUSH_KEY] === undefined) newest.delete(key);
	const inMemory = newest.get(key);
	const saved = decodePushState(staticData[PUSH_KEY], accountName);
	const push = saved && inMemory && inMemory.serial > saved.serial ? decodePushState(inMemory.stored.push, accountName) : saved;
	if (push === undefined) return undefined;
	const position = push === saved ? staticData[POSITION_KEY] : inMemory?.stored.position;
	return { position: decodeState(position), push };
}

/** Writes a state into the static data, for n8n to save with the next emit. */
export class StateWriter {
	private encoded: { of: SyncState | undefined; as: IDataObject | undefined } = { of: undefined, as: undefined };

	constructor(private readonly key: string) {}

	write(staticData: IDataObject, { position, push }: KeptState): void {
		if (this.encoded.of !== position) {
			// A copy: parts of a state may be n8n's own watched objects, which must not be put into a second place.
			const as = position && (JSON.parse(JSON.stringify(encodeState(position))) as IDataObject);
			this.encoded = { of: position, as };
			if (as !== undefined) staticData[POSITION_KEY] = as;
		}
		const stored = JSON.parse(JSON.stringify(encodePushState(push))) as IDataObject;
		staticData[PUSH_KEY] = stored;
		newest.set(this.key, { serial: push.serial, stored: { position: this.encoded.as, push: stored } });
	}
}
