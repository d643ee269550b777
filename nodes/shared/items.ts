import type { Readable } from 'node:stream';
import type { BinaryHelperFunctions, IBinaryKeyData, IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { EventSink } from '../../sync/events/eventSink';
import type { SyncEvent } from '../../sync/events/syncEvent';
import { safeFileName } from '../../sync/mime/fileName';
import { attachmentStream, rawStream } from '../../sync/mime/largeMessage';
import { ownAddresses } from '../../sync/mime/ownAddresses';
import { readAsFarAsPossible } from '../../sync/mime/readAsFarAsPossible';
import type { MessageAttachment } from '../../sync/mime/readMessage';
import { snippetOf } from '../../sync/mime/snippet';
import { describeFailureReason, describeSyncError } from './errorTexts/describeSyncError';
import { itemFields } from './itemFields';
import type { ItemRequest } from './itemRequest';
import type { SafeHtmlOptions } from '../../sync/mime/safeHtml';
import type { FetchedMessage } from '../../sync/server/message';

/** What makes files of bytes: n8n's helpers. */
export type BinaryHelper = Pick<BinaryHelperFunctions, 'prepareBinaryData'>;

/** The field that holds the whole message as a file. */
const RAW_KEY = 'message';

/**
 * Makes n8n's item of a message: what is known of it (an event, or its address), then its own fields, then its files. The
 * names of `base` are those of the item's fields.
 */
export async function toItem(
	base: object,
	message: FetchedMessage | undefined,
	request: ItemRequest,
	binaryHelper: BinaryHelper,
): Promise<INodeExecutionData> {
	const known = base as IDataObject;
	if (message === undefined) return { json: itemFields(known) };

	const { reading, headers, attachmentContent, trustedServers, memory } = request;
	const own = ownAddresses(typeof known.account === 'string' ? known.account : '', request.ownAddresses);
	const binary: IBinaryKeyData = {};
	const raw = reading.output === 'raw' ? (message.source ?? rawStream(message)) : undefined;
	const html = safeHtmlOptions(request.html);
	const { fields, attachments, cut, error, snippet } = await readAsFarAsPossible(
		message,
		{ level: reading.output, headers, attachmentContent, trustedServers, html, snippet: true, own, memory },
		raw !== undefined,
	);
	const json: IDataObject = {};
	json.snippet = fields.text === undefined ? snippet : snippetOf(fields.replyText || fields.text);
	if (error !== undefined) json.error = { message: describeSyncError(error).message };
	else if (reading.output !== 'reference') {
		json.attachments = await handOutAttachments(attachments, binary, binaryHelper, (attachment) =>
			attachmentContent === false ? Promise.resolve(undefined) : attachmentStream(message, attachment, attachmentContent),
		);
	}
	// Attachments of a large message are no part of what was read: they were returned as streams just now.
	const missing = cut?.filter((what) => what !== 'attachments' || message.readPart === undefined) ?? [];
	if (missing.length > 0) json.cut = missing;

	const sourceWanted = reading.output === 'content' || reading.output === 'raw' || attachmentContent !== false;
	if (sourceWanted && message.source === undefined && message.size > reading.messageSize) json.oversize = true;
	if (raw !== undefined) {
		// Shortened first, for otherwise a very long subject would cost the extension.
		const name = `${safeFileName([...(fields.subject ?? '')].slice(0, 60).join('')) || `message-${message.uid}`}.eml`;
		binary[RAW_KEY] = await binaryHelper.prepareBinaryData(raw, name, 'message/rfc822');
	}
	const item: INodeExecutionData = { json: itemFields([known, fields as IDataObject, json]) };
	if (Object.keys(binary).length > 0) item.binary = binary;
	return item;
}

const safeHtmlOptions = (html: ItemRequest['html']): SafeHtmlOptions | undefined =>
	html === 'asSent' ? undefined : { remoteImages: html === 'safe' };

/** A sink for the core that makes an item of each event and collects them. */
export function collectItems(request: ItemRequest, binaryHelper: BinaryHelper): { items: INodeExecutionData[]; sink: EventSink } {
	const items: INodeExecutionData[] = [];
	const sink: EventSink = async (event, message) => {
		items.push(await eventItem(event, message, request, binaryHelper));
	};
	return { items, sink };
}

/** The item of an event. Its fields are named as those of the event's version 1; the mapping of a second version belongs here. */
export async function eventItem(
	event: SyncEvent,
	message: FetchedMessage | undefined,
	request: ItemRequest,
	binaryHelper: BinaryHelper,
): Promise<INodeExecutionData> {
	const { error } = event;
	const base = error === undefined ? event : { ...event, error: { ...error, message: describeFailureReason(error.message) } };
	return await toItem({ ...base, version: undefined }, message, request, binaryHelper);
}

/**
 * Lists the attachments, and puts those whose content was read into the item's files. Embedded pictures get their numbers last: a
 * logo must not make attachment_1 of the invoice.
 */
async function handOutAttachments(
	attachments: MessageAttachment[],
	binary: IBinaryKeyData,
	binaryHelper: BinaryHelper,
	streamOf: (attachment: MessageAttachment) => Promise<Readable | undefined>,
): Promise<IDataObject[]> {
	const keys = new Map<MessageAttachment, string>();
	const inOrder = [...attachments].sort((a, b) => Number(a.isInline) - Number(b.isInline));
	for (const attachment of inOrder) {
		const content = attachment.content ?? (await streamOf(attachment));
		if (content === undefined) continue;
		const binaryKey = `attachment_${keys.size}`;
		keys.set(attachment, binaryKey);
		binary[binaryKey] = await binaryHelper.prepareBinaryData(content, attachment.fileName, attachment.mimeType);
	}
	return attachments.map((attachment) => {
		const { part, fileName, mimeType, size, disposition, isInline, contentId } = attachment;
		const binaryKey = keys.get(attachment);
		return withoutUndefined({ part, fileName, mimeType, size, disposition, isInline, contentId, binaryKey });
	});
}

function withoutUndefined(fields: IDataObject): IDataObject {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
