import { SyncError } from './errors';
import { firstMarks, markLimits, noFingerprints, numbersToMark, type Fingerprints } from './fingerprint';
import type { FolderState, MessageDescriptor } from './model';
import type { Wants } from './plan';
import type { OpenFolder } from './port';
import { needsMore, recognise, type Recognition, type RecognitionInput } from './recognition';
import type { Uid } from './uid';
import { UidSet } from './uidSet';

/** How many messages are read at once to know them again. */
const PORTION = 500;

/** Reads the marks that are kept of a folder from now on. `listing` holds all of its UIDs, where they are known. */
export async function readFingerprints(
	folder: OpenFolder,
	listing: UidSet | undefined,
	wants: Wants,
	descriptors: Map<Uid, MessageDescriptor>,
): Promise<Fingerprints> {
	const limits = markLimits(wants);
	const count = listing?.size ?? folder.snapshot.exists;
	const numbers = numbersToMark(count, limits);
	if (numbers.length === 0) return noFingerprints;
	const uids = listing ? listing.atPlaces(UidSet.of(numbers)) : await uidsAt(folder, numbers);
	const messages = await read(folder, uids, descriptors);
	const oldestOfTheNewest = count <= limits.newest ? 1 : (uids.highest(limits.newest).first ?? 1);
	return firstMarks(messages, oldestOfTheNewest);
}

/** Knows the messages of a folder again that got new UIDs, reading from the newest on as far as it takes. */
export async function readRecognition(
	folder: OpenFolder,
	state: FolderState,
	there: UidSet,
	descriptors: Map<Uid, MessageDescriptor>,
): Promise<Recognition> {
	const { mailboxId } = folder.snapshot;
	const mailbox = mailboxId === undefined || state.mailboxId === undefined ? 'unknown' : mailboxId === state.mailboxId ? 'same' : 'other';
	const known = { messages: state.exists, watched: state.present !== undefined };
	const input: RecognitionInput = { before: state.fingerprints ?? noFingerprints, read: [], there, known, mailbox };
	let left = there;
	do {
		const portion = left.highest(Math.max(PORTION, 2 * input.before.marks.size));
		left = left.subtract(portion);
		input.read.push(...(await read(folder, portion, descriptors)));
	} while (!left.isEmpty && needsMore(input));
	return recognise(input);
}

/** The descriptors of these messages; of those that are gone meanwhile, none. */
async function read(folder: OpenFolder, uids: UidSet, descriptors: Map<Uid, MessageDescriptor>): Promise<MessageDescriptor[]> {
	const unread = UidSet.of([...uids].filter((uid) => !descriptors.has(uid)));
	if (!unread.isEmpty) for await (const message of folder.fetch(unread, 'descriptor')) descriptors.set(message.uid, message);
	return [...uids].flatMap((uid) => descriptors.get(uid) ?? []);
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
