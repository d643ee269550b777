import { allFaults, optionalCapabilities, type FaultScore } from '../server/serverFaults';
import { SyncError } from '../errors/syncError';
import { packFingerprints, unpackFingerprints, type StoredFingerprints } from '../folder/fingerprint';
import type { InDoubt, Reading } from '../reading/doubtfulMessages';
import type { FlagSets } from '../folder/flagSets';
import { asUid } from '../uids/uid';
import { emptyByName } from '../uids/byName';
import { UidSet } from '../uids/uidSet';
import type { Unacknowledged, Tombstone, FailedMessage, FolderState } from '../folder/folderState';
import type { SyncState } from './syncState';

/** Version of the stored form. A change of its meaning gets a new number and a branch in decodeState(). */
const VERSION = 1;

const MINUTE_MS = 60_000;

/**
 * The stored form: plain JSON with short keys, because n8n writes it whole at every save. Big integers are decimal text, sets are
 * packed, and what is empty is left out. For a folder of which only new messages are wanted, three numbers and a few fingerprints
 * remain.
 */
export interface StoredState {
	v: number;
	/** account: hash of the user, hash of the host */
	a: [string, string];
	/** deliveries */
	n: number;
	/** selection */
	s: string;
	/** filter */
	q?: string;
	/** ignore rules */
	j?: string;
	/** folder that goes first */
	w?: string;
	/** unopened folders */
	o?: string[];
	/** absent folders */
	m?: string[];
	/** folders by path */
	f: Record<string, StoredFolder>;
	/** fault scores: capability, weight, fault, at (minutes since 1970) */
	l?: Array<[string, number, string, number]>;
	/** messages in doubt by folder: UIDVALIDITY, then reading (a culprit's with "!") and UIDs in turn */
	d?: Record<string, string[]>;
	/** earlier accounts */
	e?: unknown[];
}

type StoredTombstone = [number, string, string, number, (0 | 1)?, number?];

interface StoredFolder {
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
	/** back-fill */
	b?: string;
	/** failed: uid, attempts, retry at, reason */
	x?: Array<[number, number, number, string]>;
	/** fingerprints */
	h?: StoredFingerprints;
	/** tombstones: uid, UIDVALIDITY, fingerprint, runs, 1 for a silent one, UID generation */
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

/** The state as plain JSON. The same state always gives the same value. */
export function encodeState(state: SyncState): StoredState {
	const folders: Record<string, StoredFolder> = {};
	for (const path of Object.keys(state.folders).sort()) folders[storedName(path)] = encodedFolder(state.folders[path]);
	return {
		v: VERSION,
		a: [state.account.user, state.account.host],
		n: state.deliveries,
		s: state.selectionKey,
		...(state.filterKey === undefined ? {} : { q: state.filterKey }),
		...(state.ignoreKey === undefined ? {} : { j: state.ignoreKey }),
		...(state.startWith === undefined ? {} : { w: state.startWith }),
		...(state.unopened.length === 0 ? {} : { o: [...state.unopened].sort() }),
		...(state.absent?.length ? { m: [...state.absent].sort() } : {}),
		f: folders,
		...(state.faultScores?.length
			? {
					l: state.faultScores.map(({ capability, weight, fault, at }): [string, number, string, number] => [
						capability,
						weight,
						fault,
						minutes(at),
					]),
				}
			: {}),
		...(state.inDoubt?.size ? { d: encodeInDoubt(state.inDoubt) } : {}),
		...(state.earlierAccounts.length === 0 ? {} : { e: state.earlierAccounts }),
	};
}

/**
 * Reads what encodeState() returned. Nothing stored (undefined or null) is undefined: a first run. Anything else that cannot be
 * read throws SyncError stateUnreadable: taking it for a first run would silently lose or repeat mail.
 */
export function decodeState(value: unknown): SyncState | undefined {
	if (value === undefined || value === null) return undefined;
	try {
		const stored = record(value, 'the state');
		if (stored.v !== VERSION) {
			throw new TypeError(
				typeof stored.v === 'number' ? `it has version ${stored.v}, this package writes version ${VERSION}` : 'it has no version',
			);
		}
		const [user, host] = list(stored.a, 'account').map((part) => text(part, 'account'));
		if (user === undefined || host === undefined) throw new TypeError('its account is incomplete');
		const folders = emptyByName<FolderState>();
		for (const [name, folder] of Object.entries(record(stored.f, 'folders'))) folders[nameStored(name)] = decodeFolder(folder);
		return {
			account: { user, host },
			deliveries: whole(stored.n, 'deliveries'),
			selectionKey: text(stored.s, 'selection'),
			filterKey: optional(stored.q, (part) => text(part, 'filter')),
			ignoreKey: optional(stored.j, (part) => text(part, 'ignored messages')),
			startWith: optional(stored.w, (part) => text(part, 'first folder')),
			unopened: optional(stored.o, (part) => list(part, 'unopened folders').map((path) => text(path, 'unopened folder'))) ?? [],
			absent: optional(stored.m, (part) => list(part, 'absent folders').map((path) => text(path, 'absent folder'))),
			folders,
			inDoubt: optional(stored.d, (part) => decodeInDoubt(record(part, 'messages in doubt'))),
			faultScores: optional(stored.l, (part) => list(part, 'suspicions').flatMap(decodeFaultScore)),
			earlierAccounts: optional(stored.e, (part) => list(part, 'earlier accounts')) ?? [],
		};
	} catch (error) {
		const detail = error instanceof Error ? error.message : String(error);
		throw new SyncError('stateUnreadable', { detail }, { cause: error });
	}
}

/** A run encodes the state it had, the one it has, and the one it keeps: most folders are the same in all three. */
const encoded = new WeakMap<FolderState, StoredFolder>();

function encodedFolder(folder: FolderState): StoredFolder {
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

function decodeFolder(value: unknown): FolderState {
	const stored = record(value, 'a folder');
	const knownUids = optional(stored.p, (part) => UidSet.unpack(text(part, 'present')));
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
		newUids: optional(stored.n, (part) => UidSet.unpack(text(part, 'arrivals'))) ?? UidSet.empty,
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
	const [uid, uidValidity, fingerprint, runs, silent, generation] = list(value, 'a departed message');
	return {
		uid: asUid(whole(uid, 'UID')),
		uidValidity: digits(uidValidity, 'UIDVALIDITY'),
		fingerprint: text(fingerprint, 'fingerprint'),
		runs: whole(runs, 'runs'),
		...(silent === 1 ? { silent: true } : {}),
		...(generation === undefined ? {} : { uidGeneration: whole(generation, 'reuse') }),
	};
}

function encodeTombstone({ uid, uidValidity, fingerprint, runs, silent, uidGeneration }: Tombstone): StoredTombstone {
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

function encodeInDoubt(inDoubt: ReadonlyMap<string, InDoubt>): Record<string, string[]> {
	const encoded: Record<string, string[]> = {};
	for (const path of [...inDoubt.keys()].sort()) {
		const { uidValidity, suspects, culprits } = inDoubt.get(path)!;
		const packed = [...suspects, ...[...culprits].map(([reading, uids]): [string, UidSet] => [`!${reading}`, uids])]
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.flatMap(([reading, uids]) => [reading, uids.pack()]);
		encoded[storedName(path)] = [uidValidity, ...packed];
	}
	return encoded;
}

function decodeInDoubt(stored: Record<string, unknown>): Map<string, InDoubt> {
	return new Map(
		Object.entries(stored).map(([name, value]) => {
			const [uidValidity, ...readings] = list(value, 'messages in doubt').map((part) => text(part, 'messages in doubt'));
			const suspects = new Map<Reading, UidSet>();
			const culprits = new Map<Reading, UidSet>();
			for (let i = 0; i + 1 < readings.length; i += 2) {
				const reading = readings[i];
				const into = reading.startsWith('!') ? culprits : suspects;
				into.set(reading.replace('!', '') as Reading, UidSet.unpack(readings[i + 1]));
			}
			return [nameStored(name), { uidValidity: digits(uidValidity, 'UIDVALIDITY'), suspects, culprits }];
		}),
	);
}

/** A fault that this version does not know is forgotten, which costs nothing. */
function decodeFaultScore(value: unknown): FaultScore[] {
	const [storedCapability, weight, storedFault, at] = list(value, 'a suspicion');
	const fault = allFaults.find((name) => name === storedFault);
	const capability = optionalCapabilities.find((name) => name === storedCapability);
	if (fault === undefined || capability === undefined) return [];
	return [{ capability, weight: whole(weight, 'weight'), fault, at: whole(at, 'time') * MINUTE_MS }];
}

const minutes = (time: number): number => Math.floor(time / MINUTE_MS);

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

/**
 * The key under which a name is stored. `__proto__` is no key that every copy of an object keeps: n8n's deepCopy() assigns it to an
 * ordinary object, which sets the prototype instead. It gets a "=" in front, and so does what would read like that.
 */
const storedName = (name: string): string => (/^=*__proto__$/.test(name) ? `=${name}` : name);

const nameStored = (stored: string): string => (/^=+__proto__$/.test(stored) ? stored.slice(1) : stored);

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

function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
	return value === undefined ? undefined : read(value);
}

function needed(knownUids: UidSet | undefined): UidSet {
	if (knownUids === undefined) throw new TypeError('it has flags without messages');
	return knownUids;
}

function record(value: unknown, what: string): Record<string, unknown> {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError(`${what} is not an object`);
	return value as Record<string, unknown>;
}

function list(value: unknown, what: string): unknown[] {
	if (!Array.isArray(value)) throw new TypeError(`its ${what} is not a list`);
	return value;
}

function text(value: unknown, what: string): string {
	if (typeof value !== 'string') throw new TypeError(`its ${what} is not text`);
	return value;
}

function digits(value: unknown, what: string): string {
	if (typeof value !== 'string' || !/^\d{1,20}$/.test(value)) throw new TypeError(`its ${what} is not a number in text`);
	return value;
}

function whole(value: unknown, what: string): number {
	if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
		throw new TypeError(`its ${what} is not a whole number`);
	return value;
}
