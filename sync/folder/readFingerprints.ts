import { SyncError } from '../errors/syncError';
import { firstFingerprints, fingerprintLimits, noFingerprints, numbersToFingerprint, type Fingerprints } from './fingerprint';
import type { OpenFolder } from '../server/mailServer';
import { needsMore, recognise, type Recognition, type RecognitionInput } from './recognition';
import { isSame, reusedUids, type ReusedUids } from './uidReuse';
import { asUid, type Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageSummary } from '../server/message';
import type { SyncNeeds } from './syncNeeds';
import { pendingUids, unacknowledgedUids, type FolderState } from './folderState';

/** Messages read at once for recognition. */
const PORTION = 500;

/** Reads the fingerprints to keep of a folder. `listing` holds all of its UIDs, where they are known. */
export async function readFingerprints(
	folder: OpenFolder,
	listing: UidSet | undefined,
	needs: SyncNeeds,
	summaries: Map<Uid, MessageSummary>,
): Promise<Fingerprints> {
	const limits = fingerprintLimits(needs);
	const count = listing?.size ?? folder.snapshot.exists;
	const numbers = numbersToFingerprint(count, limits);
	if (numbers.length === 0) return noFingerprints;
	const uids = listing ? listing.atPlaces(UidSet.of(numbers)) : await uidsAt(folder, numbers);
	const messages = await read(folder, uids, summaries);
	const oldestOfTheNewest = count <= limits.newest ? 1 : (uids.highest(limits.newest).first ?? 1);
	return firstFingerprints(messages, oldestOfTheNewest);
}

/** Recognises the messages of a folder that got new UIDs, reading from the newest down as far as needed. */
export async function readRecognition(
	folder: OpenFolder,
	state: FolderState,
	there: UidSet,
	summaries: Map<Uid, MessageSummary>,
): Promise<Recognition> {
	const { mailboxId } = folder.snapshot;
	const input: RecognitionInput = {
		before: state.fingerprints ?? noFingerprints,
		read: [],
		there,
		messages: state.exists,
		isOther: mailboxId !== undefined && state.mailboxId !== undefined && mailboxId !== state.mailboxId,
		waiting: waitingWithoutFingerprint(state),
	};
	let left = there;
	do {
		const portion = left.highest(Math.max(PORTION, 2 * input.before.byUid.size));
		left = left.subtract(portion);
		input.read.push(...(await read(folder, portion, summaries)));
	} while (!left.isEmpty && needsMore(input));
	return recognise(input);
}

/** The pending messages that only their neighbours can identify. */
function waitingWithoutFingerprint(state: FolderState): RecognitionInput['waiting'] {
	const { fingerprints = noFingerprints, backfill, unacknowledged } = state;
	const without = (uids: UidSet): UidSet => uids.subtract(UidSet.of(fingerprints.byUid.keys()));
	const older = backfill.subtract(state.newUids);
	const waiting = pendingUids(state).union(unacknowledgedUids(unacknowledged));
	return { newUids: without(waiting.subtract(older)), backfill: without(older) };
}

/** Number of newest messages that an audit checks for UID reuse. */
const SAMPLE = 8;

/** Maximum messages without fingerprint that are read to find the first reused UID. */
const MOST_WITHOUT_FINGERPRINT = 500;

/**
 * From which UID on known UIDs mean other messages; undefined where nothing shows that. Called when there is reason to doubt them.
 * `complete` says that the fingerprint of every new message was kept, `isRewound` that UIDs were taken back for certain.
 */
export async function detectUidReuse(
	folder: OpenFolder,
	state: FolderState,
	summaries: Map<Uid, MessageSummary>,
	{ complete, isRewound }: { complete: boolean; isRewound?: boolean },
): Promise<ReusedUids | undefined> {
	const before = state.fingerprints ?? noFingerprints;
	const pending = pendingUids(state);
	const fingerprinted = knownFingerprinted(state);
	const { exists, uidNext } = folder.snapshot;
	// Nothing is there to compare; what comes from here on is certainly another message.
	if (exists === 0 && isRewound && uidNext < state.uidNext)
		return { from: asUid(uidNext), replaced: UidSet.range(uidNext, state.uidNext - 1) };
	if (exists === 0 || fingerprinted.isEmpty) return undefined;
	const messages = await read(folder, fingerprinted, summaries);
	const same = messages.filter((message) => isSame(before, message)).reduce((highest, { uid }) => Math.max(highest, uid), 0);
	const withoutFingerprint = UidSet.range(same + 1, Math.max(same + 1, state.uidNext - 1))
		.subtract(fingerprinted)
		.subtract(pending);
	const unproven = (state.knownUids ? withoutFingerprint.intersect(state.knownUids) : withoutFingerprint).highest(
		MOST_WITHOUT_FINGERPRINT,
	);
	if (complete) messages.push(...(await read(folder, unproven, summaries)));
	return reusedUids({ before, uidNext: state.uidNext, waiting: pending, read: messages, complete, isRewound });
}

/** The same without a reason to doubt: searches only if one of the newest messages may be another one. */
export async function detectUidReuseInNewest(
	folder: OpenFolder,
	state: FolderState,
	summaries: Map<Uid, MessageSummary>,
): Promise<ReusedUids | undefined> {
	const messages = await readFingerprinted(folder, state, summaries);
	return mayBeOther(state, messages) ? await detectUidReuse(folder, state, summaries, { complete: false }) : undefined;
}

/**
 * The newest known messages that have a fingerprint and are still there: of the newest few, else of more of them. Where all of those are
 * gone, a restore may have taken them away, and given only lower UIDs to other messages.
 */
export async function readFingerprinted(
	folder: OpenFolder,
	state: FolderState,
	summaries: Map<Uid, MessageSummary>,
): Promise<MessageSummary[]> {
	if (folder.snapshot.exists === 0) return [];
	let left = knownFingerprinted(state);
	for (let count = SAMPLE; !left.isEmpty; count *= SAMPLE) {
		const sample = left.highest(count);
		const messages = await read(folder, sample, summaries);
		if (messages.length > 0) return messages;
		left = left.subtract(sample);
	}
	return [];
}

/**
 * The newest messages with a known fingerprint: two, as one may be deleted meanwhile. Asked for along with new messages, they cost no
 * question of their own.
 */
export const newestFingerprinted = (state: FolderState): UidSet => knownFingerprinted(state).highest(2);

/**
 * Whether one of these messages may be another one than was known under its UID: one without Message-ID proves nothing, and the
 * others show what it is.
 */
export function mayBeOther(state: FolderState, messages: readonly MessageSummary[]): boolean {
	const known = knownFingerprinted(state);
	return messages.some((message) => known.has(message.uid) && !isSame(state.fingerprints ?? noFingerprints, message));
}

/** The known messages that have a fingerprint and are not pending. */
function knownFingerprinted(state: FolderState): UidSet {
	const fingerprinted = UidSet.of(state.fingerprints?.byUid.keys() ?? [])
		.below(state.uidNext)
		.subtract(pendingUids(state));
	return state.knownUids ? fingerprinted.intersect(state.knownUids) : fingerprinted;
}

/** The summaries of these messages; those that are gone meanwhile are left out. */
async function read(folder: OpenFolder, uids: UidSet, summaries: Map<Uid, MessageSummary>): Promise<MessageSummary[]> {
	const unread = UidSet.of([...uids].filter((uid) => !summaries.has(uid)));
	if (!unread.isEmpty) for await (const message of folder.fetch(unread, 'descriptor')) summaries.set(message.uid, message);
	return [...uids].flatMap((uid) => summaries.get(uid) ?? []);
}

/** The UIDs at these numbers; none while messages are expunged, since the fingerprints may never be needed. */
async function uidsAt(folder: OpenFolder, numbers: number[]): Promise<UidSet> {
	try {
		return UidSet.of(await folder.uidsAt(numbers));
	} catch (error) {
		if (error instanceof SyncError && error.code === 'folderInconsistent') return UidSet.empty;
		throw error;
	}
}
