import type { MailAddress } from './mailAddress';
import type { Authentication } from './authentication';
import type { AutoSubmitted } from './autoSubmitted';
import type { Bounce } from './bounce';
import type { CalendarEvent } from './calendar';
import type { Complaint } from './complaint';
import type { Correspondence } from './correspondenceFields';
import type { MailingList } from './mailingList';
import type { ReadReceipt } from './readReceipt';
import type { SpamVerdict } from './spamVerdict';

/** One attachment, as far as it is known without reading it. Names are item fields. */
export interface MessageAttachment {
	/** IMAP part number: what BODY[part] asks for. A file out of winmail.dat has its place after a colon: "2:1". */
	part: string;
	/** Safe to use as a file name; made from part number and type where the sender gave none. */
	fileName: string;
	/** Lower case, e.g. "image/png". */
	mimeType: string;
	/**
	 * bytes. Worked out from the encoded size, so that it is the same whether the attachment was read or only listed: exact for
	 * unencoded parts, up to 2 bytes too many for base64 (more when its lines have an unusual length), the encoded size for
	 * quoted-printable.
	 */
	size: number;
	/** "attachment", "inline", or what else the sender wrote; absent when he wrote none. */
	disposition?: string;
	/** Whether the html of the message shows it, as a picture: then it is no file that somebody attached. */
	isInline: boolean;
	/** Without angle brackets, as a `cid:` URL names it. */
	contentId?: string;
	/** The decoded bytes; only when asked for and let through by the filter. */
	content?: Buffer;
}

/**
 * The item fields that come from the message itself. Plain JSON: no Date, no undefined. A field of an output level that was
 * not asked for is absent; within its level a list is always there, if empty, and a single value is absent when the message
 * does not have it.
 */
export interface MessageFields extends Partial<Correspondence> {
	/** ISO 8601, from INTERNALDATE: when the server received it */
	receivedAt?: string;
	/** bytes of the whole message */
	size?: number;

	// from here on: metadata, content, raw
	/** With angle brackets, also where the header has none. */
	messageId?: string;
	inReplyTo?: string;
	/** Oldest first, with angle brackets. */
	references?: string[];
	/** The same for all messages of a conversation. */
	threadKey?: string;
	subject?: string;
	from?: MailAddress;
	to?: MailAddress[];
	cc?: MailAddress[];
	bcc?: MailAddress[];
	replyTo?: MailAddress[];
	/** ISO 8601 in UTC; absent when the header has none or nonsense. */
	date?: string;
	/** Absent for mail from people. */
	autoSubmitted?: AutoSubmitted;
	/** Absent when the receiving server reported nothing. */
	authentication?: Authentication;
	/** Absent when no filter of the receiving server said anything. */
	spam?: SpamVerdict;
	/** Only in mail from a list, or from a newsletter. */
	list?: MailingList;
	/** The envelope recipient; absent when no server wrote it down. */
	deliveredTo?: string;
	/** The header fields asked for: lower-case name to decoded value, or values when repeated. */
	headers?: Record<string, string | string[]>;

	// from here on: content
	/** Lines end in \n. Made from the html where the message has no text part, or an empty one. Empty when there is nothing. */
	text?: string;
	/** As sent, decoded, lines end in \n; absent when the message has no html part. */
	html?: string;
	/** What the sender wrote himself: text without quoted history and signature. */
	replyText?: string;
	/** The quoted history; absent where there is none. */
	quotedText?: string;
	/** Only in messages with an invitation, an answer to one, or a calendar. */
	calendar?: CalendarEvent[];
	/** Only in reports of a failed or late delivery. */
	bounce?: Bounce;
	/** Only in reports of somebody who complains about a message. */
	complaint?: Complaint;
	/** Only in encrypted mail: what with. Then there is no text to read. */
	encrypted?: 'smime' | 'pgp';
	/** Only in read receipts. */
	readReceipt?: ReadReceipt;
}

/** What was left out of the result because a limit was reached or because the server did not send it. */
export type Cut =
	'header' | 'addresses' | 'references' | 'parts' | 'nesting' | 'attachments' | 'text' | 'html' | 'replyText' | 'calendar';

export interface ReadMessage {
	fields: MessageFields;
	attachments: MessageAttachment[];
	/** Of a message whose texts were not asked for. */
	snippet?: string;
	/** Absent when nothing was cut. */
	cut?: Cut[];
}
