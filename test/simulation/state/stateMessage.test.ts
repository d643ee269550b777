import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { decodePosition, encodePosition, type Position } from '../../../sync/state/position';
import { readStateMessage, stateKey, writeStateMessage } from '../../../sync/state/stateMessage';
import type { Sealing } from '../../../sync/state/keptMessage';
import { SyncError } from '../../../sync/errors/syncError';
import { sealBy } from '../../support/accountSeal';

const key = stateKey('default');
const position: Position = { serial: 3, savedAt: 1_790_000_000_000, since: 1_780_000_000_000 };
const by = (secret: string, folder = 'IMAP Sync', ...whose: string[]): Sealing => ({ seal: sealBy(secret, ...whose), folder });
const written = async (name = 'default', what: Position = position, sealing = by('right')): Promise<Buffer> =>
	await writeStateMessage({ key: stateKey(name), nonce: 'a-1', position: what }, name, what.savedAt, sealing);
const read = async (source: Buffer, of = key): ReturnType<typeof readStateMessage> =>
	await readStateMessage(source, of, 'a folder', by('right'));

test('a message gives back what was written into it', async () => {
	expect(await read(await written())).toEqual({ key, nonce: 'a-1', position });
});

test('has lines that every server takes, and a subject with any name', async () => {
	for (const name of ['default', 'Größe 日本 '.repeat(12), 'x'.repeat(200)]) {
		const source = (await written(name)).toString('latin1');
		expect(source).not.toMatch(/[^\r]\n|\r[^\n]|[\x80-\xff\0]/);
		for (const line of source.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
		expect(await read(Buffer.from(source, 'latin1'), stateKey(name))).toMatchObject({ position });
	}
});

test('of another state, or no state at all, is none', async () => {
	expect(await read(await written(), stateKey('other'))).toBeUndefined();
	expect(await read(Buffer.from('Subject: hello\r\n\r\nhello\r\n'))).toBeUndefined();
});

test('cut anywhere, or with a byte changed in its data, is broken or none, never another position', async () => {
	const source = await written();
	for (let length = 0; length < source.length - 2; length++) {
		const found = await read(source.subarray(0, length));
		if (typeof found === 'object') expect(found.position).toEqual(position);
	}
	const from = source.indexOf('BEGIN IMAP') + 24;
	await fc.assert(
		fc.asyncProperty(
			fc.integer({ min: from, max: source.indexOf('-----END') - 1 }),
			fc.integer({ min: 32, max: 126 }),
			async (at, byte) => {
				const changed = Buffer.from(source);
				changed[at] = byte;
				const found = await read(changed);
				if (typeof found === 'object') expect(found.position).toEqual(position);
			},
		),
	);
});

test('a relay that changes line ends changes nothing', async () => {
	const source = Buffer.from((await written()).toString('latin1').replace(/\r\n/g, '\n'), 'latin1');
	expect(await read(source)).toMatchObject({ position });
});

describe("is nobody's position", () => {
	test.each([
		['another password', by('wrong')],
		['another folder', by('right', 'Other')],
		['another user', by('right', 'IMAP Sync', 'bob@example.com')],
		['another host', by('right', 'IMAP Sync', 'alice@example.com', 'mail.example.net')],
	])('that was sealed for %s', async (_, sealing) => {
		expect(await read(await written('default', position, sealing))).toBe('unsealed');
	});

	test('with the header, and so the name or the nonce, of another one', async () => {
		const source = (await written()).toString('latin1');
		const renamed = source.replace(stateKey('default'), stateKey('other'));
		expect(await read(Buffer.from(renamed, 'latin1'), stateKey('other'))).toBe('unsealed');
		expect(await read(Buffer.from(source.replace('<a-1@', '<a-2@'), 'latin1'))).toBe('unsealed');
	});

	test('with a checksum in place of the seal, as versions before wrote it', async () => {
		const source = (await written()).toString('latin1');
		const bytes = Buffer.from(/STATE-----\r\n([\s\S]*)\r\n=/.exec(source)![1], 'base64');
		const forged = source.replace(/^=.*$/m, `=${createHash('sha256').update(bytes).digest('hex')}`);
		expect(await read(Buffer.from(forged, 'latin1'))).toBe('unsealed');
	});

	test('with a serial that nothing could follow', async () => {
		expect(await read(await written('default', { ...position, serial: 8e15 }))).toBe('broken');
	});
});

describe('a position', () => {
	it.each([undefined, null, '', ' \n', {}, '{}'])('%j is nothing', (value) => {
		expect(decodePosition(value, "'Cursor'")).toBeUndefined();
	});

	it.each([
		5,
		[],
		'[]',
		'abc',
		'{"p":1',
		'null',
		{ p: 2, n: 1, t: 1 },
		{ p: 1 },
		{ p: 1, n: -1, t: 1 },
		{ p: 1, n: 1, t: 1, s: { v: 1 } },
		{ v: 1 },
	])('%j is refused, never taken for nothing', (value) => {
		try {
			decodePosition(value, "'Cursor'");
		} catch (error) {
			expect(error).toBeInstanceOf(SyncError);
			expect(error).toMatchObject({
				code: 'stateUnreadable',
				data: { where: "'Cursor'", detail: expect.stringMatching(/^[a-z]/) as string },
			});
			return;
		}
		throw new Error('it was taken');
	});

	it('is the same as a value and as text', () => {
		expect(decodePosition(encodePosition(position), 'x')).toEqual(position);
		expect(decodePosition(JSON.stringify(encodePosition(position)), 'x')).toEqual(position);
	});
});
