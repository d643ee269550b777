import { UidSet } from '../uids/uidSet';
import type { ContentParts, FetchedMessage, FetchParts, MessageSummary } from '../server/message';
import type { ReadingSettings } from '../settings/readingSettings';

/** Maximum messages per FETCH. */
export const BATCH_MESSAGES = 100;
/** Maximum messages per summary FETCH. */
export const BATCH_SUMMARIES = 200;
/** Bytes of one FETCH; a larger message gets a FETCH of its own. */
const BATCH_BYTES = 8 * 1024 * 1024;
/** From this size on, the structure is fetched before the message; below, a second round trip costs more. */
const LOOK_FIRST_BYTES = 128 * 1024;
/** Maximum structures per FETCH. */
const LOOK_FIRST_MESSAGES = 20;

/** Messages that one FETCH reads, in the order in which they are delivered. */
export interface Batch {
	messages: MessageSummary[];
	/** `chosen`: the structure decides which parts. */
	parts: FetchParts | 'chosen';
}

/** Cuts messages into portions of one FETCH each, in the given order; of a message beyond the size limit only the header is read. */
export function* batches(
	messages: MessageSummary[],
	parts: FetchParts,
	{ messageSize, chooseParts }: Pick<ReadingSettings, 'messageSize' | 'chooseParts'>,
	budget: { readonly bytes: number },
): Generator<Batch> {
	const partsOf = ({ size }: MessageSummary): Batch['parts'] => {
		if (parts !== 'source') return parts;
		if (size > messageSize) return 'headerAndStructure';
		return chooseParts && size >= LOOK_FIRST_BYTES ? 'chosen' : 'source';
	};
	let batch: Batch | undefined;
	let bytes = 0;
	for (const message of messages) {
		const way = partsOf(message);
		const size = way === 'source' ? message.size : 0;
		const most = way === 'chosen' ? LOOK_FIRST_MESSAGES : BATCH_MESSAGES;
		if (batch && (batch.parts !== way || batch.messages.length >= most || bytes + size > Math.min(BATCH_BYTES, budget.bytes))) {
			yield batch;
			batch = undefined;
		}
		if (!batch) [batch, bytes] = [{ messages: [], parts: way }, 0];
		batch.messages.push(message);
		bytes += size;
	}
	if (batch) yield batch;
}

/** The UIDs of these messages. */
export const uidsOf = (messages: MessageSummary[]): UidSet => UidSet.of(messages.map(({ uid }) => uid));

/** How many bytes of a message were read, as far as they are held. */
export function bytesRead({ source, header, parts }: FetchedMessage): number {
	let bytes = source?.length ?? header?.length ?? 0;
	for (const part of parts?.values() ?? []) bytes += part.length;
	return bytes;
}

/** What has to be fetched for the output level. */
export function partsFor({ output, attachments }: Pick<ReadingSettings, 'output' | 'attachments'>): 'descriptor' | ContentParts {
	if (output === 'content' || output === 'raw' || attachments) return 'source';
	return output === 'metadata' ? 'headerAndStructure' : 'descriptor';
}
