import { decodeCharset, decodeIfUtf8, fromC1, isUndeclared, isUtf8, joinFoldedCharacters } from './charset';
import { decodeEncodedWords, escapeRawBytes } from './encodedWords';
import { libmime } from './libraries';
import { mimeLimits } from './limits';

/**
 * The header fields of one message or part, in order. Values are unfolded and trimmed; raw 8-bit bytes are decoded (RFC 6532,
 * and the many that never heard of it), encoded words are not yet: where they may stand depends on the field.
 */
export interface HeaderBlock {
	fields: ReadonlyArray<{ name: string; value: string }>;
	/** The first field of each name. */
	first: ReadonlyMap<string, { value: string }>;
	/** Whether fields were left out because a limit was reached. */
	isCut: boolean;
	/** Whether there are raw bytes that are no UTF-8: which charset they are of is a guess, unless the message names one. */
	isGuessed: boolean;
}

/** What a message is known by: these fields are kept, once each, behind however many others. */
const essential = new Set(
	`from sender to cc reply-to subject date message-id in-reply-to references mime-version content-type content-disposition
	content-transfer-encoding content-id auto-submitted precedence list-id list-post list-unsubscribe authentication-results bcc
	return-path delivered-to x-original-to x-failed-recipients thread-index`.split(/\s+/),
);

/**
 * Reads a header block; `bytes` may or may not hold the empty line at its end. Raw bytes that are no UTF-8 are of the charset
 * that its Content-Type names, else of `charset`. Never throws.
 */
export function readHeaderBlock(bytes: Buffer, charset?: string): HeaderBlock {
	const fields: Array<{ name: string; value: string }> = [];
	const first = new Map<string, { value: string }>();
	const late = new Set<string>();
	const unclear: Array<{ field: { value: string }; raw: string }> = [];
	let isCut = bytes.length > mimeLimits.scannedHeaderBytes;
	const length = Math.min(bytes.length, mimeLimits.scannedHeaderBytes);
	let colon = -1;
	let at = 0;
	while (at < length) {
		const from = at;
		let end = endOfField(bytes, from, length);
		at = end + 1;
		// Looked for once: a block without colons would be searched to its end for each line.
		if (colon < from) colon = bytes.indexOf(0x3a, from);
		// Lines that are no fields (an mbox "From " line, a broken fold) are passed over, as Dovecot does.
		if (colon < 0) break;
		if (colon >= end || colon - from > longestName) continue;
		const name = bytes.toString('latin1', from, colon).trim().toLowerCase();
		if (name === '' || /\s/.test(name)) continue;
		let longest: number = mimeLimits.fieldBytes;
		if (fields.length >= mimeLimits.headerFields || end > mimeLimits.headerBytes) {
			isCut = true;
			if (!essential.has(name) || late.has(name)) continue;
			late.add(name);
			if (from >= mimeLimits.headerBytes) longest = mimeLimits.lateFieldBytes;
		}
		if (end - colon > longest) {
			isCut = true;
			end = colon + longest;
		}
		const { value, raw } = readValue(bytes.toString('latin1', colon + 1, end));
		const field = { name, value };
		fields.push(field);
		if (!first.has(name)) first.set(name, field);
		if (raw !== undefined) unclear.push({ field, raw });
	}
	const isGuessed = unclear.length > 0 && !decodeUnclear(fields, unclear, charset);
	return { fields, first, isCut, isGuessed };
}

/** characters; the longest registered name has about 50 */
const longestName = 1000;

/** A field goes to the first line end that is not followed by white space (RFC 5322 section 2.2.3). */
function endOfField(bytes: Buffer, from: number, length: number): number {
	let end = bytes.indexOf(0x0a, from);
	while (end >= 0 && (bytes[end + 1] === 0x20 || bytes[end + 1] === 0x09)) end = bytes.indexOf(0x0a, end + 1);
	return end < 0 || end > length ? length : end;
}

/** How ISO-2022-JP begins to shift. */
const shift = '\x1b$';
const highBytes = /[\x80-\xff]/;

/** `raw`, bytes, where the value is a guess. */
function readValue(text: string): { value: string; raw?: string } {
	if (text.includes(shift))
		return { value: decodeCharset(Buffer.from(text.replace(/\r?\n/g, ''), 'latin1'), 'iso-2022-jp').trim() };
	if (!highBytes.test(text)) return { value: (text.includes('\n') ? text.replace(/\r?\n/g, '') : text).trim() };
	const unfolded = joinFoldedCharacters(text).replace(/\r?\n/g, '').trim();
	const raw = unfolded.includes('=?') ? escapeRawBytes(unfolded) : unfolded;
	const bytes = Buffer.from(raw, 'latin1');
	const utf8 = decodeIfUtf8(bytes);
	return utf8 === undefined ? { value: decodeCharset(bytes, undefined), raw } : { value: utf8 };
}

/** By the charset that the block names itself, else by `charset`; false when neither says anything. */
function decodeUnclear(
	fields: HeaderBlock['fields'],
	unclear: Array<{ field: { value: string }; raw: string }>,
	charset: string | undefined,
): boolean {
	const type = fields.find(({ name }) => name === 'content-type')?.value;
	// Who declares UTF-8 and writes other bytes knows no more than who declares nothing.
	const said = [readParameterField(type).parameters.charset, charset].find((label) => !isUndeclared(label) && !isUtf8(label));
	if (said === undefined) return false;
	for (const { field, raw } of unclear) field.value = decodeCharset(Buffer.from(raw, 'latin1'), said);
	return true;
}

/** The value of the first field of that lower-case name: of repeated fields the first one is the one mail programs show. */
export function firstValue(header: HeaderBlock, name: string): string | undefined {
	return header.first.get(name)?.value;
}

/** The values of all fields of that lower-case name, in order of appearance. */
export function allValues(header: HeaderBlock, name: string): string[] {
	return header.first.has(name) ? header.fields.flatMap((field) => (field.name === name ? [field.value] : [])) : [];
}

/**
 * Text with its encoded words (RFC 2047) decoded. What cannot be decoded stays as it is. Control characters that a decoded
 * word smuggles in become spaces: a line break in a subject would be a header injection in whatever sends it on.
 */
export function decodeWords(value: string): string {
	return toOneLine(value.includes('=?') ? decodeEncodedWords(value) : value);
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

/** A field such as Content-Type: a value and its parameters, names in lower case, RFC 2231 and RFC 2047 decoded. */
export interface ParameterField {
	value: string;
	parameters: Record<string, string>;
}

/** Never throws; a missing field gives an empty value. */
export function readParameterField(raw: string | undefined): ParameterField {
	if (raw === undefined || raw === '') return { value: '', parameters: {} };
	const parsed = libmime().parseHeaderValue(withSemicolons(raw), { stripComments: true });
	const decoded = new Set(parsed.decodedParams);
	const parameters: Record<string, string> = {};
	for (const [name, value] of Object.entries(parsed.params)) {
		if (name === '__proto__') continue;
		// RFC 2047 section 5 forbids encoded words in parameters; Outlook and most web mailers write them all the same.
		parameters[name] = !decoded.has(name) && value.includes('=?') ? decodeEncodedWords(value) : value;
	}
	return { value: parsed.value.toLowerCase().trim(), parameters };
}

const typeWithoutSemicolon = /^\s*"?([^\s"/;,:=()]+\/[^\s"/;,:=()]+|attachment|inline)"?[\s,:]+(?=[\w*-]+\s*=)/i;
/** A quoted string, which stays as it is, or the space before a parameter whose name can be nothing else. */
const parameterWithoutSemicolon =
	/"(?:[^"\\]|\\[^])*"?|(?<![\s,;])[\s,]+(?=(?:boundary|charset|name|filename|format|delsp|method|type|start|protocol|micalg|report-type|size)\*?(?:\d+\*?)?\s*=)/gi;

/** Mailers leave out the semicolons, and then their files are text and their multiparts have no parts. */
function withSemicolons(raw: string): string {
	return raw
		.replace(typeWithoutSemicolon, '$1; ')
		.replace(parameterWithoutSemicolon, (found) => (found.startsWith('"') ? found : '; '));
}
