import type { FolderStatus } from '../server/folderListing';
import { provesUnchanged } from '../folder/plan';
import { beginsByStatus } from './beginByStatus';
import type { Run } from './runProgress';

/**
 * What is known of the watched folders before one is opened: from the listing where the server puts it there, else asked for, all
 * folders in one flight. Not asked where no status could spare an opening: of a single folder in which something is to be expected,
 * of one that has to be read to begin, and of any where only the folder itself shows what changed. Throws SyncError for what ends the connection.
 */
export async function statusesOf(run: Run): Promise<Map<string, FolderStatus>> {
	const { context, watched, progress } = run;
	const { folders } = progress;
	const { paths, listing } = watched;
	const { server, isRoutine } = context.services;
	const { listStatus, condstore } = server.capabilities;
	if (listStatus && (listing || !isRoutine))
		return new Map(listing?.flatMap(({ path, status }) => (status ? [[path, status]] : [])));
	const selectable = new Map(listing?.map((folder) => [folder.path, folder.selectable]));
	const proves = provesUnchanged(context.needs, condstore);
	const asked = paths.filter(
		(path) => selectable.get(path) !== false && (folders[path] ? proves && !folders[path].missing : beginsByStatus(run, path)),
	);
	if (asked.length < (isRoutine ? 1 : 2)) return new Map();
	return await server.folderStatuses(asked);
}
