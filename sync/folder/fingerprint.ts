import { hash } from 'node:crypto';
import { asUid, type Uid } from '../uids/uid';
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

/**
 * Fingerprints of some messages of a folder: of all that wait, of the newest, and of a few older ones at distances that grow by the
 * same factor, so that after a restore of an older copy little more has to be doubted than was lost.
 */
export interface Fingerprints {
	readonly byUid: ReadonlyMap<Uid, Fingerprint>;
	/** Every message inspected from this UID on has its fingerprint here. */
	readonly from: number;
	/** INTERNALDATE of the youngest message that ever had its fingerprint here, in seconds since 1970. */
	readonly youngest: number;
}

export const noFingerprints: Fingerprints = { byUid: new Map(), from: 1, youngest: 0 };

/** How many fingerprints are kept, besides those of messages that wait. */
export interface FingerprintLimits {
	/** of the newest messages */
	newest: number;
	/** of older ones */
	older: number;
}

/** As many as the wanted events need: each takes eight bytes of the state. */
export function fingerprintLimits(needs: SyncNeeds): FingerprintLimits {
	if (needs.moves) return { newest: FINGERPRINTS_FOR_MOVES, older: 20 };
	return tracksExisting(needs) ? { newest: 20, older: 12 } : { newest: 4, older: 4 };
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
export function numbersToFingerprint(count: number, { newest, older }: FingerprintLimits): number[] {
	const first = Math.max(1, count - newest + 1);
	const numbers: number[] = [];
	for (let number = first; number <= count; number++) numbers.push(number);
	if (older >= first - 1) return Array.from({ length: count }, (_, i) => i + 1);
	const factor = (count / newest) ** (1 / older);
	for (let i = 1, last = newest; i <= older; i++) {
		last = Math.min(count, Math.max(last + 1, Math.round(newest * factor ** i)));
		numbers.unshift(count - last + 1);
	}
	return numbers;
}

/** The first fingerprints of a folder. From UID `from` on none is left out. */
export function firstFingerprints(messages: Iterable<MessageSummary>, from: number): Fingerprints {
	return { ...withFingerprintsOf(noFingerprints, messages, { newest: Infinity, older: Infinity }), from };
}

/** Adds fingerprints of messages. Those beyond the limits are dropped, but none of messages that wait. */
export function withFingerprintsOf(
	before: Fingerprints,
	messages: Iterable<MessageSummary>,
	{ newest, older }: FingerprintLimits,
	waiting: UidSet = UidSet.empty,
): Fingerprints {
	const byUid = new Map(before.byUid);
	let { from, youngest } = before;
	for (const message of messages) {
		byUid.set(message.uid, fingerprintOf(message));
		if (message.internalDate) youngest = Math.max(youngest, Math.floor(message.internalDate.getTime() / 1000));
	}
	const settled = [...byUid.keys()].filter((uid) => !waiting.has(uid)).sort((a, b) => a - b);
	const recent = settled.filter((uid) => uid >= from);
	const tooMany = recent.length - newest;
	if (tooMany > 0) from = recent[tooMany];
	const dropped = beyond(
		settled.filter((uid) => uid < from),
		{ end: from, count: older },
	);
	if (dropped.length === 0 && byUid.size === before.byUid.size && youngest === before.youngest) return before;
	for (const uid of dropped) byUid.delete(uid);
	return { byUid, from, youngest };
}

/** Beyond so many times the count they are picked by their distance first, so that the work stays linear. */
const PICKED_FIRST = 4;

/**
 * Which of these ascending UIDs to drop so that `count` stay. Those stay whose distances from `end` grow by about the same factor:
 * again and again the one goes that leaves the smallest ratio between its neighbours.
 */
function beyond(uids: Uid[], { end, count }: { end: number; count: number }): Uid[] {
	if (uids.length <= count) return [];
	const distance = (uid: Uid): number => end - uid + 1;
	let kept = uids;
	if (kept.length > PICKED_FIRST * count) {
		const step = Math.log(distance(uids[0]) + 1) / (PICKED_FIRST * count);
		const places = new Map(uids.map((uid): [number, Uid] => [Math.floor(Math.log(distance(uid)) / step), uid]));
		kept = [...new Set([uids[0], ...places.values()])].sort((a, b) => a - b);
	}
	while (kept.length > count) {
		const ratio = (i: number): number => distance(kept[i - 1] ?? kept[i]) / distance(kept[i + 1] ?? asUid(end));
		// The oldest is kept: it shows that anything at all is still the same.
		let least = Math.min(1, kept.length - 1);
		for (let i = least + 1; i < kept.length; i++) if (ratio(i) < ratio(least)) least = i;
		kept = kept.filter((_, i) => i !== least);
	}
	const stay = new Set(kept);
	return uids.filter((uid) => !stay.has(uid));
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

const digest = (text: string): string => hash('sha256', text, 'base64');
