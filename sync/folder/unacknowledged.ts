import type { FlagUpdate } from './diff';
import { failureReason } from '../errors/failureReason';
import { SyncError } from '../errors/syncError';
import { isDue } from './due';
import { noFlags, type FlagSets } from './flagSets';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { Acknowledge } from '../settings/acknowledge';
import { renumbered, unacknowledgedUids, type FolderState, type Unacknowledged, type UnacknowledgedGroup } from './folderState';
import { suppress } from './suppress';
import type { Observation } from './observation';
import type { Transition } from './transition';

/**
 * The unacknowledged messages of a folder: delivered, and waiting for their acknowledgement on the mail server. Pure. They are
 * kept in groups of equal attempts and deadline, so that hundreds delivered together cost as much as one.
 */

/** Maximum unacknowledged messages of a folder: bounds the redeliveries to a workflow that acknowledges nothing. */
export const MAX_UNACKNOWLEDGED = 1_000;

/** Deadlines are rounded up to this share of the waiting time: bounds the number of groups, however often polls run. */
const STEPS = 12;
const MINUTE_MS = 60_000;

/** The stored name of an acknowledgement: it shows when the setting changed. */
export const ackName = ({ by, keyword }: Acknowledge): string => (by === 'keyword' ? `keyword ${keyword}` : by);

/** The acknowledgement flag; undefined where a message is acknowledged by leaving the folder. */
export function ackFlag({ by, keyword }: Acknowledge): string | undefined {
	if (by === 'keyword') return keyword;
	return by === 'seen' ? '\\Seen' : undefined;
}

/** Whether a flag is the acknowledgement flag. Flags and keywords are case-insensitive (RFC 9051 section 2.3.2). */
export function isAckFlag(flag: string, acknowledge: Acknowledge): boolean {
	return ackFlag(acknowledge)?.toLowerCase() === flag.toLowerCase();
}

/** Whether a message with these flags is acknowledged. */
export const isAcknowledged = (flags: Iterable<string>, acknowledge: Acknowledge): boolean =>
	[...flags].some((flag) => isAckFlag(flag, acknowledge));

/** The messages that carry the acknowledgement flag, as far as flags are known. */
export const acknowledgedIn = (flags: FlagSets, acknowledge: Acknowledge): UidSet =>
	[...flags].filter(([name]) => isAckFlag(name, acknowledge)).reduce((all, [, uids]) => all.union(uids), UidSet.empty);

/** The unacknowledged messages whose deadline has passed. */
export function uidsToRedeliver(
	unacknowledged: Unacknowledged | undefined,
	now: number,
	{ redeliverAfter }: Pick<Acknowledge, 'redeliverAfter'>,
): UidSet {
	// Deadlines are rounded up, by less than the time itself.
	const groups = unacknowledged?.groups.filter(({ ackDeadline }) => isDue(ackDeadline, now, 2 * redeliverAfter + 60_000)) ?? [];
	return unacknowledgedUids(unacknowledged && { ...unacknowledged, groups });
}

/** How often the message was delivered; 0 unless it is unacknowledged. */
export const attemptsOf = (unacknowledged: Unacknowledged | undefined, uid: Uid): number =>
	unacknowledged?.groups.find(({ uids }) => uids.has(uid))?.attempts ?? 0;

/** The unacknowledged messages without these. */
export function withoutUnacknowledged(unacknowledged: Unacknowledged, gone: UidSet): Unacknowledged {
	if (gone.isEmpty) return unacknowledged;
	const groups = unacknowledged.groups.map((group) => ({ ...group, uids: group.uids.subtract(gone) }));
	return { ...unacknowledged, groups: groups.filter(({ uids }) => !uids.isEmpty) };
}

/** The unacknowledged messages after one more delivery of this one at `now`. */
export function withDelivered(unacknowledged: Unacknowledged, uid: Uid, acknowledge: Acknowledge, now: number): Unacknowledged {
	const attempts = attemptsOf(unacknowledged, uid) + 1;
	const step = Math.max(MINUTE_MS, Math.ceil(acknowledge.redeliverAfter / STEPS / MINUTE_MS) * MINUTE_MS);
	const ackDeadline = Math.ceil((now + acknowledge.redeliverAfter) / step) * step;
	const rest = withoutUnacknowledged(unacknowledged, UidSet.of([uid]));
	const group = rest.groups.find((one) => one.attempts === attempts && one.ackDeadline === ackDeadline);
	const grown: UnacknowledgedGroup = { attempts, ackDeadline, uids: (group?.uids ?? UidSet.empty).add(uid) };
	return { ...rest, groups: [...rest.groups.filter((one) => one !== group), grown] };
}

/** Whether the server still has to be asked if it keeps the acknowledgement flag in this folder. */
export const mustProbeAckFlag = (state: FolderState | undefined, acknowledge: Acknowledge | undefined): boolean =>
	acknowledge !== undefined && ackFlag(acknowledge) !== undefined && state?.unacknowledged?.ack !== ackName(acknowledge);

/** The error for a folder that does not keep the acknowledgement flag. */
export function ackFlagNotKept(path: string, acknowledge: Acknowledge): SyncError {
	if (acknowledge.by === 'keyword')
		return new SyncError('markNotKept', { reason: 'keyword', folder: path, keyword: acknowledge.keyword });
	return new SyncError('markNotKept', { reason: 'seen', folder: path });
}

/** Why a message failed that was delivered as often as allowed. Read with readFailureReason(). */
export function notAcknowledged({ by, keyword, redeliverAfter }: Acknowledge, attempts: number): string {
	const minutes = Math.round(redeliverAfter / MINUTE_MS);
	return failureReason(new SyncError('acknowledgementMissing', { reason: 'message', by, keyword, minutes, attempts }));
}

/** The error for new mail that is held back, or for messages given up where no failure event is wanted. */
export function acknowledgementMissing(path: string, reason: 'heldBack' | 'givenUp', count: number): SyncError {
	return new SyncError('acknowledgementMissing', { reason, folder: path, count });
}

/**
 * Acknowledges messages that carry the flag, or that left. Suppresses the acknowledgement's own change: the keyword coming or
 * going, \Seen on an unacknowledged message, an unacknowledged message leaving the folder, also for another watched one. `today`
 * maps old to new UIDs after a change of UIDVALIDITY.
 */
export function applyAcknowledgements(
	before: FolderState | undefined,
	transition: Transition,
	observation: Observation,
	acknowledge: Acknowledge | undefined,
	today?: ReadonlyMap<Uid, Uid>,
): Transition {
	if (!acknowledge) return { ...transition, state: { ...transition.state, unacknowledged: undefined } };
	const then = unacknowledgedUids(before?.unacknowledged);
	const groups = (before && today ? renumbered(before, today) : before)?.unacknowledged?.groups ?? [];
	// After a change of the setting, unacknowledged messages wait for the new flag.
	const unacknowledged: Unacknowledged = { ack: ackName(acknowledge), groups };
	const unacknowledgedNow = unacknowledgedUids(unacknowledged);
	const byLeaving = ackFlag(acknowledge) === undefined;
	const { state, pending } = suppress(transition, {
		remaining: (change) => withoutAck(change, unacknowledgedNow, acknowledge),
		departures: byLeaving ? unacknowledgedNow : UidSet.empty,
		tombstone: (message) =>
			byLeaving && message.uidValidity === before?.uidValidity && then.has(message.uid) ? { ...message, silent: true } : message,
	});
	const flagged = UidSet.of(observation.rows.filter((row) => isAcknowledged(row.flags, acknowledge)).map(({ uid }) => uid));
	const ended = flagged
		.union(acknowledgedIn(observation.flags ?? noFlags, acknowledge))
		.union(observation.vanished)
		// These wait until it is clear whether the acknowledgement is why they no longer pass the filter.
		.subtract(pending.unmatched ?? UidSet.empty);
	return { state: { ...state, unacknowledged: withoutUnacknowledged(unacknowledged, ended) }, pending };
}

/**
 * A flag change without the acknowledgement itself. The keyword is ours alone. \Seen is everybody's: it counts as the
 * acknowledgement only while the message is unacknowledged.
 */
function withoutAck(change: FlagUpdate, unacknowledged: UidSet, acknowledge: Acknowledge): FlagUpdate {
	const isAck = (flag: string, isAdded: boolean): boolean =>
		isAckFlag(flag, acknowledge) && (acknowledge.by === 'keyword' || (isAdded && unacknowledged.has(change.uid)));
	const added = change.added.filter((flag) => !isAck(flag, true));
	const removed = change.removed.filter((flag) => !isAck(flag, false));
	return added.length === change.added.length && removed.length === change.removed.length
		? change
		: { ...change, added, removed };
}
