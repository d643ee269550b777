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
	/** Larger messages are streamed piece by piece. */
	piecesAbove: number;
}

/** A message read whole: its bytes, or a way to get them piece by piece, or why it could not be read. */
export interface WholeMessage<T extends MessageSummary> {
	message: T;
	content: Buffer | (() => AsyncIterable<Buffer>) | SyncError;
}

const MEGABYTE = 1024 * 1024;

/** Sixteen round trips for 1,000 messages of 100 kB, with never more than some 8 MB held. */
export const usualReading: ReadingLimits = { batchBytes: 8 * MEGABYTE, batchMessages: 100, piecesAbove: 4 * MEGABYTE };

/**
 * Reads messages whole, in the order given, with few commands and never more than one batch held. What is streamed piece by
 * piece has to be read before the next message is asked for. Throws SyncError for what concerns more than one message.
 */
export async function* readWhole<T extends MessageSummary>(
	folder: OpenFolder,
	messages: readonly T[],
	limits: ReadingLimits = usualReading,
): AsyncGenerator<WholeMessage<T>> {
	for (const batch of inBatches(messages, limits)) {
		const [first] = batch;
		if (batch.length === 1 && first.size > limits.piecesAbove) {
			yield { message: first, content: () => folder.readPart(first.uid, '') };
			continue;
		}
		const contents = await readBatch(folder, batch);
		for (const message of batch) {
			const content = contents.get(message.uid);
			contents.delete(message.uid);
			yield { message, content: content ?? notThere({ folder: folder.snapshot.path, uid: message.uid }) };
		}
	}
}

function* inBatches<T extends MessageSummary>(messages: readonly T[], limits: ReadingLimits): Generator<T[]> {
	let batch: T[] = [];
	let bytes = 0;
	for (const message of messages) {
		const isLarge = message.size > Math.min(limits.batchBytes, limits.piecesAbove);
		if (batch.length > 0 && (isLarge || bytes + message.size > limits.batchBytes || batch.length >= limits.batchMessages)) {
			yield batch;
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

/** The bytes of some messages. Where the server refuses all because of one (Yahoo), each is asked for by itself. */
async function readBatch(folder: OpenFolder, batch: readonly MessageSummary[]): Promise<Map<Uid, Buffer | SyncError>> {
	const found = new Map<Uid, Buffer | SyncError>();
	try {
		for await (const { uid, source } of folder.fetch(UidSet.of(batch.map(({ uid }) => uid)), 'source'))
			if (source) found.set(uid, source);
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
