import type { FolderState } from '../folder/folderState';
import { emitFolderEvent } from './folderEvents';
import { samePath } from '../server/folderListing';
import { formerNames } from './folderChanges';
import { isNotThere, type Run } from './runProgress';

/**
 * Emits departures: first moved messages, then those that turned up nowhere, then folders that are gone. No folder is reported as
 * gone that may be one which could not be opened, or had to wait.
 */
export async function emitDepartures(run: Run): Promise<void> {
	const { context, watched, progress, moves } = run;
	const { folders, problems, failedToOpen, waiting } = progress;
	// A folder that nobody knows and that was not opened may be one that is gone, under another name.
	const unseen = [...failedToOpen, ...waiting].filter((path) => !folders[path] && !isNotThere(progress, path));
	const certainlyGone = new Set(
		[...watched.gone, ...watched.lost].filter(
			(path) => folders[path]?.missing && !unseen.some((other) => mayBe(run, path, other)),
		),
	);
	problems.push(...(await moves.deliver(context, certainlyGone)));
	const allVisited =
		// A folder that stays shut must not keep for ever what left the others: what went in there is gone for whoever watches.
		problems.every(({ scope, passing }) => scope === 'message' || (scope === 'folder' && !passing)) &&
		waiting.length === 0 &&
		!watched.gone.some((path) => folders[path]?.mayBeMissing) &&
		watched.paths.every((path) => (folders[path] ? noneMayBeMoved(folders[path]) : failedToOpen.includes(path)));
	await moves.emitDeletions(context, allVisited, new Set(watched.lost.filter((path) => certainlyGone.has(path))));
	for (const path of watched.lost) {
		if (!folders[path]) continue;
		if (!certainlyGone.has(path)) folders[path] = { ...folders[path], missing: false, mayBeMissing: true };
		else await emitFolderEvent(run, 'folderDeleted', path);
	}
}

/** Whether a folder that was not opened may be the known one under another name, as far as the listing says. */
function mayBe({ watched, progress }: Run, known: string, unseen: string): boolean {
	const status = watched.listing?.find((folder) => samePath(folder.path, unseen))?.status;
	return status === undefined || formerNames(progress.folders, [known], status).length > 0;
}

/** Whether no pending message may still turn out to be moved. */
const noneMayBeMoved = ({ newUids, moveCandidates, missing }: FolderState): boolean =>
	missing || newUids.subtract(moveCandidates).isEmpty;
