import { SyncError } from '../errors';
import type { BodyPart, FetchedMessage, OutputLevel } from '../model';
import { readAddresses } from './addresses';
import { describeAttachment, passesFilter, type AttachmentFilter } from './attachments';
import { chooseBody } from './bodyChoice';
import { readBody } from './bodyText';
import { isoOf, readDate } from './dates';
import type { Cut, MessageAttachment, MessageFields, ReadMessage } from './fields';
import { allValues, decodeWords, firstValue, readHeaderBlock, type HeaderBlock } from './headerBlock';
import { mimeLimits } from './limits';
import { scanMessage, type ScannedMessage, type ScannedPart } from './structure';
import { readMessageIds, threadKeyOf } from './threading';
import { decodeTransferEncoding } from './transferEncoding';

export type { AttachmentFilter } from './attachments';
export type { Cut, MailAddress, MessageAttachment, MessageFields, ReadMessage } from './fields';

export interface ReadOptions {
	level: OutputLevel;
	/** Names of the header fields wanted in `headers`, in any case; "*" for all. */
	headers: string[];
	/** Which attachments are given with their content; needs the source. */
	attachmentContent: false | AttachmentFilter;
}

/**
 * Turns a fetched message into item fields. Works from the whole `source`, or from `header` and `structure`, which give the
 * same but text, html and content; `reference` needs neither. Whatever was asked for and cannot be given because it was not
 * fetched, or because a limit was reached, is named in `cut`.
 *
 * Throws SyncError messageUnreadable when there is nothing to read, and for a message that breaks the reader.
 */
export async function readMessage(message: FetchedMessage, options: ReadOptions): Promise<ReadMessage> {
	const received: MessageFields = {};
	const receivedAt = isoOf(message.internalDate);
	if (receivedAt !== undefined) received.receivedAt = receivedAt;
	received.size = message.size;
	if (options.level === 'reference') return { fields: received, attachments: [] };

	if (!message.source && !message.header) {
		throw new SyncError(
			'messageUnreadable',
			`The mail server sent neither the source nor the header of message ${message.uid}`,
			"Look at the message in a mail program. Its identity and flags are still available: set 'Output' to Reference.",
			{ place: { uid: message.uid } },
		);
	}
	try {
		return message.source
			? readSource(message, message.source, received, options)
			: readParts(message, message.header!, received, options);
	} catch (error) {
		// The cause's own text may quote the message, so only its kind is told.
		throw new SyncError(
			'messageUnreadable',
			`Message ${message.uid} could not be read: its ${message.source ? 'source' : 'header'} of ${(message.source ?? message.header)!.length} bytes broke the parser (${error instanceof Error ? error.name : 'unknown'})`,
			"Look at the message in a mail program. Its identity and flags are still available: set 'Output' to Reference.",
			{ place: { uid: message.uid } },
		);
	}
}

/** From the whole message. */
function readSource(message: FetchedMessage, source: Buffer, received: MessageFields, options: ReadOptions): ReadMessage {
	const scanned = scanMessage(source);
	const cut = new Set<Cut>(cutsOf(scanned));
	const fields = { ...received, ...readHeaderFields(scanned.header, message.threadId, options.headers, cut) };
	const choice = chooseBody(scanned.root);
	const bodyOf = (part: ScannedPart) => source.subarray(part.bodyStart, part.bodyEnd);
	if (options.level === 'content') {
		const body = readBody(choice, bodyOf);
		fields.text = body.text;
		if (body.html !== undefined) fields.html = body.html;
		for (const name of body.cut) cut.add(name);
	}
	const attachments = choice.attachments.map((part) => {
		const attachment = describeAttachment(part);
		if (options.attachmentContent && passesFilter(attachment, options.attachmentContent)) {
			attachment.content = decodeTransferEncoding(bodyOf(part), part.encoding);
		}
		return attachment;
	});
	return finish(fields, attachments, cut);
}

/** From header and structure: what needs the body is cut. */
function readParts(message: FetchedMessage, header: Buffer, received: MessageFields, options: ReadOptions): ReadMessage {
	const cut = new Set<Cut>();
	const block = readHeaderBlock(header);
	if (block.isCut) cut.add('header');
	const fields = { ...received, ...readHeaderFields(block, message.threadId, options.headers, cut) };
	let attachments: MessageAttachment[] = [];
	if (message.structure) {
		const structure = boundedStructure(message.structure, cut);
		const choice = chooseBody(structure);
		if (options.level === 'content') {
			if (choice.text.length > 0) cut.add('text');
			if (choice.html.length > 0) cut.add('html');
		}
		attachments = choice.attachments.map(describeAttachment);
		if (
			options.attachmentContent &&
			attachments.some((attachment) => passesFilter(attachment, options.attachmentContent as AttachmentFilter))
		) {
			cut.add('attachments');
		}
	} else {
		cut.add('attachments');
		if (options.level === 'content') cut.add('text').add('html');
	}
	return finish(fields, attachments, cut);
}

function finish(fields: MessageFields, attachments: MessageAttachment[], cut: Set<Cut>): ReadMessage {
	return cut.size > 0 ? { fields, attachments, cut: [...cut].sort() } : { fields, attachments };
}

function cutsOf(scanned: ScannedMessage): Cut[] {
	return (['header', 'parts', 'nesting'] as const).filter((name) => scanned.cut[name]);
}

/** The fields that come from the header of the message. */
function readHeaderFields(header: HeaderBlock, threadId: string | undefined, names: string[], cut: Set<Cut>): MessageFields {
	const addressesOf = (name: string) => {
		const { addresses, isCut } = readAddresses(allValues(header, name));
		if (isCut) cut.add('addresses');
		return addresses;
	};
	const idsOf = (name: string) => {
		const { ids, isCut } = readMessageIds(firstValue(header, name));
		if (isCut) cut.add('references');
		return ids;
	};
	const [messageId] = idsOf('message-id');
	const [inReplyTo] = idsOf('in-reply-to');
	const references = idsOf('references');
	const [from] = addressesOf('from');
	const threadKey = threadKeyOf({ threadId, references, inReplyTo, messageId });
	const subject = firstValue(header, 'subject');
	const date = readDate(firstValue(header, 'date'));
	return {
		...(messageId !== undefined && { messageId }),
		...(inReplyTo !== undefined && { inReplyTo }),
		references,
		...(threadKey !== undefined && { threadKey }),
		...(subject !== undefined && { subject: decodeWords(subject) }),
		...(from !== undefined && { from }),
		to: addressesOf('to'),
		cc: addressesOf('cc'),
		bcc: addressesOf('bcc'),
		replyTo: addressesOf('reply-to'),
		...(date !== undefined && { date }),
		...(names.length > 0 && { headers: readChosenHeaders(header, names) }),
	};
}

function readChosenHeaders(header: HeaderBlock, names: string[]): Record<string, string | string[]> {
	const wanted = new Set(names.map((name) => name.trim().replace(/:$/, '').toLowerCase()));
	const chosen = new Map<string, string[]>();
	for (const { name, value } of header.fields) {
		// As a key of a plain object this name would be lost or, in a careless copy, change the prototype.
		if (name === '__proto__' || !(wanted.has('*') || wanted.has(name))) continue;
		const values = chosen.get(name);
		if (values) values.push(decodeWords(value));
		else chosen.set(name, [decodeWords(value)]);
	}
	return Object.fromEntries([...chosen].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

/** The same limits as for a message that is read whole: a server relays whatever structure a sender made up. */
function boundedStructure(root: BodyPart, cut: Set<Cut>): BodyPart {
	let parts = 0;
	const copy = (part: BodyPart, depth: number): BodyPart => {
		parts++;
		const children: BodyPart[] = [];
		if (part.type.startsWith('multipart/')) {
			if (depth >= mimeLimits.nesting && part.children.length > 0) cut.add('nesting');
			else {
				for (const child of part.children) {
					if (parts >= mimeLimits.parts) {
						cut.add('parts');
						break;
					}
					children.push(copy(child, depth + 1));
				}
			}
		}
		return { ...part, type: part.type.toLowerCase(), children };
	};
	return copy(root, 0);
}
