import * as fc from 'fast-check';
import { isMarked, markOf, type DoneMark } from '../../../sync/push/doneMark';
import { withFinished, withoutFinished } from '../../../sync/push/finishing';
import { laneOf } from '../../../sync/push/lane';
import {
	addOwn,
	admit,
	begin,
	closeLook,
	dueTickets,
	emptyLedger,
	isHandedOver,
	makeReady,
	nextExecution,
	nextDue,
	resume,
	runningExecutions,
	settle,
	type Ledger,
	type Outcome,
	type Ticket,
} from '../../../sync/push/ledger';
import { reconnectDelay, retryDelay, type PushPolicy } from '../../../sync/push/policy';
import { decodePushState, encodePushState } from '../../../sync/push/storedLedger';
import { SyncError } from '../../../sync/errors/syncError';
import type { SyncEvent } from '../../../sync/events/syncEvent';
import { asUid } from '../../../sync/uids/uid';
import { runs } from '../../support/chance';

const MINUTE = 60_000;
const policy: PushPolicy = {
	concurrency: 1,
	batchSize: 1,
	order: 'folder',
	maxAttempts: 3,
	retryAfter: MINUTE,
	lease: 60 * MINUTE,
};

const event = (id: string, more: Partial<SyncEvent> = {}): SyncEvent => ({
	version: 1,
	event: 'messageNew',
	eventId: id,
	origin: 'live',
	sequence: 1,
	detectedAt: '2026-11-27T10:00:00.000Z',
	account: 'alice@example.com',
	folder: 'INBOX',
	uidValidity: '7',
	uid: asUid(Number(id.replace(/\D/g, '')) || 1),
	...more,
});

const found = (ids: string[], lane = 'folder INBOX') => ids.map((id) => ({ event: event(id), withMessage: true, lane }));
const idsOf = (tickets: readonly Ticket[]): string[] => tickets.map(({ event: { eventId } }) => eventId);

/** Hands over what is next, as execution `name`. */
function handOver(ledger: Ledger, name: string, with_: Partial<PushPolicy> = {}, now = 0): { ledger: Ledger; ids: string[] } {
	const tickets = nextExecution(ledger, { ...policy, ...with_ });
	return { ledger: begin(ledger, tickets, name, now + policy.lease), ids: idsOf(tickets) };
}

describe('what is handed over', () => {
	it('goes in the order of arrival, one at a time', () => {
		const one = handOver(admit(emptyLedger, found(['e1', 'e2'])), 'x1');
		expect(one.ids).toEqual(['e1']);
		expect(nextExecution(one.ledger, policy)).toEqual([]);
		const { ledger } = settle(one.ledger, { execution: 'x1', eventIds: ['e1'] }, 'succeeded', policy, 0);
		expect(idsOf(nextExecution(ledger, policy))).toEqual(['e2']);
	});

	it('goes beside others only in another lane', () => {
		const ledger = admit(admit(emptyLedger, found(['e1', 'e2'], 'a')), found(['e3'], 'b'));
		const one = handOver(ledger, 'x1', { concurrency: 5 });
		expect(handOver(one.ledger, 'x2', { concurrency: 5 }).ids).toEqual(['e3']);
	});

	it('goes in batches, and what comes again goes alone', () => {
		const ledger = admit(emptyLedger, found(['e1', 'e2', 'e3']));
		const batch = handOver(ledger, 'x1', { batchSize: 2 });
		expect(batch.ids).toEqual(['e1', 'e2']);
		const failed = settle(batch.ledger, { execution: 'x1', eventIds: batch.ids }, 'failed', policy, 0).ledger;
		const again = makeReady(failed, new Set(['e1', 'e2']));
		expect(handOver(again, 'x2', { batchSize: 2 }).ids).toEqual(['e1']);
	});

	it('is known: a repeated look adds nothing', () => {
		const one = handOver(admit(emptyLedger, found(['e1', 'e2'])), 'x1');
		const done = settle(one.ledger, { execution: 'x1', eventIds: ['e1'] }, 'succeeded', policy, 0).ledger;
		expect(idsOf(admit(done, found(['e1', 'e2', 'e3'])).tickets)).toEqual(['e2', 'e3']);
		expect(isHandedOver(done)).toBe(false);
		expect(closeLook(handOver(done, 'x2').ledger).handed).toEqual([]);
	});
});

describe('the end of an execution', () => {
	const running = handOver(admit(emptyLedger, found(['e1'])), 'x1').ledger;
	const about = { execution: 'x1', eventIds: ['e1'] };

	it.each<[Outcome, 'done' | 'again', Partial<Ticket>]>([
		['succeeded', 'done', {}],
		['asleep', 'done', {}],
		['failed', 'again', { attempts: 1, failures: 1, losses: 0, phase: { kind: 'waiting', dueAt: MINUTE, unknown: false } }],
		['cancelled', 'again', { attempts: 1, failures: 1, losses: 0, phase: { kind: 'waiting', dueAt: MINUTE, unknown: false } }],
		['leaseEnded', 'again', { attempts: 1, failures: 1, losses: 0, phase: { kind: 'waiting', dueAt: 0, unknown: true } }],
		['notStarted', 'again', { attempts: 0, failures: 0, losses: 0, phase: { kind: 'waiting', dueAt: 0, unknown: false } }],
		[
			'startedElsewhere',
			'again',
			{ attempts: 1, failures: 0, losses: 1, phase: { kind: 'waiting', dueAt: MINUTE, unknown: true } },
		],
	])('%s: %s', (outcome, then, ticket) => {
		const { ledger, done, givenUp } = settle(running, about, outcome, policy, 0);
		expect([idsOf(done), idsOf(givenUp)]).toEqual([then === 'done' ? ['e1'] : [], []]);
		expect(ledger.tickets).toEqual(then === 'done' ? [] : [expect.objectContaining(ticket)]);
	});

	it('is the last one after as many failures as are allowed', () => {
		let ledger = running;
		const delays: number[] = [];
		for (let attempt = 1; attempt < 3; attempt++) {
			ledger = settle(ledger, { execution: `x${attempt}`, eventIds: ['e1'] }, 'failed', policy, 0).ledger;
			delays.push(nextDue(ledger)!);
			ledger = handOver(makeReady(ledger, new Set(['e1'])), `x${attempt + 1}`).ledger;
		}
		expect(delays).toEqual([MINUTE, 2 * MINUTE]);
		const last = settle(ledger, { execution: 'x3', eventIds: ['e1'] }, 'failed', policy, 0);
		expect(last.givenUp).toEqual([expect.objectContaining({ attempts: 3, failures: 3 })]);
		expect(last.ledger.tickets).toEqual([]);
	});

	it('counts when it comes late and good, not when it comes late and bad', () => {
		const ended = settle(running, about, 'leaseEnded', policy, 0).ledger;
		expect(settle(ended, about, 'failed', policy, 0).ledger).toEqual(ended);
		expect(settle(ended, about, 'succeeded', policy, 0).ledger.tickets).toEqual([]);
		const second = handOver(makeReady(ended, new Set(['e1'])), 'x2').ledger;
		expect(settle(second, about, 'failed', policy, 0).ledger).toEqual(second);
	});
});

describe('a restart', () => {
	const isNotHeardOf = (): boolean => false;

	it('lets what was running come again at once, and what this process itself began go on', () => {
		const { ledger } = handOver(admit(emptyLedger, found(['e1'])), 'x1');
		expect(resume(ledger, policy, 5, isNotHeardOf).tickets[0]).toMatchObject({
			attempts: 1,
			failures: 0,
			losses: 1,
			phase: { kind: 'waiting', dueAt: 5, unknown: true },
		});
		expect(resume(ledger, policy, 5, (execution) => execution === 'x1')).toEqual(ledger);
	});

	it('gives up in the end what brings n8n down each time', () => {
		let { ledger } = handOver(admit(emptyLedger, found(['e1'])), 'x');
		let restarts = 0;
		for (; restarts < 100; restarts++) {
			ledger = resume(ledger, policy, 0, isNotHeardOf);
			if (ledger.tickets[0].failures >= policy.maxAttempts) break;
			ledger = handOver(makeReady(ledger, new Set(['e1'])), 'x').ledger;
		}
		expect(restarts).toBeGreaterThan(8);
		expect(restarts).toBeLessThan(20);
	});
});

describe('the stored form', () => {
	it('holds all that was handed over, and no account name', () => {
		const own = addOwn(handOver(admit(emptyLedger, found(['e1', 'e2'])), 'x1', {}, 9).ledger, event('f1'), 'l', 3);
		const finishing = withFinished([], own.tickets[0], 'done');
		const stored = encodePushState({ account: 'k', serial: 4, ledger: own, finishing, begunAt: 8 });
		expect(JSON.stringify(stored)).not.toContain('alice');
		const read = decodePushState(JSON.parse(JSON.stringify(stored)), 'alice@example.com')!;
		expect(read).toMatchObject({ account: 'k', serial: 4, begunAt: 8 });
		// What is fresh is found again by the position.
		expect(read.ledger.tickets).toEqual(own.tickets.filter(({ phase }) => phase.kind !== 'fresh'));
		expect(read.ledger.handed).toEqual(['e1']);
		expect(read.finishing.map(({ uids }) => uids.toString())).toEqual(['1']);
	});

	it.each([[{ v: 9 }], ['text'], [{ v: 1, n: 1, t: [{}], h: [], f: [] }], [{ v: 1, n: 1 }]])('refuses %j', (stored) => {
		expect(() => decodePushState(stored, 'a')).toThrow(SyncError);
	});

	it('of nothing is nothing', () => {
		expect(decodePushState(undefined, 'a')).toBeUndefined();
	});
});

it('never has more in flight than allowed, loses nothing, and hands nothing over twice without a reason', () => {
	const outcomes: Outcome[] = ['succeeded', 'asleep', 'failed', 'cancelled', 'leaseEnded', 'notStarted', 'startedElsewhere'];
	const step = fc.oneof(
		fc.record({ kind: fc.constant('look' as const), count: fc.integer({ min: 1, max: 5 }) }),
		fc.record({ kind: fc.constant('handOver' as const) }),
		fc.record({ kind: fc.constant('end' as const), which: fc.nat(5), outcome: fc.constantFrom(...outcomes) }),
		fc.record({ kind: fc.constant('restart' as const) }),
		fc.record({ kind: fc.constant('time' as const) }),
	);
	fc.assert(
		fc.property(
			fc.array(step, { maxLength: 80 }),
			fc.integer({ min: 1, max: 4 }),
			fc.integer({ min: 1, max: 3 }),
			(steps, concurrency, batchSize) => {
				const terms = { ...policy, concurrency, batchSize };
				let ledger = emptyLedger;
				let saved = ledger;
				let now = 0;
				let count = 0;
				const over = new Set<string>();
				const begun = new Set<string>();
				for (const one of steps) {
					now += 1;
					if (one.kind === 'look' && isHandedOver(ledger)) {
						const ids = Array.from({ length: one.count }, () => `e${++count}`);
						ledger = admit(closeLook(ledger), found(ids, `lane ${count % 3}`));
					} else if (one.kind === 'handOver') {
						const tickets = nextExecution(ledger, terms);
						for (const {
							event: { eventId },
							attempts,
						} of tickets) {
							expect(begun.has(`${eventId} ${attempts + 1}`)).toBe(false);
						}
						ledger = begin(ledger, tickets, `x${now}`, now + policy.lease);
						saved = ledger;
					} else if (one.kind === 'end') {
						const running = runningExecutions(ledger)[one.which];
						if (!running) continue;
						if (one.outcome !== 'notStarted') {
							for (const {
								event: { eventId },
								attempts,
								phase,
							} of ledger.tickets)
								if (phase.kind === 'inFlight' && running.eventIds.includes(eventId)) begun.add(`${eventId} ${attempts}`);
						}
						const settled = settle(ledger, running, one.outcome, terms, now);
						ledger = settled.ledger;
						for (const id of idsOf([...settled.done, ...settled.givenUp])) over.add(id);
					} else if (one.kind === 'restart') {
						// What ended since the last emit is not saved; what was not handed over is found again.
						const fresh = ledger.tickets.filter(({ phase }) => phase.kind === 'fresh');
						ledger = resume(
							{ ...saved, tickets: saved.tickets.filter(({ phase }) => phase.kind !== 'fresh') },
							terms,
							now,
							() => false,
						);
						for (const {
							event: { eventId },
							attempts,
						} of ledger.tickets) {
							over.delete(eventId);
							begun.add(`${eventId} ${attempts}`);
						}
						ledger = admit(ledger, fresh);
					} else if (one.kind === 'time') {
						now += 100 * MINUTE;
						ledger = makeReady(ledger, new Set(idsOf(dueTickets(ledger, now))));
					}
					expect(runningExecutions(ledger).length).toBeLessThanOrEqual(concurrency);
				}
				const left = idsOf(ledger.tickets);
				expect(new Set(left).size).toBe(left.length);
				for (let i = 1; i <= count; i++) expect(left.includes(`e${i}`) || over.has(`e${i}`)).toBe(true);
			},
		),
		{ numRuns: runs(800) },
	);
});

it.each([
	['folder', 'thread', 'folder INBOX'],
	['conversation', 'thread', 'conversation thread'],
	['conversation', undefined, 'folder INBOX'],
	['none', 'thread', 'e1'],
] as const)('order %s with the conversation %s: the lane %s', (order, threadKey, lane) => {
	expect(laneOf(event('e1'), threadKey, order)).toBe(lane);
});

describe('a mark on the server', () => {
	const seen: DoneMark = { flag: '\\Seen', byWorkflow: false };
	const waiting = (unknown: boolean, flags: string[] = []): Ticket => {
		const [ticket] = admit(emptyLedger, found(['e1'])).tickets;
		return { ...ticket, event: { ...ticket.event, flags }, phase: { kind: 'waiting', dueAt: 0, unknown } };
	};

	it('shows what is done where nobody knows how the execution ended', () => {
		expect(isMarked(waiting(true), ['\\seen'], [seen])).toBe(true);
		expect(isMarked(waiting(true), [], [seen])).toBe(false);
	});
	it('shows nothing after a failure, for a person may have read the message', () => {
		expect(isMarked(waiting(false), ['\\Seen'], [seen])).toBe(false);
	});
	it('shows nothing where the message had it from the beginning', () => {
		expect(isMarked(waiting(true, ['\\Seen']), ['\\Seen'], [seen])).toBe(false);
	});
	it('shows what is done also after a failure where the workflow itself sets it', () => {
		const mark = markOf({ by: 'keyword', keyword: 'ok', redeliverAfter: 1, maxAttempts: 1 })!;
		expect(isMarked(waiting(false), ['ok'], [mark])).toBe(true);
	});
});

it('gathers what is to be done to messages by folder, and takes off the list what was done', () => {
	const tickets = admit(emptyLedger, found(['e1', 'e2', 'e3'])).tickets;
	const list = tickets.reduce((all, ticket) => withFinished(all, ticket, 'done'), withFinished([], tickets[0], 'givenUp'));
	expect(list.map(({ fate, uids }) => `${fate} ${uids.toString()}`)).toEqual(['givenUp 1', 'done 1:3']);
	expect(withoutFinished(list, list[1]).map(({ fate }) => fate)).toEqual(['givenUp']);
	const gone = { ...tickets[0], event: event('e9', { event: 'messageDeleted' }) };
	expect(withFinished([], gone, 'done')).toEqual([]);
});

it('waits twice as long each time, and not for ever', () => {
	expect([1, 2, 3, 4].map((failures) => retryDelay(MINUTE, failures))).toEqual([1, 2, 4, 8].map((minutes) => minutes * MINUTE));
	expect(retryDelay(MINUTE, 1_000)).toBe(24 * 60 * MINUTE);
	expect(reconnectDelay(1, 0.5)).toBe(500);
	expect(reconnectDelay(1_000, 1)).toBe(400_000);
});
