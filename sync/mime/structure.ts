import { firstValue, readHeaderBlock, readParameterField, type HeaderBlock } from './headerBlock';
import { mimeLimits } from './limits';
import { normalizeEncoding } from './transferEncoding';
import type { BodyPart } from '../server/bodyPart';

/** A part of a message that was read whole: what BODYSTRUCTURE would say of it, and where its bytes are. */
export interface ScannedPart extends BodyPart {
	children: ScannedPart[];
	/** Offsets of the encoded body in the source. */
	bodyStart: number;
	bodyEnd: number;
}

export interface ScannedMessage {
	header: HeaderBlock;
	root: ScannedPart;
	cut: { header: boolean; parts: boolean; nesting: boolean };
}

const newline = 0x0a;
const carriageReturn = 0x0d;
const dash = 0x2d;
const delimiterStart = Buffer.from('\n--');

/** RFC 2046 section 5.1.1 allows 70 characters; some mailers write more. */
const longestBoundary = 250;

interface OpenMultipart {
	part: ScannedPart;
	boundary: string;
}

/**
 * Splits a message into its parts in one pass over its bytes, with the part numbers of IMAP, so that a part chosen here and
 * one chosen by BODYSTRUCTURE are the same. A message inside the message (message/rfc822) is one part and is not looked into.
 * Never throws; time and memory grow linearly with the size and are bounded by mimeLimits.
 */
export function scanMessage(source: Buffer): ScannedMessage {
	const cut = { header: false, parts: false, nesting: false };
	const open: OpenMultipart[] = [];
	/** boundary -> index in `open`; of equal boundaries the innermost counts, as Dovecot has it */
	const byBoundary = new Map<string, number>();
	/** multiparts that are not looked into */
	const tooDeep = new Set<ScannedPart>();
	let partCount = 0;

	const closeFrom = (level: number) => {
		while (open.length > level) {
			const { boundary } = open.pop()!;
			const outer = findLastIndex(open, boundary);
			if (outer < 0) byBoundary.delete(boundary);
			else byBoundary.set(boundary, outer);
		}
	};

	/**
	 * Which open multipart the line at `at`, which starts with "--", ends a part of. RFC 2046 section 5.1.1 is content with a line that
	 * begins with the boundary; but mailers make boundaries that begin with another one, so the whole line counts, without white space.
	 */
	const delimiterAt = (at: number): { level: number; closes: boolean; next: number } | undefined => {
		if (open.length === 0) return undefined;
		let end = source.indexOf(newline, at);
		const next = end < 0 ? source.length : end + 1;
		if (end < 0) end = source.length;
		if (end - at > longestBoundary + 6) return undefined;
		while (end > at && isSpace(source[end - 1])) end--;
		const line = source.toString('latin1', at + 2, end);
		const level = byBoundary.get(line);
		if (level !== undefined) return { level, closes: false, next };
		const closed = line.endsWith('--') ? byBoundary.get(line.slice(0, -2).trimEnd()) : undefined;
		return closed === undefined ? undefined : { level: closed, closes: true, next };
	};

	/** Reads the header of a part at `start` and opens it if it is a multipart. Returns the part; its body starts at `bodyStart`. */
	const startPart = (start: number, parent: ScannedPart | undefined): { part: ScannedPart; header: HeaderBlock } => {
		let at = start;
		let headerEnd = source.length;
		let bodyStart = source.length;
		/** the first line that is no field, where the text begins if the empty line never comes */
		let firstOther = -1;
		while (at < source.length) {
			if (source[at] === newline || (source[at] === carriageReturn && source[at + 1] === newline)) {
				headerEnd = at;
				bodyStart = source[at] === newline ? at + 1 : at + 2;
				break;
			}
			// A part may end within its header.
			if (parent && source[at] === dash && source[at + 1] === dash && delimiterAt(at)) {
				headerEnd = at;
				bodyStart = at;
				break;
			}
			const end = source.indexOf(newline, at);
			const next = end < 0 ? source.length : end + 1;
			if (firstOther < 0 && at > start && !parent && !isFieldLine(source, at, next)) firstOther = at;
			at = next;
		}
		if (headerEnd === source.length && firstOther >= 0) {
			headerEnd = firstOther;
			bodyStart = firstOther;
		}
		const header = readHeaderBlock(source.subarray(start, headerEnd));
		if (header.isCut) cut.header = true;
		const part: ScannedPart = { ...describePart(header, parent), bodyStart, bodyEnd: source.length };
		partCount++;
		parent?.children.push(part);
		const boundary = part.type.startsWith('multipart/') ? boundaryOf(part) : '';
		if (boundary !== '') {
			if (open.length >= mimeLimits.nesting) {
				cut.nesting = true;
				tooDeep.add(part);
			} else {
				open.push({ part, boundary });
				byBoundary.set(boundary, open.length - 1);
			}
		}
		return { part, header };
	};

	/** A multipart in which no part was found is text: what its sender wrote must not vanish because a boundary is wrong. */
	const settle = (part: ScannedPart): void => {
		for (const child of part.children) settle(child);
		if (part.children.length > 0) return;
		part.size = part.bodyEnd - part.bodyStart;
		if (!part.type.startsWith('multipart/') || tooDeep.has(part)) return;
		part.type = 'text/plain';
		if (part.part === '') part.part = '1';
	};

	const { part: root, header } = startPart(0, undefined);
	numberPart(root, undefined, 0);
	let current: ScannedPart | undefined = root;
	// The delimiter may be the first line of a body: the search starts at the line end before it.
	let at = Math.max(root.bodyStart - 1, 0);
	const endCurrent = (delimiter: number) => {
		if (current) current.bodyEnd = Math.max(current.bodyStart, beforeLineEnd(source, delimiter));
		current = undefined;
	};
	while (open.length > 0) {
		const found = source.indexOf(delimiterStart, at);
		if (found < 0) break;
		const delimiter = delimiterAt(found + 1);
		if (!delimiter) {
			at = found + 1;
			continue;
		}
		endCurrent(found + 1);
		for (const closing of open.slice(delimiter.level + 1)) closing.part.bodyEnd = beforeLineEnd(source, found + 1);
		const { part: parent } = open[delimiter.level];
		if (delimiter.closes) {
			parent.bodyEnd = delimiter.next;
			closeFrom(delimiter.level);
			at = delimiter.next - 1;
			continue;
		}
		closeFrom(delimiter.level + 1);
		if (partCount >= mimeLimits.parts) {
			cut.parts = true;
			break;
		}
		const started = startPart(delimiter.next, parent);
		numberPart(started.part, parent, parent.children.length);
		current = started.part;
		at = Math.max(current.bodyStart - 1, delimiter.next - 1);
	}
	settle(root);
	return { header, root, cut };
}

/** A part as BODYSTRUCTURE would describe it, still without number and size. */
function describePart(header: HeaderBlock, parent: ScannedPart | undefined): BodyPart & { children: ScannedPart[] } {
	const contentType = readParameterField(firstValue(header, 'content-type'));
	const disposition = readParameterField(firstValue(header, 'content-disposition'));
	const contentId = firstValue(header, 'content-id');
	const part: BodyPart & { children: ScannedPart[] } = {
		part: '',
		type: readType(contentType.value, parent),
		parameters: contentType.parameters,
		dispositionParameters: disposition.parameters,
		children: [],
	};
	if (disposition.value !== '') part.disposition = disposition.value;
	const encoding = normalizeEncoding(firstValue(header, 'content-transfer-encoding'));
	if (encoding !== '') part.encoding = encoding;
	if (contentId) part.contentId = contentId;
	return part;
}

/** RFC 2046 section 5.1.5: in a digest a part without a type is a message. */
function readType(value: string, parent: ScannedPart | undefined): string {
	return value === '' && parent?.type === 'multipart/digest' ? 'message/rfc822' : normalizeType(value);
}

/** Lower case; RFC 2045 section 5.2: no type, or none that can be read, is text/plain. */
export function normalizeType(type: string): string {
	const lower = type.toLowerCase();
	return /^[^\s/]+\/[^\s/]+$/.test(lower) ? lower : 'text/plain';
}

function boundaryOf(part: BodyPart): string {
	const boundary = (part.parameters.boundary ?? '').trimEnd();
	return boundary.length <= longestBoundary ? boundary : '';
}

/** RFC 3501 section 6.4.5: the root of a multipart has no number, its children count from 1; a single part is "1". */
function numberPart(part: ScannedPart, parent: ScannedPart | undefined, position: number): void {
	if (!parent) part.part = part.type.startsWith('multipart/') ? '' : '1';
	else part.part = parent.part === '' ? String(position) : `${parent.part}.${position}`;
}

/** Where the part before the delimiter line at `at` ends: the line end in front of it belongs to the delimiter (RFC 2046 section 5.1.1). */
function beforeLineEnd(source: Buffer, at: number): number {
	let end = at;
	if (end > 0 && source[end - 1] === newline) end--;
	if (end > 0 && source[end - 1] === carriageReturn) end--;
	return end;
}

/** A field, or the continuation of one. */
function isFieldLine(source: Buffer, start: number, end: number): boolean {
	if (source[start] === 0x20 || source[start] === 0x09) return true;
	const colon = source.indexOf(0x3a, start);
	return colon >= 0 && colon < end;
}

function isSpace(byte: number): boolean {
	return byte === 0x20 || byte === 0x09 || byte === carriageReturn;
}

function findLastIndex(open: OpenMultipart[], boundary: string): number {
	for (let index = open.length - 1; index >= 0; index--) if (open[index].boundary === boundary) return index;
	return -1;
}
