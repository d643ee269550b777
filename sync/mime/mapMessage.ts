import { SyncError } from '../errors/syncError';
import { readAddresses } from './addresses';
import { mayHoldWanted, passesByContent, passesFilter, type AttachmentFilter } from './attachmentFilter';
import { describeAttachment, unpackTnef } from './attachments';
import { readAuthentication } from './authentication';
import { readAutoSubmitted } from './autoSubmitted';
import { chooseBody, type BodyChoice, type PartTree } from './bodyChoice';
import { decodeTextPart, readBody, shorten } from './bodyText';
import { calendarParts, readCalendar, withoutRepetition, type CalendarEvent } from './calendar';
import { isoOf, readDate } from './dates';
import type { CorrespondenceClues } from './correspondence';
import type { Cut, MessageAttachment, MessageFields, ReadMessage } from './fields';
import { allValues, decodeWords, firstValue, readHeaderBlock, type HeaderBlock } from './headerBlock';
import { shownByHtml, shownByStructure, type IsShown } from './embeddedPictures';
import { mimeLimits } from './limits';
import { safeHtml } from './safeHtml';
import { isPgpText, openSecureMail, smimePart } from './secureMail';
import { boundedStructure } from './partialReading';
import { isAnswer } from './answers';
import { readDeliveredTo } from './deliveredTo';
import { readMailingList } from './mailingList';
import { readReports } from './reports';
import { readSpamVerdict } from './spamVerdict';
import { splitReply } from './replyText';
import { isSubstitute } from './substituteMessage';
import { declaredCharset, scanMessage, type ScannedMessage } from './structure';
import { readMessageIds, threadKeyOf } from './threading';
import { snippetOf, snippetOfBeginning } from './snippet';
import { isTnef } from './tnef';
import { bodyOfTnef, tnefWithBody } from './tnefBody';
import { decodeTransferEncoding } from './transferEncoding';
import type { BodyPart } from '../server/bodyPart';
import type { FetchedMessage } from '../server/message';
import type { MappingOptions } from './readOptions';

/** What a message says by itself, and what besides its fields places it among others. */
export interface MappedMessage {
	read: ReadMessage;
	clues: Pick<CorrespondenceClues, 'threadIndex' | 'returnedReferences'>;
}

/** Thrown in place of work whose time does not go by the size of the message. */
export class NotInOneGo extends Error {}

/**
 * The fields of a message, in one go; with `isQuick` nothing is unpacked, and no calendar is read: whoever has a short message with
 * such things gets NotInOneGo. Throws SyncError, and whatever a message that breaks the reader makes it throw.
 */
export function mapMessage(message: FetchedMessage, options: MappingOptions, isQuick = false): MappedMessage {
	const received: MessageFields = {};
	const receivedAt = isoOf(message.internalDate);
	if (receivedAt !== undefined) received.receivedAt = receivedAt;
	received.size = message.size;
	if (options.level === 'reference') return { read: { fields: received, attachments: [] }, clues: {} };
	if (!message.source && !message.header) throw new SyncError('messageUnreadable', { reason: 'nothingSent', uid: message.uid });
	const mapping = { ...options, isQuick };
	const { read, header, returned } = message.source
		? readSource(message, message.source, received, mapping)
		: readParts(message, message.header!, received, { ...mapping, snippet: false });
	const threadIndex = firstValue(header, 'thread-index');
	const returnedReferences = returned && readMessageIds(firstValue(returned, 'references')).ids;
	return {
		read: withSafeHtml(read, options),
		clues: { ...(threadIndex !== undefined && { threadIndex }), ...(returnedReferences && { returnedReferences }) },
	};
}

/** The html as it was asked for; what is too intricate is cut. */
function withSafeHtml(read: ReadMessage, { html: wanted }: MappingOptions): ReadMessage {
	const { html, ...fields } = read.fields;
	if (wanted === undefined || html === undefined) return read;
	const safe = safeHtml(html, wanted);
	if (safe !== undefined) return { ...read, fields: { ...read.fields, html: safe } };
	return { ...read, fields, cut: [...new Set<Cut>([...(read.cut ?? []), 'html'])].sort() };
}

type Mapping = MappingOptions & { isQuick: boolean };

/** What was read, and the header that it was read from. */
interface ReadWithHeader {
	read: ReadMessage;
	header: HeaderBlock;
	/** That of the message that a bounce or a complaint is about. */
	returned?: HeaderBlock;
}

/** From the whole message. */
function readSource(message: FetchedMessage, source: Buffer, received: MessageFields, options: Mapping): ReadWithHeader {
	const scanned = scanMessage(source);
	refuseSubstitute(scanned.header, message.uid);
	const cut = new Set<Cut>(cutsOf(scanned));
	const fields = readHeaderFields(received, { header: scanned.header, threadId: message.threadId, cut }, options);
	const bytesOf = (part: (typeof scanned)['root']) => source.subarray(part.bodyStart, part.bodyEnd);
	return readBodies(scanned.root, bytesOf, { header: scanned.header, fields }, options, cut);
}

/** From header, structure and those parts that were fetched. */
function readParts(message: FetchedMessage, header: Buffer, received: MessageFields, options: Mapping): ReadWithHeader {
	const cut = new Set<Cut>();
	const structure = message.structure && boundedStructure(message.structure, cut);
	const block = readHeaderBlock(header, structure && declaredCharset(structure));
	refuseSubstitute(block, message.uid);
	if (block.isCut) cut.add('header');
	const fields = readHeaderFields(received, { header: block, threadId: message.threadId, cut }, options);
	if (structure) {
		const bytesOf = (part: BodyPart) => message.parts?.get(part.part);
		return readBodies(structure, bytesOf, { header: block, fields }, options, cut);
	}
	cut.add('attachments');
	if (options.level === 'content') cut.add('text').add('html');
	return { read: finish(fields, [], cut), header: block };
}

function refuseSubstitute(header: HeaderBlock, uid: number): void {
	if (isSubstitute(header)) throw new SyncError('messageUnreadable', { reason: 'substitute', uid });
}

/** What comes from the parts of a message; a part that was not read leaves its fields out. */
function readBodies<Part extends PartTree<Part>>(
	structure: Part,
	bytesOfPart: (part: Part) => Buffer | undefined,
	{ header, fields: headerFields }: { header: HeaderBlock; fields: MessageFields },
	options: Mapping,
	cut: Set<Cut>,
): ReadWithHeader {
	const mayRead = options.level === 'content' || options.attachmentContent !== false;
	const wantsSnippet = options.snippet && options.level !== 'content';
	if (options.isQuick && (mayRead || wantsSnippet) && smimePart(structure)) throw new NotInOneGo();
	const { root, bytesOf, encrypted } = openSecureMail(structure, bytesOfPart, mayRead);
	const choice = chooseBody(root);
	const isWork =
		((options.level === 'content' || wantsSnippet) && tnefWithBody(choice) !== undefined) ||
		(options.level === 'content' && calendarParts(choice.attachments).length > 0);
	if (options.isQuick && isWork) throw new NotInOneGo();
	const fields: MessageFields = { ...headerFields };
	if (encrypted) fields.encrypted = encrypted;
	let returned: HeaderBlock | undefined;
	if (options.level === 'content') {
		Object.assign(fields, readTexts(choice, bytesOf, fields, cut));
		const reports = readReports(choice.attachments, bytesOf, { header, text: fields.text ?? '' });
		Object.assign(fields, reports.fields);
		// Some programs answer under the subject of a person's mail, and nothing but what they report shows it.
		if (Object.keys(reports.fields).length > 0) fields.autoSubmitted ??= 'auto-generated';
		returned = reports.returned;
		const calendar = readCalendars(choice.attachments, bytesOf, cut);
		if (calendar.length > 0) fields.calendar = calendar;
	}
	const isShown = fields.html === undefined ? shownByStructure(choice.html.length > 0) : shownByHtml(fields.html);
	const reading = { bytesOf, isShown, related: choice.related, filter: options.attachmentContent, cut };
	const attachments = choice.attachments.flatMap((part) => readAttachment(part, reading));
	const read = finish(fields, attachments, cut);
	if (wantsSnippet) read.snippet = makeSnippet({ structure, bytesOfPart }, { choice, bytesOf }, headerFields);
	return { read, header, ...(returned && { returned }) };
}

/** Undefined for a message that breaks the reader: whether that is a failure, what was asked for decides. */
function makeSnippet<Part extends PartTree<Part>>(
	{ structure, bytesOfPart }: { structure: Part; bytesOfPart: (part: Part) => Buffer | undefined },
	{ choice, bytesOf }: { choice: BodyChoice<Part>; bytesOf: (part: Part) => Buffer | undefined },
	header: MessageFields,
): string | undefined {
	try {
		const isPlain = smimePart(structure) === undefined && tnefWithBody(choice) === undefined;
		const beginning = isPlain ? snippetOfBeginning(choice, bytesOf, isAnswer(header)) : undefined;
		if (beginning !== undefined) return beginning;
		const opened = openSecureMail(structure, bytesOfPart, true);
		const { text = '', replyText } = readTexts(chooseBody(opened.root), opened.bytesOf, header, new Set());
		return snippetOf(replyText || text);
	} catch {
		return undefined;
	}
}

/** Text and html, and what of the text the sender wrote himself. */
function readTexts<Part extends PartTree<Part>>(
	choice: BodyChoice<Part>,
	bytesOf: (part: Part) => Buffer | undefined,
	header: MessageFields,
	cut: Set<Cut>,
): Pick<MessageFields, 'text' | 'html' | 'replyText' | 'quotedText' | 'encrypted'> {
	const body = readBody(choice, bytesOf);
	for (const name of body.cut) cut.add(name);
	const packed = tnefWithBody(choice);
	const bytes = packed && bytesOf(packed);
	const { text = body.text, html = body.html } = bytes ? bodyOfTnef(decodeTransferEncoding(bytes, packed.encoding)) : {};
	if (text === undefined) return { ...(html !== undefined && { html }) };
	if (text.length > mimeLimits.replyTextLength) cut.add('replyText');
	return {
		text,
		...(html !== undefined && { html }),
		...splitReply(shorten(text, mimeLimits.replyTextLength), isAnswer(header)),
		...(isPgpText(text) && { encrypted: 'pgp' }),
	};
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

interface AttachmentReading<Part> {
	bytesOf: (part: Part) => Buffer | undefined;
	isShown: IsShown;
	related: ReadonlySet<Part>;
	filter: false | AttachmentFilter;
	cut: Set<Cut>;
}

/** One attachment, or the files inside it when it is Outlook's container. */
function readAttachment<Part extends BodyPart>(part: Part, reading: AttachmentReading<Part>): MessageAttachment[] {
	const { isShown, related, filter, cut } = reading;
	const attachment = describeAttachment(part, (described) => isShown(described, related.has(part)));
	if (!filter || !mayHoldWanted(attachment, filter)) return [attachment];
	const bytes = reading.bytesOf(part);
	if (!bytes) {
		cut.add('attachments');
		return [attachment];
	}
	const content = decodeTransferEncoding(bytes, part.encoding);
	const files = isTnef(attachment.mimeType, attachment.fileName) ? unpackTnef(attachment, content, isShown) : [];
	const found = files.length > 0 ? files : [{ ...attachment, content }];
	return found.map((file) =>
		(passesFilter(file, filter) ?? passesByContent(file.content ?? content, filter)) ? file : withoutContent(file),
	);
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

/** Adds to what is known of a message the fields that come from its header. */
function readHeaderFields(
	fields: MessageFields,
	{ header, threadId, cut }: { header: HeaderBlock; threadId: string | undefined; cut: Set<Cut> },
	options: Mapping,
): MessageFields {
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
	// One by one: to spread a handful of small objects into one costs as much as to read the header.
	if (messageId !== undefined) fields.messageId = messageId;
	if (inReplyTo !== undefined) fields.inReplyTo = inReplyTo;
	fields.references = references;
	if (threadKey !== undefined) fields.threadKey = threadKey;
	if (subject !== undefined) fields.subject = decodeWords(subject);
	if (from !== undefined) fields.from = from;
	fields.to = addressesOf('to');
	fields.cc = addressesOf('cc');
	fields.bcc = addressesOf('bcc');
	fields.replyTo = addressesOf('reply-to');
	if (date !== undefined) fields.date = date;
	addFindings(fields, header, options);
	if (options.headers.length > 0) fields.headers = readChosenHeaders(header, options.headers);
	return fields;
}

/** What mail servers and programs say in the header about the message. */
function addFindings(fields: MessageFields, header: HeaderBlock, options: Mapping): void {
	const autoSubmitted = readAutoSubmitted(header);
	if (autoSubmitted !== undefined) fields.autoSubmitted = autoSubmitted;
	const authentication = readAuthentication(header, options.trustedServers);
	if (authentication !== undefined) fields.authentication = authentication;
	const spam = readSpamVerdict(header);
	if (spam !== undefined) fields.spam = spam;
	const list = readMailingList(header);
	if (list !== undefined) fields.list = list;
	const deliveredTo = readDeliveredTo(header);
	if (deliveredTo !== undefined) fields.deliveredTo = deliveredTo;
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
