import { createHash } from 'node:crypto';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageDescriptor } from '../server/message';
import { MARKED_FOR_MOVES, watchesKnown, type Wants } from './syncNeeds';

/**
 * What a message is known again by where its UID means nothing: in another folder, or after a change of UIDVALIDITY. Five
 * characters of its Message-ID, three of its EMAILID, or where the server has none, of its INTERNALDATE and size.
 */
export type Mark = string;

const MARK_LENGTH = 8;
const MESSAGE_ID_LENGTH = 5;

/** The marks of some messages of a folder: all of the newest, and a few spread over the others. */
export interface Fingerprints {
	readonly marks: ReadonlyMap<Uid, Mark>;
	/** Every message from this UID on that was seen has its mark here. */
	readonly from: number;
	/** INTERNALDATE of the youngest message that ever had its mark here, in seconds since 1970. */
	readonly youngest: number;
}

export const noFingerprints: Fingerprints = { marks: new Map(), from: 1, youngest: 0 };

/** How many marks are kept. */
export interface MarkLimits {
	/** of the newest messages */
	newest: number;
	/** spread over the older ones: after a restore of an old copy none of the newest is there any more */
	spread: number;
}

/** Marks weigh eight bytes each in the state: as many as the wanted events need. */
export function markLimits(wants: Wants): MarkLimits {
	if (wants.moves) return { newest: MARKED_FOR_MOVES, spread: 20 };
	return watchesKnown(wants) ? { newest: 24, spread: 8 } : { newest: 6, spread: 2 };
}

/** The mark of a message as read with its descriptor. */
export function markOf({ messageId, emailId, internalDate, size }: MessageDescriptor): Mark {
	const when = internalDate ? Math.floor(internalDate.getTime() / 1000) : '';
	const first = digest(messageId ? `id ${messageId}` : `no id ${when} ${size}`);
	const second = digest(emailId ? `email ${emailId}` : `${when} ${size}`);
	return first.slice(0, MESSAGE_ID_LENGTH) + second.slice(0, MARK_LENGTH - MESSAGE_ID_LENGTH);
}

/** The part of a mark that also stays when a message is carried to another server: of its Message-ID. */
export const messageIdOf = (mark: Mark): string => mark.slice(0, MESSAGE_ID_LENGTH);

/** The numbers (1 to `count`) of the messages that are marked in a folder whose messages are not known yet. */
export function numbersToMark(count: number, { newest, spread }: MarkLimits): number[] {
	const older = count - Math.min(newest, count);
	const numbers = new Set<number>();
	for (let i = 0; i < Math.min(spread, older); i++) numbers.add(1 + Math.floor((i * older) / Math.min(spread, older)));
	for (let number = older + 1; number <= count; number++) numbers.add(number);
	return [...numbers].sort((a, b) => a - b);
}

/** The first marks of a folder: `from` is the lowest UID from which on none is left out. */
export function firstMarks(messages: Iterable<MessageDescriptor>, from: number): Fingerprints {
	return { ...withMarks(noFingerprints, messages, { newest: Infinity, spread: Infinity }), from };
}

/** Adds marks of messages newer than those before; what is too much of the newest is dropped, the spread ones stay. */
export function withMarks(before: Fingerprints, messages: Iterable<MessageDescriptor>, { newest }: MarkLimits): Fingerprints {
	const marks = new Map(before.marks);
	let { from, youngest } = before;
	for (const message of messages) {
		marks.set(message.uid, markOf(message));
		if (message.internalDate) youngest = Math.max(youngest, Math.floor(message.internalDate.getTime() / 1000));
	}
	if (marks.size === before.marks.size && youngest === before.youngest) return before;
	const recent = [...marks.keys()].filter((uid) => uid >= from).sort((a, b) => a - b);
	const tooMany = recent.length - newest;
	if (tooMany > 0) {
		for (const uid of recent.slice(0, tooMany)) marks.delete(uid);
		from = recent[tooMany];
	}
	return { marks, from, youngest };
}

/** Forgets the marks of these messages. */
export function withoutMarks(before: Fingerprints, uids: UidSet): Fingerprints {
	if (uids.isEmpty) return before;
	const left = [...before.marks].filter(([uid]) => !uids.has(uid));
	return left.length === before.marks.size ? before : { ...before, marks: new Map(left) };
}

/** With the marks that these messages had. */
export function withMarksOf(before: Fingerprints, messages: ReadonlyArray<{ uid: Uid; mark: Mark }>): Fingerprints {
	if (messages.length === 0) return before;
	return { ...before, marks: new Map([...before.marks, ...messages.map(({ uid, mark }): [Uid, Mark] => [uid, mark])]) };
}

/** [from, youngest, UIDs, marks one after the other] */
export type StoredFingerprints = [number, number, string, string];

export function packFingerprints({ marks, from, youngest }: Fingerprints): StoredFingerprints {
	const uids = UidSet.of(marks.keys());
	return [from, youngest, uids.pack(), [...uids].map((uid) => marks.get(uid)).join('')];
}

/** Throws TypeError when the UIDs and the marks do not fit together. */
export function unpackFingerprints([from, youngest, uids, text]: StoredFingerprints): Fingerprints {
	const of = UidSet.unpack(uids);
	if (text.length !== of.size * MARK_LENGTH) throw new TypeError('its fingerprints are incomplete');
	return { from, youngest, marks: new Map([...of].map((uid, i) => [uid, text.slice(i * MARK_LENGTH, (i + 1) * MARK_LENGTH)])) };
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64');
