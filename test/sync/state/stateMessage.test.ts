import fc from 'fast-check';
import { decodePosition, encodePosition, type Position } from '../../../sync/state/position';
import { readStateMessage, stateKey, writeStateMessage } from '../../../sync/state/stateMessage';
import { SyncError } from '../../../sync/errors/syncError';

const key = stateKey('default');
const position: Position = { serial: 3, savedAt: 1_790_000_000_000, since: 1_780_000_000_000 };
const written = (name = 'default', what: Position = position): Buffer =>
	writeStateMessage({ key: stateKey(name), nonce: 'a-1', position: what }, name, what.savedAt);

test('a message gives back what was written into it', () => {
	expect(readStateMessage(written(), key, 'a folder')).toEqual({ key, nonce: 'a-1', position });
});

test('has lines that every server takes, and a subject with any name', () => {
	for (const name of ['default', 'Größe 日本 '.repeat(12), 'x'.repeat(200)]) {
		const source = written(name).toString('latin1');
		expect(source).not.toMatch(/[^\r]\n|\r[^\n]|[\x80-\xff\0]/);
		for (const line of source.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
		expect(readStateMessage(Buffer.from(source, 'latin1'), stateKey(name), 'a folder')).toMatchObject({ position });
	}
});

test('of another state, or no state at all, is none', () => {
	expect(readStateMessage(written(), stateKey('other'), 'a folder')).toBeUndefined();
	expect(readStateMessage(Buffer.from('Subject: hello\r\n\r\nhello\r\n'), key, 'a folder')).toBeUndefined();
});

test('cut anywhere, or with a byte changed in its data, is broken or none, never another position', () => {
	const source = written();
	for (let length = 0; length < source.length - 2; length++) {
		const read = readStateMessage(source.subarray(0, length), key, 'a folder');
		if (typeof read === 'object') expect(read.position).toEqual(position);
	}
	const from = source.indexOf('BEGIN IMAP') + 24;
	fc.assert(
		fc.property(fc.integer({ min: from, max: source.indexOf('-----END') - 1 }), fc.integer({ min: 32, max: 126 }), (at, byte) => {
			const changed = Buffer.from(source);
			changed[at] = byte;
			const read = readStateMessage(changed, key, 'a folder');
			if (typeof read === 'object') expect(read.position).toEqual(position);
		}),
	);
});

test('a relay that changes line ends changes nothing', () => {
	const source = Buffer.from(written().toString('latin1').replace(/\r\n/g, '\n'), 'latin1');
	expect(readStateMessage(source, key, 'a folder')).toMatchObject({ position });
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
