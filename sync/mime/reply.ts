import type { MessageFields } from './fields';
import type { MailAddress } from './mailAddress';
import { textToHtml } from './htmlText';
import { mimeLimits } from './limits';
import { safeHtml } from './safeHtml';

/** What of a message is needed to answer it. */
export type Answered = Pick<
	MessageFields,
	| 'messageId'
	| 'inReplyTo'
	| 'references'
	| 'subject'
	| 'from'
	| 'to'
	| 'cc'
	| 'replyTo'
	| 'date'
	| 'receivedAt'
	| 'text'
	| 'html'
>;

/** The subject of an answer: with one "Re: ", in whatever language there was one already. */
export function replySubject(subject = ''): string {
	const bare = subject.replace(/^(\s*(re|aw|antw|sv|vs|ref|rif|odp|r|回复|答复)(\[\d+\])?\s*[:：]\s*)+/iu, '').trim();
	return `Re: ${bare}`;
}

/** The threading headers of an answer (RFC 5322 section 3.6.4). */
export function replyHeaders({ messageId, inReplyTo, references = [] }: Answered): { inReplyTo?: string; references?: string[] } {
	if (messageId === undefined) return {};
	const before = references.length > 0 ? references : inReplyTo === undefined ? [] : [inReplyTo];
	const all = [...new Set([...before.filter((id) => id !== messageId), messageId])];
	// The first id is the root of the thread and the last one the parent: cut in the middle.
	const most = Math.min(100, mimeLimits.references);
	return { inReplyTo: messageId, references: all.length > most ? [all[0], ...all.slice(1 - most)] : all };
}

/**
 * Who an answer goes to: whoever the message names for it, and with `all` everybody else it went to. `own` are addresses of the
 * one who answers: they get no copy, and an answer to one's own message goes to whom that went to.
 */
export function replyRecipients(
	{ from, replyTo = [], to = [], cc = [] }: Answered,
	own: readonly string[],
	all: boolean,
): { to: MailAddress[]; cc: MailAddress[] } {
	const mine = new Set(own.map((address) => address.toLowerCase()));
	const isMine = ({ address }: MailAddress): boolean => mine.has(address.toLowerCase());
	const asked = replyTo.length > 0 ? replyTo : from ? [from] : [];
	const isOwnMessage = from !== undefined && isMine(from) && asked.every(isMine);
	const seen = new Set<string>();
	const once = (list: MailAddress[]): MailAddress[] =>
		list.filter(({ address }) => {
			const key = address.toLowerCase();
			return address !== '' && !seen.has(key) && seen.add(key);
		});
	const first = once(isOwnMessage ? to : asked);
	if (!all) return { to: first, cc: [] };
	const others = once([...(isOwnMessage ? [] : to), ...cc].filter((address) => !isMine(address)));
	return { to: first, cc: others };
}

/** The line above a quotation. */
export function attributionLine({ from, date, receivedAt }: Answered): string {
	const when = (date ?? receivedAt)?.slice(0, 16).replace('T', ' ');
	const who = from === undefined ? 'somebody' : from.name === '' ? from.address : from.name;
	return when === undefined ? `${who} wrote:` : `On ${when} UTC, ${who} wrote:`;
}

/** The text of an answer, with the original below it. */
export function quotedText(text: string, original: Answered): string {
	// Looks behind, so that of many line ends elsewhere only the first one is tried.
	const lines = (original.text ?? '').replace(/(?<!\n)\n+$/, '').split('\n');
	// RFC 3676 section 4.5: no space between quotation marks.
	const quotation = lines.map((line) => (line.startsWith('>') || line === '' ? `>${line}` : `> ${line}`)).join('\n');
	return `${text}${text === '' ? '' : '\n\n'}${attributionLine(original)}\n${quotation}\n`;
}

/**
 * The html of an answer, with the original below it: made safe, since it goes out under the name of whoever answers, and without
 * remote images, for each reader of the answer would be reported to whom the original came from.
 */
export function quotedHtml(html: string, original: Answered): string {
	const quotation =
		(original.html === undefined ? undefined : safeHtml(original.html, { remoteImages: false })) ??
		textToHtml(original.text ?? '');
	return `${html}<br><br><div>${escape(attributionLine(original))}</div>\n<blockquote type="cite">${quotation}</blockquote>`;
}

const escape = (text: string): string =>
	text.replace(/[&<>"]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character] ?? character);
