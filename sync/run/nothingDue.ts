import { isUnchangedByStatus, provesUnchanged } from '../folder/plan';
import type { SyncSettings } from '../settings/syncSettings';
import type { SyncState } from '../state/syncState';
import { needsOf } from './syncAccount';

/**
 * Whether a run at `now` (milliseconds since 1970) would do nothing unless something happened in the watched folders: they are all known,
 * nothing waits or is due again, and no message matches a filter only because time passes. Where flags matter this is never said.
 */
export function isNothingDue(settings: Pick<SyncSettings, 'watch' | 'delivery'>, { folders }: SyncState, now: number): boolean {
	const known = Object.values(folders);
	const needs = needsOf(settings, known.length);
	if (known.length === 0 || !provesUnchanged(needs, false)) return false;
	return known.every((folder) => {
		const { uidValidity, uidNext, exists: messages, highestModseq } = folder;
		return isUnchangedByStatus(folder, { uidValidity, uidNext, messages, highestModseq }, needs, now);
	});
}
