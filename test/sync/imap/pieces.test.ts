import { inPieces, PIECE_BYTES, type Range } from '../../../sync/imap/pieces';

const part = Buffer.alloc(3 * PIECE_BYTES + 4321, 'abcdefghijk');
const honest = (range?: Range): Buffer => (range ? part.subarray(range.start, range.start + range.maxLength) : part);

/** What servers make of a range. */
const servers: Array<[name: string, read: (range?: Range) => Buffer | undefined]> = [
	['honest', honest],
	['gives the rest from the origin on', (range) => part.subarray(range?.start ?? 0)],
	['gives all each time', () => part],
	['gives half of what is asked for', (range) => honest(range && { ...range, maxLength: range.maxLength / 2 })],
	[
		'gives nothing for the last piece',
		(range) => (range && range.start + range.maxLength > part.length ? Buffer.alloc(0) : honest(range)),
	],
	['gives NIL behind the end', (range) => (range && range.start >= part.length ? undefined : honest(range))],
	['gives NIL for the last piece', (range) => (range && range.start + range.maxLength > part.length ? undefined : honest(range))],
];

async function read(answer: (range?: Range) => Buffer | undefined, size?: number) {
	const asked: Array<Range | undefined> = [];
	const pieces: Buffer[] = [];
	const asking = async (range?: Range) => {
		asked.push(range);
		return answer(range);
	};
	for await (const piece of inPieces(asking, size)) if (piece) pieces.push(piece);
	return { bytes: Buffer.concat(pieces), asked: asked.length };
}

it.each(servers)('each byte comes once from a server that is or does: %s', async (_name, answer) => {
	expect((await read(answer, part.length)).bytes.equals(part)).toBe(true);
});

it('an honest server is asked no more often than there are pieces, whether it told the size or not', async () => {
	expect((await read(honest, part.length)).asked).toBe(4);
	expect((await read(honest)).asked).toBe(4);
});

it('a size that is too large costs the whole once, one that is too small nothing', async () => {
	for (const size of [part.length + 17, part.length - 17]) {
		const { bytes, asked } = await read(honest, size);
		expect(bytes.equals(part)).toBe(true);
		expect(asked).toBeLessThanOrEqual(6);
	}
});

it('a part that is not there is told', async () => {
	const first = await inPieces(async () => undefined).next();
	expect(first).toEqual({ done: false, value: undefined });
});
