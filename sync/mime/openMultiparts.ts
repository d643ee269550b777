import type { ScannedPart } from './scannedPart';

const newline = 0x0a;
const carriageReturn = 0x0d;

/** RFC 2046 section 5.1.1 allows 70 characters; some mailers write more. */
const longestBoundary = 250;

interface OpenMultipart {
	part: ScannedPart;
	boundary: string;
}

/** A line that ends a part, and the multipart it belongs to. */
export interface Delimiter {
	/** The place of the multipart among the open ones, 0 for the outermost. */
	level: number;
	/** Whether it ends the multipart as well. */
	closes: boolean;
	/** Where the next line begins. */
	next: number;
}

/** The multiparts around one place of a message, which go on until a line with their boundary. */
export class OpenMultiparts {
	private readonly open: OpenMultipart[] = [];
	/** boundary -> index in `open`; of equal boundaries the innermost counts, as Dovecot has it */
	private readonly byBoundary = new Map<string, number>();

	constructor(private readonly source: Buffer) {}

	get count(): number {
		return this.open.length;
	}

	partAt(level: number): ScannedPart {
		return this.open[level].part;
	}

	add(part: ScannedPart, boundary: string): void {
		this.open.push({ part, boundary });
		this.byBoundary.set(boundary, this.open.length - 1);
	}

	/** Closes the multipart at `level` and all within it: they end at `bodyEnd`. */
	closeFrom(level: number, bodyEnd: number): void {
		while (this.open.length > level) {
			const { part, boundary } = this.open.pop()!;
			part.bodyEnd = bodyEnd;
			const outer = findLastIndex(this.open, boundary);
			if (outer < 0) this.byBoundary.delete(boundary);
			else this.byBoundary.set(boundary, outer);
		}
	}

	/**
	 * Which open multipart the line at `at`, which starts with "--", ends a part of. RFC 2046 section 5.1.1 is content with a line
	 * that begins with the boundary; but mailers make boundaries that begin with another one, so the whole line counts, without
	 * white space.
	 */
	delimiterAt(at: number): Delimiter | undefined {
		const { source, byBoundary } = this;
		if (this.open.length === 0) return undefined;
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
	}
}

/** What the lines between the parts of a multipart begin with; empty for what is no multipart or has no boundary to look for. */
export function boundaryOf(part: ScannedPart): string {
	if (!part.type.startsWith('multipart/')) return '';
	const boundary = (part.parameters.boundary ?? '').trimEnd();
	return boundary.length <= longestBoundary ? boundary : '';
}

function isSpace(byte: number): boolean {
	return byte === 0x20 || byte === 0x09 || byte === carriageReturn;
}

function findLastIndex(open: OpenMultipart[], boundary: string): number {
	for (let index = open.length - 1; index >= 0; index--) if (open[index].boundary === boundary) return index;
	return -1;
}
