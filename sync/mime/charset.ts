import { TextDecoder } from 'node:util';
import { charsetTables } from './libraries';
import { guessCharset } from './charsetGuess';
import { charsetOf } from './charsetLabel';
import { decodeEucTw, decodeIso2022Cn } from './taiwanese';

/** Whether a label says nothing of what the bytes are. Dovecot fills in us-ascii where a message names no charset. */
export function isUndeclared(label: string | undefined): boolean {
	return charsetOf(label).kind === 'undeclared';
}

export function isUtf8(label: string | undefined): boolean {
	return charsetOf(label).kind === 'utf-8';
}

/** Whether it is a charset of Western Europe, which mailers name without looking. */
export function isSingleByteLatin(label: string): boolean {
	const charset = charsetOf(label);
	return (
		charset.kind === 'undeclared' ||
		(charset.kind === 'decoder' && /^(?:windows-1252|iso-8859-15)$/.test(charset.decoder.encoding))
	);
}

/**
 * Text of bytes in a charset, for bodies and headers alike. Never throws.
 *
 * Undeclared or unknown charsets are UTF-8 when the bytes are valid UTF-8, or would be but for a cut, and guessed otherwise: text
 * of another charset is hardly ever valid UTF-8. Declared UTF-8 stays UTF-8 even when broken, since one cut character must not
 * turn a whole text into mojibake; only where several bytes and none of its characters are there, it was declared by mistake.
 */
export function decodeCharset(bytes: Buffer, label: string | undefined): string {
	const charset = charsetOf(label);
	switch (charset.kind) {
		case 'undeclared':
			return decodeUndeclared(bytes);
		case 'utf-8':
			return decodeDeclaredUtf8(bytes);
		case 'utf-7':
			return decodeBounded(bytes, decodeUtf7);
		case 'utf-16':
			return decodeUtf16(bytes);
		case 'iso-2022-kr':
			return decodeBounded(bytes, (text) => decodeShifted(text, koreanEscape, koreanShift, 'euc-kr'));
		case 'iso-2022-cn':
			return decodeIso2022Cn(bytes);
		case 'euc-tw':
			return decodeEucTw(bytes);
		case 'hz':
			return decodeBounded(bytes, (text) => decodeShifted(text, chineseLineEnd, chineseShift, 'gb18030').replaceAll('~~', '~'));
		case 'table':
			return charsetTables().decode(bytes, charset.name);
		case 'unknown':
			return decodeUnknown(bytes, label);
		case 'decoder':
			return decodeWithPlatform(bytes, charset.decoder);
	}
}

function decodeWithPlatform(bytes: Buffer, decoder: TextDecoder): string {
	const isLatin = /^(?:windows-1252|iso-8859-15)$/.test(decoder.encoding);
	const utf8 = isLatin ? decodeWrittenUtf8(bytes) : undefined;
	if (utf8 !== undefined) return utf8;
	if (decoder.encoding === 'windows-1252') return decodeWindows1252(bytes);
	const text = decoder.decode(bytes);
	if (!text.includes('\uFFFD')) return text;
	// Senders that move to UTF-8 forget the label; the bytes of these charsets are hardly ever valid UTF-8.
	if (isMultibyte.test(decoder.encoding)) {
		const other = decodeStrictly(bytes, decoder.encoding === 'iso-2022-jp' ? ['utf-8', 'euc-jp', 'shift_jis'] : ['utf-8']);
		if (other !== undefined) return other;
	}
	// The rarer characters of ISO-2022-JP-1 are in libmime's tables only.
	return decoder.encoding === 'iso-2022-jp' && !/[\x80-\xff]/.test(bytes.toString('latin1'))
		? charsetTables().decode(bytes, 'iso-2022-jp')
		: text;
}

/**
 * UTF-8 under the label of Western Europe, which templates and gateways put on everything. A single character may be a pair of
 * letters that somebody wrote; several, and nothing else above ASCII, are none.
 */
function decodeWrittenUtf8(bytes: Buffer): string | undefined {
	if (!/[\x80-\xff]/.test(bytes.toString('latin1'))) return undefined;
	const text = decodeStrictly(bytes, ['utf-8']);
	return text !== undefined && /\P{ASCII}\p{ASCII}*\P{ASCII}/u.test(text) ? text : undefined;
}

const isMultibyte = /^(?:iso-2022-jp|shift_jis|euc-jp|euc-kr|big5|gbk|gb18030)$/;

/** The text in the first of these charsets in which the bytes are valid. */
function decodeStrictly(bytes: Buffer, labels: string[]): string | undefined {
	for (const label of labels) {
		try {
			return new TextDecoder(label, { fatal: true }).decode(bytes);
		} catch {
			// not in this one
		}
	}
	return undefined;
}

/** libmime decodes what it does not know either as UTF-8. */
function decodeUnknown(bytes: Buffer, label: string | undefined): string {
	const text = charsetTables().decode(bytes, label);
	return text.includes('\uFFFD') ? decodeUndeclared(bytes) : text;
}

/* eslint-disable no-control-regex -- these charsets shift by control characters */
const koreanEscape = /\x1b\$\)C/g;
const koreanShift = /\x0e([^\x0f]*)\x0f?/g;
/* eslint-enable no-control-regex */
const chineseLineEnd = /~\r?\n/g;
const chineseShift = /~\{([\x21-\x7d]*?)(?:~\}|(?![\x21-\x7d]))/g;

/**
 * Charsets of seven bits, which shift between ASCII and the characters of another charset without their eighth bit (RFC 1557,
 * RFC 1843). `ignored` is no text, `shifted` holds such characters.
 */
function decodeShifted(text: string, ignored: RegExp, shifted: RegExp, label: string): string {
	const decoder = new TextDecoder(label);
	return text
		.replace(ignored, '')
		.replace(shifted, (_shift, characters: string) =>
			decoder.decode(Buffer.from(characters, 'latin1').map((byte) => (byte > 0x20 && byte < 0x7f ? byte | 0x80 : byte))),
		);
}

/** Bytes of a charset that shifts that are decoded: each shift takes memory, and no text is so long in charsets so old. */
const mostShiftedBytes = 1024 * 1024;

/** What is longer stays as it is. */
const decodeBounded = (bytes: Buffer, decode: (text: string) => string): string =>
	decode(bytes.toString('latin1', 0, mostShiftedBytes)) + bytes.toString('latin1', mostShiftedBytes);

/** Without a byte order in the label the mark at the beginning decides, or else on which side the zeros of ASCII stand. */
function decodeUtf16(bytes: Buffer): string {
	if (bytes[0] === 0xfe && bytes[1] === 0xff) return utf16.decode(bytes.subarray(2));
	const zeros = [0, 0];
	for (let at = 0; at < Math.min(bytes.length, 4000); at++) if (bytes[at] === 0) zeros[at % 2]++;
	// Templates say UTF-16 and are sent as UTF-8.
	const plain = zeros[0] + zeros[1] === 0 ? decodeStrictly(bytes, ['utf-8']) : undefined;
	return plain ?? new TextDecoder(zeros[0] > zeros[1] ? 'utf-16be' : 'utf-16le').decode(bytes);
}

function decodeUtf8(bytes: Buffer): string {
	return bytes.length > 2 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
		? bytes.toString('utf8', 3)
		: bytes.toString('utf8');
}

function decodeDeclaredUtf8(bytes: Buffer): string {
	const text = decodeUtf8(bytes);
	const broken = text.match(/\ufffd/g)?.length ?? 0;
	if (broken < 2 || /[\x80-\ufffc\ufffe\uffff]/.test(text) || bytes.includes(replacement)) return text;
	return decodeUndeclared(bytes);
}

/** U+FFFD that was sent as such. */
const replacement = Buffer.from('\ufffd');

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Where windows-1252 differs from ISO-8859-1: 0x80 to 0x9f. The five bytes it leaves undefined stay control characters. */
const windows1252 =
	'\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178';

/** Node's TextDecoder reads windows-1252 as ISO-8859-1 in several versions, Node 20 among them. */
function decodeWindows1252(bytes: Buffer): string {
	return fromC1(bytes.toString('latin1'));
}

/** Characters 0x80 to 0x9f as windows-1252 has them: in mail they never are the control characters of ISO-8859-1. */
export function fromC1(text: string): string {
	return text.replace(/[\x80-\x9f]/g, (control) => windows1252[control.charCodeAt(0) - 0x80]);
}

function decodeUndeclared(bytes: Buffer): string {
	const utf8 = decodeIfUtf8(bytes);
	if (utf8 !== undefined) return utf8;
	const guess = guessCharset(bytes.toString('latin1'));
	return guess === 'windows-1252' ? decodeWindows1252(bytes) : new TextDecoder(guess).decode(bytes);
}

/** The text of bytes that are UTF-8, or would be but for a cut; undefined for other bytes. */
export function decodeIfUtf8(bytes: Buffer): string | undefined {
	try {
		return strictUtf8.decode(bytes);
	} catch {
		return mostlyUtf8(bytes);
	}
}

/**
 * UTF-8 in which a character was cut, by a limit or by a line end; undefined for bytes of another charset, in which hardly any
 * character is valid UTF-8 by chance.
 */
function mostlyUtf8(bytes: Buffer): string | undefined {
	const text = decodeUtf8(bytes);
	let [whole, broken] = [0, 0];
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		if (code === 0xfffd) broken++;
		else if (code > 0x7f) whole++;
	}
	const isCutAtEnd = whole > 0 && broken === 1 && text.endsWith('\ufffd');
	return whole > 2 * broken || isCutAtEnd ? text : undefined;
}

const utf16 = new TextDecoder('utf-16be', { ignoreBOM: true });

/**
 * RFC 2152. Browsers and libmime refuse UTF-7 because markup hides in it; here it is decoded, since a reader of the item sees
 * the html as any other html: untrusted, and to be sanitised before it is shown.
 */
function decodeUtf7(text: string): string {
	return text.replace(/\+([A-Za-z0-9+/]*)-?/g, (shifted: string, base64: string) => {
		if (base64 === '') return shifted === '+-' ? '+' : shifted;
		const bytes = Buffer.from(base64, 'base64');
		// The bits that fill up the last character of base64 are no text.
		return utf16.decode(bytes.subarray(0, bytes.length - (bytes.length % 2)));
	});
}

/** A fold that a sender put within a character of UTF-8, with as many bytes before it as may stand there. */
const foldInCharacter = /([\xc2-\xf4]|[\xe0-\xf4][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{2})\r?\n[ \t]+(?=[\x80-\xbf])/g;

/** Bytes, as a string, of which a character of UTF-8 was cut in two by a fold. */
export function joinFoldedCharacters(bytes: string): string {
	return bytes.replace(foldInCharacter, '$1');
}
