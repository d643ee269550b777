import fc from 'fast-check';
import { attachmentStream, chooseLargeParts } from '../../sync/mime/largeMessage';
import { asUid } from '../../sync/uids/uid';
import { seedFrom } from '../support/chance';
import type { BodyPart } from '../../sync/server/bodyPart';
import type { FetchedMessage } from '../../sync/server/message';

const all = { names: [], types: [] };
const leaf = (part: string, type: string, more: Partial<BodyPart> = {}): BodyPart => ({
	part,
	type,
	parameters: {},
	dispositionParameters: {},
	encoding: 'base64',
	size: 1_000_000,
	children: [],
	...more,
});
const mixed = (...children: BodyPart[]): BodyPart =>
	leaf('', 'multipart/mixed', { encoding: undefined, size: undefined, children });
const text = leaf('1', 'text/plain', { encoding: '7bit', size: 100 });
const attachment = { part: '2', fileName: 'a.zip', mimeType: 'application/zip', size: 750_000, isInline: false };

/** A message whose second part comes in these pieces. */
const withPieces = (pieces: string[], encoding = 'base64'): FetchedMessage => ({
	uid: asUid(1),
	flags: [],
	size: 1_000_100,
	structure: mixed(text, leaf('2', 'application/zip', { encoding })),
	readPart: async function* () {
		for (const piece of pieces) yield Buffer.from(piece, 'latin1');
	},
});
const read = async (message: FetchedMessage): Promise<Buffer> =>
	Buffer.concat((await (await attachmentStream(message, attachment, all))?.toArray()) as Buffer[]);

describe('a large message', () => {
	test('is read by its text parts, and its attachments are left for later', () => {
		const structure = mixed(text, leaf('2', 'application/zip'));
		expect(chooseLargeParts({ level: 'content', attachmentContent: false }, 1_000_100, structure)).toEqual(['1']);
		expect(chooseLargeParts({ level: 'content', attachmentContent: all }, 1_000_100, structure)).toEqual(['1']);
		expect(chooseLargeParts({ level: 'metadata', attachmentContent: all }, 1_000_100, structure)).toEqual([]);
	});

	test('of which the whole is wanted is read by its header and structure, and streamed then', () => {
		expect(chooseLargeParts({ level: 'raw', attachmentContent: false }, 1_000_100, mixed(text))).toEqual([]);
	});

	test('is read whole where nothing can be made of its structure', () => {
		expect(chooseLargeParts({ level: 'content', attachmentContent: false }, 1_000_100, mixed(text))).toBe('source');
	});

	test("is read with Outlook's container, which has to be unpacked", () => {
		const structure = mixed(text, leaf('2', 'application/ms-tnef', { size: 300_000 }), leaf('3', 'application/zip'));
		expect(chooseLargeParts({ level: 'content', attachmentContent: all }, 1_300_100, structure)).toEqual(['1', '2']);
	});
});

describe('the stream of an attachment', () => {
	const seed = seedFrom('MIME_SEED');
	test(`gives the bytes, wherever lines end and pieces are cut (seed ${seed})`, async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.uint8Array({ maxLength: 300 }),
				fc.integer({ min: 4, max: 80 }),
				fc.array(fc.nat({ max: 400 }), { maxLength: 5 }),
				async (bytes, width, cuts) => {
					const encoded = Buffer.from(bytes)
						.toString('base64')
						.replace(new RegExp(`.{${width}}`, 'g'), '$&\r\n');
					const pieces = [0, ...[...cuts].sort((a, b) => a - b)].map((from, i, all) => encoded.slice(from, all[i + 1]));
					expect((await read(withPieces(pieces))).equals(Buffer.from(bytes))).toBe(true);
				},
			),
			{ seed },
		);
	});

	test('goes on after padding in the middle', async () => {
		expect((await read(withPieces(['aGVsbG8', '=\r\nIHdv', 'cmxkIQ==']))).toString()).toBe('hello world!');
	});

	test.each([
		['quoted-printable', ['caf=C3', '=A9=\r\n!'], 'café!'],
		['8bit', ['as ', 'it is'], 'as it is'],
		['7bit', [], ''],
	])('decodes %s', async (encoding, pieces, expected) => {
		expect((await read(withPieces(pieces, encoding))).toString()).toBe(expected);
	});

	test('is not made for what was read, is not wanted, or is not there', async () => {
		const message = withPieces([]);
		expect(await attachmentStream(message, { ...attachment, content: Buffer.from('x') }, all)).toBeUndefined();
		expect(await attachmentStream(message, attachment, { names: ['*.pdf'], types: [] })).toBeUndefined();
		expect(await attachmentStream(message, attachment, { names: [], types: [], maxSize: 10 })).toBeUndefined();
		expect(await attachmentStream(message, { ...attachment, part: '9' }, all)).toBeUndefined();
		expect(await attachmentStream({ ...message, readPart: undefined }, attachment, all)).toBeUndefined();
	});

	test('fails with the error of the mail server', async () => {
		const message = withPieces([]);
		message.readPart = async function* () {
			yield Buffer.from('aGVs');
			throw new Error('gone');
		};
		await expect(read(message)).rejects.toThrow('gone');
	});
});
