import { asSyncError, type SyncError } from '../errors/syncError';
import { ExpungedDuringSync } from '../folder/observe';
import { withoutOwnChanges, type OwnChanges } from './ownChanges';
import type { FolderConnection, OpenFolder } from '../server/mailServer';
import type { Hierarchy } from '../server/folderListing';
import type { FolderState } from '../folder/folderState';
import type { Transition } from '../folder/transition';

/** A folder that was looked at, and what was found in it. */
export interface LookedAt {
	before: FolderState | undefined;
	folder: OpenFolder;
	found: Transition;
	connection: FolderConnection;
	hierarchy: Hierarchy;
	/** Where it goes when notes cannot be read; the run goes on. */
	problems: SyncError[];
}

/**
 * Takes out of what was found in a folder what this package did itself. Only when something is left to be told it asks what other
 * processes noted: after the look, so that whatever it saw of theirs is announced by then. The folder is opened once more then; go on with
 * the one that is given back. Throws FolderShifted when that is another one by now.
 */
export async function suppressOwnChanges(
	own: OwnChanges | undefined,
	{ before, folder, found, connection, hierarchy, problems }: LookedAt,
): Promise<{ folder: OpenFolder; transition: Transition }> {
	const { path, uidValidity } = folder.snapshot;
	const transition = withoutOwnChanges(before, found, own?.inFolder(path, uidValidity));
	if (!own?.readNotes || before?.uidValidity !== uidValidity || !isAnythingToTell(transition)) return { folder, transition };
	try {
		await own.readNotes(connection, hierarchy);
	} catch (error) {
		const problem = asSyncError(error);
		if (problem.scope !== 'folder') throw problem;
		if (!problems.some(({ message }) => message === problem.message)) problems.push(problem);
	}
	const again = await connection.open(path);
	if (again.snapshot.uidValidity !== uidValidity) throw new ExpungedDuringSync(path);
	return { folder: again, transition: withoutOwnChanges(before, found, own.inFolder(path, uidValidity)) };
}

function isAnythingToTell({ state, pending: { updates, deletions, matched, unmatched, deferred } }: Transition): boolean {
	return (
		// What became of it may be noted by now.
		deferred === true ||
		updates.length > 0 ||
		!deletions.isEmpty ||
		(matched !== undefined && !matched.isEmpty) ||
		(unmatched !== undefined && !unmatched.isEmpty) ||
		!state.newUids.isEmpty ||
		state.tombstones.length > 0
	);
}
