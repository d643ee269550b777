import type { StandbyFolder } from '../../sync/imap/standby';
import type { FolderState } from '../../sync/folder/folderState';
import { chosenFolders, type FolderSelection } from '../../sync/server/folderSelection';
import type { SyncState } from '../../sync/state/syncState';

/** The watched folders, as far as they are known; INBOX first, where it is among them. */
export function watchedFolders(selection: FolderSelection | undefined, position: SyncState | undefined): string[] {
	if (selection?.kind === 'chosen') return chosenFolders(selection.folders);
	const known = Object.entries(position?.folders ?? {});
	return chosenFolders(known.filter(([, { missing }]) => !missing).map(([path]) => path));
}

/** Whether the sight of a folder is what is known of it; `wantsChanges`: also what happened to messages that were there counts. */
export const showsNothingNew = (
	{ uidValidity, uidNext, exists, highestModseq }: StandbyFolder,
	known: FolderState,
	wantsChanges: boolean,
): boolean =>
	uidValidity === known.uidValidity &&
	(uidNext ?? 0) <= known.uidNext &&
	(!wantsChanges || (exists === known.exists && highestModseq === known.highestModseq));
