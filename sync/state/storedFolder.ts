import { packFingerprints, unpackFingerprints, type StoredFingerprints } from '../folder/fingerprint';
import type { FlagSets } from '../folder/flagSets';
import type { FailedMessage, FolderState, Tombstone, Unacknowledged } from '../folder/folderState';
import { asUid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import { digits, list, MINUTE_MS, minutes, nameStored, optional, record, storedName, text, whole } from './storedValue';

type StoredTombstone = [number, string, string, number, (0 | 1)?, number?, string?];

/** The stored form of a folder: short keys, and what is empty is left out. */
export interface StoredFolder {
	/** uidValidity */
	v: string;
	/** uidNext */
	u: number;
	/** exists */
	e: number;
	/** highestModseq */
	m?: string;
	/** mailboxId */
	i?: string;
	/** known UIDs */
	p?: string;
	/** flags: places in `p`; a leading "!" means the messages that do not carry it */
	f?: Record<string, string>;
	/** matching: as in `f` */
	q?: string;
	/** ignored: as in `f` */
	j?: string;
	/** new UIDs */
	n?: string;
	/** new messages, failed ones too, whose first flags are among `f`: 1 for just those of `n` */
	N?: 1 | string;
	/** back-fill */
	b?: string;
	/** failed: uid, attempts, retry at, reason */
	x?: Array<[number, number, number, string]>;
	/** fingerprints */
	h?: StoredFingerprints;
	/** tombstones: uid, UIDVALIDITY, fingerprint, runs, 1 for a silent one, UID generation, name in ids */
	d?: StoredTombstone[];
	/** move candidates */
	y?: string;
	/** unacknowledged: what acknowledges, then attempts, deadline (minutes since 1970) and UIDs of each group */
	k?: [string, ...Array<[number, number, string]>];
	/** audited at, in minutes since 1970 */
	a?: number;
	/** reused UIDs */
	r?: string[];
	/** own changes known until */
	t?: number;
	/** name in ids */
	z?: string;
	/** pending messages that may have been reported before */
	o?: string;
	/** number of the last event */
	s?: number;
	/** UIDNEXT went back */
	l?: 1;
	/** unfinished */
	c?: 1;
	/** began by its status */
	w?: 1;
	/** missing: 1, or 2 where it may be */
	g?: 1 | 2;
}

/** A run encodes the state it had, the one it has, and the one it keeps: most folders are the same in all three. */
const encoded = new WeakMap<FolderState, StoredFolder>();

export function encodedFolder(folder: FolderState): StoredFolder {
	let stored = encoded.get(folder);
	if (!stored) encoded.set(folder, (stored = encodeFolder(folder)));
	return stored;
}

function encodeFolder(folder: FolderState): StoredFolder {
	const { knownUids } = folder;
	return {
		v: folder.uidValidity,
		u: folder.uidNext,
		e: folder.exists,
		...(folder.highestModseq === undefined ? {} : { m: folder.highestModseq }),
		...(folder.mailboxId === undefined ? {} : { i: folder.mailboxId }),
		...(knownUids === undefined ? {} : { p: knownUids.pack() }),
		...(knownUids === undefined || folder.flags === undefined ? {} : { f: packFlags(folder.flags, knownUids) }),
		...(knownUids === undefined || folder.matching === undefined ? {} : { q: packWithin(folder.matching, knownUids) }),
		...(knownUids === undefined || folder.ignored === undefined ? {} : { j: packWithin(folder.ignored, knownUids) }),
		...(folder.newUids.isEmpty ? {} : { n: folder.newUids.pack() }),
		...(folder.described === undefined || folder.described.isEmpty
			? {}
			: { N: folder.described.equals(folder.newUids) ? 1 : folder.described.pack() }),
		...(folder.backfill.isEmpty ? {} : { b: folder.backfill.pack() }),
		...(folder.failed.length === 0
			? {}
			: {
					x: folder.failed.map(({ uid, attempts, retryAt, reason }): [number, number, number, string] => [
						uid,
						attempts,
						retryAt,
						reason,
					]),
				}),
		...(folder.fingerprints === undefined ? {} : { h: packFingerprints(folder.fingerprints) }),
		...(folder.tombstones.length === 0 ? {} : { d: folder.tombstones.map(encodeTombstone) }),
		...(folder.moveCandidates.isEmpty ? {} : { y: folder.moveCandidates.pack() }),
		...(folder.unacknowledged === undefined ? {} : { k: encodeUnacknowledged(folder.unacknowledged) }),
		...(folder.auditedAt === undefined ? {} : { a: minutes(folder.auditedAt) }),
		...(folder.reused === undefined ? {} : { r: folder.reused.map((uids) => uids.pack()) }),
		...(folder.ownUntil === undefined ? {} : { t: folder.ownUntil }),
		...(folder.idName === undefined ? {} : { z: folder.idName }),
		...(folder.maybeReported === undefined || folder.maybeReported.isEmpty ? {} : { o: folder.maybeReported.pack() }),
		...(folder.sequence === undefined ? {} : { s: folder.sequence }),
		...(folder.uidNextWentBack ? { l: 1 } : {}),
		...(folder.begunByStatus ? { w: 1 } : {}),
		...(folder.unfinished ? { c: 1 } : {}),
		...(folder.missing ? { g: 1 } : folder.mayBeMissing ? { g: 2 } : {}),
	};
}

/** Reads what encodedFolder() returned. Throws TypeError, see storedValue.ts. */
export function decodeFolder(value: unknown): FolderState {
	const stored = record(value, 'a folder');
	const knownUids = optional(stored.p, (part) => UidSet.unpack(text(part, 'present')));
	const newUids = optional(stored.n, (part) => UidSet.unpack(text(part, 'arrivals'))) ?? UidSet.empty;
	return {
		uidValidity: digits(stored.v, 'UIDVALIDITY'),
		uidNext: whole(stored.u, 'UIDNEXT'),
		exists: whole(stored.e, 'message count'),
		highestModseq: optional(stored.m, (part) => digits(part, 'HIGHESTMODSEQ')),
		mailboxId: optional(stored.i, (part) => text(part, 'mailbox id')),
		knownUids,
		flags: optional(stored.f, (part) => unpackFlags(record(part, 'flags'), needed(knownUids))),
		matching: optional(stored.q, (part) => unpackWithin(text(part, 'matching'), needed(knownUids))),
		ignored: optional(stored.j, (part) => unpackWithin(text(part, 'ignored messages'), needed(knownUids))),
		newUids,
		described: optional(stored.N, (part) => (part === 1 ? newUids : UidSet.unpack(text(part, 'described arrivals')))),
		backfill: optional(stored.b, (part) => UidSet.unpack(text(part, 'back-fill'))) ?? UidSet.empty,
		failed: (optional(stored.x, (part) => list(part, 'failed messages')) ?? []).map(decodeFailed),
		fingerprints: optional(stored.h, decodeFingerprints),
		tombstones: (optional(stored.d, (part) => list(part, 'departed messages')) ?? []).map(decodeTombstone),
		moveCandidates: optional(stored.y, (part) => UidSet.unpack(text(part, 'undecided messages'))) ?? UidSet.empty,
		unacknowledged: optional(stored.k, decodeUnacknowledged),
		auditedAt: optional(stored.a, (part) => whole(part, 'time of the audit') * MINUTE_MS),
		reused: optional(stored.r, (part) => list(part, 'reused UIDs').map((uids) => UidSet.unpack(text(uids, 'reused UIDs')))),
		ownUntil: optional(stored.t, (part) => whole(part, 'time of own changes')),
		idName: optional(stored.z, (part) => text(part, 'name in ids')),
		maybeReported: optional(stored.o, (part) => UidSet.unpack(text(part, 'messages that may have been reported'))),
		sequence: optional(stored.s, (part) => whole(part, 'number of the last event')),
		...(stored.l === 1 ? { uidNextWentBack: true } : {}),
		...(stored.w === 1 ? { begunByStatus: true } : {}),
		unfinished: stored.c === 1,
		missing: stored.g === 1,
		...(stored.g === 2 ? { mayBeMissing: true } : {}),
	};
}

function decodeFailed(value: unknown): FailedMessage {
	const [uid, attempts, retryAt, reason] = list(value, 'a failed message');
	return {
		uid: asUid(whole(uid, 'UID')),
		attempts: whole(attempts, 'attempts'),
		retryAt: whole(retryAt, 'time'),
		reason: text(reason, 'reason'),
	};
}

function decodeFingerprints(value: unknown): FolderState['fingerprints'] {
	const [from, youngest, uids, packed] = list(value, 'fingerprints');
	return unpackFingerprints([
		whole(from, 'first UID'),
		whole(youngest, 'youngest date'),
		text(uids, 'UIDs'),
		text(packed, 'fingerprints'),
	]);
}

function decodeTombstone(value: unknown): Tombstone {
	const [uid, uidValidity, fingerprint, runs, silent, generation, idName] = list(value, 'a departed message');
	return {
		uid: asUid(whole(uid, 'UID')),
		uidValidity: digits(uidValidity, 'UIDVALIDITY'),
		fingerprint: text(fingerprint, 'fingerprint'),
		runs: whole(runs, 'runs'),
		...(silent === 1 ? { silent: true } : {}),
		...(generation === undefined || generation === 0 ? {} : { uidGeneration: whole(generation, 'reuse') }),
		...(idName === undefined ? {} : { idName: text(idName, 'name in ids') }),
	};
}

function encodeTombstone({ uid, uidValidity, fingerprint, runs, silent, uidGeneration, idName }: Tombstone): StoredTombstone {
	if (idName !== undefined) return [uid, uidValidity, fingerprint, runs, silent ? 1 : 0, uidGeneration ?? 0, idName];
	if (uidGeneration) return [uid, uidValidity, fingerprint, runs, silent ? 1 : 0, uidGeneration];
	return silent ? [uid, uidValidity, fingerprint, runs, 1] : [uid, uidValidity, fingerprint, runs];
}

function encodeUnacknowledged({ ack, groups }: Unacknowledged): [string, ...Array<[number, number, string]>] {
	const inOrder = [...groups].sort((a, b) => a.ackDeadline - b.ackDeadline || a.attempts - b.attempts);
	return [
		ack,
		...inOrder.map(({ attempts, ackDeadline, uids }): [number, number, string] => [
			attempts,
			ackDeadline / MINUTE_MS,
			uids.pack(),
		]),
	];
}

function decodeUnacknowledged(value: unknown): Unacknowledged {
	const [ack, ...groups] = list(value, 'waiting messages');
	return {
		ack: text(ack, 'mark'),
		groups: groups.map((group) => {
			const [attempts, minutes, uids] = list(group, 'waiting messages');
			return {
				attempts: whole(attempts, 'attempts'),
				ackDeadline: whole(minutes, 'time') * MINUTE_MS,
				uids: UidSet.unpack(text(uids, 'waiting messages')),
			};
		}),
	};
}

function packFlags(flags: FlagSets, knownUids: UidSet): Record<string, string> {
	const packed: Record<string, string> = {};
	for (const flag of [...flags.keys()].sort()) packed[storedName(flag)] = packWithin(flags.get(flag) ?? UidSet.empty, knownUids);
	return packed;
}

function unpackFlags(packed: Record<string, unknown>, knownUids: UidSet): FlagSets {
	const flags = new Map<string, UidSet>();
	for (const [name, value] of Object.entries(packed)) flags.set(nameStored(name), unpackWithin(text(value, 'flag'), knownUids));
	return flags;
}

/** As places within `knownUids`, of the smaller side: most messages are seen, so "not seen" is written. */
function packWithin(subset: UidSet, knownUids: UidSet): string {
	const carrying = subset.placesIn(knownUids).pack();
	const lacking = `!${knownUids.subtract(subset).placesIn(knownUids).pack()}`;
	return lacking.length < carrying.length ? lacking : carrying;
}

function unpackWithin(packed: string, knownUids: UidSet): UidSet {
	return packed.startsWith('!')
		? knownUids.subtract(knownUids.atPlaces(UidSet.unpack(packed.slice(1))))
		: knownUids.atPlaces(UidSet.unpack(packed));
}

function needed(knownUids: UidSet | undefined): UidSet {
	if (knownUids === undefined) throw new TypeError('it has flags without messages');
	return knownUids;
}
