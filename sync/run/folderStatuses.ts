import type { FolderStatus } from '../server/folderListing';
import type { MailServer } from '../server/mailServer';
import type { SyncNeeds } from '../folder/syncNeeds';
import { provesUnchanged } from '../folder/plan';
import type { WatchedFolders } from './watchedFolders';

/**
 * What is known of the watched folders before one is opened: from the listing where the server puts it there, else asked for, all
 * folders in one flight. Not asked where no status could spare an opening: of a single folder, of one that is not known, and of
 * any where only the folder itself shows what changed. Throws SyncError for what ends the connection.
 */
export async function statusesOf(
	server: MailServer,
	{ paths, listing, folders }: WatchedFolders,
	needs: SyncNeeds,
): Promise<Map<string, FolderStatus>> {
	const { listStatus, condstore } = server.capabilities;
	if (listStatus) return new Map(listing?.flatMap(({ path, status }) => (status ? [[path, status]] : [])));
	const selectable = new Map(listing?.map((folder) => [folder.path, folder.selectable]));
	const asked = paths.filter((path) => folders[path] && !folders[path].missing && selectable.get(path) !== false);
	if (asked.length < 2 || !provesUnchanged(needs, condstore)) return new Map();
	return await server.folderStatuses(asked);
}
