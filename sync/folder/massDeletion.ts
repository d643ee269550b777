import { SyncError } from '../errors/syncError';
import type { OpenFolder } from '../server/mailServer';
import { UidSet } from '../uids/uidSet';
import type { FolderState } from './folderState';
import type { Observation } from './observation';

/**
 * The guard against deletions that are none: when much of a folder seems to be gone, it is opened and looked at again by another
 * way before anything is told. Servers have reported living messages as vanished (Cyrus, nextcloud/mail issue 11908), and a folder
 * whose index is rebuilt is empty for a while.
 */

/** Deletions that wait for a second look. */
export interface MassDeletion {
	vanished: UidSet;
	/** How many messages were known. */
	known: number;
	/** Whether a listing did not have them; else the server told, or ranks had shifted. */
	byListing: boolean;
	/** What an audit had to do with it. */
	audited: Observation['audited'];
}

const MANY = 50;
const LARGE_SHARE = 0.25;

/** A gap up to this wide is asked for in one piece, however many holes it has. */
const LIVING_IN_SPAN = 500;

/** Whether so many known messages vanished that it takes a second look. */
export function massDeletionIn(state: FolderState | undefined, observation: Observation): MassDeletion | undefined {
	if (!state?.knownUids) return undefined;
	const { vanished, listing, audited } = observation;
	const known = state.knownUids.size;
	if (vanished.size <= MANY || vanished.size <= known * LARGE_SHARE) return undefined;
	return { vanished, known, byListing: listing !== undefined || audited !== undefined, audited };
}

/**
 * Compares with a second look on a fresh opening, which listed the folder and found the message count to agree. What a listing
 * had found is asked for by FETCH too, which does not go through the search index. Returns whether the second look agrees.
 */
export async function isConfirmed(doubt: MassDeletion, again: Observation, folder: OpenFolder): Promise<boolean> {
	if (!doubt.vanished.subtract(again.vanished).isEmpty) return false;
	if (!doubt.byListing || doubt.vanished.isEmpty) return true;
	const span = UidSet.range(doubt.vanished.first ?? 1, doubt.vanished.last ?? 1);
	const living = (again.listing ?? UidSet.empty).intersect(span);
	const asked = living.size <= LIVING_IN_SPAN ? span : doubt.vanished;
	try {
		return (await folder.flagsOf(asked)).every(({ uid }) => !doubt.vanished.has(uid));
	} catch (error) {
		// Some servers refuse to FETCH anything in an empty folder (imapflow issue 209).
		if (folder.snapshot.exists === 0 && error instanceof SyncError && error.code === 'commandRefused') return true;
		throw error;
	}
}

/** The first look said so, and the second one did not. */
export function notConfirmed({ vanished, known }: MassDeletion, path: string): SyncError {
	return new SyncError('folderInconsistent', {
		reason: 'deletionUnconfirmed',
		folder: path,
		vanished: vanished.size,
		known,
	});
}
