import { SyncError } from '../errors/syncError';
import { readAddresses } from './addresses';
import { mailComposer } from './libraries';
import type { MailAddress } from './mailAddress';

export interface ComposedAttachment {
	fileName: string;
	mimeType: string;
	content: Buffer;
}

/** A message as somebody writes it. */
export interface MessageToCompose {
	from?: MailAddress[];
	to?: MailAddress[];
	cc?: MailAddress[];
	/** Kept in the message: in a draft it is what the mail program sends it by. */
	bcc?: MailAddress[];
	replyTo?: MailAddress[];
	subject?: string;
	text?: string;
	html?: string;
	attachments?: ComposedAttachment[];
	/** With angle brackets. */
	messageId: string;
	inReplyTo?: string;
	references?: string[];
	date: Date;
}

/** The message as RFC 5322 has it, with CRLF. Nothing in it is read from a file or the network. Throws settingsInvalid. */
export async function composeMessage(message: MessageToCompose): Promise<Buffer> {
	const { from, to, cc, bcc, replyTo, subject, text, html, attachments = [], messageId, inReplyTo, references, date } = message;
	const composer = new (mailComposer())({
		from: from?.[0],
		to,
		cc,
		bcc,
		replyTo,
		subject,
		// A draft without a text is a message all the same.
		text: text ?? (html === undefined ? '' : undefined),
		html,
		attachments: attachments.map(({ fileName, mimeType, content }) => ({ filename: fileName, contentType: mimeType, content })),
		messageId,
		inReplyTo,
		references,
		date,
		disableFileAccess: true,
		disableUrlAccess: true,
	});
	const root = composer.compile();
	root.keepBcc = true;
	try {
		return withCrlf(await root.build());
	} catch (error) {
		// The cause's own text may quote the message.
		throw new SyncError('settingsInvalid', {
			reason: 'composition',
			detail: error instanceof Error ? error.name : 'unknown',
		});
	}
}

/** Texts keep the line ends they were written with, and Cyrus refuses bare LF. latin1 keeps every byte as it is. */
function withCrlf(source: Buffer): Buffer {
	const text = source.toString('latin1');
	return /(^|[^\r])\n|\r(?!\n)/.test(text) ? Buffer.from(text.replace(/\r\n|\r|\n/g, '\r\n'), 'latin1') : source;
}

/** How many mailboxes an address field names, be they addresses or not. */
export const countMailboxes = (text: string): number => readAddresses([text]).addresses.length;

/**
 * The addresses that somebody typed: "Zoe <zoe@example.org>, bob@example.org". Undefined when one of them is no address.
 */
export function parseAddresses(text: string): MailAddress[] | undefined {
	const { addresses, isCut } = readAddresses([text]);
	return !isCut && addresses.length > 0 && addresses.every(({ address }) => /^[^\s@<>]+@[^\s@<>]+$/.test(address))
		? addresses
		: undefined;
}
