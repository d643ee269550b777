import type { FetchMessageObject, FetchQueryObject } from 'imapflow';
import { outlineFields } from '../reading/outline';
import { asUid } from '../uids/uid';
import { toBodyPart } from './bodyStructure';
import { headerIn, type FetchRow } from './fetchRow';
import { cleanFlags } from './flags';
import type { FetchedMessage, FetchParts, MessageFlags } from '../server/message';

/** What a FETCH asks for. BODY.PEEK and the ids the server has are imapflow's own doing. */
export function fetchQuery(parts: FetchParts, has: { gmail: boolean; objectId: boolean }): FetchQueryObject {
	return {
		uid: true,
		flags: true,
		size: true,
		internalDate: true,
		threadId: has.gmail || has.objectId,
		labels: has.gmail,
		...(parts === 'descriptor' ? { headers: ['message-id'] } : {}),
		...(parts === 'outline' ? { headers: outlineFields } : {}),
		...(parts === 'structure' ? { bodyStructure: true } : {}),
		...(parts === 'headerAndStructure' ? { headers: true, bodyStructure: true } : {}),
		...(parts === 'source' ? { source: true } : {}),
	};
}

/** What a FETCH for flags asks for. Of a change the ids say which message it was, so that nobody has to ask for that alone. */
export const flagQuery = (
	has: { gmail: boolean; objectId: boolean },
	{ ofChanges }: { ofChanges: boolean },
): FetchQueryObject => ({
	uid: true,
	flags: true,
	labels: has.gmail,
	threadId: ofChanges && (has.gmail || has.objectId),
});

/** A row of flags; undefined when it is one the server sent on its own and lacks UID or FLAGS (RFC 3501 section 7.4.2). */
export function toFlagRow({ uid, flags, labels, modseq, emailId, threadId }: FetchMessageObject): MessageFlags | undefined {
	if (!uid || !flags) return undefined;
	const row: MessageFlags = { uid: asUid(uid), flags: cleanFlags(flags), modseq: modseq?.toString() };
	if (labels) row.labels = [...labels].sort();
	if (emailId) row.emailId = emailId;
	if (threadId) row.threadId = threadId;
	return row;
}

/**
 * What Courier (5.0, 2026-11-27) hands out under the UID of a message that another connection removed while the folder is open. Taken for
 * the message, it would be emitted with a text and a `messageKey` that no message ever had.
 */
const removedNote = Buffer.from(
	'From: System Administrator <root@localhost>\r\nSubject: message unavailable\r\n\r\nThis message is no longer available on the server.\r\n',
);

/** Whether a message of which only size and Message-ID came may be that note. */
export const mayBeRemovedNote = ({ size, messageId }: FetchedMessage): boolean =>
	size === removedNote.length && messageId === undefined;

/** Whether it is that note, or the header of it. */
export const isRemovedNote = (content: Buffer | undefined): boolean =>
	content !== undefined && content.length > 60 && removedNote.subarray(0, content.length).equals(content);

/** A message as the core knows it; undefined when the row lacks something that was asked for, or has a note of the server in its place. */
export function toFetchedMessage(row: FetchRow, parts: FetchParts): FetchedMessage | undefined {
	const flagRow = toFlagRow(row);
	const { size, internalDate } = row;
	if (!flagRow || size === undefined) return undefined;
	const message: FetchedMessage = { ...flagRow, size };
	// imapflow leaves a date it cannot read as text.
	if (internalDate instanceof Date) message.internalDate = internalDate;
	if (parts === 'descriptor') {
		const header = bytes(row.headers, 0);
		if (!header) return undefined;
		const messageId = messageIdIn(header);
		if (messageId) message.messageId = messageId;
	}
	if (parts === 'source') {
		message.source = bytes(row.source, size);
		if (!message.source || isRemovedNote(message.source)) return undefined;
	}
	if (parts === 'outline') message.header = bytes(row.headers, 0);
	if (parts === 'structure' && row.bodyStructure) message.structure = toBodyPart(row.bodyStructure);
	if (parts === 'headerAndStructure') {
		// A message may have no header at all, so NIL is an answer here.
		message.header = bytes(headerIn(row), 0);
		if (!message.header || isRemovedNote(message.header)) return undefined;
		// Absent where the server sends NIL, or where it is nested beyond what imapflow reads: the message still counts.
		if (row.bodyStructure) message.structure = toBodyPart(row.bodyStructure);
	}
	return message;
}

/** The value of the one header field that was asked for, unfolded (RFC 5322 section 2.2.3). */
function messageIdIn(header: Buffer): string {
	return header
		.toString('latin1')
		.replace(/^[^:]*:/, '')
		.replace(/\s+/g, ' ')
		.trim();
}

/** imapflow gives undefined for what is missing and `false`, against its types, for NIL: an empty message, where `size` allows. */
function bytes(value: Buffer | false | undefined, size: number): Buffer | undefined {
	if (value === false) return size === 0 ? Buffer.alloc(0) : undefined;
	return value;
}
