import type { IDataObject } from 'n8n-workflow';
import { decodeState, encodeState } from '../../sync/state/state';
import type { SyncState } from '../../sync/state/syncState';

/**
 * The one top-level key of the node's static data. n8n notices only the assignment of such a key, never a change inside of it.
 */
const STATE_KEY = 'imapSync';

/**
 * The newest state of polls that returned nothing, by workflow and node name. On n8n's database scheduler without durable
 * cursors such a poll's static data is thrown away: the starting point that the very first poll took would be lost, and all
 * mail before the first poll that returns something with it. Only consulted while the static data holds no state. A poll
 * that returns messages never writes here: n8n saves its static data together with them, or drops both.
 */
const unsaved = new Map<string, IDataObject>();

/** The key under which n8n keeps the node's static data: by name. Renaming a node starts it anew, and so it does here. */
export const stateKey = (workflowId: string | undefined, nodeName: string): string =>
	JSON.stringify([workflowId ?? '', nodeName]);

/** What was stored. */
export interface LoadedState {
	/** undefined: this node never ran. */
	state: SyncState | undefined;
	/** Whether the static data itself lacks it. */
	missingInStaticData: boolean;
}

/**
 * Reads the state. With `explicitStart` (somebody published the workflow just now) only the static data counts, so that
 * clearing it is a way to begin anew. Throws SyncError stateUnreadable.
 */
export function loadState(staticData: IDataObject, key: string, explicitStart: boolean): LoadedState {
	const stored = staticData[STATE_KEY];
	if (stored !== undefined && stored !== null) {
		unsaved.delete(key);
		return { state: decodeState(stored), missingInStaticData: false };
	}
	if (explicitStart) unsaved.delete(key);
	return { state: decodeState(unsaved.get(key)), missingInStaticData: true };
}

/** Writes the state, in one assignment. `handedOut`: whether the poll returns items. */
export function saveState(staticData: IDataObject, key: string, state: SyncState, handedOut: boolean): void {
	// A copy: parts of a state may be n8n's own watched objects, which must not be put into a second place.
	const stored = JSON.parse(JSON.stringify(encodeState(state))) as IDataObject;
	staticData[STATE_KEY] = stored;
	if (!handedOut) unsaved.set(key, stored);
}
