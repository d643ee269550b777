import { asSyncError, type SyncError } from '../errors/syncError';
import { ExpungedDuringSync } from '../folder/listing';
import { withoutOwnChanges, type OwnChanges } from './ownChanges';
import type { FolderConnection, OpenFolder } from '../server/mailServer';
import type { Hierarchy } from '../server/folderListing';
import type { FolderState } from '../folder/folderState';
import type { Transition } from '../folder/transition';

/** A folder that was observed, and the transition from it. */
export interface LookedAt {
	before: FolderState | undefined;
	folder: OpenFolder;
	applied: Transition;
	connection: FolderConnection;
	hierarchy: Hierarchy;
	/** Takes the error when notes cannot be read; the run goes on. */
	problems: SyncError[];
}

/**
 * Suppresses what this package did itself. Only if events are left, it reads what other processes noted: after the observation,
 * so that whatever was observed of theirs is announced by then. That opens the folder again: go on with the one returned. Throws
 * ExpungedDuringSync when it is another folder by now.
 */
export async function suppressOwnChanges(
	own: OwnChanges | undefined,
	{ before, folder, applied, connection, hierarchy, problems }: LookedAt,
): Promise<{ folder: OpenFolder; transition: Transition }> {
	const { path, uidValidity } = folder.snapshot;
	const transition = withoutOwnChanges(before, applied, own?.inFolder(path, uidValidity));
	if (!own?.readNotes || before?.uidValidity !== uidValidity || !isAnythingToEmit(transition)) return { folder, transition };
	try {
		await own.readNotes(connection, hierarchy);
	} catch (error) {
		const problem = asSyncError(error);
		if (problem.scope !== 'folder') throw problem;
		if (!problems.some(({ message }) => message === problem.message)) problems.push(problem);
	}
	const again = await connection.open(path);
	if (again.snapshot.uidValidity !== uidValidity) throw new ExpungedDuringSync(path);
	return { folder: again, transition: withoutOwnChanges(before, applied, own.inFolder(path, uidValidity)) };
}

function isAnythingToEmit({ state, pending: { updates, deletions, matched, unmatched, deferred } }: Transition): boolean {
	return (
		// Its outcome may be noted by now.
		deferred === true ||
		updates.length > 0 ||
		!deletions.isEmpty ||
		(matched !== undefined && !matched.isEmpty) ||
		(unmatched !== undefined && !unmatched.isEmpty) ||
		!state.newUids.isEmpty ||
		state.tombstones.length > 0
	);
}
