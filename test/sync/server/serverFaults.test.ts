import {
	scoreFaults,
	allFaults,
	capabilitiesToDisable,
	currentFaultScores,
	withoutCapabilities,
	type ServerFault,
	type FaultScore,
} from '../../../sync/server/serverFaults';

const DAY = 24 * 60 * 60_000;
const now = Date.parse('2026-11-22T12:00:00Z');

/** One lie a run, a day apart. */
function runs(...faults: ServerFault[]): { faultScores: FaultScore[]; demoted: string[] } {
	let faultScores: FaultScore[] = [];
	const demoted: string[] = [];
	faults.forEach((fault, day) => {
		const after = scoreFaults(currentFaultScores(faultScores, now + day * DAY), [fault], now + day * DAY);
		faultScores = after.faultScores;
		demoted.push(...after.disabled.map(({ capability }) => `${capability} at ${day}`));
	});
	return { faultScores, demoted };
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
		const { faultScores, disabled } = scoreFaults([], ['searchWithoutSet', 'searchWithoutSet'], now);
		expect(disabled).toEqual([
			{ capability: 'esearch', reason: 'its answer to a search held no messages', until: now + 7 * DAY },
		]);
		expect(scoreFaults(faultScores, ['searchMiscounted'], now + DAY)).toEqual({ faultScores, disabled: [] });
	});

	it('gets a new chance after a week without a lie', () => {
		const { faultScores } = runs('vanishedLiving');
		expect(capabilitiesToDisable(currentFaultScores(faultScores, now + 7 * DAY - 1))).toEqual(['qresync']);
		expect(currentFaultScores(faultScores, now + 7 * DAY)).toEqual([]);
		expect(currentFaultScores(faultScores, now - 30 * DAY)).toEqual([]);
	});

	it('loses what the lie disproves, and with CONDSTORE also QRESYNC', () => {
		const rich = { qresync: true, condstore: true, esearch: true, listStatus: true, gmail: false };
		expect(withoutCapabilities(rich, ['qresync'])).toEqual({ ...rich, qresync: false });
		expect(withoutCapabilities(rich, ['condstore'])).toEqual({ ...rich, qresync: false, condstore: false });
		expect(withoutCapabilities(rich, ['esearch'])).toEqual({ ...rich, esearch: false });
		expect(withoutCapabilities({ ...rich, qresync: false }, [])).toEqual({ ...rich, qresync: false });
	});

	it('has a reason for every lie there is', () => {
		for (const fault of allFaults) {
			const { disabled } = scoreFaults([], [fault, fault, fault], now);
			expect(disabled).toEqual([
				{ capability: expect.any(String), reason: expect.stringMatching(/^[a-z].{15,}[a-z]$/), until: now + 7 * DAY },
			]);
		}
	});
});
