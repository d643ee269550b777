import type { SyncEvent } from '../events/syncEvent';
import { retryDelay, type PushPolicy } from './policy';

/**
 * What was found and is not done yet: which events are in the workflow, which come again and when, which wait for their turn.
 * Pure: the caller keeps the ledger, and the clock.
 */
export interface Ledger {
	/** In the order in which they were found. */
	tickets: readonly Ticket[];
	/** Ids of the events of the newest look that were handed over: a look that is repeated finds them again. */
	handed: readonly string[];
}

/** One event on its way through the workflow. */
export interface Ticket {
	event: SyncEvent;
	/** Whether its item holds a message, which is read anew for a further attempt. */
	withMessage: boolean;
	/** Tickets of one lane are handed over one after the other. */
	lane: string;
	/** Executions begun for it. */
	attempts: number;
	/** How many of them failed. */
	failures: number;
	/** How many of them nobody knows the end of: n8n went down, or another process had begun them. */
	losses: number;
	phase: Phase;
}

export type Phase =
	/** Found by the newest look and never handed over: a repeated look finds it again. */
	| { kind: 'fresh' }
	/** To be handed over once more, with its item made. */
	| { kind: 'ready' }
	| { kind: 'inFlight'; execution: string; leaseEnds: number }
	/** Comes again at this time. `unknown`: its last execution may have succeeded, which a mark on the mail server can show. */
	| { kind: 'waiting'; dueAt: number; unknown: boolean };

/** How an execution ended, as far as the process that began it knows. */
export type Outcome =
	| 'succeeded'
	/** It sleeps, for a person or a time: nobody will hear of its end. */
	| 'asleep'
	| 'failed'
	| 'cancelled'
	/** Nothing was heard of it for as long as the lease lasts. */
	| 'leaseEnded'
	/** n8n did not begin it: its database was away, for instance. */
	| 'notStarted'
	/** Another process had begun this attempt. */
	| 'startedElsewhere';

interface OutcomeFacts {
	/** What becomes of the event. */
	then: 'done' | 'again';
	/** What is counted. */
	counts?: 'failure' | 'loss';
	/** Whether the execution may have succeeded for all that is known. */
	unknown?: true;
	/** Whether it comes again without waiting. */
	atOnce?: true;
}

const outcomes: Record<Outcome, OutcomeFacts> = {
	succeeded: { then: 'done' },
	asleep: { then: 'done' },
	failed: { then: 'again', counts: 'failure' },
	cancelled: { then: 'again', counts: 'failure' },
	leaseEnded: { then: 'again', counts: 'failure', unknown: true, atOnce: true },
	notStarted: { then: 'again', atOnce: true },
	startedElsewhere: { then: 'again', counts: 'loss', unknown: true },
};

/**
 * Losses that are repeated at once. An event that brings n8n down each time must not do so for ever: after these it comes as late
 * as one that failed, and after the double number it counts as failed.
 */
const QUICK_LOSSES = 5;

export const emptyLedger: Ledger = { tickets: [], handed: [] };

/** The ledger with what a look found. What is known already, or was handed over before the look was repeated, is left out. */
export function admit(ledger: Ledger, found: ReadonlyArray<Pick<Ticket, 'event' | 'withMessage' | 'lane'>>): Ledger {
	const known = new Set([...ledger.handed, ...ledger.tickets.map(idOf)]);
	const fresh = found
		.filter(({ event }) => !known.has(event.eventId))
		.map((one): Ticket => ({ ...one, attempts: 0, failures: 0, losses: 0, phase: { kind: 'fresh' } }));
	return fresh.length === 0 ? ledger : { ...ledger, tickets: [...ledger.tickets, ...fresh] };
}

/** The tickets of the next execution; none while as many run as may, or while every lane is taken. */
export function nextExecution({ tickets }: Ledger, { concurrency, batchSize }: PushPolicy): Ticket[] {
	const running = new Set<string>();
	const taken = new Set<string>();
	for (const { phase, lane } of tickets) {
		if (phase.kind !== 'inFlight') continue;
		running.add(phase.execution);
		taken.add(lane);
	}
	if (running.size >= concurrency) return [];
	// What failed once comes alone: in a batch it would make the others fail with it.
	const again = tickets.find(({ phase, lane }) => phase.kind === 'ready' && !taken.has(lane));
	if (again) return [again];
	const batch: Ticket[] = [];
	for (const ticket of tickets) {
		if (batch.length >= batchSize) break;
		if (ticket.phase.kind === 'fresh' && !taken.has(ticket.lane)) batch.push(ticket);
	}
	return batch;
}

/** The ledger after these were handed over. */
export function begin(ledger: Ledger, begun: readonly Ticket[], execution: string, leaseEnds: number): Ledger {
	const ids = new Set(begun.map(idOf));
	return {
		tickets: ledger.tickets.map((ticket) =>
			ids.has(idOf(ticket))
				? { ...ticket, attempts: ticket.attempts + 1, phase: { kind: 'inFlight', execution, leaseEnds } }
				: ticket,
		),
		handed: [...ledger.handed, ...begun.filter(({ phase }) => phase.kind === 'fresh').map(idOf)],
	};
}

/** What the end of an execution means for its tickets. */
export interface Settled {
	ledger: Ledger;
	done: Ticket[];
	/** It failed as often as it may. */
	givenUp: Ticket[];
}

/**
 * The ledger after an execution of these events ended. An execution whose lease ended before may still succeed: then the event is
 * done. That it failed is news only while it counts as running.
 */
export function settle(
	ledger: Ledger,
	{ execution, eventIds }: { execution: string; eventIds: readonly string[] },
	outcome: Outcome,
	{ maxAttempts, retryAfter }: PushPolicy,
	now: number,
): Settled {
	const { then } = outcomes[outcome];
	const about = new Set(eventIds);
	const settled: Settled = { ledger, done: [], givenUp: [] };
	const tickets = ledger.tickets.flatMap((ticket) => {
		const isRunning = ticket.phase.kind === 'inFlight' && ticket.phase.execution === execution;
		if (!about.has(idOf(ticket)) || !(isRunning || then === 'done')) return [ticket];
		if (then === 'done') {
			settled.done.push(ticket);
			return [];
		}
		const after = comesAgain(ticket, outcome, retryAfter, now);
		if (after.failures < maxAttempts) return [after];
		settled.givenUp.push(after);
		return [];
	});
	return { ...settled, ledger: { ...ledger, tickets } };
}

function comesAgain(ticket: Ticket, outcome: Outcome, retryAfter: number, now: number): Ticket {
	const { counts, unknown = false, atOnce } = outcomes[outcome];
	const failures = ticket.failures + (counts === 'failure' ? 1 : 0);
	const dueAt = now + (atOnce ? 0 : retryDelay(retryAfter, Math.max(failures, ticket.losses + 1)));
	return {
		...ticket,
		failures,
		losses: ticket.losses + (counts === 'loss' ? 1 : 0),
		attempts: outcome === 'notStarted' ? ticket.attempts - 1 : ticket.attempts,
		phase: { kind: 'waiting', dueAt, unknown },
	};
}

/**
 * The ledger as it is taken up after a restart: of the executions that were running nobody will hear how they end, but of those that
 * this process began itself.
 */
export function resume(
	{ tickets, handed }: Ledger,
	{ retryAfter }: PushPolicy,
	now: number,
	isHeardOf: (execution: string) => boolean,
): Ledger {
	return {
		handed,
		tickets: tickets.map((ticket) => {
			if (ticket.phase.kind !== 'inFlight' || isHeardOf(ticket.phase.execution)) return ticket;
			const losses = ticket.losses + 1;
			const dueAt = losses > QUICK_LOSSES ? now + retryDelay(retryAfter, losses - QUICK_LOSSES) : now;
			const failures = ticket.failures + (losses > 2 * QUICK_LOSSES ? 1 : 0);
			return { ...ticket, losses, failures, phase: { kind: 'waiting', dueAt, unknown: true } };
		}),
	};
}

/** The tickets whose time has come, the oldest first. */
export const dueTickets = ({ tickets }: Ledger, now: number): Ticket[] =>
	tickets.filter(({ phase }) => phase.kind === 'waiting' && phase.dueAt <= now);

/** The ledger with these tickets ready to be handed over again. */
export function makeReady(ledger: Ledger, eventIds: ReadonlySet<string>): Ledger {
	const tickets = ledger.tickets.map((ticket): Ticket =>
		eventIds.has(idOf(ticket)) && ticket.phase.kind === 'waiting' ? { ...ticket, phase: { kind: 'ready' } } : ticket,
	);
	return { ...ledger, tickets };
}

/** The ledger with an event that no look will find again: that another one was given up. */
export function addOwn(ledger: Ledger, event: SyncEvent, lane: string, now: number): Ledger {
	const phase: Phase = { kind: 'waiting', dueAt: now, unknown: false };
	const ticket: Ticket = { event, lane, withMessage: false, attempts: 0, failures: 0, losses: 0, phase };
	return { ...ledger, tickets: [...ledger.tickets, ticket] };
}

/** The ledger with one ticket tried later: its message could not be read just now. */
export function postpone(ledger: Ledger, eventId: string, dueAt: number): Ledger {
	const tickets = ledger.tickets.map((ticket): Ticket =>
		idOf(ticket) === eventId && ticket.phase.kind === 'waiting' ? { ...ticket, phase: { ...ticket.phase, dueAt } } : ticket,
	);
	return { ...ledger, tickets };
}

/** The ledger without these tickets. */
export const without = (ledger: Ledger, eventIds: ReadonlySet<string>): Ledger => ({
	...ledger,
	tickets: ledger.tickets.filter((ticket) => !eventIds.has(idOf(ticket))),
});

/** Whether every event of the newest look was handed over: then the position may move past the look. */
export const isHandedOver = ({ tickets }: Ledger): boolean => tickets.every(({ phase }) => phase.kind !== 'fresh');

/** The ledger after the position moved past the newest look: it will not be repeated. */
export const closeLook = (ledger: Ledger): Ledger => (ledger.handed.length === 0 ? ledger : { ...ledger, handed: [] });

/** An execution, with its events. */
export interface RunningExecution {
	execution: string;
	eventIds: string[];
	leaseEnds: number;
}

/** The executions that count as running. */
export function runningExecutions({ tickets }: Ledger): RunningExecution[] {
	const running = new Map<string, RunningExecution>();
	for (const ticket of tickets) {
		if (ticket.phase.kind !== 'inFlight') continue;
		const { execution, leaseEnds } = ticket.phase;
		const one = running.get(execution) ?? { execution, eventIds: [], leaseEnds };
		one.eventIds.push(idOf(ticket));
		running.set(execution, one);
	}
	return [...running.values()];
}

/** When the next ticket comes again; undefined where none waits. */
export function nextDue({ tickets }: Ledger): number | undefined {
	const times = tickets.flatMap(({ phase }) => (phase.kind === 'waiting' ? [phase.dueAt] : []));
	return times.length === 0 ? undefined : Math.min(...times);
}

/** When the next execution no longer counts as running; undefined where none runs. */
export function nextLeaseEnd(ledger: Ledger): number | undefined {
	const times = runningExecutions(ledger).map(({ leaseEnds }) => leaseEnds);
	return times.length === 0 ? undefined : Math.min(...times);
}

/** What people see of a ledger. */
export function countTickets({ tickets }: Ledger): { inFlight: number; waiting: number; again: number; mostAttempts: number } {
	const of = (...kinds: Array<Phase['kind']>): number => tickets.filter(({ phase }) => kinds.includes(phase.kind)).length;
	const mostAttempts = tickets.reduce((most, { attempts }) => Math.max(most, attempts), 0);
	return { inFlight: of('inFlight'), waiting: of('fresh'), again: of('waiting', 'ready'), mostAttempts };
}

const idOf = ({ event }: Ticket): string => event.eventId;
