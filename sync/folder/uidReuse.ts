import { fingerprintOf, messageIdPart, type Fingerprints } from './fingerprint';
import { asUid, type Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageSummary } from '../server/message';
import type { EventName } from '../events/syncEvent';
import type { Tombstone, FolderState, Reused } from './folderState';

/** Maximum ranges kept. Beyond it the reuse of the lowest UIDs is forgotten. */
const MOST_RUNS = 1_000;

/** How often a UID was given to another message, or to the same one after its deletion was reported. */
export const uidGeneration = (reused: Reused | undefined, uid: Uid): number =>
	(reused ?? []).filter((uids) => uids.has(uid)).length;

/** Whether a message that left would get its own UID back if it returned. */
export const stillOwnsUid = ({ uidValidity, reused }: FolderState, message: Tombstone): boolean =>
	message.uidValidity === uidValidity && (message.uidGeneration ?? 0) === uidGeneration(reused, message.uid);

/** The record after these UIDs were used once more. */
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

/** Details of the event id that distinguish an event from that of an earlier message with the same UID. */
export const generationDetails = (times: number): string[] => (times === 0 ? [] : [`use ${times + 1}`]);

/** How often the UID of an event was used before the message that the event is about. */
export function uidGenerationAt({ reused, uidNext }: FolderState, event: EventName, uid: Uid): number {
	const times = uidGeneration(reused, uid);
	// The event reports the earlier owner of the UID as deleted.
	return event === 'messageDeleted' && uid >= uidNext ? times - 1 : times;
}

/**
 * Messages reported as deleted because their UIDs are reused. Until all are reported, the state's UIDNEXT stays at the first of
 * them, so that the messages there now wait.
 */
export const knownAboveUidNext = ({ knownUids, uidNext }: Pick<FolderState, 'knownUids' | 'uidNext'>): UidSet =>
	knownUids?.from(uidNext) ?? UidSet.empty;

/** A folder that reused UIDs, from this one on. */
export interface UidReuse {
	path: string;
	from: Uid;
}

/** What the search for reused UIDs looks at. */
export interface ReuseInput {
	before: Fingerprints;
	/** UIDNEXT of the state: UIDs above were never used. */
	uidNext: number;
	/** Pending messages: what they are is seen when they are delivered. */
	waiting: UidSet;
	/** Current messages, as far as they were read. */
	read: readonly MessageSummary[];
	/** Whether the fingerprint of every new message was kept. */
	complete: boolean;
	/** Whether something else shows that UIDs were taken back: then a message that cannot be verified counts as another one. */
	isRewound?: boolean;
}

/** UIDs that mean other messages. */
export interface ReusedUids {
	/** Everything from here on is new: the UID after the highest one that was verified. */
	from: Uid;
	/** Those of which the message itself shows that it is another one. */
	replaced: UidSet;
}

/**
 * From which UID on known UIDs mean other messages; undefined where nothing shows that. Reuse takes two facts. The caller has one:
 * UIDNEXT or the mod-sequence went back, or the newest known message is another one. The messages are the other: they have another
 * Message-ID, or were received after everything known. Sizes prove nothing, as some servers report a more exact one later. A message
 * below one that is verified was reported wrongly.
 */
export function reusedUids(input: ReuseInput): ReusedUids | undefined {
	const judged = [...input.read]
		.filter(({ uid }) => uid < input.uidNext && !input.waiting.has(uid))
		.map((message) => ({ uid: message.uid, is: judge(message, input) }));
	const of = (verdict: 'same' | 'other'): UidSet => UidSet.of(judged.filter(({ is }) => is === verdict).map(({ uid }) => uid));
	const from = asUid((of('same').last ?? 0) + 1);
	const replaced = of('other').from(from);
	return replaced.isEmpty && !input.isRewound ? undefined : { from, replaced };
}

/** Whether this is the message known under its UID. */
export function isSame({ byUid }: Fingerprints, message: MessageSummary): boolean {
	const fingerprint = byUid.get(message.uid);
	return fingerprint !== undefined && messageIdPart(fingerprint) === messageIdPart(fingerprintOf(message));
}

function judge(message: MessageSummary, { before, read, complete }: ReuseInput): 'same' | 'other' | 'unknown' {
	const { uid, internalDate, messageId } = message;
	const fingerprint = before.byUid.get(uid);
	const isYounger =
		before.youngest > 0 && internalDate !== undefined && Math.floor(internalDate.getTime() / 1000) > before.youngest;
	if (fingerprint !== undefined) {
		if (isSame(before, message)) return 'same';
		return messageId !== undefined || isYounger ? 'other' : 'unknown';
	}
	const hadFingerprint =
		complete && (uid >= before.from || !read.some((one) => one.uid >= before.from && before.byUid.has(one.uid)));
	return isYounger && hadFingerprint ? 'other' : 'unknown';
}
