import fc from 'fast-check';
import { answerProbes, isProbed, nextProbes, startRankProbe, type RankProbe } from '../../../sync/folder/rankProbe';
import type { Uid } from '../../../sync/uids/uid';
import { UidSet } from '../../../sync/uids/uidSet';

/** Answers as a server does whose folder holds `left`. */
function run(known: UidSet, left: UidSet): { vanished: UidSet; rounds: number; asked: number } {
	let probe: RankProbe = startRankProbe(known, left.size);
	let rounds = 0;
	let asked = 0;
	while (!isProbed(probe)) {
		const numbers = nextProbes(probe);
		expect(numbers.length).toBeGreaterThan(0);
		expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
		const answered = answerProbes(
			probe,
			numbers,
			numbers.map((number) => left.at(number - 1)),
		);
		if (!answered) throw new Error('the true answer was taken for a contradiction');
		probe = answered;
		rounds++;
		asked += numbers.length;
	}
	return { vanished: probe.vanished, rounds, asked };
}

describe('rank probes', () => {
	test('find exactly what was deleted, for any folder and any deletions', () => {
		fc.assert(
			fc.property(
				fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 200 }),
				fc.infiniteStream(fc.boolean()),
				(uids, stays) => {
					const known = UidSet.of(uids);
					const left = UidSet.of(uids.filter(() => stays.next().value));
					expect(run(known, left).vanished.equals(known.subtract(left))).toBe(true);
				},
			),
		);
	});

	test('find one deletion among 50,000 messages in two questions of fewer than 250 numbers', () => {
		for (const gone of [1, 2, 777, 25_000, 49_999, 50_000]) {
			const known = UidSet.range(1, 50_000);
			const { vanished, rounds, asked } = run(known, known.remove(gone));
			expect(vanished.toArray()).toEqual([gone]);
			expect(rounds).toBeLessThanOrEqual(2);
			expect(asked).toBeLessThan(500);
		}
	});

	test('find a deletion of the last message in one question', () => {
		const known = UidSet.range(1, 50_000);
		expect(run(known, known.remove(50_000))).toMatchObject({ rounds: 1 });
	});

	test('find 20 scattered deletions and a run of 300 in at most six questions', () => {
		const known = UidSet.range(1, 50_000);
		const gone = UidSet.of(Array.from({ length: 20 }, (_, i) => 1_000 + i * 2_311)).union(UidSet.range(30_000, 30_299));
		const { vanished, rounds } = run(known, known.subtract(gone));
		expect(vanished.equals(gone)).toBe(true);
		expect(rounds).toBeLessThanOrEqual(6);
	});

	test('need no question when all or none are left', () => {
		const known = UidSet.parse('3:9,20');
		expect(isProbed(startRankProbe(known, known.size))).toBe(true);
		expect(startRankProbe(known, 0).vanished.equals(known)).toBe(true);
		expect(() => startRankProbe(known, known.size + 1)).toThrow(RangeError);
	});

	test('give up on an answer that contradicts what is known', () => {
		const known = UidSet.range(1, 100);
		const probe = startRankProbe(known, 98);
		const numbers = nextProbes(probe);
		const unknown = numbers.map((number) => (number + 500) as Uid);
		expect(answerProbes(probe, numbers, unknown)).toBeUndefined();
		expect(answerProbes(probe, numbers, [])).toBeUndefined();
		// A UID that stands before its rank would mean that messages were inserted.
		const inserted = numbers.map((number) => Math.max(1, number - 5) as Uid);
		expect(answerProbes(probe, numbers, inserted)).toBeUndefined();
	});
});
