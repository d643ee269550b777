import fc from 'fast-check';
import { MAX_UID } from '../../../sync/uids/uid';
import { UidSet } from '../../../sync/uids/uidSet';
import { chance } from '../../support/chance';

const uids = fc.uniqueArray(fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: MAX_UID })), { maxLength: 60 });
const sorted = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b);

describe('UidSet', () => {
	test.each([
		['', RangeError],
		['0', RangeError],
		['4294967296', RangeError],
		['1:*', RangeError],
		['*', RangeError],
		['1:', RangeError],
		['-1', RangeError],
		['1.5', RangeError],
		['1e3', RangeError],
		['abc', RangeError],
		['99999999999', RangeError],
	])('refuses "%s" as a set', (text, error) => {
		expect(() => UidSet.parse(text)).toThrow(error);
	});

	test.each([[0], [-1], [1.5], [Number.NaN], [Infinity], [MAX_UID + 1]])('refuses %p as a UID', (value) => {
		expect(() => UidSet.of([value])).toThrow(RangeError);
	});

	test('joins ranges that touch or overlap, whichever way round they are written', () => {
		expect(UidSet.parse('7,5:3,6,10:12,11').toString()).toBe('3:7,10:12');
	});

	test('does the set arithmetic that a Set of numbers does', () => {
		fc.assert(
			fc.property(uids, uids, (left, right) => {
				const [a, b] = [UidSet.of(left), UidSet.of(right)];
				expect(a.toArray()).toEqual(sorted(left));
				expect(a.size).toBe(left.length);
				expect(a.union(b).toArray()).toEqual(sorted(new Set([...left, ...right])));
				expect(a.intersect(b).toArray()).toEqual(sorted(left.filter((uid) => right.includes(uid))));
				expect(a.subtract(b).toArray()).toEqual(sorted(left.filter((uid) => !right.includes(uid))));
				for (const uid of right) expect(a.has(uid)).toBe(left.includes(uid));
				expect(a.union(b).equals(b.union(a))).toBe(true);
			}),
		);
	});

	test('cuts by value and by rank', () => {
		fc.assert(
			fc.property(uids, fc.integer({ min: 1, max: 70 }), (values, cut) => {
				const set = UidSet.of(values);
				const all = sorted(values);
				expect(set.below(cut).toArray()).toEqual(all.filter((uid) => uid < cut));
				expect(set.from(cut).toArray()).toEqual(all.filter((uid) => uid >= cut));
				expect(set.lowest(cut).toArray()).toEqual(all.slice(0, cut));
				expect(set.highest(cut).toArray()).toEqual(all.slice(-cut));
				all.forEach((uid, rank) => {
					expect(set.at(rank)).toBe(uid);
					expect(set.rankOf(uid)).toBe(rank);
				});
				expect(() => set.at(all.length)).toThrow(RangeError);
			}),
		);
	});

	test('writes itself for IMAP, for JSON and in pieces so that reading gives the same set', () => {
		fc.assert(
			fc.property(uids, fc.integer({ min: 10, max: 60 }), (values, width) => {
				const set = UidSet.of(values);
				expect(UidSet.unpack(set.pack()).equals(set)).toBe(true);
				if (!set.isEmpty) expect(UidSet.parse(set.toString()).equals(set)).toBe(true);
				const pieces = set.chunks(width);
				expect(pieces.reduce((sum, piece) => sum.union(piece), UidSet.empty).equals(set)).toBe(true);
				expect(pieces.reduce((sum, piece) => sum + piece.size, 0)).toBe(set.size);
				for (const piece of pieces) expect(piece.runs === 1 || piece.toString().length <= width).toBe(true);
				// Cut by number too, all but the last of each piece are full.
				const few = set.chunks(width, 3);
				expect(few.flatMap((piece) => [...piece])).toEqual([...set]);
				expect(few.map(({ size }) => size)).toEqual(
					pieces.flatMap(({ size }) => [...Array<number>(Math.floor(size / 3)).fill(3), ...(size % 3 > 0 ? [size % 3] : [])]),
				);
			}),
		);
	});

	test('writes a subset as places in its superset and back', () => {
		fc.assert(
			fc.property(uids, fc.infiniteStream(fc.boolean()), (values, chosen) => {
				const set = UidSet.of(values);
				const subset = UidSet.of(values.filter(() => chosen.next().value));
				const places = subset.placesIn(set);
				expect(places.size).toBe(subset.size);
				expect(set.atPlaces(places).equals(subset)).toBe(true);
			}),
		);
		expect(() => UidSet.of([5, 9]).atPlaces(UidSet.of([3]))).toThrow(RangeError);
	});

	test.each([
		['x'],
		['v'],
		['z!!'],
		['v//////////8='],
		['zAAAA'],
		['hello'],
		['b'],
		['bAAAAAAA='],
		['bAAAAAAMA'],
		['b/////2P4DwA='],
	])('refuses the damaged packed text "%s"', (text) => {
		expect(() => UidSet.unpack(text)).toThrow(RangeError);
	});

	test('packs 100,000 UIDs without holes into a few characters and with 5 % holes below 8 kB', () => {
		expect(UidSet.range(1, 100_000).pack().length).toBeLessThan(12);
		const random = chance(20261122);
		const holes: number[] = [];
		for (let uid = 1; holes.length < 100_000; uid++) if (random() >= 0.05) holes.push(uid);
		expect(UidSet.of(holes).pack().length).toBeLessThan(8000);
	});

	test.each([0.3, 0.6])('packs 100,000 UIDs with holes everywhere near what they say: %d', (share) => {
		const random = chance(20261127);
		const uids: number[] = [];
		for (let uid = 4_000_000_000; uids.length < 100_000; uid++) if (random() >= share) uids.push(uid);
		const packed = UidSet.of(uids).pack();
		expect(UidSet.unpack(packed).toArray()).toEqual(uids);
		// What each UID says of the next one, in bits, and a third more for base64, and what deflate leaves.
		const bits = -(share * Math.log2(share) + (1 - share) * Math.log2(1 - share)) / (1 - share);
		expect(packed.length).toBeLessThan(((100_000 * bits) / 8) * 1.4);
	});
});
