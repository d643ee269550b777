import { fingerprintOf, messageIdPart, type Fingerprints } from './fingerprint';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageSummary } from '../server/message';
import type { EventName } from '../events/syncEvent';
import type { Tombstone, FolderState, Reused } from './folderState';
/** More ranges than this are not kept: of the oldest UIDs it is forgotten that they were reused. */
const MOST_RUNS = 1_000;

/** How often a UID was given to another message, or to the same one after that was told as deleted. */
export const uidGeneration = (reused: Reused | undefined, uid: Uid): number =>
	(reused ?? []).filter((uids) => uids.has(uid)).length;

/** Whether the UID of a message that left would be its own again, if it came back. */
export const stillOwnsUid = ({ uidValidity, reused }: FolderState, message: Tombstone): boolean =>
	message.uidValidity === uidValidity && (message.uidGeneration ?? 0) === uidGeneration(reused, message.uid);

/** After these UIDs were used once more. */
export function usedAgain(reused: Reused = [], uids: UidSet): Reused | undefined {
	const next: UidSet[] = [];
	for (let times = 0; times <= reused.length; times++) {
		const again = times === 0 ? uids : uids.intersect(reused[times - 1]);
		const set = bounded((reused[times] ?? UidSet.empty).union(again));
		if (!set.isEmpty) next.push(set);
	}
	return next.length > 0 ? next : undefined;
}

const bounded = (uids: UidSet): UidSet => (uids.runs <= MOST_RUNS ? uids : uids.highest(Math.floor(uids.size / 2)));

/** What tells a happening apart from the same one that a message had which carried this UID before: details of its event id. */
export const generationDetails = (times: number): string[] => (times === 0 ? [] : [`use ${times + 1}`]);

/** How often the UID of an event had been used before the message that the event is about. */
export function uidGenerationAt({ reused, uidNext }: FolderState, event: EventName, uid: Uid): number {
	const times = uidGeneration(reused, uid);
	// What had the UID before, and is told as deleted because of it.
	return event === 'messageDeleted' && uid >= uidNext ? times - 1 : times;
}

/**
 * Messages that are told as deleted because their UIDs are reused. Until all of them are told UIDNEXT of the state stays at the first
 * of them, so that what is there now waits.
 */
export const knownAboveUidNext = ({ knownUids, uidNext }: Pick<FolderState, 'knownUids' | 'uidNext'>): UidSet =>
	knownUids?.from(uidNext) ?? UidSet.empty;

/** A folder that gave UIDs out again, from this one on. */
export interface UidReuse {
	path: string;
	from: Uid;
}

/** What the search for reused UIDs looks at. */
export interface ReuseInput {
	before: Fingerprints;
	/** UIDNEXT of before: what is above was never used. */
	uidNext: number;
	/** Messages that were not handed over yet: what they are is seen when they are. */
	waiting: UidSet;
	/** Messages of today, as far as they were read. */
	read: readonly MessageSummary[];
	/** Whether every message that came had its mark kept. */
	complete: boolean;
}

/**
 * From which UID on the UIDs known until now mean other messages; undefined where nothing shows that. It takes two facts: whoever
 * asks has one (UIDNEXT or the mod-sequence went back, or the newest known message is another one), the messages are the other.
 * They show it by another Message-ID, or by having been received after all that was known: sizes are no proof, as some servers
 * tell a more exact one later.
 */
export function reusedFrom(input: ReuseInput): Uid | undefined {
	const judged = [...input.read]
		.filter(({ uid }) => uid < input.uidNext && !input.waiting.has(uid))
		.sort((a, b) => a.uid - b.uid)
		.map((message) => ({ uid: message.uid, is: judge(message, input) }));
	const others = judged.filter(({ is }) => is === 'other');
	// All UIDs from one on are reused, or none: a message that alone seems to be another one was told wrongly.
	return others.find(({ uid }, i) => others.length - i > judged.filter((one) => one.is === 'same' && one.uid > uid).length)?.uid;
}

/** Whether this is the message that was known under its UID. */
export function isSame({ byUid }: Fingerprints, message: MessageSummary): boolean {
	const mark = byUid.get(message.uid);
	return mark !== undefined && messageIdPart(mark) === messageIdPart(fingerprintOf(message));
}

function judge(message: MessageSummary, { before, read, complete }: ReuseInput): 'same' | 'other' | 'unknown' {
	const { uid, internalDate, messageId } = message;
	const mark = before.byUid.get(uid);
	const isYounger =
		before.youngest > 0 && internalDate !== undefined && Math.floor(internalDate.getTime() / 1000) > before.youngest;
	if (mark !== undefined) {
		if (isSame(before, message)) return 'same';
		return messageId !== undefined || isYounger ? 'other' : 'unknown';
	}
	const hadMark = complete && (uid >= before.from || !read.some((one) => one.uid >= before.from && before.byUid.has(one.uid)));
	return isYounger && hadMark ? 'other' : 'unknown';
}
