import { decodeWords, firstValue, type HeaderBlock } from './headerBlock';

/**
 * Whether this is what Exchange hands out in place of a message that it cannot turn into MIME: a note under the message's UID that
 * says so. It is sent in the server's own language, with the protocol's name and the number of the message in its subject, and never
 * came from anywhere.
 */
export function isSubstitute(header: HeaderBlock): boolean {
	const from = decodeWords((firstValue(header, 'from') ?? '').slice(0, 1000));
	if (!/^"?\s*microsoft exchange(?: server| online)?(?: \d{4})?\s*"?\s*(?:<|$)/i.test(from)) return false;
	const has = (name: string): boolean => firstValue(header, name) !== undefined;
	// It is made when the message is asked for, so no server handed it on; a mail about such a note was.
	if (has('received')) return false;
	const subject = decodeWords((firstValue(header, 'subject') ?? '').slice(0, 1000));
	if (/^\s*retrieval using the imap4? protocol failed for the following message\s*:/i.test(subject)) return true;
	return !has('message-id') && !has('in-reply-to') && /\bIMAP4?\b.*[\s:：]\d+\s*$/i.test(subject);
}
