import type { StopSignal } from '../errors/stopSignal';
import { BATCH_MESSAGES, batches, partsFor, uidsOf, type Batch } from './batch';
import { readChosen } from './chosenParts';
import { ContentsAhead, MOST_AT_ONCE } from './contentsAhead';
import { SyncError } from '../errors/syncError';
import { notThere } from './messageAddress';
import type { OpenFolder } from '../server/mailServer';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FetchedMessage, MessageSummary } from '../server/message';
import type { ReadingSettings } from '../settings/readingSettings';

export interface Reading {
	folder: OpenFolder;
	settings: ReadingSettings;
	/**
	 * Takes one message; further parts of it can be read until the promise resolves. What it throws with scope `message` is that
	 * message's failure, anything else ends the reading.
	 */
	take(message: FetchedMessage): Promise<void>;
	/** Called for each message that could not be read, with the reason; may throw to end everything. */
	fail(uid: Uid, error: SyncError): void;
	/** Asked between commands; a message that was not read by then is neither taken nor failed. */
	signal?: StopSignal;
	/** What is known of messages already, so that it is not asked for again. */
	known?: ReadonlyMap<Uid, FetchedMessage>;
}

/** Maximum messages per FETCH of sizes. */
const SUMMARIES_PER_FETCH = 500;

/**
 * Reads messages in the given order, sizes first where their bytes are wanted, with small messages, and with one FETCH for a batch that is
 * bounded in messages and bytes. Throws SyncError of scope folder, connection or account; what was taken until then stays taken.
 */
export async function readMessages(uids: readonly Uid[], { folder: asked, ...how }: Reading): Promise<void> {
	const { settings, known } = how;
	const parts = partsFor(settings);
	const folder = parts === 'source' ? new ContentsAhead(asked, parts, UidSet.of([...uids]), () => MOST_AT_ONCE) : asked;
	const reading: Reading = { ...how, folder };
	for (let from = 0; from < uids.length && !reading.signal?.aborted; from += SUMMARIES_PER_FETCH) {
		const portion = uids.slice(from, from + SUMMARIES_PER_FETCH);
		if (parts === 'headerAndStructure') {
			for (let at = 0; at < portion.length && !reading.signal?.aborted; at += BATCH_MESSAGES) {
				const uidsOfBatch = portion.slice(at, at + BATCH_MESSAGES);
				const read = (uid: Uid): FetchedMessage | undefined => {
					const message = known?.get(uid);
					return message?.header && message.structure ? message : undefined;
				};
				const unread = uidsOfBatch.filter((uid) => !read(uid));
				// Where only some are known, all are read, so that the order stays.
				if (unread.length > 0) await readBatch({ messages: asSummaries(uidsOfBatch), parts }, reading);
				else for (const uid of uidsOfBatch) await takeOne(read(uid)!, reading);
			}
			continue;
		}
		const described = new Map<Uid, MessageSummary>();
		for (const uid of portion) {
			const summary = known?.get(uid);
			if (summary) described.set(uid, summary);
		}
		const unknown = UidSet.of(portion.filter((uid) => !described.has(uid)));
		if (!unknown.isEmpty) {
			const ask: Batch = { messages: asSummaries([...unknown]), parts: 'descriptor' };
			await readBatch(ask, { ...reading, take: async (message) => void described.set(message.uid, message) });
		}
		const found = portion.flatMap((uid) => described.get(uid) ?? []);
		if (parts === 'descriptor') for (const message of found) await takeOne(message, reading);
		else {
			for (const batch of batches(found, parts, settings, { bytes: Infinity })) {
				if (reading.signal?.aborted) return;
				await readBatch(batch, reading);
			}
		}
	}
}

/** Messages of which nothing but the UID is needed to ask for them. */
const asSummaries = (uids: readonly Uid[]): MessageSummary[] => uids.map((uid) => ({ uid, flags: [], size: 0 }));

async function readBatch(batch: Batch, reading: Reading): Promise<void> {
	const { folder, settings } = reading;
	const asked = uidsOf(batch.messages);
	const came = new Set<Uid>();
	let refusal: SyncError | undefined;
	try {
		if (batch.parts === 'chosen') {
			for await (const message of readChosen(folder, batch.messages, settings.chooseParts)) {
				came.add(message.uid);
				await takeOne(message, reading);
			}
		} else {
			// A batch is bounded in bytes, so its messages can be put in order in memory.
			const read = new Map<Uid, FetchedMessage>();
			for await (const message of folder.fetch(asked, batch.parts)) if (asked.has(message.uid)) read.set(message.uid, message);
			for (const { uid } of batch.messages) {
				const message = read.get(uid);
				if (!message) continue;
				read.delete(uid);
				came.add(uid);
				await takeOne(message, reading);
			}
		}
	} catch (error) {
		if (!(error instanceof SyncError) || error.code !== 'commandRefused') throw error;
		refusal = error;
	}
	const left = batch.messages.filter(({ uid }) => !came.has(uid));
	if (left.length === 0) return;
	if (refusal && left.length === 1) {
		reading.fail(left[0].uid, refusal);
	} else if (refusal) {
		// Yahoo refuses a whole FETCH because of one message (imapsync issue 119): halves find out which one it is.
		const middle = Math.ceil(left.length / 2);
		for (const half of [left.slice(0, middle), left.slice(middle)]) await readBatch({ ...batch, messages: half }, reading);
	} else {
		await reportMissing(left, batch, reading);
	}
}

/** Messages that did not come: gone, or listed and not returned (Exchange answers OK without a row); these are asked for once more, singly. */
async function reportMissing(missing: MessageSummary[], batch: Batch, reading: Reading): Promise<void> {
	const { folder } = reading;
	const path = folder.snapshot.path;
	const asked = uidsOf(missing);
	const existing = (await folder.search({}, asked)).intersect(asked);
	for (const message of missing) {
		const { uid } = message;
		if (!existing.has(uid)) reading.fail(uid, notThere({ folder: path, uid }));
		else if (missing.length > 1 || batch.messages.length > 1) await readBatch({ ...batch, messages: [message] }, reading);
		else {
			reading.fail(uid, new SyncError('messageNotReturned', { reason: 'message', folder: path, uid }));
		}
	}
}

async function takeOne(message: FetchedMessage, reading: Reading): Promise<void> {
	try {
		await reading.take(message);
	} catch (error) {
		if (!(error instanceof SyncError) || error.scope !== 'message') throw error;
		reading.fail(message.uid, error);
	}
}
