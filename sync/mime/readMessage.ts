import { SyncError } from '../errors/syncError';
import { readAddresses } from './addresses';
import { describeAttachment, mayHoldWanted, passesFilter, unpackTnef, type AttachmentFilter } from './attachments';
import { readAuthentication } from './authentication';
import { readAutoSubmitted } from './autoSubmitted';
import { chooseBody, type PartTree } from './bodyChoice';
import { decodeTextPart, readBody, shorten } from './bodyText';
import { calendarParts, readCalendar, withoutRepetition, type CalendarEvent } from './calendar';
import { isoOf, readDate } from './dates';
import type { Cut, MessageAttachment, MessageFields, ReadMessage } from './fields';
import { allValues, decodeWords, firstValue, readHeaderBlock, type HeaderBlock } from './headerBlock';
import { mimeLimits } from './limits';
import { boundedStructure } from './partialReading';
import { isAnswer } from './answers';
import { readDeliveredTo } from './deliveredTo';
import { readMailingList } from './mailingList';
import { readReports } from './reports';
import { readSpamVerdict } from './spamVerdict';
import { splitReply } from './replyText';
import { declaredCharset, scanMessage, type ScannedMessage } from './structure';
import { readMessageIds, threadKeyOf } from './threading';
import { isTnef } from './tnef';
import { decodeTransferEncoding } from './transferEncoding';
import type { BodyPart } from '../server/bodyPart';
import type { FetchedMessage } from '../server/message';
import type { ReadOptions } from './readOptions';

export type { AttachmentFilter } from './attachments';
export { howToRead, partsToFetch } from './partialReading';
export type { MessageAttachment, MessageFields, ReadMessage } from './fields';

/**
 * Turns a fetched message into item fields. Works from the whole `source`, or from `header`, `structure` and the `parts` that
 * were fetched, which gives the same; `reference` needs none of them. Whatever was asked for and cannot be given because it was
 * not fetched, or because a limit was reached, is named in `cut`.
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
		throw new SyncError('messageUnreadable', { reason: 'nothingSent', uid: message.uid });
	}
	try {
		return message.source
			? readSource(message, message.source, received, options)
			: readParts(message, message.header!, received, options);
	} catch (error) {
		// The cause's own text may quote the message, so only its kind is reported.
		throw new SyncError('messageUnreadable', {
			reason: 'parserFailed',
			uid: message.uid,
			read: message.source ? 'source' : 'header',
			bytes: (message.source ?? message.header)!.length,
			error: error instanceof Error ? error.name : 'unknown',
		});
	}
}

/** From the whole message. */
function readSource(message: FetchedMessage, source: Buffer, received: MessageFields, options: ReadOptions): ReadMessage {
	const scanned = scanMessage(source);
	const cut = new Set<Cut>(cutsOf(scanned));
	const fields = { ...received, ...readHeaderFields(scanned.header, message.threadId, options, cut) };
	const bytesOf = (part: (typeof scanned)['root']) => source.subarray(part.bodyStart, part.bodyEnd);
	return readBodies(scanned.root, bytesOf, { header: scanned.header, fields }, options, cut);
}

/** From header, structure and those parts that were fetched. */
function readParts(message: FetchedMessage, header: Buffer, received: MessageFields, options: ReadOptions): ReadMessage {
	const cut = new Set<Cut>();
	const structure = message.structure && boundedStructure(message.structure, cut);
	const block = readHeaderBlock(header, structure && declaredCharset(structure));
	if (block.isCut) cut.add('header');
	const fields = { ...received, ...readHeaderFields(block, message.threadId, options, cut) };
	if (structure) {
		const bytesOf = (part: BodyPart) => message.parts?.get(part.part);
		return readBodies(structure, bytesOf, { header: block, fields }, options, cut);
	}
	cut.add('attachments');
	if (options.level === 'content') cut.add('text').add('html');
	return finish(fields, [], cut);
}

/** What comes from the parts of a message; a part that was not read leaves its fields out. */
function readBodies<Part extends PartTree<Part>>(
	root: Part,
	bytesOf: (part: Part) => Buffer | undefined,
	{ header, fields: headerFields }: { header: HeaderBlock; fields: MessageFields },
	options: ReadOptions,
	cut: Set<Cut>,
): ReadMessage {
	const choice = chooseBody(root);
	const fields = { ...headerFields };
	if (options.level === 'content') {
		const body = readBody(choice, bytesOf);
		for (const name of body.cut) cut.add(name);
		if (body.text !== undefined) {
			fields.text = body.text;
			Object.assign(fields, splitReply(shorten(body.text, mimeLimits.replyTextLength), isAnswer(fields)));
			if (body.text.length > mimeLimits.replyTextLength) cut.add('replyText');
		}
		if (body.html !== undefined) fields.html = body.html;
		Object.assign(fields, readReports(choice.attachments, bytesOf, { header, text: fields.text ?? '' }));
		const calendar = readCalendars(choice.attachments, bytesOf, cut);
		if (calendar.length > 0) fields.calendar = calendar;
	}
	const attachments = choice.attachments.flatMap((part) => readAttachment(part, bytesOf, options.attachmentContent, cut));
	return finish(fields, attachments, cut);
}

/** The events of all invitations in the message. */
function readCalendars<Part extends PartTree<Part>>(
	attachments: Part[],
	bytesOf: (part: Part) => Buffer | undefined,
	cut: Set<Cut>,
): CalendarEvent[] {
	const events = calendarParts(attachments).flatMap((part) => {
		const bytes = bytesOf(part);
		const read = bytes && readCalendar(decodeTextPart(part, bytes), part.parameters.method);
		if (!read || read.isCut) cut.add('calendar');
		return read?.events ?? [];
	});
	return withoutRepetition(events);
}

/** One attachment, or the files inside it when it is Outlook's container. */
function readAttachment<Part extends BodyPart>(
	part: Part,
	bytesOf: (part: Part) => Buffer | undefined,
	filter: false | AttachmentFilter,
	cut: Set<Cut>,
): MessageAttachment[] {
	const attachment = describeAttachment(part);
	if (!filter || !mayHoldWanted(attachment, filter)) return [attachment];
	const bytes = bytesOf(part);
	if (!bytes) {
		cut.add('attachments');
		return [attachment];
	}
	const content = decodeTransferEncoding(bytes, part.encoding);
	const files = isTnef(attachment.mimeType, attachment.fileName) ? unpackTnef(attachment, content) : [];
	if (files.length > 0) return files.map((file) => (passesFilter(file, filter) ? file : withoutContent(file)));
	return [passesFilter(attachment, filter) ? { ...attachment, content } : attachment];
}

function withoutContent(attachment: MessageAttachment): MessageAttachment {
	const rest = { ...attachment };
	delete rest.content;
	return rest;
}

function finish(fields: MessageFields, attachments: MessageAttachment[], cut: Set<Cut>): ReadMessage {
	return cut.size > 0 ? { fields, attachments, cut: [...cut].sort() } : { fields, attachments };
}

function cutsOf(scanned: ScannedMessage): Cut[] {
	return (['header', 'parts', 'nesting'] as const).filter((name) => scanned.cut[name]);
}

/** The fields that come from the header of the message. */
function readHeaderFields(header: HeaderBlock, threadId: string | undefined, options: ReadOptions, cut: Set<Cut>): MessageFields {
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
	// Encoded words are not for dates, but mailers that write days and months in their own language write them so.
	const date = readDate(decodeWords(firstValue(header, 'date') ?? ''));
	const autoSubmitted = readAutoSubmitted(header);
	const authentication = readAuthentication(header, options.trustedServers);
	const spam = readSpamVerdict(header);
	const list = readMailingList(header);
	const deliveredTo = readDeliveredTo(header);
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
		...(autoSubmitted !== undefined && { autoSubmitted }),
		...(authentication !== undefined && { authentication }),
		...(spam !== undefined && { spam }),
		...(list !== undefined && { list }),
		...(deliveredTo !== undefined && { deliveredTo }),
		...(options.headers.length > 0 && { headers: readChosenHeaders(header, options.headers) }),
	};
}

/** As keys of a plain object these would be lost, or mislead careless code about what kind of object it is. */
const unsafeKeys = new Set(['__proto__', 'constructor', 'prototype']);

function readChosenHeaders(header: HeaderBlock, names: string[]): Record<string, string | string[]> {
	const wanted = new Set(names.map((name) => name.trim().replace(/:$/, '').toLowerCase()));
	const chosen = new Map<string, string[]>();
	for (const { name, value } of header.fields) {
		if (unsafeKeys.has(name) || !(wanted.has('*') || wanted.has(name))) continue;
		const values = chosen.get(name);
		if (values) values.push(decodeWords(value));
		else chosen.set(name, [decodeWords(value)]);
	}
	return Object.fromEntries([...chosen].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}
