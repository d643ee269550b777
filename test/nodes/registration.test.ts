import type { INode } from 'n8n-workflow';
import {
	causeOfPoll,
	holdsLock,
	notePoll,
	type PollOccasion,
	registrationOf,
	releaseLock,
	takeLock,
	type Registration,
} from '../../nodes/ImapSyncTrigger/registration';

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
const note = (registration: Registration, settings: INode, occasion: PollOccasion): void =>
	notePoll(registration, settings, occasion, causeOfPoll(registration, settings, occasion));
const fresh = () => registrationOf(`registration-${++workflows}`, 'n');

describe('the lock', () => {
	it('is held by one poll of a workflow and node', () => {
		const registration = fresh();
		const lock = takeLock(registration, 0, false);
		expect(lock).toBeDefined();
		expect(takeLock(registration, 1000, false)).toBeUndefined();
		expect(holdsLock(registration, lock!)).toBe(true);
		expect(takeLock(fresh(), 1000, false)).toBeDefined();
		releaseLock(registration, lock!);
		expect(takeLock(registration, 1000, false)).toBeDefined();
	});

	it('passes on from a poll that hangs, which then may neither write nor release', () => {
		const registration = fresh();
		const hanging = takeLock(registration, 0, false)!;
		const next = takeLock(registration, 15 * 60_000, false)!;
		expect(holdsLock(registration, hanging)).toBe(false);
		releaseLock(registration, hanging);
		expect(holdsLock(registration, next)).toBe(true);
	});

	it('passes on to the poll with which the trigger is started anew', () => {
		const registration = fresh();
		const lock = takeLock(registration, 0, false)!;
		expect(takeLock(registration, 1000, true)).toBeDefined();
		expect(holdsLock(registration, lock)).toBe(false);
	});
});

describe('the cause of a poll', () => {
	it('in the in-memory polling: published, then scheduled, then published again with a new context', () => {
		const registration = fresh();
		const [first, second] = [{}, {}];
		const occasions = [first, first, first, second, second].map((context, i) => {
			note(registration, node(), { context, mode: i < 3 ? 'activate' : 'update', now: i });
			return registration.cause;
		});
		expect(occasions).toEqual(['published', 'scheduled', 'scheduled', 'published', 'scheduled']);
	});

	it.each(['init', 'leadershipChange'] as const)('%s: resumed, and remembered as such', (mode) => {
		const registration = fresh();
		note(registration, node(), { context, mode, now: 0 });
		expect(registration).toMatchObject({ cause: 'resumed', origin: 'resumed' });
		note(registration, node(), { context, mode, now: 1 });
		expect(registration).toMatchObject({ cause: 'scheduled', origin: 'resumed' });
	});

	it('in the database scheduler: scheduled with a new context each time, published when the settings changed', () => {
		const registration = fresh();
		const occasions = [node(), node(), node({ output: 'raw' }), node({ output: 'raw' })].map((settings) => {
			note(registration, settings, { context: {}, mode: 'update', now: 0 });
			return registration.cause;
		});
		expect(occasions).toEqual(['scheduled', 'scheduled', 'published', 'scheduled']);
	});

	it('in the database scheduler of n8n 2.38 and newer: by the time that it allows', () => {
		const registration = fresh();
		const occasions = [300_000, 36_000, 36_000, 300_000].map((budgetMs) => {
			note(registration, node(), { context: {}, mode: 'update', budgetMs, now: 0 });
			return registration.cause;
		});
		expect(occasions).toEqual(['published', 'scheduled', 'scheduled', 'published']);
	});
});
