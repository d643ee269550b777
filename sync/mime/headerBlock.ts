import libmime from 'libmime';
import { decodeCharset, fromC1 } from './charset';
import { mimeLimits } from './limits';

/**
 * The header fields of one message or part, in order. Values are unfolded and trimmed; raw 8-bit bytes are decoded (RFC 6532,
 * and the many that never heard of it), encoded words are not yet: where they may stand depends on the field.
 */
export interface HeaderBlock {
	fields: ReadonlyArray<{ name: string; value: string }>;
	/** Whether fields were left out because a limit was reached. */
	isCut: boolean;
}

const highBytes = /[\x80-\xff]/;

/** Reads a header block; `bytes` may or may not hold the empty line at its end. Never throws. */
export function readHeaderBlock(bytes: Buffer): HeaderBlock {
	let isCut = bytes.length > mimeLimits.headerBytes;
	const text = bytes.toString('latin1', 0, Math.min(bytes.length, mimeLimits.headerBytes));
	const fields: Array<{ name: string; value: string }> = [];
	let at = 0;
	while (at < text.length) {
		// A field goes to the first line end that is not followed by white space (RFC 5322 section 2.2.3).
		let end = text.indexOf('\n', at);
		while (end >= 0 && (text[end + 1] === ' ' || text[end + 1] === '\t')) end = text.indexOf('\n', end + 1);
		if (end < 0) end = text.length;
		const from = at;
		at = end + 1;
		const colon = text.indexOf(':', from);
		// Lines that are no fields (an mbox "From " line, a broken fold) are passed over, as Dovecot does.
		if (colon < 0) break;
		if (colon >= end) continue;
		const name = text.slice(from, colon).trim().toLowerCase();
		if (name === '' || /\s/.test(name)) continue;
		if (fields.length >= mimeLimits.headerFields) {
			isCut = true;
			break;
		}
		if (end - colon > mimeLimits.fieldBytes) {
			isCut = true;
			end = colon + mimeLimits.fieldBytes;
		}
		fields.push({ name, value: readValue(text.slice(colon + 1, end)) });
	}
	return { fields, isCut };
}

function readValue(raw: string): string {
	const unfolded = (raw.includes('\n') ? raw.replace(/\r?\n/g, '') : raw).trim();
	return highBytes.test(unfolded) ? decodeCharset(Buffer.from(unfolded, 'latin1'), undefined) : unfolded;
}

/** The value of the first field of that lower-case name: of repeated fields the first one is the one mail programs show. */
export function firstValue(header: HeaderBlock, name: string): string | undefined {
	return header.fields.find((field) => field.name === name)?.value;
}

/** The values of all fields of that lower-case name, in order of appearance. */
export function allValues(header: HeaderBlock, name: string): string[] {
	return header.fields.filter((field) => field.name === name).map((field) => field.value);
}

/**
 * Text with its encoded words (RFC 2047) decoded. What cannot be decoded stays as it is. Control characters that a decoded
 * word smuggles in become spaces: a line break in a subject would be a header injection in whatever sends it on.
 */
export function decodeWords(value: string): string {
	return toOneLine(value.includes('=?') ? tryDecodeWords(value) : value);
}

/**
 * Text without control characters, each run of them being one space. Those of 0x80 to 0x9f are characters of windows-1252
 * that were sent, and decoded, as ISO-8859-1.
 */
export function toOneLine(text: string): string {
	const visible = fromC1(text);
	// eslint-disable-next-line no-control-regex -- control characters are what is taken out
	return visible.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ').trim();
}

function tryDecodeWords(value: string): string {
	try {
		return libmime.decodeWords(decodeWordsOfOwnCharsets(value));
	} catch {
		return value;
	}
}

/** libmime refuses UTF-7 (see charset.ts) and gives the escapes back as text. */
function decodeWordsOfOwnCharsets(value: string): string {
	if (!/=\?(?:unicode-1-1-)?utf-?7[*?]/i.test(value)) return value;
	return value.replace(
		/=\?((?:unicode-1-1-)?utf-?7)(?:\*[^?]*)?\?([qb])\?([^?]*)\?=(?:\s+(?==\?(?:unicode-1-1-)?utf-?7))?/gi,
		(_word, charset: string, encoding: string, text: string) =>
			decodeCharset(
				encoding.toLowerCase() === 'b'
					? Buffer.from(text, 'base64')
					: Buffer.from(
							text
								.replace(/_/g, ' ')
								.replace(/=([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(parseInt(hex, 16))),
							'latin1',
						),
				charset,
			),
	);
}

/** A field such as Content-Type: a value and its parameters, names in lower case, RFC 2231 and RFC 2047 decoded. */
export interface ParameterField {
	value: string;
	parameters: Record<string, string>;
}

/** Never throws; a missing field gives an empty value. */
export function readParameterField(raw: string | undefined): ParameterField {
	if (raw === undefined || raw === '') return { value: '', parameters: {} };
	const parsed = libmime.parseHeaderValue(raw, { stripComments: true });
	const decoded = new Set(parsed.decodedParams);
	const parameters: Record<string, string> = {};
	for (const [name, value] of Object.entries(parsed.params)) {
		if (name === '__proto__') continue;
		// RFC 2047 section 5 forbids encoded words in parameters; Outlook and most web mailers write them all the same.
		parameters[name] = !decoded.has(name) && value.includes('=?') ? tryDecodeWords(value) : value;
	}
	return { value: parsed.value.toLowerCase().trim(), parameters };
}
