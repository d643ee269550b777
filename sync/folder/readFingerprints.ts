import { SyncError } from '../errors/syncError';
import { firstFingerprints, fingerprintLimits, noFingerprints, numbersToFingerprint, type Fingerprints } from './fingerprint';
import type { OpenFolder } from '../server/mailServer';
import { needsMore, recognise, type Recognition, type RecognitionInput } from './recognition';
import { isSame, reusedFrom } from './uidReuse';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageSummary } from '../server/message';
import type { SyncNeeds } from './syncNeeds';
import { pendingUids, type FolderState } from './folderState';

/** How many messages are read at once to know them again. */
const PORTION = 500;

/** Reads the marks that are kept of a folder from now on. `listing` holds all of its UIDs, where they are known. */
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

/** Knows the messages of a folder again that got new UIDs, reading from the newest on as far as it takes. */
export async function readRecognition(
	folder: OpenFolder,
	state: FolderState,
	there: UidSet,
	summaries: Map<Uid, MessageSummary>,
): Promise<Recognition> {
	const { mailboxId } = folder.snapshot;
	const mailbox =
		mailboxId === undefined || state.mailboxId === undefined ? 'unknown' : mailboxId === state.mailboxId ? 'same' : 'other';
	const known = { messages: state.exists, watched: state.knownUids !== undefined };
	const input: RecognitionInput = { before: state.fingerprints ?? noFingerprints, read: [], there, known, mailbox };
	let left = there;
	do {
		const portion = left.highest(Math.max(PORTION, 2 * input.before.byUid.size));
		left = left.subtract(portion);
		input.read.push(...(await read(folder, portion, summaries)));
	} while (!left.isEmpty && needsMore(input));
	return recognise(input);
}

/** Of so many of the newest messages it is looked at now and then whether they are still the same. */
const SAMPLE = 8;

/** So many messages without a mark are read at most to find the first one that has a used UID. */
const MOST_UNMARKED = 500;

/**
 * From which UID on the known UIDs mean other messages, asked when something gives reason to doubt it; undefined where nothing shows
 * that. `complete` says that every message that came had its mark kept.
 */
export async function detectUidReuse(
	folder: OpenFolder,
	state: FolderState,
	summaries: Map<Uid, MessageSummary>,
	{ complete }: { complete: boolean },
): Promise<Uid | undefined> {
	const before = state.fingerprints ?? noFingerprints;
	const waiting = pendingUids(state);
	const marked = knownFingerprinted(state);
	if (folder.snapshot.exists === 0 || marked.isEmpty) return undefined;
	const messages = await read(folder, marked, summaries);
	const same = messages.filter((message) => isSame(before, message)).reduce((highest, { uid }) => Math.max(highest, uid), 0);
	const unmarked = UidSet.range(same + 1, Math.max(same + 1, state.uidNext - 1))
		.subtract(marked)
		.subtract(waiting);
	const disabled = (state.knownUids ? unmarked.intersect(state.knownUids) : unmarked).highest(MOST_UNMARKED);
	if (complete) messages.push(...(await read(folder, disabled, summaries)));
	return reusedFrom({ before, uidNext: state.uidNext, waiting, read: messages, complete });
}

/** The same, where there is no reason but that it was not asked for a while: the newest messages tell whether there is one. */
export async function detectUidReuseInNewest(
	folder: OpenFolder,
	state: FolderState,
	summaries: Map<Uid, MessageSummary>,
): Promise<Uid | undefined> {
	const sample = knownFingerprinted(state).highest(SAMPLE);
	if (folder.snapshot.exists === 0 || sample.isEmpty) return undefined;
	const messages = await read(folder, sample, summaries);
	return holdsOtherMessage(state, messages) ? await detectUidReuse(folder, state, summaries, { complete: false }) : undefined;
}

/** The newest message that is known by its mark, to be asked for along with what came: that costs no question of its own. */
export const newestFingerprinted = (state: FolderState): UidSet => knownFingerprinted(state).highest(1);

/** Whether one of these messages is another one than was known under its UID. */
export function holdsOtherMessage(state: FolderState, messages: readonly MessageSummary[]): boolean {
	const before = state.fingerprints ?? noFingerprints;
	return (
		reusedFrom({ before, uidNext: state.uidNext, waiting: pendingUids(state), read: messages, complete: false }) !== undefined
	);
}

/** The messages that have a mark, and were handed over or are of no interest. */
function knownFingerprinted(state: FolderState): UidSet {
	const marked = UidSet.of(state.fingerprints?.byUid.keys() ?? [])
		.below(state.uidNext)
		.subtract(pendingUids(state));
	return state.knownUids ? marked.intersect(state.knownUids) : marked;
}

/** The descriptors of these messages; of those that are gone meanwhile, none. */
async function read(folder: OpenFolder, uids: UidSet, summaries: Map<Uid, MessageSummary>): Promise<MessageSummary[]> {
	const unread = UidSet.of([...uids].filter((uid) => !summaries.has(uid)));
	if (!unread.isEmpty) for await (const message of folder.fetch(unread, 'descriptor')) summaries.set(message.uid, message);
	return [...uids].flatMap((uid) => summaries.get(uid) ?? []);
}

/** The UIDs at these numbers; none while messages are expunged, since marks are for a day that may never come. */
async function uidsAt(folder: OpenFolder, numbers: number[]): Promise<UidSet> {
	try {
		return UidSet.of(await folder.uidsAt(numbers));
	} catch (error) {
		if (error instanceof SyncError && error.code === 'folderInconsistent') return UidSet.empty;
		throw error;
	}
}
