import { SyncError } from '../errors/syncError';
import type { OpenFolder } from '../server/mailServer';
import { UidSet } from '../uids/uidSet';
import type { FolderState } from './folderState';
import type { Observation } from './observation';

/**
 * The guard against false deletions. When much of a folder seems to be gone, it is opened again and checked another way before
 * anything is reported. Servers have reported existing messages as vanished (Cyrus, nextcloud/mail issue 11908), and a folder
 * whose index is being rebuilt is empty for a while.
 */

/** Deletions that wait for a second look. */
export interface MassDeletion {
	vanished: UidSet;
	/** How many messages were known. */
	known: number;
	/** Whether a listing lacked them; else the server reported them, or ranks had shifted. */
	byListing: boolean;
	/** What the audit of the first look found. */
	audited: Observation['audited'];
}

const MANY = 50;
const LARGE_SHARE = 0.25;

/** A span with at most this many existing messages is fetched in one piece, however many gaps it has. */
const EXISTING_IN_SPAN = 500;

/** Whether so many known messages vanished that it takes a second look. */
export function massDeletionIn(state: FolderState | undefined, observation: Observation): MassDeletion | undefined {
	if (!state?.knownUids) return undefined;
	const { vanished, listing, audited } = observation;
	const known = state.knownUids.size;
	if (vanished.size <= MANY || vanished.size <= known * LARGE_SHARE) return undefined;
	return { vanished, known, byListing: listing !== undefined || audited !== undefined, audited };
}

/**
 * Compares with a second look: a fresh opening whose listing agreed with the message count. Messages that a listing lacked are
 * also asked for by FETCH, which does not use the search index. Returns whether the second look agrees.
 */
export async function isConfirmed(massDeletion: MassDeletion, again: Observation, folder: OpenFolder): Promise<boolean> {
	if (!massDeletion.vanished.subtract(again.vanished).isEmpty) return false;
	if (!massDeletion.byListing || massDeletion.vanished.isEmpty) return true;
	const span = UidSet.range(massDeletion.vanished.first ?? 1, massDeletion.vanished.last ?? 1);
	const existing = (again.listing ?? UidSet.empty).intersect(span);
	const asked = existing.size <= EXISTING_IN_SPAN ? span : massDeletion.vanished;
	try {
		return (await folder.flagsOf(asked)).every(({ uid }) => !massDeletion.vanished.has(uid));
	} catch (error) {
		// Some servers refuse to FETCH anything in an empty folder (imapflow issue 209).
		if (folder.snapshot.exists === 0 && error instanceof SyncError && error.code === 'commandRefused') return true;
		throw error;
	}
}

/** The error for deletions that only the first look found. */
export function notConfirmed({ vanished, known }: MassDeletion, path: string): SyncError {
	return new SyncError('folderInconsistent', {
		reason: 'deletionUnconfirmed',
		folder: path,
		vanished: vanished.size,
		known,
	});
}
