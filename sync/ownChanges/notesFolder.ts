import { byName } from '../uids/byName';
import { SyncError } from '../errors/syncError';
import { pathIn, type Hierarchy, samePath } from '../server/folderListing';
import type { FolderState } from '../folder/folderState';
import type { WatchSettings } from '../settings/watchSettings';

/** The folder for notes is never watched: it holds no mail, and every change adds to it. */

type Asked = Pick<WatchSettings, 'notesFolder'>;

/** Whether a folder is the one for notes. */
export const isForNotes = (path: string, { notesFolder }: Asked, hierarchy: Pick<Hierarchy, 'prefix'>): boolean =>
	notesFolder !== undefined && samePath(path, pathIn(hierarchy, notesFolder));

/** The folder states without the folder for notes, which may have been watched earlier. */
export function withoutNotes(
	folders: Readonly<Record<string, FolderState>>,
	asked: Asked,
	hierarchy: Pick<Hierarchy, 'prefix'>,
): Record<string, FolderState> {
	return byName(Object.entries(folders).filter(([path]) => !isForNotes(path, asked, hierarchy)));
}

/** The problem if the folder for notes is among the chosen ones. */
export function chosenForNotes(
	{ selection, ...asked }: Asked & Pick<WatchSettings, 'selection'>,
	hierarchy: Pick<Hierarchy, 'prefix'>,
): SyncError[] {
	const chosen = selection.kind === 'chosen' ? selection.folders.find((path) => isForNotes(path, asked, hierarchy)) : undefined;
	if (chosen === undefined) return [];
	return [new SyncError('refusedForSafety', { reason: 'notesFolderWatched', folder: chosen })];
}
