import type { FolderState } from '../folder/folderState';
import { emitFolderEvent } from './folderEvents';
import type { Run } from './runProgress';

/**
 * Emits what left: first messages that were moved, then those that turned up nowhere, then folders that are gone. Nothing is said of
 * a folder whose old name may belong to one that could not be opened, or had to wait.
 */
export async function emitDepartures(run: Run): Promise<void> {
	const { context, watched, progress, moves } = run;
	const { folders, problems, failedToOpen, waiting } = progress;
	const isUncertain = [...failedToOpen, ...waiting].some((path) => !folders[path]);
	const certainlyGone = new Set(isUncertain ? [] : watched.gone.filter((path) => folders[path]));
	problems.push(...(await moves.deliver(context, certainlyGone)));
	const allLookedAt =
		!isUncertain &&
		problems.length === 0 &&
		waiting.length === 0 &&
		watched.paths.every((path) => folders[path] && nothingCame(folders[path]));
	await moves.emitDeletions(context, allLookedAt, new Set(watched.lost.filter((path) => certainlyGone.has(path))));
	for (const path of watched.lost) {
		if (!folders[path]) continue;
		if (isUncertain) folders[path] = { ...folders[path], missing: false };
		else await emitFolderEvent(run, 'folderDeleted', path);
	}
}

/** Whether no message waits of which it is not known whether it was moved. */
const nothingCame = ({ newUids, moveCandidates, missing }: FolderState): boolean =>
	missing || newUids.subtract(moveCandidates).isEmpty;
