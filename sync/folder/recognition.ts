import type { FolderState } from './folderState';
import { fingerprintOf, messageIdPart, type Fingerprints, type Fingerprint } from './fingerprint';
import { MAX_UID, type Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageSummary } from '../server/message';

/** What is known of a folder whose UIDs became invalid, and what was read of it since. */
export interface RecognitionInput {
	before: Fingerprints;
	/** The newest messages there are now, as far down as they were read. */
	read: MessageSummary[];
	/** All current UIDs. */
	there: UidSet;
	/** How many messages there were. */
	messages: number;
	/** Whether the MAILBOXID says that it is another folder (RFC 8474 section 4). */
	isOther: boolean;
	/** Old UIDs of pending messages without a fingerprint: new ones, and those from before the trigger. */
	waiting: { newUids: UidSet; backfill: UidSet };
}

/** Which current messages are known from before. */
export interface Recognition {
	/** Old UID -> current UID. */
	same: ReadonlyMap<Uid, Uid>;
	/** Messages to be delivered as new: they came since, or nobody can say that they did not. */
	arrived: UidSet;
	/** Messages among which are those from before the trigger that still wait. */
	older: UidSet;
	/** Which of `arrived` and `older` may have been reported before. */
	maybeReported: UidSet;
	/** Old UIDs of messages that are gone, as far as they had fingerprints and enough was read. */
	gone: UidSet;
}

/** Maximum messages read to recognise a folder. */
const MOST_READ = 50_000;

/** Whether older messages have to be read too. */
export function needsMore(input: RecognitionInput): boolean {
	const { before, read, there, waiting } = input;
	if (read.length >= there.size || read.length >= MOST_READ || before.byUid.size === 0) return false;
	const same = pair(input);
	// If none was recognised, only reading on can show one. The back-fill that waits is narrowed down by each that is.
	if (same.size === 0 || (!waiting.backfill.isEmpty && same.size < before.byUid.size)) return true;
	const recent = [...before.byUid.keys()].filter((uid) => uid >= before.from);
	// If all of the newest were recognised, the older ones follow from that.
	return recent.some((uid) => !same.has(uid)) && read.length < 2 * recent.length + same.size;
}

/**
 * Recognises messages by fingerprint. Between two recognised neighbours lie the messages that lay there before, as long as all
 * recognised ones are in their old order: a message there is taken as known only if none that waits may be it. Above the newest
 * recognised one, out of order, and where nothing is recognised, every message is new, in doubt once more.
 */
export function recognise(input: RecognitionInput): Recognition {
	const { before, read, there, messages, isOther } = input;
	const same = pair(input);
	const unknown = there.subtract(UidSet.of(same.values()));
	const goneAtLeast = UidSet.of(
		[...before.byUid.keys()].filter((uid) => !same.has(uid) && (uid >= before.from || read.length >= there.size)),
	);
	const alike = alikeInDoubt(input, same);
	const neighbours = [...same].sort(([, a], [, b]) => a - b);
	const isInOrder = neighbours.every(([then], i) => i === 0 || neighbours[i - 1][0] < then);
	if (same.size === 0 || !isInOrder) {
		// Nothing was reported of a folder that was empty, or of another one.
		const isCertain = messages === 0 || isOther;
		return {
			same,
			arrived: unknown.union(alike),
			older: UidSet.empty,
			maybeReported: isCertain ? UidSet.empty : unknown.union(alike),
			gone: goneAtLeast,
		};
	}
	const { arrived, older, maybeReported } = amongNeighbours(input, neighbours, unknown);
	return {
		same,
		arrived: arrived.union(alike),
		older: older.subtract(alike),
		maybeReported: maybeReported.union(alike),
		gone: goneAtLeast,
	};
}

/** For a folder that is another known one: whatever it has in common with the one that had its name before are copies. */
export const nothingRecognised = ({ fingerprints }: Pick<FolderState, 'fingerprints'>, there: UidSet): Recognition => ({
	same: new Map(),
	arrived: there,
	older: UidSet.empty,
	maybeReported: there,
	gone: UidSet.of(fingerprints?.byUid.keys() ?? []),
});

/**
 * Messages that nothing distinguishes (no Message-ID, no EMAILID, the same second and size), where there are more than were known: any of
 * them may be the one that was reported.
 */
function alikeInDoubt({ before, read, there }: RecognitionInput, same: ReadonlyMap<Uid, Uid>): UidSet {
	if (isComplete(before, read, there)) return UidSet.empty;
	const known = new Set(same.values());
	const groups = new Map<Fingerprint, Uid[]>();
	for (const message of read) {
		if (message.messageId !== undefined || message.emailId !== undefined) continue;
		const fingerprint = fingerprintOf(message);
		const group = groups.get(fingerprint);
		if (group) group.push(message.uid);
		else groups.set(fingerprint, [message.uid]);
	}
	return UidSet.of(
		[...groups.values()].filter((group) => group.some((uid) => known.has(uid)) && !group.every((uid) => known.has(uid))).flat(),
	);
}

/** Whether each message that there was has its fingerprint, and each that there is was read. */
const isComplete = ({ from }: Fingerprints, read: readonly MessageSummary[], there: UidSet): boolean =>
	from <= 1 && read.length >= there.size;

/** What the unrecognised messages are, from the recognised ones on both sides of them. */
function amongNeighbours(
	{ before, read, waiting }: RecognitionInput,
	neighbours: ReadonlyArray<[then: Uid, now: Uid]>,
	unknown: UidSet,
): Pick<Recognition, 'arrived' | 'older' | 'maybeReported'> {
	const younger = UidSet.of(
		read.flatMap(({ uid, internalDate }) => (internalDate && secondsOf(internalDate) > before.youngest ? uid : [])),
	);
	let [arrived, older, maybeReported] = [UidSet.empty, UidSet.empty, UidSet.empty];
	for (let i = 0; i <= neighbours.length; i++) {
		const [thenBelow, nowBelow] = neighbours[i - 1] ?? [0, 0];
		const [thenAbove, nowAbove] = neighbours[i] ?? [MAX_UID, MAX_UID + 1];
		const between = unknown.from(nowBelow + 1).below(nowAbove);
		if (between.isEmpty) continue;
		const were = UidSet.range(thenBelow + 1, thenAbove - 1);
		// Here every message that was ever reported has its fingerprint.
		const isCertain = thenBelow + 1 >= before.from;
		const mayBe = (pending: UidSet): boolean => !pending.intersect(were).isEmpty;
		const isNew = nowAbove > MAX_UID || (isCertain && !mayBe(waiting.backfill)) || mayBe(waiting.newUids);
		const isOlder = !isNew && (isCertain || mayBe(waiting.backfill));
		const asNew = isNew ? between : isOlder ? UidSet.empty : between.intersect(younger);
		const asOlder = isOlder ? between : UidSet.empty;
		arrived = arrived.union(asNew);
		older = older.union(asOlder);
		if (!isCertain) maybeReported = maybeReported.union(asNew).union(asOlder);
	}
	return { arrived, older, maybeReported };
}

const secondsOf = (date: Date): number => Math.floor(date.getTime() / 1000);

/**
 * Pairs old messages with current ones, one to one: a folder may hold a message many times. Equal ones are paired from the oldest
 * up where both sides are complete, so that the newest are left over, else from the newest down. The whole fingerprint is
 * compared first, then the Message-ID alone: a message carried to another server may have got another date.
 */
function pair({ before, read, there }: RecognitionInput): Map<Uid, Uid> {
	const same = new Map<Uid, Uid>();
	const direction = isComplete(before, read, there) ? 1 : -1;
	const inDirection = <T>(list: Array<[Uid, T]>): Array<[Uid, T]> => list.sort(([a], [b]) => (a - b) * direction);
	const then = inDirection([...before.byUid]);
	const now = inDirection(read.map((message): [Uid, Fingerprint] => [message.uid, fingerprintOf(message)]));
	const taken = new Set<Uid>();
	for (const keyOf of [(fingerprint: Fingerprint) => fingerprint, messageIdPart]) {
		const candidates = new Map<string, Uid[]>();
		for (const [uid, fingerprint] of now) {
			if (taken.has(uid)) continue;
			const list = candidates.get(keyOf(fingerprint)) ?? [];
			list.push(uid);
			candidates.set(keyOf(fingerprint), list);
		}
		for (const [uid, fingerprint] of then) {
			if (same.has(uid)) continue;
			const match = candidates.get(keyOf(fingerprint))?.shift();
			if (match === undefined) continue;
			same.set(uid, match);
			taken.add(match);
		}
	}
	return same;
}
