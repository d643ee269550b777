import { domainToASCII } from 'node:url';
import type { IDataObject } from 'n8n-workflow';
import { visibleText } from '../../../../sync/mime/visibleText';
import type { MailAddress } from '../../../../sync/mime/mailAddress';
import { snippetOf } from '../../../../sync/mime/snippet';
import { mailboxText } from '../../../shared/itemTexts';

/** Recipients and files that a model is told of; it needs no more to know what a message is. */
const MOST = 10;

/** Characters of a subject, a name or a file's name. */
const LONGEST_LINE = 200;

/** What a model does without: other forms of what it is told, and what only machines need. */
const leftOut = new Set(
	(
		'html replyText quotedText from to cc bcc replyTo headers references inReplyTo messageId threadKey threadId emailId eventId ' +
		'messageKey sequence size cut oversize previous source conversation deliveredTo'
	).split(' '),
);

/** What says the same as `id`. */
const numbers = new Set(['uid', 'uidValidity']);

/** The methods and words of RFC 8601, section 2.7: others are not passed on. */
const methods = new Set(['spf', 'dkim', 'dmarc']);
const results = new Set(['pass', 'fail', 'softfail', 'neutral', 'none', 'temperror', 'permerror', 'policy']);

/** What a model is told of the sender, beside what the sender says. */
function verdictOn(dmarc: unknown, isTrusted: boolean): string {
	if (dmarc === 'fail') return 'no: it may be forged';
	if (dmarc !== 'pass') return 'unknown: the receiving server says nothing that proves it';
	return isTrusted
		? 'yes: the domain after the @ is the one that sent it'
		: 'probably: a server says so that nobody named as trusted';
}

/**
 * The fields of a message as a model gets them: few, short, and of the text what a person would see. `text` false: not the text, but
 * its beginning as `snippet`.
 */
export function modelFields(fields: IDataObject, { text }: { text: boolean }): IDataObject {
	const seen = seenText(fields);
	const given: IDataObject = {
		...fields,
		authentication: undefined,
		...(typeof fields.list === 'object' && fields.list !== null ? { list: 'from a mailing list or a newsletter' } : {}),
		...senderOf(fields),
		...(fields.to === undefined ? {} : { toText: mailboxText(mailboxes(fields.to).slice(0, MOST).map(inAscii)) }),
		...(typeof fields.subject === 'string' ? { subject: line(fields.subject) } : {}),
		// What was made of text that nobody looked through is not for a model.
		snippet: seen === undefined || text ? undefined : snippetOf(seen),
		text: text ? seen : undefined,
		...(Array.isArray(fields.attachments) ? { attachments: files(fields.attachments as IDataObject[]) } : {}),
	};
	const isNamed = given.id !== undefined;
	return Object.fromEntries(
		Object.entries(given).filter(([name, value]) => value !== undefined && !leftOut.has(name) && !(isNamed && numbers.has(name))),
	);
}

/** The text that a person sees: of html, where there is some, for the plain text beside it is what nobody looks at. */
function seenText({ html, text }: IDataObject): string | undefined {
	if (typeof html === 'string') return visibleText(html);
	return typeof text === 'string' ? text : undefined;
}

function senderOf({ from, authentication }: IDataObject): IDataObject {
	if (from === undefined) return {};
	const found = Object.entries((authentication ?? {}) as object).filter(
		([method, result]) => methods.has(method) && results.has(result),
	);
	const { dmarc, trusted } = (authentication ?? {}) as Record<string, unknown>;
	return {
		fromText: mailboxText(mailboxes([from]).map(inAscii)),
		senderVerified: verdictOn(dmarc, trusted === true),
		...(found.length === 0 ? {} : { authentication: Object.fromEntries(found) as IDataObject }),
	};
}

const mailboxes = (value: unknown): MailAddress[] =>
	(Array.isArray(value) ? (value as unknown[]) : []).flatMap((entry) => {
		const { name, address } = (entry ?? {}) as Partial<MailAddress>;
		return typeof address === 'string' ? [{ name: line(name ?? ''), address: line(address) }] : [];
	});

/** A domain of letters that look like others shows what it is made of: "xn--...". */
function inAscii({ name, address }: MailAddress): MailAddress {
	const at = address.lastIndexOf('@');
	if (/^[!-~]*$/.test(address) || at < 0) return { name, address };
	const domain = domainToASCII(address.slice(at + 1));
	return { name, address: domain === '' ? address : `${address.slice(0, at)}@${domain}` };
}

/** Files as one text each: what they are called, and what a model needs to ask for one. */
function files(attachments: readonly IDataObject[]): IDataObject[] {
	return attachments.slice(0, MOST).map(({ fileName, mimeType, size, part }) => ({
		file: line(`${String(fileName)} (${String(mimeType)})`),
		size,
		part: typeof part === 'string' && /^[\d.:]{1,40}$/.test(part) ? part : undefined,
	}));
}

const line = (text: string): string => text.replace(/\s+/g, ' ').slice(0, LONGEST_LINE);
