import type { BodyChoice, BodyPiece } from './bodyChoice';
import { decodeCharset, isUndeclared, joinFoldedCharacters } from './charset';
import { decodeFlowed } from './flowed';
import { htmlToText, textToHtml } from './htmlText';
import { mimeLimits } from './limits';
import { decodeTransferEncoding } from './transferEncoding';
import type { BodyPart } from '../server/bodyPart';

/** Text and html of a message; `cut` names what a limit shortened or what was not read. */
export interface BodyText {
	/** Absent when none of its parts was read. */
	text?: string;
	html?: string;
	cut: Array<'text' | 'html'>;
}

/**
 * Reads the chosen parts. `bytesOf` gives the encoded body of a part, or undefined when it was not read.
 */
export function readBody<Part extends BodyPart>(choice: BodyChoice<Part>, bytesOf: (part: Part) => Buffer | undefined): BodyText {
	const cut = new Set<'text' | 'html'>();
	const decoded = new Map<Part, string | undefined>();
	const read = (part: Part): string | undefined => {
		if (!decoded.has(part)) {
			const bytes = bytesOf(part);
			decoded.set(part, bytes && decodeTextPart(part, bytes));
		}
		return decoded.get(part);
	};
	const compose = (field: 'text' | 'html', pieces: Array<BodyPiece<Part>>, between: string): string | undefined => {
		const contents = pieces.map((piece) => {
			const content = read(piece.part);
			if (field === 'text' && piece.ifBlank && content !== undefined && isBlank(content))
				return compose('text', piece.ifBlank, between);
			if (content === undefined) cut.add(field);
			if (content === undefined || piece.kind === field) return content;
			if (field === 'html') return textToHtml(content);
			const { text, isCut } = htmlToText(content);
			if (isCut) cut.add('text');
			return text;
		});
		if (pieces.length > 0 && contents.every((content) => content === undefined)) return undefined;
		const joined = contents.filter((content) => content !== undefined && content !== '').join(between);
		const shortened = shorten(joined, mimeLimits.textLength);
		if (shortened !== joined) cut.add(field);
		return shortened;
	};
	const text = compose('text', choice.text, '\n');
	const html = choice.html.length > 0 ? compose('html', choice.html, '<br>\n') : undefined;
	return { ...(text !== undefined && { text }), ...(html !== undefined && { html }), cut: [...cut] };
}

/** Nothing to be seen, also where it is a space of no width. */
const isBlank = (text: string): boolean => /^[\s\u200b-\u200d\u2060\u00ad]*$/.test(text);

/** The first `limit` characters; never ends between the halves of a surrogate pair, which many readers of JSON refuse. */
export function shorten(text: string, limit: number): string {
	if (text.length <= limit) return text;
	return text.slice(0, /[\ud800-\udbff]/.test(text[limit - 1]) ? limit - 1 : limit);
}

/** The text of a text part: line ends become \n, and NUL, which databases refuse in text, is left out. */
export function decodeTextPart(part: Omit<BodyPart, 'children'>, bytes: Buffer): string {
	const plain = decodeTransferEncoding(bytes, part.encoding);
	let charset: string | undefined = part.parameters.charset;
	if (part.type === 'text/html' && isUndeclared(charset)) charset = charsetOfMeta(plain) ?? charset;
	let text = decodeCharset(part.type === 'text/calendar' ? withWholeCharacters(plain) : plain, charset);
	if (text.includes('\r')) text = text.replace(/\r\n?/g, '\n');
	if (text.includes('\0')) text = text.replaceAll('\0', '');
	if (part.type === 'text/plain' && part.parameters.format?.trim().toLowerCase() === 'flowed') {
		text = decodeFlowed(text, part.parameters.delsp?.trim().toLowerCase() === 'yes');
	}
	return text;
}

/** RFC 5545 section 3.1 folds a line by its bytes, wherever a character ends. */
const withWholeCharacters = (bytes: Buffer): Buffer => Buffer.from(joinFoldedCharacters(bytes.toString('latin1')), 'latin1');

/** Html without a charset in its Content-Type may name it itself, within the first 1024 bytes (HTML standard, 13.2.3.2). */
function charsetOfMeta(bytes: Buffer): string | undefined {
	return /<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{1,40})/i.exec(bytes.toString('latin1', 0, 1024))?.[1];
}
