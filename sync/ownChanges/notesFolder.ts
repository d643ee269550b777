import { SyncError } from '../errors/syncError';
import { pathIn, type Hierarchy, samePath } from '../server/folderListing';
import type { FolderState } from '../folder/folderState';
import type { WatchSettings } from '../settings/watchSettings';

/** The folder in which processes note their own changes is never looked at as mail: what is in it is nobody's mail, and comes of every change. */

type Asked = Pick<WatchSettings, 'notesFolder'>;

/** Whether a folder is the one for notes. */
export const isForNotes = (path: string, { notesFolder }: Asked, hierarchy: Pick<Hierarchy, 'prefix'>): boolean =>
	notesFolder !== undefined && samePath(path, pathIn(hierarchy, notesFolder));

/** What is known of folders, without the one for notes: it may have been watched before it was that. */
export function withoutNotes(
	folders: Readonly<Record<string, FolderState>>,
	asked: Asked,
	hierarchy: Pick<Hierarchy, 'prefix'>,
): Record<string, FolderState> {
	return Object.fromEntries(Object.entries(folders).filter(([path]) => !isForNotes(path, asked, hierarchy)));
}

/** The problem of somebody who chose the folder for notes to be watched. */
export function chosenForNotes(
	{ selection, ...asked }: Asked & Pick<WatchSettings, 'selection'>,
	hierarchy: Pick<Hierarchy, 'prefix'>,
): SyncError[] {
	const chosen = selection.kind === 'chosen' ? selection.folders.find((path) => isForNotes(path, asked, hierarchy)) : undefined;
	if (chosen === undefined) return [];
	return [new SyncError('refusedForSafety', { reason: 'notesFolderWatched', folder: chosen })];
}
