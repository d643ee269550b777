import { SyncError } from '../errors/syncError';
import type { OpenFolder } from '../server/mailServer';
import { UidSet } from '../uids/uidSet';
import type { FolderState } from './folderState';
import type { Observation } from './observation';
import type { Plan } from './plan';

/** Messages were expunged meanwhile, so the answers of this opening are useless: open the folder again. */
export class ExpungedDuringSync extends Error {
	constructor(readonly path: string) {
		super(`messages were expunged from "${path}" while it was read`);
	}
}

/** Every UID of the folder. The message count must agree, else the answer is rejected. */
export async function listAll(folder: OpenFolder): Promise<UidSet> {
	if (folder.snapshot.exists === 0) return UidSet.empty;
	const listing = (await folder.search({})).below(Math.max(folder.snapshot.uidNext, 1));
	if (listing.size === folder.snapshot.exists) return listing;
	if (folder.expungedMeanwhile() > 0) throw new ExpungedDuringSync(folder.snapshot.path);
	throw new SyncError('folderInconsistent', {
		reason: 'listingIncomplete',
		folder: folder.snapshot.path,
		listed: listing.size,
		exists: folder.snapshot.exists,
	});
}

/** Notes what a listing of the folder shows as gone and as new. */
export function compareWithListing(observation: Observation, state: FolderState, listing: UidSet, plan: Plan): void {
	const known = state.knownUids;
	if (known) {
		observation.vanished = known.subtract(listing);
		// Also below the old UIDNEXT: a message that was never known was never delivered, however it got there.
		observation.appeared = listing.subtract(known);
	} else if (plan.reason !== 'uidNextWentBack') {
		observation.appeared = listing.from(state.uidNext);
	}
}
