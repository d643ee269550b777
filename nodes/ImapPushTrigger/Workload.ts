import { createHash, randomUUID } from 'node:crypto';
import type { INodeExecutionData, IRun, ITriggerFunctions } from 'n8n-workflow';
import { eventId } from '../../sync/events/eventId';
import type { EventName, SyncEvent } from '../../sync/events/syncEvent';
import { withFinished, withoutFinished, type Fate, type Finishing } from '../../sync/push/finishing';
import { laneOf } from '../../sync/push/lane';
import * as book from '../../sync/push/ledger';
import type { Ledger, Ticket } from '../../sync/push/ledger';
import { reconnectDelay, type PushPolicy } from '../../sync/push/policy';
import type { PushState } from '../../sync/push/storedLedger';
import type { SyncState } from '../../sync/state/syncState';
import * as ends from './executionEnds';
import { endOf, endOfRejected, type ExecutionEnd } from './outcome';
import { SAVE_AT_REST_MS } from './pace';
import type { KeptState } from './pushState';

/** What a look found: an event, and the item that it becomes. */
export interface Found {
	event: SyncEvent;
	item: INodeExecutionData;
	withMessage: boolean;
}

/** How a workload is handed over, and who hears of it. */
export interface WorkloadTerms {
	policy: PushPolicy;
	/** Whether an event is done only when its execution succeeded. */
	confirmed: boolean;
	/** Whether n8n says how executions end. */
	hearsEnds: boolean;
	/** Whether the server shows what is done, so that it need not be written down at once. */
	leavesMark: boolean;
	/** The fates after which something is done to the message. */
	finishes: ReadonlySet<Fate>;
	events: ReadonlySet<EventName>;
	now: () => number;
	save(state: KeptState): void;
	/** Something ended, so that more may be done now. */
	changed(): void;
}

/** Tickets that may wait for another attempt; while there are more, nothing new is taken. */
const MOST_TICKETS = 300;

/** How long at most n8n is left alone that began no execution. */
const LONGEST_PAUSE = 60_000;

/**
 * The events of one trigger from the moment they are found until their executions ended: what is handed over when, and what is
 * written down of it. The decisions are sync/push's; this is their clock, their n8n and their memory of items.
 */
export class Workload {
	private ledger: Ledger;
	private finishingList: readonly Finishing[];
	private serial: number;
	private readonly account: string;
	private readonly begunAt: number | undefined;
	/** The position before the newest look, until all that it found is handed over. */
	private base: SyncState | undefined;
	/** The position after it. */
	private after: SyncState | undefined;
	/** By event id: of what was found, or read again, and is not handed over yet. */
	private readonly items = new Map<string, INodeExecutionData>();
	private readonly reasons = new Map<string, string>();
	/** When what is known and not saved is to be saved without an execution; undefined where all is saved. */
	private saveAt: number | undefined;
	/** The key of an execution that n8n is known to have. */
	private lastKey: string | undefined;
	private lastHandOver: number | undefined;
	private refusals = 0;
	private pausedUntil = 0;
	private hasLooked = false;
	private isOpen = false;
	private closed = false;

	constructor(
		private readonly context: ITriggerFunctions,
		kept: KeptState,
		private readonly terms: WorkloadTerms,
	) {
		this.base = this.after = kept.position;
		({ account: this.account, serial: this.serial, begunAt: this.begunAt, finishing: this.finishingList } = kept.push);
		this.ledger = book.resume(kept.push.ledger, terms.policy, terms.now(), (execution) => ends.of(execution) !== undefined);
	}

	/** Begins to hand over: n8n takes nothing from a trigger before it has started. */
	open(): void {
		this.isOpen = true;
		this.pump();
		// The leases of what was handed over just now are to be watched.
		this.terms.changed();
	}

	/** Hears of executions that an earlier registration of this trigger began in this process. */
	adopt(): void {
		for (const { execution, eventIds } of book.runningExecutions(this.ledger)) {
			void ends.of(execution)?.then((end) => this.ended(execution, eventIds, end));
		}
	}

	/** When watching began, in milliseconds since 1970. */
	get since(): number | undefined {
		return this.begunAt;
	}

	/** The position to look from. */
	get position(): SyncState | undefined {
		return this.after;
	}

	/** What is to be done to messages on the server. */
	get finishing(): readonly Finishing[] {
		return this.finishingList;
	}

	/** Something was done to these messages. */
	finished(done: readonly Finishing[]): void {
		for (const one of done) this.finishingList = withoutFinished(this.finishingList, one);
		this.save();
	}

	/** Ids of events that a repeated look finds, and that are not to be handed over again. */
	get handed(): ReadonlySet<string> {
		return new Set([...this.ledger.handed, ...this.ledger.tickets.map(({ event }) => event.eventId)]);
	}

	/** Whether the next look may be taken: what the last one found is handed over, and there is room for what comes again. */
	get takesMore(): boolean {
		return book.isHandedOver(this.ledger) && this.ledger.tickets.length < MOST_TICKETS;
	}

	get counts(): { inFlight: number; waiting: number; again: number; mostAttempts: number } {
		return book.countTickets(this.ledger);
	}

	/** When an event was handed over last, in milliseconds since 1970. */
	get handedOverAt(): number | undefined {
		return this.lastHandOver;
	}

	/** The tickets to be read again now: no more than can be handed over soon. */
	due(): Ticket[] {
		return book.dueTickets(this.ledger, this.terms.now()).slice(0, this.terms.policy.concurrency + 4);
	}

	/** When pump() has something to do although nothing happens. */
	get nextTime(): number | undefined {
		const { ledger, terms, isOpen, closed, saveAt } = this;
		const isPaused = isOpen && !closed && book.nextExecution(ledger, terms.policy).length > 0;
		return earliest([book.nextLeaseEnd(ledger), saveAt, isPaused ? this.pausedUntil : undefined]);
	}

	/** When the next ticket has to be read again. */
	get nextDue(): number | undefined {
		return book.nextDue(this.ledger);
	}

	/** Takes what a look found, and where it ended. */
	take(found: readonly Found[], after: SyncState): void {
		this.after = after;
		this.hasLooked = true;
		const { order } = this.terms.policy;
		const known = this.handed;
		for (const { event, item } of found) if (!known.has(event.eventId)) this.items.set(event.eventId, item);
		this.ledger = book.admit(
			this.ledger,
			found.map(({ event, item, withMessage }) => ({
				event,
				withMessage,
				lane: laneOf(event, item.json.threadKey, order),
			})),
		);
		this.moveOn();
		this.save();
	}

	/** The message of a ticket was read again. */
	ready(ticket: Ticket, item: INodeExecutionData): void {
		this.items.set(ticket.event.eventId, item);
		this.ledger = book.makeReady(this.ledger, new Set([ticket.event.eventId]));
	}

	/** A ticket is over without another execution: its message is gone, or carries the mark of what is done. */
	drop(ticket: Ticket): void {
		this.ledger = book.without(this.ledger, new Set([ticket.event.eventId]));
		this.forget([ticket]);
	}

	/** The message of a ticket can no longer be had. */
	lose(ticket: Ticket, reason: string): void {
		this.drop(ticket);
		this.reasons.set(ticket.event.eventId, reason);
		this.giveUp(ticket);
	}

	postpone(ticket: Ticket, dueAt: number): void {
		this.ledger = book.postpone(this.ledger, ticket.event.eventId, dueAt);
	}

	/** Hands over as much as may be in the workflow at once. */
	pump(): void {
		if (!this.isOpen) return;
		const { policy, now } = this.terms;
		this.endLeases();
		while (!this.closed && now() >= this.pausedUntil) {
			const tickets = book.nextExecution(this.ledger, policy);
			if (tickets.length === 0) break;
			this.handOver(tickets);
		}
		this.saveAtRest();
	}

	/** Frees the places of executions of which nothing was heard for too long. In queue mode n8n loses ends, and two variables prevent that. */
	private endLeases(): void {
		const { policy, now } = this.terms;
		for (const { execution, eventIds, leaseEnds } of book.runningExecutions(this.ledger)) {
			if (leaseEnds > now()) continue;
			this.context.logger.warn(
				`${this.context.getNode().name}: n8n did not say within ${Math.ceil(policy.lease / 60_000)} minutes how an execution ended, so it counts as ` +
					'failed. If n8n runs in queue mode, set N8N_EXECUTIONS_QUEUE_KEEP_LAST_COMPLETED and N8N_EXECUTIONS_QUEUE_KEEP_LAST_FAILED to 1000',
			);
			this.settle(execution, eventIds, { outcome: 'leaseEnded', reason: 'n8n did not say how the execution ended' });
		}
	}

	/**
	 * n8n saves a trigger's static data only when the trigger emits. At rest, so that a restart does not repeat what is done, an emit
	 * whose key n8n has already: it saves, and begins nothing. Where n8n does not keep executions, it is one without items.
	 */
	private saveAtRest(): void {
		if (this.closed || this.saveAt === undefined || this.terms.now() < this.saveAt) return;
		this.saveAt = undefined;
		if (this.lastKey === undefined) return;
		this.save();
		this.context.emit([[]], undefined, undefined, this.lastKey);
	}

	/** Writes down what is known, for n8n to save with the next emit, or at the end of the activation. */
	save(): void {
		this.serial++;
		const { account, serial, begunAt, ledger, finishingList: finishing, base: position } = this;
		const push: PushState = { account, serial, ledger, finishing, ...(begunAt === undefined ? {} : { begunAt }) };
		this.terms.save({ position, push });
	}

	/** Nothing is handed over any more; what ends from now on is still written down in memory. */
	close(): void {
		this.closed = true;
		this.items.clear();
	}

	private handOver(tickets: readonly Ticket[]): void {
		const { policy, now, confirmed, finishes, hearsEnds } = this.terms;
		const execution = randomUUID();
		const eventIds = tickets.map(({ event }) => event.eventId);
		const items = tickets.flatMap((ticket) => {
			const item = this.items.get(ticket.event.eventId);
			if (!item) return [];
			return [confirmed ? { ...item, json: { ...item.json, attempt: ticket.attempts + 1 } } : item];
		});
		for (const id of eventIds) this.items.delete(id);
		this.ledger = book.begin(this.ledger, tickets, execution, now() + policy.lease);
		if (!confirmed) this.ledger = book.without(this.ledger, new Set(eventIds));
		this.moveOn();
		this.save();
		this.saveAt = undefined;
		this.lastHandOver = now();
		const waits = hearsEnds && (confirmed || finishes.has('done'));
		const done = waits ? this.context.helpers.createDeferredPromise<IRun>() : undefined;
		const key = this.deduplicationKey(tickets);
		if (done) this.awaitEnd(execution, tickets, done.promise, key);
		try {
			this.context.emit([items], undefined, done, key);
		} catch (error) {
			// It does not, as far as is known; but what was to be handed over must not be lost by it.
			done?.reject(error instanceof Error ? error : new Error(String(error)));
			this.context.logger.error(`${this.context.getNode().name}: n8n took no event: ${String(error)}`);
		}
	}

	private awaitEnd(execution: string, tickets: readonly Ticket[], done: Promise<IRun | undefined>, key: string): void {
		const end = done.then(endOf, endOfRejected);
		if (this.terms.confirmed) {
			const eventIds = tickets.map(({ event }) => event.eventId);
			ends.remember(execution, end);
			void end.then((how) => {
				if (how.outcome !== 'notStarted') this.lastKey = key;
				this.ended(execution, eventIds, how);
			});
			return;
		}
		void end.then(({ outcome }) => {
			if (outcome === 'succeeded') for (const ticket of tickets) this.finish(ticket, 'done');
			this.terms.changed();
		});
	}

	/** Another one for each attempt, and the same in every process. */
	private deduplicationKey(tickets: readonly Ticket[]): string {
		const hash = createHash('sha256').update(
			JSON.stringify([
				this.context.getWorkflow().id,
				this.context.getNode().id,
				tickets.map(({ event, attempts }) => [event.eventId, attempts + 1]),
			]),
		);
		return `imapPush:${hash.digest('hex')}`;
	}

	private ended(execution: string, eventIds: readonly string[], end: ExecutionEnd): void {
		// A later registration of this trigger will ask for it.
		if (this.closed) return;
		ends.forget(execution);
		this.settle(execution, eventIds, end);
		if (end.outcome === 'notStarted') {
			this.refusals++;
			this.pausedUntil = this.terms.now() + Math.min(reconnectDelay(this.refusals, Math.random()), LONGEST_PAUSE);
		} else this.refusals = 0;
		this.pump();
		this.terms.changed();
	}

	private settle(execution: string, eventIds: readonly string[], { outcome, reason }: ExecutionEnd): void {
		const { policy, now } = this.terms;
		const { ledger, done, givenUp } = book.settle(this.ledger, { execution, eventIds }, outcome, policy, now());
		this.ledger = ledger;
		if (reason !== undefined) for (const id of eventIds) this.reasons.set(id, reason);
		if (outcome === 'succeeded') for (const ticket of done) this.finish(ticket, 'done');
		this.forget(done);
		for (const ticket of givenUp) this.giveUp(ticket);
		// In memory at least: n8n saves it with the next emit.
		this.save();
		const { inFlight, waiting } = this.counts;
		const isShown = this.terms.leavesMark && done.every(({ event }) => event.event === 'messageNew');
		if (inFlight + waiting === 0 && !isShown) this.saveAt = now() + SAVE_AT_REST_MS;
	}

	private giveUp(ticket: Ticket): void {
		const { event, attempts, lane } = ticket;
		const message = this.reasons.get(event.eventId) ?? 'the execution failed';
		this.context.logger.warn(
			`${this.context.getNode().name}: given up after ${attempts} attempts: ${event.event} of UID ${event.uid ?? '-'} in "${event.folder}"`,
		);
		this.finish(ticket, 'givenUp');
		this.forget([ticket]);
		if (!this.terms.events.has('messageFailed') || event.event === 'messageFailed') return;
		const failed: SyncEvent = {
			...event,
			event: 'messageFailed',
			eventId: eventId('given up', event.eventId),
			detectedAt: new Date(this.terms.now()).toISOString(),
			error: { message, attempts },
		};
		this.ledger = book.addOwn(this.ledger, failed, lane, this.terms.now());
	}

	private finish(ticket: Ticket, fate: Fate): void {
		if (this.terms.finishes.has(fate)) this.finishingList = withFinished(this.finishingList, ticket, fate);
	}

	private forget(tickets: readonly Ticket[]): void {
		for (const { event } of tickets) {
			this.items.delete(event.eventId);
			this.reasons.delete(event.eventId);
		}
	}

	/** Once everything that the newest look found is handed over, it need not be repeated. */
	private moveOn(): void {
		// Before the first look of this life, `handed` says what that look will find again.
		if (!this.hasLooked || !book.isHandedOver(this.ledger)) return;
		this.base = this.after;
		this.ledger = book.closeLook(this.ledger);
	}
}

function earliest(times: ReadonlyArray<number | undefined>): number | undefined {
	const known = times.filter((time) => time !== undefined);
	return known.length === 0 ? undefined : Math.min(...known);
}
