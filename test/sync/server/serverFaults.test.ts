import {
	afterLies,
	allLies,
	distrusted,
	stillHeld,
	withoutAbilities,
	type Lie,
	type Suspicion,
} from '../../../sync/server/serverFaults';

const DAY = 24 * 60 * 60_000;
const now = Date.parse('2026-11-22T12:00:00Z');

/** One lie a run, a day apart. */
function runs(...lies: Lie[]): { suspicions: Suspicion[]; demoted: string[] } {
	let suspicions: Suspicion[] = [];
	const demoted: string[] = [];
	lies.forEach((lie, day) => {
		const after = afterLies(stillHeld(suspicions, now + day * DAY), [lie], now + day * DAY);
		suspicions = after.suspicions;
		demoted.push(...after.demotions.map(({ ability }) => `${ability} at ${day}`));
	});
	return { suspicions, demoted };
}

describe('a server that lies', () => {
	it('is believed until the third lie that may be an accident', () => {
		expect(runs('unchangedTold', 'unchangedTold').demoted).toEqual([]);
		expect(runs('unchangedTold', 'modseqWentBack', 'changeUntold', 'changeUntold').demoted).toEqual(['condstore at 2']);
		expect(runs('vanishedMissing', 'unchangedTold', 'searchMiscounted').demoted).toEqual([]);
	});

	it('is not believed from the first lie on that cannot be an accident', () => {
		expect(runs('vanishedLiving').demoted).toEqual(['qresync at 0']);
		expect(runs('searchWithoutSet').demoted).toEqual(['esearch at 0']);
		expect(runs('qresyncRefused').demoted).toEqual(['qresync at 0']);
	});

	it('is told of once, with the reason and how long it holds', () => {
		const { suspicions, demotions } = afterLies([], ['searchWithoutSet', 'searchWithoutSet'], now);
		expect(demotions).toEqual([{ ability: 'esearch', reason: 'its answer to a search held no messages', until: now + 7 * DAY }]);
		expect(afterLies(suspicions, ['searchMiscounted'], now + DAY)).toEqual({ suspicions, demotions: [] });
	});

	it('gets a new chance after a week without a lie', () => {
		const { suspicions } = runs('vanishedLiving');
		expect(distrusted(stillHeld(suspicions, now + 7 * DAY - 1))).toEqual(['qresync']);
		expect(stillHeld(suspicions, now + 7 * DAY)).toEqual([]);
		expect(stillHeld(suspicions, now - 30 * DAY)).toEqual([]);
	});

	it('loses what the lie disproves, and with CONDSTORE also QRESYNC', () => {
		const rich = { qresync: true, condstore: true, esearch: true, listStatus: true, gmail: false };
		expect(withoutAbilities(rich, ['qresync'])).toEqual({ ...rich, qresync: false });
		expect(withoutAbilities(rich, ['condstore'])).toEqual({ ...rich, qresync: false, condstore: false });
		expect(withoutAbilities(rich, ['esearch'])).toEqual({ ...rich, esearch: false });
		expect(withoutAbilities({ ...rich, qresync: false }, [])).toEqual({ ...rich, qresync: false });
	});

	it('has a reason for every lie there is', () => {
		for (const lie of allLies) {
			const { demotions } = afterLies([], [lie, lie, lie], now);
			expect(demotions).toEqual([
				{ ability: expect.any(String), reason: expect.stringMatching(/^[a-z].{15,}[a-z]$/), until: now + 7 * DAY },
			]);
		}
	});
});
