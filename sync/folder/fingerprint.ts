import { createHash } from 'node:crypto';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageSummary } from '../server/message';
import { FINGERPRINTS_FOR_MOVES, tracksExisting, type SyncNeeds } from './syncNeeds';

/**
 * Recognises a message where its UID means nothing: in another folder, or after a change of UIDVALIDITY. Five characters are a
 * hash of its Message-ID, three of its EMAILID or, where the server has none, of its INTERNALDATE and size.
 */
export type Fingerprint = string;

const FINGERPRINT_LENGTH = 8;
const MESSAGE_ID_LENGTH = 5;

/** Fingerprints of some messages of a folder: all of the newest, and a few spread over the others. */
export interface Fingerprints {
	readonly byUid: ReadonlyMap<Uid, Fingerprint>;
	/** Every message inspected from this UID on has its fingerprint here. */
	readonly from: number;
	/** INTERNALDATE of the youngest message that ever had its fingerprint here, in seconds since 1970. */
	readonly youngest: number;
}

export const noFingerprints: Fingerprints = { byUid: new Map(), from: 1, youngest: 0 };

/** How many fingerprints are kept. */
export interface FingerprintLimits {
	/** of the newest messages */
	newest: number;
	/** spread over the older ones: after a restore of an old copy none of the newest is left */
	spread: number;
}

/** As many as the wanted events need: each takes eight bytes of the state. */
export function fingerprintLimits(needs: SyncNeeds): FingerprintLimits {
	if (needs.moves) return { newest: FINGERPRINTS_FOR_MOVES, spread: 20 };
	return tracksExisting(needs) ? { newest: 24, spread: 8 } : { newest: 6, spread: 2 };
}

/** The fingerprint of a message, from its summary. */
export function fingerprintOf({ messageId, emailId, internalDate, size }: MessageSummary): Fingerprint {
	const when = internalDate ? Math.floor(internalDate.getTime() / 1000) : '';
	const first = digest(messageId ? `id ${messageId}` : `no id ${when} ${size}`);
	const second = digest(emailId ? `email ${emailId}` : `${when} ${size}`);
	return first.slice(0, MESSAGE_ID_LENGTH) + second.slice(0, FINGERPRINT_LENGTH - MESSAGE_ID_LENGTH);
}

/** The part that stays the same when a message is carried to another server: that of its Message-ID. */
export const messageIdPart = (fingerprint: Fingerprint): string => fingerprint.slice(0, MESSAGE_ID_LENGTH);

/** The sequence numbers (1 to `count`) of messages to fingerprint in a folder not known yet. */
export function numbersToFingerprint(count: number, { newest, spread }: FingerprintLimits): number[] {
	const older = count - Math.min(newest, count);
	const numbers = new Set<number>();
	for (let i = 0; i < Math.min(spread, older); i++) numbers.add(1 + Math.floor((i * older) / Math.min(spread, older)));
	for (let number = older + 1; number <= count; number++) numbers.add(number);
	return [...numbers].sort((a, b) => a - b);
}

/** The first fingerprints of a folder. From UID `from` on none is left out. */
export function firstFingerprints(messages: Iterable<MessageSummary>, from: number): Fingerprints {
	return { ...withFingerprintsOf(noFingerprints, messages, { newest: Infinity, spread: Infinity }), from };
}

/** Adds fingerprints of newer messages. Those beyond the limit are dropped; the spread ones stay. */
export function withFingerprintsOf(
	before: Fingerprints,
	messages: Iterable<MessageSummary>,
	{ newest }: FingerprintLimits,
): Fingerprints {
	const byUid = new Map(before.byUid);
	let { from, youngest } = before;
	for (const message of messages) {
		byUid.set(message.uid, fingerprintOf(message));
		if (message.internalDate) youngest = Math.max(youngest, Math.floor(message.internalDate.getTime() / 1000));
	}
	if (byUid.size === before.byUid.size && youngest === before.youngest) return before;
	const recent = [...byUid.keys()].filter((uid) => uid >= from).sort((a, b) => a - b);
	const tooMany = recent.length - newest;
	if (tooMany > 0) {
		for (const uid of recent.slice(0, tooMany)) byUid.delete(uid);
		from = recent[tooMany];
	}
	return { byUid, from, youngest };
}

/** Without the fingerprints of these messages. */
export function withoutFingerprints(before: Fingerprints, uids: UidSet): Fingerprints {
	if (uids.isEmpty) return before;
	const left = [...before.byUid].filter(([uid]) => !uids.has(uid));
	return left.length === before.byUid.size ? before : { ...before, byUid: new Map(left) };
}

/** With the fingerprints that these messages had. */
export function withFingerprints(
	before: Fingerprints,
	messages: ReadonlyArray<{ uid: Uid; fingerprint: Fingerprint }>,
): Fingerprints {
	if (messages.length === 0) return before;
	return {
		...before,
		byUid: new Map([...before.byUid, ...messages.map(({ uid, fingerprint }): [Uid, Fingerprint] => [uid, fingerprint])]),
	};
}

/** [from, youngest, UIDs, fingerprints one after the other] */
export type StoredFingerprints = [number, number, string, string];

export function packFingerprints({ byUid, from, youngest }: Fingerprints): StoredFingerprints {
	const uids = UidSet.of(byUid.keys());
	return [from, youngest, uids.pack(), [...uids].map((uid) => byUid.get(uid)).join('')];
}

/** Throws TypeError when UIDs and fingerprints do not fit together. */
export function unpackFingerprints([from, youngest, uids, text]: StoredFingerprints): Fingerprints {
	const of = UidSet.unpack(uids);
	if (text.length !== of.size * FINGERPRINT_LENGTH) throw new TypeError('its fingerprints are incomplete');
	return {
		from,
		youngest,
		byUid: new Map([...of].map((uid, i) => [uid, text.slice(i * FINGERPRINT_LENGTH, (i + 1) * FINGERPRINT_LENGTH)])),
	};
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64');
