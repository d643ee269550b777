import type { StopSignal } from '../errors/stopSignal';
import { createHash } from 'node:crypto';
import { SyncError, stopError } from '../errors/syncError';
import { fingerprintOf } from '../folder/fingerprint';
import { flagsOf, labelsOf, namesInRow, LABEL_PREFIX } from '../folder/flagSets';
import { pairUp, readAllIdentities, type IdentifiedMessage } from '../reading/identity';
import type { OpenFolder } from '../server/mailServer';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import { readWhole } from '../reading/wholeMessages';
import type { ManifestEntry } from './manifest';
import type { FolderState } from '../folder/folderState';

/** A message about which a folder and what was noted of it differ. */
export interface Difference {
	uid: number;
	messageId?: string;
	date?: string;
	size?: number;
	/** changed: what differs. */
	differences?: string[];
	/** changed, after a change of UIDVALIDITY or elsewhere: its UID as it was noted. */
	notedUid?: number;
}

/** What became of a folder since it was noted. */
export interface Verified {
	uidValidity: string;
	/** By UID; or, where the UIDs that were noted mean nothing (another UIDVALIDITY, another folder), by Message-ID, date and size; or by nothing. */
	comparedBy: 'uid' | 'identity' | 'nothing';
	/** Messages in the folder now. */
	messages: number;
	/** Messages that were noted. */
	expected: number;
	/** Noted, there and the same. */
	same: number;
	/** Noted and not there. */
	missing: Difference[];
	/** There and not noted. */
	extra: Difference[];
	/** There, and not as noted. */
	changed: Difference[];
	/** How many are missing where it is not known which. */
	missingUnknown?: number;
}

export interface VerifyOptions {
	/**
	 * Whether the folder is the one that was noted. UIDs say nothing about another one, even with the same UIDVALIDITY, as on
	 * Cyrus for those created in the same second.
	 */
	sameFolder: boolean;
	/** Reads every message and compares its SHA-256 too. */
	deep: boolean;
	signal?: StopSignal;
	/** With `deep`: a message was read, and so many are left. */
	onRead?(left: number): void;
}

/** Compares a folder with the entries of a manifest: one FETCH; with `deep` every message is read as well. Flags are not compared. */
export async function verifyWithManifest(
	folder: OpenFolder,
	entries: readonly ManifestEntry[],
	options: VerifyOptions,
): Promise<Verified> {
	const { uidValidity } = folder.snapshot;
	const { messages, left } = await readAllIdentities(folder);
	if (!left.isEmpty) throw leftOut(folder.snapshot.path, left);
	const there = [...messages.values()].sort((a, b) => a.uid - b.uid);
	const byUid = options.sameFolder && entries.every((entry) => entry.uidValidity === uidValidity);
	const pairs = !byUid ? pairByIdentity(entries, there) : entries.map(({ uid }) => messages.get(uid));
	const digests = options.deep
		? await digestsOf(
				folder,
				pairs.filter((message) => message !== undefined),
				options,
			)
		: undefined;

	const missing: Difference[] = [];
	const changed: Difference[] = [];
	const known = new Set<Uid>();
	let same = 0;
	entries.forEach((entry, index) => {
		const message = pairs[index];
		if (!message) {
			missing.push({ uid: entry.uid, messageId: entry.messageId, date: entry.date, size: entry.size });
			return;
		}
		known.add(message.uid);
		const differences = [
			...(message.identity === (entry.messageId ?? entry.identity ?? '') ? [] : ['messageId']),
			...(message.size === entry.size ? [] : ['size']),
			...(entry.date === undefined || secondsOf(entry.date) === secondsOf(message.internalDate) ? [] : ['date']),
			...(digests === undefined || digests.get(message.uid) === entry.sha256 ? [] : ['sha256']),
		];
		if (differences.length === 0) same++;
		else changed.push({ ...seen(message), differences, ...(byUid ? {} : { notedUid: entry.uid }) });
	});
	return {
		uidValidity,
		comparedBy: byUid ? 'uid' : 'identity',
		messages: there.length,
		expected: entries.length,
		same,
		missing,
		extra: there.filter(({ uid }) => !known.has(uid)).map(seen),
		changed,
	};
}

/**
 * Compares a folder with what a trigger or Get Many knows of it (sync state): which messages are there; their flags, as far as
 * the state has them; and by the fingerprints kept of some messages, whether they are still the same. A state for new messages
 * only knows no more than how many there were.
 */
export async function verifyWithState(folder: OpenFolder, state: FolderState): Promise<Verified> {
	const { uidValidity } = folder.snapshot;
	const now = await folder.search({});
	const numbers = (uids: UidSet): Difference[] => [...uids].map((uid) => ({ uid }));
	const known = state.knownUids ?? UidSet.empty;
	const expected = state.knownUids?.size ?? state.exists;
	if (uidValidity !== state.uidValidity) {
		return {
			uidValidity,
			comparedBy: 'nothing',
			messages: now.size,
			expected,
			same: 0,
			missing: numbers(known),
			extra: numbers(now),
			changed: [],
			...(state.knownUids ? {} : { missingUnknown: expected }),
		};
	}
	const before = state.knownUids ? known.intersect(now) : now.below(state.uidNext);
	const different = new Map<Uid, string[]>();
	const note = (uid: Uid, what: string): void => void different.set(uid, [...(different.get(uid) ?? []), what]);
	const marked = UidSet.of(state.fingerprints?.byUid.keys() ?? []).intersect(before);
	if (!marked.isEmpty) {
		for await (const message of folder.fetch(marked, 'descriptor')) {
			if (fingerprintOf(message) !== state.fingerprints?.byUid.get(message.uid)) note(message.uid, 'identity');
		}
	}
	const { flags } = state;
	if (flags && !before.isEmpty) {
		for (const row of await folder.flagsOf(before)) {
			const labels = row.labels ? labelsOf(flags, row.uid).map((label) => LABEL_PREFIX + label) : [];
			if (!sameNames(namesInRow(row), [...flagsOf(flags, row.uid), ...labels])) note(row.uid, 'flags');
		}
	}
	const lost = state.knownUids ? 0 : Math.max(0, state.exists - before.size);
	return {
		uidValidity,
		comparedBy: 'uid',
		messages: now.size,
		expected,
		same: before.size - different.size,
		missing: numbers(known.subtract(now)),
		extra: numbers(state.knownUids ? now.subtract(known) : now.from(state.uidNext)),
		changed: [...different].map(([uid, differences]) => ({ uid, differences })),
		...(lost > 0 ? { missingUnknown: lost } : {}),
	};
}

function pairByIdentity(
	entries: readonly ManifestEntry[],
	there: readonly IdentifiedMessage[],
): Array<IdentifiedMessage | undefined> {
	const noted = entries.map(({ messageId, identity, date, size }) => ({
		identity: messageId ?? identity ?? '',
		size,
		...(date === undefined ? {} : { internalDate: new Date(date) }),
	}));
	return pairUp(noted, there).map((place) => (place === undefined ? undefined : there[place]));
}

/** The SHA-256 of these messages; of one that cannot be read none. */
async function digestsOf(
	folder: OpenFolder,
	messages: readonly IdentifiedMessage[],
	{ signal, onRead }: VerifyOptions,
): Promise<Map<Uid, string>> {
	const digests = new Map<Uid, string>();
	let left = messages.length;
	for await (const { message, content } of readWhole(folder, messages)) {
		if (signal?.aborted) throw stopError(folder.snapshot.path);
		onRead?.(--left);
		if (content instanceof SyncError) continue;
		const hash = createHash('sha256');
		if (Buffer.isBuffer(content)) hash.update(content);
		else for await (const piece of content()) hash.update(piece);
		digests.set(message.uid, hash.digest('hex'));
	}
	return digests;
}

const seen = ({ uid, messageId, internalDate, size }: IdentifiedMessage): Difference => ({
	uid,
	messageId,
	date: internalDate?.toISOString(),
	size,
});

/** IMAP keeps INTERNALDATE in whole seconds. */
const secondsOf = (date: Date | string | undefined): number | undefined =>
	date === undefined ? undefined : Math.floor(new Date(date).getTime() / 1000);

function sameNames(a: readonly string[], b: readonly string[]): boolean {
	const names = new Set(a);
	return names.size === new Set(b).size && b.every((name) => names.has(name));
}

function leftOut(folder: string, left: UidSet): SyncError {
	return new SyncError('folderInconsistent', { reason: 'messagesLeftOut', folder, count: left.size, uid: left.first });
}
