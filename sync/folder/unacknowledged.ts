import type { FlagChange } from './diff';
import { failureReason } from '../errors/failureReason';
import { SyncError } from '../errors/syncError';
import type { FlagSets } from './flagSets';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { Acknowledge } from '../settings/acknowledge';
import { renumbered, unacknowledgedUids, type FolderState, type Unacknowledged, type UnacknowledgedGroup } from './folderState';
import { suppress } from './suppress';
import type { Observation } from './observation';
import type { Transition } from './transition';

/**
 * The messages of a folder that were handed over and wait for their acknowledgement (a mark on the mail server). Pure. They are
 * kept in groups of equal attempts and time, so that hundreds that went out together cost as much as one.
 */

/** No more messages of a folder wait at the same time: what a workflow that acknowledges nothing has to repeat is bounded. */
export const MAX_UNACKNOWLEDGED = 1_000;

/** Times are rounded up to this share of the waiting time, so that the number of groups is bounded however often is polled. */
const STEPS = 12;
const MINUTE_MS = 60_000;

/** What the state calls a mark: a change of the setting shows by it. */
export const ackName = ({ by, keyword }: Acknowledge): string => (by === 'keyword' ? `keyword ${keyword}` : by);

/** The flag or keyword that is the mark; undefined where the mark is that the message leaves. */
export function ackFlag({ by, keyword }: Acknowledge): string | undefined {
	if (by === 'keyword') return keyword;
	return by === 'seen' ? '\\Seen' : undefined;
}

/** Whether a flag is the mark. Upper and lower case are the same in flags and keywords (RFC 9051 section 2.3.2). */
export function isAckFlag(flag: string, acknowledge: Acknowledge): boolean {
	return ackFlag(acknowledge)?.toLowerCase() === flag.toLowerCase();
}

/** Whether a message with these flags is acknowledged. */
export const isAcknowledged = (flags: Iterable<string>, acknowledge: Acknowledge): boolean =>
	[...flags].some((flag) => isAckFlag(flag, acknowledge));

/** The messages that carry the mark, as far as flags are known. */
export const acknowledgedIn = (flags: FlagSets, acknowledge: Acknowledge): UidSet =>
	Object.entries(flags)
		.filter(([name]) => isAckFlag(name, acknowledge))
		.reduce((all, [, uids]) => all.union(uids), UidSet.empty);

/** The waiting messages whose time has come. */
export function uidsToRedeliver(unacknowledged: Unacknowledged | undefined, now: number): UidSet {
	return unacknowledgedUids(
		unacknowledged && { ...unacknowledged, groups: unacknowledged.groups.filter(({ ackDeadline }) => ackDeadline <= now) },
	);
}

/** How often the message was handed over; 0 for one that does not wait. */
export const attemptsOf = (unacknowledged: Unacknowledged | undefined, uid: Uid): number =>
	unacknowledged?.groups.find(({ uids }) => uids.has(uid))?.attempts ?? 0;

/** After these messages are no longer waited for. */
export function withoutUnacknowledged(unacknowledged: Unacknowledged, gone: UidSet): Unacknowledged {
	if (gone.isEmpty) return unacknowledged;
	const groups = unacknowledged.groups.map((group) => ({ ...group, uids: group.uids.subtract(gone) }));
	return { ...unacknowledged, groups: groups.filter(({ uids }) => !uids.isEmpty) };
}

/** After one more hand-over of the message at `now`. */
export function withDelivered(unacknowledged: Unacknowledged, uid: Uid, acknowledge: Acknowledge, now: number): Unacknowledged {
	const attempts = attemptsOf(unacknowledged, uid) + 1;
	const step = Math.max(MINUTE_MS, Math.ceil(acknowledge.redeliverAfter / STEPS / MINUTE_MS) * MINUTE_MS);
	const ackDeadline = Math.ceil((now + acknowledge.redeliverAfter) / step) * step;
	const rest = withoutUnacknowledged(unacknowledged, UidSet.of([uid]));
	const group = rest.groups.find((one) => one.attempts === attempts && one.ackDeadline === ackDeadline);
	const grown: UnacknowledgedGroup = { attempts, ackDeadline, uids: (group?.uids ?? UidSet.empty).add(uid) };
	return { ...rest, groups: [...rest.groups.filter((one) => one !== group), grown] };
}

/** Whether the server still has to be asked if it keeps the mark in this folder. */
export const mustProbeAckFlag = (state: FolderState | undefined, acknowledge: Acknowledge | undefined): boolean =>
	acknowledge !== undefined && ackFlag(acknowledge) !== undefined && state?.unacknowledged?.ack !== ackName(acknowledge);

/** The error for a folder in which the mark cannot be set for good. */
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

/** The error that says that new mail is held back, or that messages were given up which nobody wants to hear of as failed. */
export function acknowledgementMissing(path: string, reason: 'heldBack' | 'givenUp', count: number): SyncError {
	return new SyncError('acknowledgementMissing', { reason, folder: path, count });
}

/**
 * Ends the waiting of messages that were seen with the mark, or that left, and takes the acknowledgement's own change out of the
 * news: the keyword coming or going, \Seen on a message that waits for it, a waiting message leaving the folder, also for another
 * one that is watched. `renumbered` has the new UIDs after a change of UIDVALIDITY.
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
	// With another flag than before, what waited waits for the new one.
	const unacknowledged: Unacknowledged = { ack: ackName(acknowledge), groups };
	const waiting = unacknowledgedUids(unacknowledged);
	const byLeaving = ackFlag(acknowledge) === undefined;
	const { state, pending } = suppress(transition, {
		remaining: (change) => withoutAck(change, waiting, acknowledge),
		departures: byLeaving ? waiting : UidSet.empty,
		tombstone: (message) =>
			byLeaving && message.uidValidity === before?.uidValidity && then.has(message.uid) ? { ...message, silent: true } : message,
	});
	const flagged = UidSet.of(observation.rows.filter((row) => isAcknowledged(row.flags, acknowledge)).map(({ uid }) => uid));
	const ended = flagged
		.union(acknowledgedIn(observation.flags ?? {}, acknowledge))
		.union(observation.vanished)
		// These wait until it is seen whether the acknowledgement is why they do not pass the filter any more.
		.subtract(pending.unmatched ?? UidSet.empty);
	return { state: { ...state, unacknowledged: withoutUnacknowledged(unacknowledged, ended) }, pending };
}

/**
 * A change of flags without the acknowledgement itself. The keyword is nobody's but ours. \Seen is everybody's: only while it is waited
 * for it is taken for the acknowledgement.
 */
function withoutAck(change: FlagChange, waiting: UidSet, acknowledge: Acknowledge): FlagChange {
	const isAck = (flag: string, isAdded: boolean): boolean =>
		isAckFlag(flag, acknowledge) && (acknowledge.by === 'keyword' || (isAdded && waiting.has(change.uid)));
	const added = change.added.filter((flag) => !isAck(flag, true));
	const removed = change.removed.filter((flag) => !isAck(flag, false));
	return added.length === change.added.length && removed.length === change.removed.length
		? change
		: { ...change, added, removed };
}
