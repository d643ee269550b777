import type { FolderState } from '../folder/folderState';
import { emitFolderEvent } from './folderEvents';
import type { Run } from './runProgress';

/**
 * Emits departures: first moved messages, then those that turned up nowhere, then folders that are gone. No folder is reported as
 * gone that may be one which could not be opened, or had to wait.
 */
export async function emitDepartures(run: Run): Promise<void> {
	const { context, watched, progress, moves } = run;
	const { folders, problems, failedToOpen, waiting } = progress;
	const isUncertain = [...failedToOpen, ...waiting].some((path) => !folders[path]);
	const certainlyGone = new Set(isUncertain ? [] : watched.gone.filter((path) => folders[path]));
	problems.push(...(await moves.deliver(context, certainlyGone)));
	const allVisited =
		!isUncertain &&
		problems.length === 0 &&
		waiting.length === 0 &&
		watched.paths.every((path) => folders[path] && noneMayBeMoved(folders[path]));
	await moves.emitDeletions(context, allVisited, new Set(watched.lost.filter((path) => certainlyGone.has(path))));
	for (const path of watched.lost) {
		if (!folders[path]) continue;
		if (isUncertain) folders[path] = { ...folders[path], missing: false };
		else await emitFolderEvent(run, 'folderDeleted', path);
	}
}

/** Whether no pending message may still turn out to be moved. */
const noneMayBeMoved = ({ newUids, moveCandidates, missing }: FolderState): boolean =>
	missing || newUids.subtract(moveCandidates).isEmpty;
