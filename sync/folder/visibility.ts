import { UidSet } from '../uids/uidSet';
import type { FolderState } from './folderState';

/**
 * A server that shows only the newest messages of a folder (Yahoo, some 10,000): an old one that drops out of view is not deleted,
 * and one that comes into view again is not new. Pure.
 */

/** "Some": the window is taken for full from this share of its size on. */
const NEARLY_FULL = 0.99;

/** Whether there may be more messages than are shown. */
export const isWindowFull = (exists: number, window: number): boolean => exists >= window * NEARLY_FULL;

/** What of the messages that went and came only went out of view, or came into it. */
export function splitByVisibility(
	state: FolderState,
	seen: { vanished: UidSet; appeared: UidSet },
	exists: number,
	window: number,
): { outOfView: UidSet; intoView: UidSet } {
	const known = state.knownUids ?? UidSet.empty;
	const lowestKnown = known.first;
	const intoView = lowestKnown === undefined ? UidSet.empty : seen.appeared.below(Math.min(lowestKnown, state.uidNext));
	const lowestLeft = known.subtract(seen.vanished).union(seen.appeared).first;
	const outOfView = isWindowFull(exists, window) && lowestLeft !== undefined ? seen.vanished.below(lowestLeft) : UidSet.empty;
	return { outOfView, intoView };
}
