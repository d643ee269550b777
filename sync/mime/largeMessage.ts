import { Readable } from 'node:stream';
import { passesByContent, passesFilter, type AttachmentFilter } from './attachmentFilter';
import type { MessageAttachment } from './fields';
import { boundedStructure, howToRead } from './partialReading';
import { decodeTransferEncoding, normalizeEncoding } from './transferEncoding';
import type { BodyPart } from '../server/bodyPart';
import type { FetchedMessage, PartChoice } from '../server/message';
import type { OutputLevel } from '../settings/readingSettings';

/** No attachment has this name: lets Outlook's container through, which has to be read to be unpacked, and nothing else. */
const containersOnly: AttachmentFilter = { names: ['\u0000'], types: [] };

/**
 * What to read of a large message (`size` in bytes) at once. Attachments are left out, however much they are wanted, and so is
 * the whole of a message that is wanted raw: attachmentStream() and rawStream() read them afterwards, piece by piece.
 */
export function chooseLargeParts(
	options: { level: OutputLevel; attachmentContent: false | AttachmentFilter },
	size: number,
	structure: BodyPart,
): PartChoice {
	return howToRead(size, structure, {
		level: options.level === 'raw' ? 'metadata' : options.level,
		headers: [],
		attachmentContent: options.attachmentContent && { ...containersOnly, maxSize: options.attachmentContent.maxSize },
	});
}

/** The whole message, RFC 5322, as a stream; undefined when it cannot be read further. The stream fails with SyncError. */
export function rawStream(message: FetchedMessage): Readable | undefined {
	return message.readPart && Readable.from(message.readPart(''), { objectMode: false });
}

/**
 * The content of an attachment that was not read with its message, as a stream of its decoded bytes; undefined when it was
 * read already, when the filter does not want it, or when the message cannot be read further. The stream fails with SyncError.
 */
export async function attachmentStream(
	message: FetchedMessage,
	attachment: MessageAttachment,
	filter: AttachmentFilter,
): Promise<Readable | undefined> {
	const { readPart, structure } = message;
	const passes = passesFilter(attachment, filter);
	if (attachment.content !== undefined || !readPart || !structure || passes === false) return undefined;
	const part = findPart(boundedStructure(structure, new Set()), attachment.part);
	if (!part) return undefined;
	const pieces = decoded(readPart(part.part), part.encoding);
	if (passes) return Readable.from(pieces, { objectMode: false });
	const { done, value: first } = await pieces.next();
	if (done || !passesByContent(first, filter)) {
		await pieces.return(undefined);
		return undefined;
	}
	return Readable.from(following(first, pieces), { objectMode: false });
}

async function* following(first: Buffer, pieces: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
	yield first;
	yield* pieces;
}

function findPart(part: BodyPart, number: string): BodyPart | undefined {
	if (part.part === number && !part.type.startsWith('multipart/')) return part;
	for (const child of part.type.startsWith('multipart/') ? part.children : []) {
		const found = findPart(child, number);
		if (found) return found;
	}
	return undefined;
}

async function* decoded(pieces: AsyncIterable<Buffer>, encoding: string | undefined): AsyncGenerator<Buffer> {
	const name = normalizeEncoding(encoding);
	if (name === 'base64') yield* decodedBase64(pieces);
	else if (name === 'quoted-printable' || name === 'x-uuencode') {
		// Encodings for text, and obsolete ones: decoded in memory, within the limit of a message.
		const held: Buffer[] = [];
		for await (const piece of pieces) held.push(piece);
		yield decodeTransferEncoding(Buffer.concat(held), encoding);
	} else yield* pieces;
}

/**
 * Four characters make three bytes, wherever a piece is cut; everything that is not base64 is skipped (RFC 2045 section 6.8).
 * Some mailers encode a file in several runs, so padding ends a run and not the file.
 */
async function* decodedBase64(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
	let text = '';
	for await (const piece of pieces) {
		text += piece.toString('latin1').replace(/[^A-Za-z0-9+/=]/g, '');
		const decoded: Buffer[] = [];
		for (let end = text.indexOf('='); end >= 0; end = text.indexOf('=')) {
			decoded.push(Buffer.from(text.slice(0, end), 'base64'));
			text = text.slice(end).replace(/^=+/, '');
		}
		const whole = text.length - (text.length % 4);
		decoded.push(Buffer.from(text.slice(0, whole), 'base64'));
		text = text.slice(whole);
		const bytes = Buffer.concat(decoded);
		if (bytes.length > 0) yield bytes;
	}
	if (text !== '') yield Buffer.from(text, 'base64');
}
