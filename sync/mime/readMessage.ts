import { SyncError } from '../errors/syncError';
import { CorrespondenceMemory } from './correspondence';
import type { Cut, ReadMessage } from './fields';
import { mimeLimits } from './limits';
import { mapMessage, NotInOneGo, type MappedMessage } from './mapMessage';
import { mapApart } from './readingThreads';
import type { FetchedMessage } from '../server/message';
import type { MappingOptions, ReadOptions } from './readOptions';

export type { AttachmentFilter } from './attachmentFilter';
export { howToRead, partsToFetch } from './partialReading';
export type { MessageAttachment, MessageFields, ReadMessage } from './fields';

/**
 * Turns a fetched message into item fields. Works from the whole `source`, or from `header`, `structure` and the `parts` that
 * were fetched, which gives the same; `reference` needs none of them. Whatever was asked for and cannot be given because it was
 * not fetched, because a limit was reached, or because reading took too long, is named in `cut`. What may take long is read in a
 * thread of its own.
 *
 * Throws SyncError messageUnreadable when there is nothing to read, when the server sent a note in place of the message, and for a
 * message that breaks the reader.
 */
export async function readMessage(message: FetchedMessage, options: ReadOptions): Promise<ReadMessage> {
	const { own, memory = new CorrespondenceMemory(), ...mapping } = options;
	try {
		const { read, clues } = await map(message, mapping);
		if (own && options.level !== 'reference') {
			const { fields } = read;
			Object.assign(fields, memory.place({ fields, own, threadId: message.threadId, ...clues }));
		}
		return read;
	} catch (error) {
		if (error instanceof SyncError) throw error;
		// The cause's own text may quote the message, so only its kind is reported.
		throw new SyncError('messageUnreadable', {
			reason: 'parserFailed',
			uid: message.uid,
			read: message.source ? 'source' : 'header',
			bytes: (message.source ?? message.header ?? Buffer.alloc(0)).length,
			error: error instanceof Error ? error.name : 'unknown',
		});
	}
}

/** Here where that is quick, elsewhere where it may take long: others have work to do in this thread. */
async function map(message: FetchedMessage, options: MappingOptions): Promise<MappedMessage> {
	if (options.level === 'reference') return mapMessage(message, options);
	if (bytesOf(message) <= mimeLimits.quickBytes) {
		try {
			return mapMessage(message, options, true);
		} catch (error) {
			if (!(error instanceof NotInOneGo)) throw error;
		}
	}
	for (const { asked, milliseconds, cut } of attempts(options)) {
		const mapped = await mapApart(message, asked, milliseconds);
		if (mapped === 'noThreads') return mapMessage(message, options);
		if (mapped !== 'outOfTime') return withCut(mapped, cut);
	}
	return withCut(mapMessage(headerOnly(message), { ...options, attachmentContent: false }, true), cutOf(options));
}

const bytesOf = ({ source, header, parts }: FetchedMessage): number =>
	(source ?? header ?? []).length + [...(parts?.values() ?? [])].reduce((sum, part) => sum + part.length, 0);

/** What is tried, each after the one before took too long: all of it, all but the texts, in the end the beginning of the header. */
function attempts(options: MappingOptions): Array<{ asked: MappingOptions; milliseconds: number; cut: Cut[] }> {
	const { whole, withoutTexts } = mimeLimits.milliseconds;
	const all = { asked: options, milliseconds: whole, cut: [] };
	if (options.level !== 'content') {
		if (!options.snippet) return [all];
		return [all, { asked: { ...options, snippet: false }, milliseconds: withoutTexts, cut: [] }];
	}
	return [all, { asked: { ...options, level: 'metadata' }, milliseconds: withoutTexts, cut: [...texts] }];
}

const texts = ['calendar', 'html', 'replyText', 'text'] as const satisfies Cut[];

const cutOf = ({ level }: MappingOptions): Cut[] => (level === 'content' ? [...texts, 'attachments'] : ['attachments']);

function withCut({ read, clues }: MappedMessage, cut: Cut[]): MappedMessage {
	const all = [...new Set([...(read.cut ?? []), ...cut])].sort();
	return { read: all.length > 0 ? { ...read, cut: all } : read, clues };
}

function headerOnly({ source, header, ...known }: FetchedMessage): FetchedMessage {
	const bytes = (source ?? header)?.subarray(0, mimeLimits.quickBytes);
	return { ...known, header: bytes, structure: undefined, parts: undefined };
}
