import type { INode } from 'n8n-workflow';
import { isCurrent, notePollCause, registrationOf, releaseLock, takeLock } from '../../nodes/ImapSyncTrigger/registration';

const node = (parameters: INode['parameters'] = {}): INode => ({
	id: 'n',
	name: 'Mailbox',
	type: 't',
	typeVersion: 1,
	position: [0, 0],
	parameters,
});

let workflows = 0;
const context = {};
const fresh = () => registrationOf(`registration-${++workflows}`, 'n');

describe('the lock', () => {
	it('is held by one poll of a workflow and node', () => {
		const registration = fresh();
		const lock = takeLock(registration, 0, context);
		expect(lock).toBeDefined();
		expect(takeLock(registration, 1000, context)).toBeUndefined();
		expect(isCurrent(registration, lock!, context)).toBe(true);
		expect(takeLock(fresh(), 1000, context)).toBeDefined();
		releaseLock(registration, lock!);
		expect(takeLock(registration, 1000, context)).toBeDefined();
	});

	it('passes on from a poll that hangs, which then may neither write nor release', () => {
		const registration = fresh();
		const hanging = takeLock(registration, 0, context)!;
		const next = takeLock(registration, 15 * 60_000, context)!;
		expect(isCurrent(registration, hanging, context)).toBe(false);
		releaseLock(registration, hanging);
		expect(isCurrent(registration, next, context)).toBe(true);
	});

	it('counts no more when the trigger was registered anew while it was held', () => {
		const registration = fresh();
		const lock = takeLock(registration, 0, context)!;
		expect(takeLock(registration, 1000, {})).toBeUndefined();
		expect(isCurrent(registration, lock, context)).toBe(false);
	});
});

describe('the cause of a poll', () => {
	it('in the in-memory polling: published, then scheduled, then published again with a new context', () => {
		const registration = fresh();
		const [first, second] = [{}, {}];
		const occasions = [first, first, first, second, second].map((context, i) => {
			notePollCause(registration, node(), { context, mode: i < 3 ? 'activate' : 'update', now: i });
			return registration.cause;
		});
		expect(occasions).toEqual(['published', 'scheduled', 'scheduled', 'published', 'scheduled']);
	});

	it.each(['init', 'leadershipChange'] as const)('%s: resumed, and remembered as such', (mode) => {
		const registration = fresh();
		notePollCause(registration, node(), { context, mode, now: 0 });
		expect(registration).toMatchObject({ cause: 'resumed', origin: 'resumed' });
		notePollCause(registration, node(), { context, mode, now: 1 });
		expect(registration).toMatchObject({ cause: 'scheduled', origin: 'resumed' });
	});

	it('in the database scheduler: scheduled with a new context each time, published when the settings changed', () => {
		const registration = fresh();
		const occasions = [node(), node(), node({ output: 'raw' }), node({ output: 'raw' })].map((settings) => {
			notePollCause(registration, settings, { context: {}, mode: 'update', now: 0 });
			return registration.cause;
		});
		expect(occasions).toEqual(['scheduled', 'scheduled', 'published', 'scheduled']);
	});

	it('in the database scheduler of n8n 2.38 and newer: by the time that it allows', () => {
		const registration = fresh();
		const occasions = [300_000, 36_000, 36_000, 300_000].map((budgetMs) => {
			notePollCause(registration, node(), { context: {}, mode: 'update', budgetMs, now: 0 });
			return registration.cause;
		});
		expect(occasions).toEqual(['published', 'scheduled', 'scheduled', 'published']);
	});
});
