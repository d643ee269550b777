import { readHeaderBlock, type HeaderBlock } from './headerBlock';
import { mimeLimits } from './limits';
import { boundaryOf, OpenMultiparts } from './openMultiparts';
import { declaredCharset, describePart, numberPart, type ScannedPart } from './scannedPart';

export interface ScannedMessage {
	header: HeaderBlock;
	root: ScannedPart;
	cut: { header: boolean; parts: boolean; nesting: boolean };
}

const newline = 0x0a;
const carriageReturn = 0x0d;
const dash = 0x2d;
const delimiterStart = Buffer.from('\n--');

/** One pass over the bytes of one message, which finds its parts; see scanMessage. Scans once. */
export class PartScanner {
	private readonly cut = { header: false, parts: false, nesting: false };
	private readonly open: OpenMultiparts;
	/** multiparts that are not looked into */
	private readonly tooDeep = new Set<ScannedPart>();
	private partCount = 0;
	/** that of the first text: raw bytes in the headers of the parts behind it are of this charset too */
	private charset: string | undefined;

	constructor(private readonly source: Buffer) {
		this.open = new OpenMultiparts(source);
	}

	scan(): ScannedMessage {
		const { part: root, header } = this.startPart(0, undefined);
		this.scanBody(root);
		this.settle(root);
		// A multipart says in its parts only what the raw bytes in its header are.
		const known = header.isGuessed && this.charset !== undefined;
		const whole = known ? readHeaderBlock(this.source.subarray(0, root.bodyStart), this.charset) : header;
		return { header: whole, root, cut: this.cut };
	}

	/** Goes from delimiter to delimiter: each ends what is open within its multipart, and starts the next part. */
	private scanBody(root: ScannedPart): void {
		const { source, open } = this;
		let current: ScannedPart | undefined = root;
		// The delimiter may be the first line of a body: the search starts at the line end before it.
		let at = Math.max(root.bodyStart - 1, 0);
		while (open.count > 0) {
			const found = source.indexOf(delimiterStart, at);
			if (found < 0) return;
			const delimiter = open.delimiterAt(found + 1);
			if (!delimiter) {
				at = found + 1;
				continue;
			}
			const bodyEnd = beforeLineEnd(source, found + 1);
			if (current) current.bodyEnd = Math.max(current.bodyStart, bodyEnd);
			current = undefined;
			open.closeFrom(delimiter.level + 1, bodyEnd);
			if (delimiter.closes) {
				open.closeFrom(delimiter.level, delimiter.next);
				at = delimiter.next - 1;
				continue;
			}
			if (this.partCount >= mimeLimits.parts) {
				this.cut.parts = true;
				return;
			}
			current = this.startPart(delimiter.next, open.partAt(delimiter.level)).part;
			at = Math.max(current.bodyStart - 1, delimiter.next - 1);
		}
	}

	/**
	 * Reads the header of a part at `start` and opens it if it is a multipart. Returns the part; its body starts at `bodyStart`.
	 */
	private startPart(start: number, parent: ScannedPart | undefined): { part: ScannedPart; header: HeaderBlock } {
		const { headerEnd, bodyStart } = this.findHeaderEnd(start, parent);
		const header = readHeaderBlock(this.source.subarray(start, headerEnd), this.charset);
		if (header.isCut) this.cut.header = true;
		const part: ScannedPart = { ...describePart(header, parent), bodyStart, bodyEnd: this.source.length };
		this.charset ??= declaredCharset(part);
		this.partCount++;
		parent?.children.push(part);
		numberPart(part, parent);
		this.openIfMultipart(part);
		return { part, header };
	}

	private findHeaderEnd(start: number, parent: ScannedPart | undefined): { headerEnd: number; bodyStart: number } {
		const { source, open } = this;
		let at = start;
		/** the first line that is no field, where the text begins if the empty line never comes */
		let firstOther = -1;
		while (at < source.length) {
			if (source[at] === newline) return { headerEnd: at, bodyStart: at + 1 };
			if (source[at] === carriageReturn && source[at + 1] === newline) return { headerEnd: at, bodyStart: at + 2 };
			// A part may end within its header.
			if (parent && source[at] === dash && source[at + 1] === dash && open.delimiterAt(at)) {
				return { headerEnd: at, bodyStart: at };
			}
			const end = source.indexOf(newline, at);
			const next = end < 0 ? source.length : end + 1;
			if (firstOther < 0 && at > start && !parent && !isFieldLine(source, at, next)) firstOther = at;
			at = next;
		}
		const end = firstOther < 0 ? source.length : firstOther;
		return { headerEnd: end, bodyStart: end };
	}

	private openIfMultipart(part: ScannedPart): void {
		const boundary = boundaryOf(part);
		if (boundary === '') return;
		if (this.open.count < mimeLimits.nesting) {
			this.open.add(part, boundary);
			return;
		}
		this.cut.nesting = true;
		this.tooDeep.add(part);
	}

	/** A multipart in which no part was found is text: what its sender wrote must not vanish because a boundary is wrong. */
	private settle(part: ScannedPart): void {
		for (const child of part.children) this.settle(child);
		if (part.children.length > 0) return;
		part.size = part.bodyEnd - part.bodyStart;
		if (!part.type.startsWith('multipart/') || this.tooDeep.has(part)) return;
		part.type = 'text/plain';
		if (part.part === '') part.part = '1';
	}
}

/**
 * Where the part before the delimiter line at `at` ends: the line end in front of it belongs to the delimiter (RFC 2046 section
 * 5.1.1).
 */
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
