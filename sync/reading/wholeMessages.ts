import { SyncError } from '../errors/syncError';
import { notThere } from './messageAddress';
import type { OpenFolder } from '../server/mailServer';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageSummary } from '../server/message';

/** How much is held at the same time. */
export interface ReadingLimits {
	/** One FETCH reads messages of so many bytes together; a larger one is read by itself. */
	batchBytes: number;
	/** And at most so many. */
	batchMessages: number;
	/** The first one has no more than so many, and each as many again: whoever passes them on can begin sooner. */
	firstBatch?: number;
	/** Larger messages are streamed piece by piece. */
	piecesAbove: number;
}

/** A message read whole: its bytes, or a way to get them piece by piece, or why it could not be read. */
export interface WholeMessage<T extends MessageSummary> {
	message: T;
	content: Buffer | (() => AsyncIterable<Buffer>) | SyncError;
}

const MEGABYTE = 1024 * 1024;

/** Sixteen round trips for 1,000 messages of 100 kB, with never more than some 16 MB held. */
export const usualReading: ReadingLimits = { batchBytes: 8 * MEGABYTE, batchMessages: 500, piecesAbove: 4 * MEGABYTE };

/**
 * Reads messages whole, in the order given, with few commands and never more than two batches held. What is streamed piece by
 * piece has to be read before the next message is asked for; nothing else may be asked of the folder meanwhile. Throws SyncError for what concerns more than one message.
 */
export async function* readWhole<T extends MessageSummary>(
	folder: OpenFolder,
	messages: readonly T[],
	limits: ReadingLimits = usualReading,
): AsyncGenerator<WholeMessage<T>> {
	const isInPieces = ([first, ...others]: readonly T[]): boolean => others.length === 0 && first.size > limits.piecesAbove;
	const batches = inBatches(messages, limits);
	let { value: batch } = batches.next();
	let ahead: Promise<Contents> | undefined;
	try {
		while (batch) {
			const next = batches.next().value;
			if (isInPieces(batch)) {
				const [message] = batch;
				yield { message, content: () => folder.readPart(message.uid, '', message.size) };
			} else {
				const contents = await (ahead ?? readBatch(folder, batch));
				// While these are worked on, the next ones come: over a long line that is half of the time.
				ahead = next && next[0].size <= limits.batchBytes && !isInPieces(next) ? readBatch(folder, next) : undefined;
				ahead?.catch(() => undefined);
				for (const message of batch) {
					const content = contents.get(message.uid);
					contents.delete(message.uid);
					yield { message, content: content ?? notThere({ folder: folder.snapshot.path, uid: message.uid }) };
				}
			}
			batch = next;
		}
	} finally {
		// One command at a time: who stops early may send the next one at once.
		await ahead?.catch(() => undefined);
	}
}

function* inBatches<T extends MessageSummary>(messages: readonly T[], limits: ReadingLimits): Generator<T[]> {
	let batch: T[] = [];
	let bytes = 0;
	let most = Math.min(limits.firstBatch ?? Infinity, limits.batchMessages);
	for (const message of messages) {
		const isLarge = message.size > Math.min(limits.batchBytes, limits.piecesAbove);
		if (batch.length > 0 && (isLarge || bytes + message.size > limits.batchBytes || batch.length >= most)) {
			yield batch;
			most = Math.min(most * 2, limits.batchMessages);
			batch = [];
			bytes = 0;
		}
		batch.push(message);
		bytes += message.size;
		if (!isLarge) continue;
		yield batch;
		batch = [];
		bytes = 0;
	}
	if (batch.length > 0) yield batch;
}

/** The bytes of messages, or why they could not be read. */
type Contents = Map<Uid, Buffer | SyncError>;

/** The bytes of some messages. Where the server refuses all because of one (Yahoo), each is asked for by itself. */
async function readBatch(folder: OpenFolder, batch: readonly MessageSummary[]): Promise<Contents> {
	const found: Contents = new Map();
	try {
		for await (const { uid, source } of folder.fetch(UidSet.of(batch.map(({ uid }) => uid)), 'source'))
			if (source) found.set(uid, source);
		for (const { uid } of batch) if (!found.has(uid)) found.set(uid, await whyMissing(folder, uid));
		return found;
	} catch (error) {
		if (!(error instanceof SyncError) || error.code !== 'commandRefused') throw error;
		if (batch.length === 1) return found.set(batch[0].uid, error);
	}
	for (const message of batch) {
		if (found.has(message.uid)) continue;
		for (const [uid, content] of await readBatch(folder, [message])) found.set(uid, content);
	}
	return found;
}

/** Why a message did not come: it is gone, or the server lists it and does not return it. Throws SyncError. */
export async function whyMissing(folder: OpenFolder, uid: Uid): Promise<SyncError> {
	const { path } = folder.snapshot;
	const isThere = (await folder.search({}, UidSet.of([uid]))).has(uid);
	return isThere
		? new SyncError('messageNotReturned', { reason: 'message', folder: path, uid })
		: notThere({ folder: path, uid });
}
