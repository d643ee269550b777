import { errorOf, type SyncError, type SyncErrorCode } from '../../sync/errors/syncError';
import { onFailure, shouldPoll, type PollFacts } from '../../nodes/ImapSyncTrigger/pollGuard';
import { healthy, onFolderProblems, onSuccess, refusalDelay, type FailureOutcome, type Health } from '../../nodes/shared/health';

const MINUTE = 60_000;
const start = Date.parse('2026-11-22T12:00:00Z');

const facts = (minutes: number, overrides: Partial<PollFacts> = {}): PollFacts => ({
	now: start + minutes * MINUTE,
	interactive: false,
	hasState: true,
	credentialKey: 'key',
	accountKey: 'alice',
	...overrides,
});

const problem = (code: SyncErrorCode, folder?: string, retryAfterMs?: number): SyncError =>
	errorOf(code, { folder, retryAfterMs });

const fail = (health: Health, code: SyncErrorCode, at: PollFacts, resumed = false): FailureOutcome =>
	onFailure(health, { error: problem(code), message: code, resumed }, at);

/** The minutes of an ongoing failure, polled each minute, at which it is reported. */
function reportedAt(code: SyncErrorCode, minutes: number): number[] {
	const reports: number[] = [];
	let health = healthy;
	for (let minute = 0; minute <= minutes; minute++) {
		if (shouldPoll(health, facts(minute)).kind !== 'go') continue;
		const outcome = fail(health, code, facts(minute));
		health = outcome.health;
		if (outcome.action === 'throw') reports.push(minute);
	}
	return reports;
}

describe('a passing problem', () => {
	it('is reported after ten minutes, then once an hour', () => {
		expect(reportedAt('connectionLost', 140)).toEqual([10, 70, 130]);
	});

	it('begins anew after a success', () => {
		let { health } = fail(healthy, 'connectionLost', facts(0));
		health = onSuccess(health);
		expect(health).toEqual(healthy);
		expect(fail(health, 'connectionLost', facts(11)).action).toBe('quiet');
	});

	it('counts as one, whatever it is called from poll to poll', () => {
		const first = fail(healthy, 'connectionLost', facts(0));
		const later = fail(first.health, 'hostNotFound', facts(10));
		expect(later.action).toBe('throw');
		expect(fail(later.health, 'connectionRefused', facts(11)).action).toBe('quiet');
	});

	it('is thrown while somebody watches', () => {
		expect(fail(healthy, 'hostNotFound', facts(0, { interactive: true })).action).toBe('throw');
	});

	it('does not keep the trigger off after a restart, with or without a state', () => {
		expect(fail(healthy, 'hostNotFound', facts(0), true).action).toBe('quiet');
		expect(fail(healthy, 'hostNotFound', facts(0, { hasState: false }), true).action).toBe('quiet');
	});
});

describe('a problem that somebody has to solve', () => {
	it('is reported at once, then once an hour', () => {
		expect(reportedAt('tlsNotTrusted', 125)).toEqual([0, 60, 120]);
	});

	it('is reported at once when it is another one', () => {
		const { health } = fail(healthy, 'tlsNotTrusted', facts(0));
		expect(fail(health, 'stateUnreadable', facts(1)).action).toBe('throw');
	});

	it('comes with the next poll when the trigger ran before a restart, and at once when it never ran', () => {
		const resumed = fail(healthy, 'tlsNotTrusted', facts(0), true);
		expect(resumed.action).toBe('quiet');
		expect(fail(resumed.health, 'tlsNotTrusted', facts(1)).action).toBe('throw');
		expect(fail(healthy, 'tlsNotTrusted', facts(0, { hasState: false }), true).action).toBe('throw');
	});
});

describe('a defect', () => {
	it('is reported once an hour', () => {
		const defect = { error: undefined, message: 'x is not a function', resumed: false };
		const first = onFailure(healthy, defect, facts(0));
		expect(first.action).toBe('throw');
		expect(onFailure(first.health, defect, facts(1)).action).toBe('quiet');
		expect(onFailure(first.health, defect, facts(60)).action).toBe('throw');
	});
});

describe('a refused login', () => {
	it('is tried again after 1, 2, 4 ... 60 minutes, and each try is reported', () => {
		expect(reportedAt('loginRefused', 250)).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
		expect([1, 2, 3, 7, 50].map((count) => refusalDelay(count) / MINUTE)).toEqual([1, 2, 4, 60, 60]);
	});

	it('is tried at once with another credential', () => {
		const { health } = fail(healthy, 'loginRefused', facts(0));
		expect(shouldPoll(health, facts(0.1))).toEqual({ kind: 'wait', until: start + MINUTE });
		expect(shouldPoll(health, facts(0.1, { credentialKey: 'other' }))).toEqual({ kind: 'go' });
	});

	it('counts anew for another credential', () => {
		const first = fail(healthy, 'loginRefused', facts(0));
		const other = fail(first.health, 'loginRefused', facts(1, { credentialKey: 'other' }));
		expect(other.health.refusal).toMatchObject({ count: 1, credentialKey: 'other' });
	});

	it('stands for the tries that n8n makes to start a trigger, without asking the server again', () => {
		const { health } = fail(healthy, 'loginRefused', facts(0, { interactive: true }));
		expect(shouldPoll(health, facts(0.25, { interactive: true }))).toMatchObject({
			kind: 'refuse',
			error: { code: 'loginRefused' },
		});
		expect(shouldPoll(health, facts(0.5, { interactive: true }))).toEqual({ kind: 'go' });
	});
});

describe('a busy server', () => {
	it('is left alone for as long as it asked, at most an hour', () => {
		const outcome = onFailure(
			healthy,
			{ error: problem('serverBusy', undefined, 5 * MINUTE), message: '', resumed: false },
			facts(0),
		);
		expect(outcome.action).toBe('quiet');
		expect(shouldPoll(outcome.health, facts(4)).kind).toBe('wait');
		expect(shouldPoll(outcome.health, facts(5)).kind).toBe('go');
		expect(shouldPoll(outcome.health, facts(1, { interactive: true })).kind).toBe('go');
		const long = onFailure(
			healthy,
			{ error: problem('serverBusy', undefined, 999 * MINUTE), message: '', resumed: false },
			facts(0),
		);
		expect(shouldPoll(long.health, facts(60)).kind).toBe('go');
	});

	it('that does not say how long is left alone for 1, 2, 4, 8, 15, 15 minutes', () => {
		const tried: number[] = [];
		let health = healthy;
		for (let minute = 0; minute <= 50; minute++) {
			if (shouldPoll(health, facts(minute)).kind !== 'go') continue;
			tried.push(minute);
			health = fail(health, 'serverBusy', facts(minute)).health;
		}
		expect(tried).toEqual([0, 1, 3, 7, 15, 30, 45]);
	});

	it('does not wait for another credential, another account, or a clock that was wrong', () => {
		const { health } = onFailure(
			healthy,
			{ error: problem('serverBusy', undefined, 30 * MINUTE), message: '', resumed: false },
			facts(0),
		);
		expect(shouldPoll(health, facts(1)).kind).toBe('wait');
		expect(shouldPoll(health, facts(1, { credentialKey: 'other' })).kind).toBe('go');
		expect(shouldPoll(health, facts(1, { accountKey: 'bob' })).kind).toBe('go');
		expect(shouldPoll(health, facts(-24 * 60)).kind).toBe('go');
	});
});

describe('problems with single folders', () => {
	const run = (health: Health, problems: SyncError[], minute: number, mayReport = true) =>
		onFolderProblems(health, problems, { now: start + minute * MINUTE, mayReport });

	it('are reported once an hour for each folder and kind', () => {
		const [a, b] = [problem('folderNotFound', 'A'), problem('folderForbidden', 'B')];
		const first = run(healthy, [a, b], 0);
		expect(first.report).toBe(a);
		const second = run(first.health, [a, b], 1);
		expect(second.report).toBe(b);
		expect(run(second.health, [a, b], 2)).not.toHaveProperty('report');
		expect(run(second.health, [a, b], 60).report).toBe(a);
	});

	it('wait while items are handed out', () => {
		const a = problem('folderNotFound', 'A');
		const busy = run(healthy, [a], 0, false);
		expect(busy).not.toHaveProperty('report');
		expect(run(busy.health, [a], 1).report).toBe(a);
	});

	it('are reported only after ten minutes when they pass by themselves', () => {
		const a = problem('folderInconsistent', 'A');
		const first = run(healthy, [a], 0);
		expect(first).not.toHaveProperty('report');
		expect(run(first.health, [a], 10).report).toBe(a);
	});

	it('are reported again when they come back', () => {
		const a = problem('folderNotFound', 'A');
		const first = run(healthy, [a], 0);
		const well = run(first.health, [], 1);
		expect(run(well.health, [a], 2).report).toBe(a);
	});

	it('are still known after a poll that reached the server', () => {
		const { health } = run(healthy, [problem('folderNotFound', 'A')], 0);
		expect(onSuccess(health)).toEqual(health);
	});
});
