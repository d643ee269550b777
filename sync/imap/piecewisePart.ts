import { createHash } from 'node:crypto';
import type { SyncError } from '../errors/syncError';

/** Bytes of one piece: 1 MiB a round trip keeps a 50 MB attachment near 70 of them. */
export const PIECE_BYTES = 1024 * 1024;

/** A part that is read piece by piece because of its size, with what the server announced of it. */
export interface PiecewisePart {
	/** BODYSTRUCTURE or RFC822.SIZE; undefined where nothing was announced. */
	announced: number | undefined;
	/** One partial FETCH (BODY[part]<start.length>); undefined where the server says NIL or sends no row. */
	piece(start: number): Promise<Buffer | undefined>;
	/** The part in one FETCH without a range; undefined where it is too large to be held, or does not come. */
	whole(): Promise<Buffer | undefined>;
	/** Whether a size that was announced wrongly is the server's way of counting, and not a part that was cut. */
	isComplete(whole: Buffer): boolean;
	/** What to throw where the bytes contradict what was announced. */
	contradiction(received: number): SyncError;
}

/**
 * The bytes of a part, piece by piece. The length of a piece is no proof of anything: servers send less than they were asked for,
 * end with an empty piece where something is left, ignore the end of the range, or the range itself. So the part ends where the
 * announced size says, or where the server has nothing more. Where the two disagree, the part is read once more without a range,
 * and that decides: a file is never handed out cut or endless. Throws `contradiction`, and what `part` throws.
 */
export async function* readPiecewise(part: PiecewisePart): AsyncGenerator<Buffer> {
	const { announced } = part;
	const digest = createHash('sha256');
	let given = 0;
	let before: Buffer | undefined;
	for (;;) {
		const piece = await part.piece(given);
		// A part that is not there, as against one that has ended.
		if (piece === undefined && given === 0) throw part.contradiction(0);
		const bytes = piece ?? Buffer.alloc(0);
		const total = given + bytes.length;
		const isEmpty = bytes.length === 0;
		// A range that is ignored brings the same again, or more after what looked like the end.
		const isRepeated = !isEmpty && (before?.equals(bytes) || (announced === undefined && before && before.length < PIECE_BYTES));
		const isAsLong = total === announced || (isEmpty && announced === undefined);
		if (isAsLong && bytes.length !== PIECE_BYTES && !isRepeated) {
			if (!isEmpty) yield bytes;
			return;
		}
		if (isEmpty || isRepeated || bytes.length > PIECE_BYTES || total > (announced ?? Infinity)) {
			yield* confirmed(part, { given, digest: digest.digest('hex'), held: bytes });
			return;
		}
		yield bytes;
		digest.update(bytes);
		given = total;
		before = bytes;
	}
}

/** What is left of a part whose pieces contradict its size, from a second reading that has to begin with what was given out. */
async function* confirmed(
	part: PiecewisePart,
	{ given, digest, held }: { given: number; digest: string; held: Buffer },
): AsyncGenerator<Buffer> {
	const total = given + held.length;
	const whole = await part.whole();
	const beginsSo = whole && createHash('sha256').update(whole.subarray(0, given)).digest('hex') === digest;
	if (!whole || whole.length === 0 || whole.length < given || !beginsSo) throw part.contradiction(total);
	const isExact = part.announced === undefined || whole.length === part.announced;
	if (!isExact && !part.isComplete(whole)) throw part.contradiction(whole.length);
	if (whole.length > given) yield whole.subarray(given);
}
