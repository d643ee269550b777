import { TextDecoder } from 'node:util';
import { decode as decodeWithTables } from 'libmime/lib/charset.js';

/** Labels under which mail carries plain ASCII and, in practice, whatever the sender's system used. */
const undeclared = new Set([
	'',
	'ascii',
	'us-ascii',
	'ansi_x3.4-1968',
	'7bit',
	'8bit',
	'unknown',
	'unknown-8bit',
	'x-unknown',
	'default',
	'default_charset',
	'none',
	'binary',
]);

/** Whether a label says nothing of what the bytes are. Dovecot fills in us-ascii where a message names no charset. */
export function isUndeclared(label: string | undefined): boolean {
	return undeclared.has(normalizeLabel(label));
}

/**
 * Text of bytes in a charset, for bodies and headers alike. Never throws.
 *
 * Undeclared or unknown charsets are UTF-8 when the bytes are valid UTF-8 and windows-1252 otherwise: text of another charset
 * is hardly ever valid UTF-8. Declared UTF-8 stays UTF-8 even when broken, since one cut character must not turn a whole
 * text into mojibake.
 */
export function decodeCharset(bytes: Buffer, label: string | undefined): string {
	const name = normalizeLabel(label);
	if (undeclared.has(name)) return decodeUndeclared(bytes);
	if (name === 'utf-8' || name === 'utf8') return decodeUtf8(bytes);
	if (isUtf7(name)) return decodeUtf7(bytes.toString('latin1'));
	const decoder = decoderFor(name);
	if (decoder) return decoder.encoding === 'windows-1252' ? decodeWindows1252(bytes) : decoder.decode(bytes);
	// The WHATWG list lacks the code pages of DOS, old Macs and EBCDIC; libmime's tables have most of them, and decode what
	// they do not know as UTF-8.
	const text = decodeWithTables(bytes, name);
	return text.includes('\uFFFD') ? decodeUndeclared(bytes) : text;
}

/** RFC 2047 section 2 with RFC 2231 section 5: a language may follow the charset. Quotes and spaces are mailers' mistakes. */
function normalizeLabel(label: string | undefined): string {
	return (label ?? '')
		.replace(/\*.*$/s, '')
		.replace(/["'\s]/g, '')
		.toLowerCase();
}

function decodeUtf8(bytes: Buffer): string {
	return bytes.length > 2 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
		? bytes.toString('utf8', 3)
		: bytes.toString('utf8');
}

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
	try {
		return strictUtf8.decode(bytes);
	} catch {
		return decodeWindows1252(bytes);
	}
}

/** Names in mail that neither WHATWG nor libmime know. */
const aliases: Record<string, string> = {
	'cp-850': 'cp850',
	'gb_2312-80': 'gb18030',
	cp932: 'shift_jis',
	cp936: 'gb18030',
	cp949: 'euc-kr',
	cp950: 'big5',
	ms932: 'shift_jis',
	'windows-936': 'gb18030',
	'ks_c_5601-1987': 'euc-kr',
	'x-mac-roman': 'macintosh',
	'iso-2022-jp-1': 'iso-2022-jp',
	'iso-2022-jp-ms': 'iso-2022-jp',
};

const decoders = new Map<string, TextDecoder | undefined>();

/**
 * Decoders hold no state between calls without `stream`, so one of each name serves all messages. Names come from mail: bounded.
 */
function decoderFor(name: string): TextDecoder | undefined {
	if (decoders.has(name)) return decoders.get(name);
	let decoder: TextDecoder | undefined;
	try {
		const known = Object.hasOwn(aliases, name)
			? aliases[name]
			: name
					.replace(/^(?:cp|win)-?(125\d)$/, 'windows-$1')
					.replace(/^iso(?=8859)/, 'iso-')
					.replace(/^(iso-8859-8)-[ei]$/, '$1');
		decoder = new TextDecoder(known);
		// "replacement" stands for charsets that browsers refuse (iso-2022-kr, hz-gb-2312): it would give a single U+FFFD.
		if (decoder.encoding === 'replacement') decoder = undefined;
	} catch {
		decoder = undefined;
	}
	if (decoders.size < 500) decoders.set(name, decoder);
	return decoder;
}

function isUtf7(name: string): boolean {
	return (
		name === 'utf-7' ||
		name === 'utf7' ||
		name === 'unicode-1-1-utf-7' ||
		name === 'x-unicode-2-0-utf-7' ||
		name === 'csunicode11utf7'
	);
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
