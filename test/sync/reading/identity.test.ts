import fc from 'fast-check';
import { identityOfHeader, pairUp, type Pairable } from '../../../sync/reading/identity';

const at = (second: number): Date => new Date(1_700_000_000_000 + second * 1000);
const message = (identity: string, second: number | undefined, size: number): Pairable => ({
	identity,
	size,
	...(second === undefined ? {} : { internalDate: at(second) }),
});

describe('the same message elsewhere', () => {
	it('has the same Message-ID, date and size', () => {
		expect(pairUp([message('<a>', 1, 10), message('<b>', 1, 10)], [message('<b>', 1, 10)])).toEqual([undefined, 0]);
	});

	it('may have another size or another date, but not both', () => {
		expect(pairUp([message('<a>', 1, 10)], [message('<a>', 1, 99)])).toEqual([0]);
		expect(pairUp([message('<a>', 1, 10)], [message('<a>', 9, 10)])).toEqual([0]);
		expect(pairUp([message('<a>', 1, 10)], [message('<a>', 9, 99)])).toEqual([undefined]);
		expect(pairUp([message('<a>', undefined, 10)], [message('<a>', undefined, 99)])).toEqual([undefined]);
	});

	it('is taken by the one that fits best', () => {
		const others = [message('<a>', 1, 99), message('<a>', 1, 10)];
		expect(pairUp([message('<a>', 1, 50), message('<a>', 1, 10)], others)).toEqual([0, 1]);
	});

	it('counts: of two equal ones of which one is there, the second is missing', () => {
		expect(pairUp([message('<a>', 1, 10), message('<a>', 1, 10)], [message('<a>', 1, 10)])).toEqual([0, undefined]);
	});

	it('without any header must have date and size', () => {
		expect(pairUp([message('', 1, 10), message('', 2, 10)], [message('', 2, 10)])).toEqual([undefined, 0]);
		expect(pairUp([message('', 1, 10)], [message('', 1, 11)])).toEqual([undefined]);
	});

	it('is found once each: a random part of a folder, in random order, finds itself and leaves the rest', () => {
		const any = fc.record({
			id: fc.constantFrom('', '<a>', '<b>'),
			second: fc.integer({ min: 0, max: 2 }),
			size: fc.integer({ min: 1, max: 3 }),
		});
		fc.assert(
			fc.property(fc.array(fc.tuple(any, fc.boolean()), { maxLength: 20 }), (drawn) => {
				const all = drawn.map(([{ id, second, size }]) => message(id, second, size));
				const part = all.filter((_, i) => drawn[i][1]);
				const pairs = pairUp(all, part);
				const taken = pairs.filter((place) => place !== undefined);
				expect(taken).toHaveLength(part.length);
				expect(new Set(taken).size).toBe(part.length);
				// What is missing, added, makes the same multiset again.
				const key = ({ identity, internalDate, size }: Pairable): string => `${identity} ${internalDate?.getTime()} ${size}`;
				const after = [...part, ...all.filter((_, i) => pairs[i] === undefined)];
				expect(after.map(key).sort()).toEqual(all.map(key).sort());
			}),
		);
	});
});

describe('a header without a Message-ID', () => {
	it('is the same folded and unfolded, with lines that servers add, in any order', () => {
		const a = identityOfHeader(Buffer.from('Subject: one\r\n two\r\nFrom: a@example.com\r\n\r\n'));
		const b = identityOfHeader(
			Buffer.from('X-Scanned: yes\r\nFROM:  a@example.com\r\nSubject: one two\r\nReceived: by c\r\n\r\n'),
		);
		expect(a).toBe(b);
		expect(a).not.toBe(identityOfHeader(Buffer.from('Subject: one\r\nFrom: a@example.com\r\n\r\n')));
	});

	it('tells nothing where there is nothing to tell', () => {
		expect(identityOfHeader(Buffer.from('X-Other: 1\r\n\r\n'))).toBe('');
		expect(identityOfHeader(Buffer.from(''))).toBe('');
	});
});
