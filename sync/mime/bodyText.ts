import libmime from 'libmime';
import type { BodyPart } from '../model';
import type { BodyChoice, BodyPiece } from './bodyChoice';
import { decodeCharset } from './charset';
import { htmlToText, textToHtml } from './htmlText';
import { mimeLimits } from './limits';
import { decodeTransferEncoding } from './transferEncoding';

/** Text and html of a message; `cut` names what a limit shortened. */
export interface BodyText {
	text: string;
	html?: string;
	cut: Array<'text' | 'html'>;
}

/**
 * Reads the chosen parts. `bytesOf` gives the encoded body of a part, or undefined when it was not read; then what it would
 * have given is reported as cut.
 */
export function readBody<Part extends BodyPart>(choice: BodyChoice<Part>, bytesOf: (part: Part) => Buffer | undefined): BodyText {
	const cut = new Set<'text' | 'html'>();
	const decoded = new Map<Part, string>();
	const read = ({ part, kind }: BodyPiece<Part>): string => {
		let text = decoded.get(part);
		if (text === undefined) {
			const bytes = bytesOf(part);
			if (!bytes) cut.add(kind);
			text = bytes ? decodeTextPart(part, bytes) : '';
			decoded.set(part, text);
		}
		return text;
	};
	const text = join(
		choice.text.map((piece) => {
			const content = read(piece);
			if (piece.kind === 'text') return content;
			const converted = htmlToText(content);
			if (converted.isCut) cut.add('text');
			return converted.text;
		}),
		'\n',
	);
	const body: BodyText = { text: shorten(text, () => cut.add('text')), cut: [] };
	if (choice.html.length > 0) {
		const html = join(
			choice.html.map((piece) => (piece.kind === 'html' ? read(piece) : textToHtml(read(piece)))),
			'<br>\n',
		);
		body.html = shorten(html, () => cut.add('html'));
	}
	body.cut = [...cut];
	return body;
}

function join(pieces: string[], between: string): string {
	return pieces.filter((piece) => piece !== '').join(between);
}

function shorten(text: string, onCut: () => void): string {
	if (text.length <= mimeLimits.textLength) return text;
	onCut();
	// Never between the halves of a surrogate pair: half a character is no valid JSON text for many readers.
	const end = /[\ud800-\udbff]/.test(text[mimeLimits.textLength - 1]) ? mimeLimits.textLength - 1 : mimeLimits.textLength;
	return text.slice(0, end);
}

/** The text of a text part: line ends become \n, and NUL, which databases refuse in text, is left out. */
export function decodeTextPart(part: BodyPart, bytes: Buffer): string {
	const plain = decodeTransferEncoding(bytes, part.encoding);
	let text = decodeCharset(plain, part.parameters.charset ?? (part.type === 'text/html' ? charsetOfMeta(plain) : undefined));
	if (text.includes('\r')) text = text.replace(/\r\n?/g, '\n');
	if (text.includes('\0')) text = text.replaceAll('\0', '');
	if (part.type === 'text/plain' && part.parameters.format?.trim().toLowerCase() === 'flowed') {
		text = libmime.decodeFlowed(text, part.parameters.delsp?.trim().toLowerCase() === 'yes');
	}
	return text;
}

/** Html without a charset in its Content-Type may name it itself, within the first 1024 bytes (HTML standard, 13.2.3.2). */
function charsetOfMeta(bytes: Buffer): string | undefined {
	return /<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{1,40})/i.exec(bytes.toString('latin1', 0, 1024))?.[1];
}
