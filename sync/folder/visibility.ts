import { UidSet } from '../uids/uidSet';
import type { FolderState } from './folderState';

/**
 * The visible window of a server that shows only the newest messages of a folder (Yahoo, some 10,000). A message that leaves it
 * is not deleted, and one that enters it again is not new. Pure.
 */

/** The size is approximate: from this share of it on the window counts as full. */
const NEARLY_FULL = 0.99;

/** Whether there may be more messages than the server shows. */
export const isWindowFull = (exists: number, window: number): boolean => exists >= window * NEARLY_FULL;

/** Which of the vanished and new messages only left or entered the visible window. */
export function splitByVisibility(
	state: FolderState,
	{ vanished, appeared }: { vanished: UidSet; appeared: UidSet },
	exists: number,
	window: number,
): { outOfView: UidSet; intoView: UidSet } {
	const known = state.knownUids ?? UidSet.empty;
	const lowestKnown = known.first;
	const intoView = lowestKnown === undefined ? UidSet.empty : appeared.below(Math.min(lowestKnown, state.uidNext));
	const lowestLeft = known.subtract(vanished).union(appeared).first;
	const outOfView = isWindowFull(exists, window) && lowestLeft !== undefined ? vanished.below(lowestLeft) : UidSet.empty;
	return { outOfView, intoView };
}
