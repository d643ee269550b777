import { allFaults, optionalCapabilities, type FaultScore } from '../server/serverFaults';
import { SyncError } from '../errors/syncError';
import type { InDoubt, Reading } from '../reading/doubtfulMessages';
import { emptyByName } from '../uids/byName';
import { UidSet } from '../uids/uidSet';
import type { FolderState } from '../folder/folderState';
import { isSalted } from './saltedKey';
import { decodeFolder, encodedFolder, type StoredFolder } from './storedFolder';
import { digits, list, MINUTE_MS, minutes, nameStored, optional, record, storedName, text, whole } from './storedValue';
import type { SyncState } from './syncState';

/** Version of the stored form. A change of its meaning gets a new number and a branch in decodeState(). In 1 the account has no salt. */
const VERSION = 2;

/**
 * The stored form: plain JSON with short keys, because n8n writes it whole at every save. Big integers are decimal text, sets are
 * packed, and what is empty is left out. For a folder of which only new messages are wanted, three numbers and a few fingerprints
 * remain.
 */
export interface StoredState {
	v: number;
	/** account: hash of the user, hash of the host, each with its salt */
	a: [string, string];
	/** deliveries */
	n: number;
	/** selection */
	s: string;
	/** patterns that include folders, and that exclude some */
	p?: [string[], string[]];
	/** filter */
	q?: string;
	/** ignore rules */
	j?: string;
	/** folder that goes first */
	w?: string;
	/** unopened folders */
	o?: string[];
	/** folders created later */
	m?: string[];
	/** lost folders */
	x?: StoredFolder[];
	/** folders by path */
	f: Record<string, StoredFolder>;
	/** fault scores: capability, weight, fault, at (minutes since 1970) */
	l?: Array<[string, number, string, number]>;
	/** messages in doubt by folder: UIDVALIDITY, then reading (a culprit's with "!") and UIDs in turn */
	d?: Record<string, string[]>;
	/** earlier accounts */
	e?: unknown[];
}

/** The state as plain JSON. The same state always gives the same value. */
export function encodeState(state: SyncState): StoredState {
	const folders: Record<string, StoredFolder> = {};
	for (const path of Object.keys(state.folders).sort()) folders[storedName(path)] = encodedFolder(state.folders[path]);
	return {
		v: isSalted(state.account.user) ? VERSION : 1,
		a: [state.account.user, state.account.host],
		n: state.deliveries,
		s: state.selectionKey,
		...(state.patterns ? { p: [[...state.patterns.include], [...state.patterns.exclude]] as [string[], string[]] } : {}),
		...(state.filterKey === undefined ? {} : { q: state.filterKey }),
		...(state.ignoreKey === undefined ? {} : { j: state.ignoreKey }),
		...(state.startWith === undefined ? {} : { w: state.startWith }),
		...(state.unopened.length === 0 ? {} : { o: [...state.unopened].sort() }),
		...(state.createdLater?.length ? { m: [...state.createdLater].sort() } : {}),
		...(state.lost?.length ? { x: state.lost.map(encodedFolder) } : {}),
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
		if (stored.v !== 1 && stored.v !== VERSION) {
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
			patterns: optional(stored.p, decodePatterns),
			filterKey: optional(stored.q, (part) => text(part, 'filter')),
			ignoreKey: optional(stored.j, (part) => text(part, 'ignored messages')),
			startWith: optional(stored.w, (part) => text(part, 'first folder')),
			unopened: optional(stored.o, (part) => list(part, 'unopened folders').map((path) => text(path, 'unopened folder'))) ?? [],
			createdLater: optional(stored.m, (part) => list(part, 'created folders').map((path) => text(path, 'created folder'))),
			lost: optional(stored.x, (part) => list(part, 'lost folders').map(decodeFolder)),
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

function decodePatterns(value: unknown): SyncState['patterns'] {
	const [include, exclude] = list(value, 'patterns').map((part) =>
		list(part, 'patterns').map((pattern) => text(pattern, 'pattern')),
	);
	if (include === undefined || exclude === undefined) throw new TypeError('its patterns are incomplete');
	return { include, exclude };
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
