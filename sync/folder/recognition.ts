import { fingerprintOf, messageIdPart, type Fingerprints, type Fingerprint } from './fingerprint';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageSummary } from '../server/message';

/** What is known of a folder whose UIDs mean nothing any more, and what was read of it since. */
export interface RecognitionInput {
	before: Fingerprints;
	/** The newest messages of today, as far down as they were read. */
	read: MessageSummary[];
	/** All UIDs of today. */
	there: UidSet;
	/** How many messages there were, and whether each mark is of one that was there when last looked. */
	known: { messages: number; watched: boolean };
	/** RFC 8474 section 4: whether the MAILBOXID says that it is the same folder, or another one; unknown without OBJECTID. */
	mailbox: 'same' | 'other' | 'unknown';
}

/** Which messages of today are the ones of before. */
export interface Recognition {
	/** UID of before -> UID of today. */
	same: ReadonlyMap<Uid, Uid>;
	/** Messages of today that were not there before. */
	arrived: UidSet;
	/** UIDs of before whose messages are not there any more, as far as they had marks and enough was read. */
	gone: UidSet;
}

/** How many messages are read at most to know the folder again. */
const MOST_READ = 50_000;

/** Whether further messages have to be read, older than those read so far. */
export function needsMore(input: RecognitionInput): boolean {
	const { before, read, there } = input;
	if (read.length >= there.size || read.length >= MOST_READ || before.byUid.size === 0) return false;
	const same = pair(input);
	const recent = [...before.byUid.keys()].filter((uid) => uid >= before.from);
	// All of the newest found: what is older than they are is known by that. None of anything found: only the rest can tell.
	if (same.size === 0) return true;
	return recent.some((uid) => !same.has(uid)) && read.length < 2 * recent.length + same.size;
}

/**
 * Knows messages again. What stands above the oldest recognised one of those that were the newest, and is none of them, came
 * since; so did what is younger than everything that was known, and all of a folder that was empty. A folder in which nothing is
 * known again may be another folder: then all in it is new.
 */
export function recognise(input: RecognitionInput): Recognition {
	const { before, read, there, known, mailbox } = input;
	const same = pair(input);
	const today = new Set(same.values());
	const unknown = read.filter(({ uid }) => !today.has(uid));
	const younger = unknown.filter(
		({ internalDate }) => internalDate && Math.floor(internalDate.getTime() / 1000) > before.youngest,
	);
	if (same.size === 0) {
		const marked = before.byUid.size > 0;
		const replaced = mailbox === 'other' || (mailbox === 'unknown' && marked && isReplaced(input));
		const arrived = replaced || known.messages === 0 ? there : marked ? UidSet.of(younger.map(({ uid }) => uid)) : UidSet.empty;
		return { same, arrived, gone: replaced ? UidSet.of(before.byUid.keys()) : UidSet.empty };
	}
	const recent = [...same].filter(([then]) => then >= before.from).sort(([a], [b]) => a - b);
	const inOrder = recent.every(([, now], i) => i === 0 || recent[i - 1][1] < now);
	const oldest = recent.length > 0 && inOrder ? recent[0][1] : Infinity;
	const arrived = UidSet.of(unknown.filter((message) => message.uid > oldest || younger.includes(message)).map(({ uid }) => uid));
	return {
		same,
		arrived,
		gone: UidSet.of(
			[...before.byUid.keys()].filter((uid) => !same.has(uid) && (uid >= before.from || read.length >= there.size)),
		),
	};
}

/**
 * Whether a folder in which nothing is known again was made anew. Where deletions are not followed the few marks may be of messages
 * that were deleted long ago: then it also takes a folder of less than half the size, so that a big one is not emitted again.
 */
const isReplaced = ({ read, there, known }: RecognitionInput): boolean =>
	read.length >= there.size && (known.watched || there.size * 2 <= known.messages);

/**
 * Pairs the messages of before with those of today, one with one: a folder may hold a message many times. Equal ones are paired
 * from the oldest on where both sides are complete, so that what is left over is the newest, else from the newest on. First by the
 * whole mark, then by Message-ID alone, since a message that was carried to another server may have got another date.
 */
function pair({ before, read, there }: RecognitionInput): Map<Uid, Uid> {
	const same = new Map<Uid, Uid>();
	const direction = before.from <= 1 && read.length >= there.size ? 1 : -1;
	const inDirection = <T>(list: Array<[Uid, T]>): Array<[Uid, T]> => list.sort(([a], [b]) => (a - b) * direction);
	const then = inDirection([...before.byUid]);
	const now = inDirection(read.map((message): [Uid, Fingerprint] => [message.uid, fingerprintOf(message)]));
	const taken = new Set<Uid>();
	for (const keyOf of [(mark: Fingerprint) => mark, messageIdPart]) {
		const candidates = new Map<string, Uid[]>();
		for (const [uid, mark] of now) {
			if (taken.has(uid)) continue;
			const list = candidates.get(keyOf(mark)) ?? [];
			list.push(uid);
			candidates.set(keyOf(mark), list);
		}
		for (const [uid, mark] of then) {
			if (same.has(uid)) continue;
			const found = candidates.get(keyOf(mark))?.shift();
			if (found === undefined) continue;
			same.set(uid, found);
			taken.add(found);
		}
	}
	return same;
}
