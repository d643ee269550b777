import { followFolders, type FolderChanges } from './folderChanges';
import { formerNames } from './folderChanges';
import { SyncError } from '../errors/syncError';
import type { FolderState } from '../folder/folderState';
import { isForNotes, withoutNotes } from '../ownChanges/notesFolder';
import { samePath, type FolderListing, type Hierarchy } from '../server/folderListing';
import { chosenFolders, selectFolders } from '../server/folderSelection';
import type { MailServer } from '../server/mailServer';
import type { WatchSettings } from '../settings/watchSettings';
import type { SyncState } from '../state/syncState';

/** The folders of a run: which are watched, and what became of those that are known. */
export interface WatchedFolders extends FolderChanges {
	/** The watched folders, in the order in which they are visited. */
	paths: string[];
	/** All folders of the account; absent where the settings do not need it. */
	listing?: FolderListing[];
}

/** Whether the listing says what each name stands for: what it leaves out is not there. */
export const isListedWithStatus = ({ listing }: Pick<WatchedFolders, 'listing'>): boolean =>
	listing?.some(({ status }) => status !== undefined) ?? false;

/** Finds out which folders a run is about: the first phase. Throws SyncError when the folders cannot be listed. */
export async function findWatchedFolders(server: MailServer, watch: WatchSettings, state: SyncState): Promise<WatchedFolders> {
	const listing = await listingFor(server, watch);
	const paths = rotateToFirst(watchedPaths(watch, listing, server.hierarchy), state.startWith);
	return { paths, listing, ...followFolders(withoutNotes(state.folders, watch, server.hierarchy), paths, listing) };
}

/** The watched folders, in order. Without a listing folders can only be chosen by name. */
export function watchedPaths(
	watch: Pick<WatchSettings, 'selection' | 'notesFolder'>,
	listing: FolderListing[] | undefined,
	hierarchy: Pick<Hierarchy, 'prefix'> = { prefix: '' },
): string[] {
	const { selection } = watch;
	const selected =
		selection.kind === 'chosen' ? chosenFolders(selection.folders) : listing ? selectFolders(listing, selection) : [];
	return selected.filter((path) => !isForNotes(path, watch, hierarchy));
}

/** A single folder needs no listing: opening it says more than its status. Patterns and several folders do. */
async function listingFor(server: MailServer, { selection, events }: WatchSettings): Promise<FolderListing[] | undefined> {
	const { listStatus } = server.capabilities;
	const manyAtOnce = selection.kind === 'chosen' && chosenFolders(selection.folders).length > 1 && listStatus;
	const aboutFolders = events.has('folderCreated') || events.has('folderRenamed') || events.has('folderDeleted');
	if (selection.kind === 'chosen' && !manyAtOnce && !aboutFolders) return undefined;
	return await server.listFolders({ status: listStatus });
}

/** Why a watched folder cannot be opened, as far as the listing says; undefined where it can. */
export function whyNotSelectable(path: string, listing: FolderListing[], known: FolderState | undefined): SyncError | undefined {
	const folder = listing.find((listed) => samePath(listed.path, path));
	if (folder?.selectable) return undefined;
	const others = listing.filter(({ selectable }) => selectable).map((listed) => listed.path);
	const there = { folders: others.slice(0, 10), more: Math.max(0, others.length - 10) };
	if (folder) return new SyncError('folderNotSelectable', { reason: 'onlyFolders', folder: path, ...there });
	const renamed = known && listing.find(({ status }) => status && formerNames({ [path]: known }, [path], status).length > 0);
	if (renamed) return new SyncError('folderNotFound', { reason: 'renamed', folder: path, newName: renamed.path });
	return new SyncError('folderNotFound', { reason: 'notListed', folder: path, ...there });
}

/** The folders in order, beginning with the one that had to wait last time. */
function rotateToFirst(paths: string[], first: string | undefined): string[] {
	const at = first === undefined ? -1 : paths.indexOf(first);
	return at <= 0 ? paths : [...paths.slice(at), ...paths.slice(0, at)];
}
