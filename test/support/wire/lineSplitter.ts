/**
 * Cuts one direction of an IMAP connection into lines and literals, however the bytes were spread over packets. A literal is
 * handed on in the pieces in which it came and is never looked into.
 */
export type WirePiece =
	| {
			kind: 'line';
			/** The line in latin1, so that every byte survives, without its line end. */
			text: string;
			lineEnd: string;
			/** The rest of a line that had a literal in it: not the start of a response or command. */
			continued: boolean;
			/** Size of the literal that follows, if one does. */
			literal?: number;
			/** The sender of the literal waits for `+` before it goes on. */
			waits: boolean;
	  }
	| { kind: 'literal'; bytes: Buffer; last: boolean };

/** In these lines the text after the code is free text, and `{5}` at its end is no literal. */
const statusLine = /^(\+|(\*|[^ ]+) (OK|NO|BAD|BYE|PREAUTH))( |$)/i;
const literalMark = /~?\{(\d+)(\+?)\}$/;

export class LineSplitter {
	private held: Buffer[] = [];
	private literalLeft = 0;
	private continued = false;

	constructor(private readonly from: 'client' | 'server') {}

	/** All pieces that are complete with this chunk. */
	push(chunk: Buffer): WirePiece[] {
		const pieces: WirePiece[] = [];
		let offset = 0;
		while (offset < chunk.length) {
			if (this.literalLeft > 0) {
				const end = Math.min(chunk.length, offset + this.literalLeft);
				this.literalLeft -= end - offset;
				pieces.push({ kind: 'literal', bytes: chunk.subarray(offset, end), last: this.literalLeft === 0 });
				offset = end;
				continue;
			}
			const newline = chunk.indexOf(10, offset);
			if (newline < 0) {
				this.held.push(chunk.subarray(offset));
				break;
			}
			this.held.push(chunk.subarray(offset, newline + 1));
			offset = newline + 1;
			pieces.push(...this.line(Buffer.concat(this.held).toString('latin1')));
			this.held = [];
		}
		return pieces;
	}

	/** What came of a line that is not complete yet. */
	rest(): Buffer {
		const rest = Buffer.concat(this.held);
		this.held = [];
		return rest;
	}

	private line(raw: string): WirePiece[] {
		const lineEnd = raw.endsWith('\r\n') ? '\r\n' : '\n';
		const text = raw.slice(0, -lineEnd.length);
		const continued = this.continued;
		const mark = this.from === 'server' && !continued && statusLine.test(text) ? null : literalMark.exec(text);
		this.continued = mark !== null;
		if (!mark) return [{ kind: 'line', text, lineEnd, continued, waits: false }];
		const literal = Number(mark[1]);
		const pieces: WirePiece[] = [{ kind: 'line', text, lineEnd, continued, literal, waits: mark[2] === '' }];
		this.literalLeft = literal;
		if (literal === 0) pieces.push({ kind: 'literal', bytes: Buffer.alloc(0), last: true });
		return pieces;
	}
}
