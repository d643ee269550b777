import { fingerprintOf, messageIdPart, type Fingerprints, type Fingerprint } from './fingerprint';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageSummary } from '../server/message';

/** What is known of a folder whose UIDs became invalid, and what was read of it since. */
export interface RecognitionInput {
	before: Fingerprints;
	/** The newest messages there are now, as far down as they were read. */
	read: MessageSummary[];
	/** All current UIDs. */
	there: UidSet;
	/** How many messages there were, and whether each fingerprint is of one that existed at the last run. */
	known: { messages: number; watched: boolean };
	/** Whether the MAILBOXID says that it is the same folder (RFC 8474 section 4); unknown without OBJECTID. */
	mailbox: 'same' | 'other' | 'unknown';
}

/** Which current messages are known from before. */
export interface Recognition {
	/** Old UID -> current UID. */
	same: ReadonlyMap<Uid, Uid>;
	/** Messages that came since. */
	arrived: UidSet;
	/** Old UIDs of messages that are gone, as far as they had fingerprints and enough was read. */
	gone: UidSet;
}

/** Maximum messages read to recognise a folder. */
const MOST_READ = 50_000;

/** Whether older messages have to be read too. */
export function needsMore(input: RecognitionInput): boolean {
	const { before, read, there } = input;
	if (read.length >= there.size || read.length >= MOST_READ || before.byUid.size === 0) return false;
	const same = pair(input);
	const recent = [...before.byUid.keys()].filter((uid) => uid >= before.from);
	// If all of the newest were recognised, the older ones follow from that. If none was, only reading on can show it.
	if (same.size === 0) return true;
	return recent.some((uid) => !same.has(uid)) && read.length < 2 * recent.length + same.size;
}

/**
 * Recognises messages by fingerprint. An unrecognised message above the oldest recognised one of the formerly newest came since.
 * So did one younger than everything known, and everything in a folder that was empty. A folder in which nothing is recognised
 * may be another folder: then everything in it is new.
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
		const hasFingerprints = before.byUid.size > 0;
		const replaced = mailbox === 'other' || (mailbox === 'unknown' && hasFingerprints && isReplaced(input));
		const arrived =
			replaced || known.messages === 0 ? there : hasFingerprints ? UidSet.of(younger.map(({ uid }) => uid)) : UidSet.empty;
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
 * Whether a folder in which nothing is recognised was recreated. Where deletions are not tracked, the few fingerprints may be of
 * messages deleted long ago. Then it must also have shrunk to half its size, so that a big one is not emitted again.
 */
const isReplaced = ({ read, there, known }: RecognitionInput): boolean =>
	read.length >= there.size && (known.watched || there.size * 2 <= known.messages);

/**
 * Pairs old messages with current ones, one to one: a folder may hold a message many times. Equal ones are paired from the oldest
 * up where both sides are complete, so that the newest are left over, else from the newest down. The whole fingerprint is
 * compared first, then the Message-ID alone: a message carried to another server may have got another date.
 */
function pair({ before, read, there }: RecognitionInput): Map<Uid, Uid> {
	const same = new Map<Uid, Uid>();
	const direction = before.from <= 1 && read.length >= there.size ? 1 : -1;
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
