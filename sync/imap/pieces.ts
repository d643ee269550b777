/** Bytes of one piece of a part: 1 MiB a round trip keeps a 50 MB attachment near 70 of them. */
export const PIECE_BYTES = 1024 * 1024;

export interface Range {
	start: number;
	maxLength: number;
}

/**
 * The bytes of a part, read piece by piece. `read` gives those of one range (RFC 3501 section 6.4.5, "<origin.count>"), or of all of it
 * without one; undefined for none. `size` is what the server says that the part has, which may be somewhat wrong.
 *
 * Servers cut pieces short, overlook the end of a range or all of it, and answer with nothing: whatever they do, each byte comes once,
 * and a part that ends before its size is read once more as a whole. Undefined as a piece: there is no such part.
 */
export async function* inPieces(
	read: (range?: Range) => Promise<Buffer | undefined>,
	size?: number,
): AsyncGenerator<Buffer | undefined> {
	for (let start = 0; ;) {
		const piece = await read({ start, maxLength: PIECE_BYTES });
		// Some say NIL for what is behind the end.
		if (piece === undefined && start === 0) yield undefined;
		const length = piece?.length ?? 0;
		if (piece && length > 0) yield piece;
		start += length;
		const isAtEnd = size === undefined || start >= size;
		if (length > PIECE_BYTES || (length < PIECE_BYTES && isAtEnd)) return;
		if (length > 0) continue;
		const whole = await read();
		if (whole && whole.length > start) yield whole.subarray(start);
		return;
	}
}
