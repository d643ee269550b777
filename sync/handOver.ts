import type { Applied, Done, Work } from './apply';
import { dueAgain, notDueYet, nothingDone } from './apply';
import {
	acknowledgementMissing,
	attemptsOf,
	awaitingUids,
	awaitOnceMore,
	dueUids,
	hasMark,
	IN_FLIGHT,
	markedIn,
	markFlag,
	notAcknowledged,
	withoutAwaited,
} from './awaiting';
import { BATCH_DESCRIPTORS, BATCH_MESSAGES, batches, bytesRead, partsFor, uidsOf, type Batch } from './batch';
import type { RunBudget } from './budget';
import { readChosen } from './chosenParts';
import { SyncError } from './errors';
import { eventAt } from './event';
import type { FlagChange } from './diff';
import { findByReading, findMatching } from './findMatching';
import type { Awaiting, FailedMessage, FetchedMessage, FetchParts, MessageDescriptor, SyncEvent, SyncRequest } from './model';
import type { Origin } from './moves';
import type { OpenFolder } from './port';
import { afterFailure, MAX_ATTEMPTS } from './retry';
import { timesUsedBy, useDetails } from './reusedUids';
import { asksForNoMark, hasStopped, isRefuted, isWithin, judge } from './searchFolder';
import type { EventSink } from './sink';
import type { Uid } from './uid';
import { UidSet } from './uidSet';

export interface HandOverInput {
	folder: OpenFolder;
	applied: Applied;
	request: SyncRequest;
	budget: RunBudget;
	sink: EventSink;
	now: () => number;
	/** Hash of the account's user, for event ids. */
	accountKey: string;
	/** Counter of hand-overs, for event ids of changes that have no mod-sequence. */
	deliveries: number;
	/** What is already known of messages; used instead of asking again. */
	descriptors: Map<Uid, MessageDescriptor>;
	/** Whether a new message may have come from another folder: then it waits until all folders were looked at. */
	isSuspect?: (message: MessageDescriptor) => boolean;
	/** Where new messages came from; those without an origin are new. */
	origins?: ReadonlyMap<Uid, Origin | undefined>;
}

/** What was handed over, and the error that ended it early, if one did: everything in `done` stays handed over. */
export interface HandOver {
	done: Done;
	error?: SyncError;
	/** What somebody has to know although nothing failed. */
	warning?: SyncError;
}

/** Hands over what changed: the folder itself, new mail in order of arrival, what nobody acknowledged, updates, what passes the filter
 * now or no longer, deletions. Back-fill is for handOverBackfill(). */
export async function handOverNews(input: HandOverInput): Promise<HandOver> {
	const over = new Delivery(input);
	return over.run(async () => {
		await over.folder(input.applied.work);
		const { state } = input.applied;
		await over.messages(dueAgain(state, input.now()).subtract(awaitingUids(state.awaiting)), { oneByOne: true });
		await over.messages(state.arrivals, {});
		await over.redeliveries();
		await over.updates(input.applied.work.updates);
		await over.matched(input.applied.work.matched ?? UidSet.empty);
		await over.unmatched(input.applied.work.unmatched ?? UidSet.empty);
		await over.deletions(input.applied.work.deletions);
	});
}

/** Hands over new messages of which it was found out where they came from. */
export async function handOverTraced(input: HandOverInput): Promise<HandOver> {
	const over = new Delivery(input);
	return over.run(() => over.messages(UidSet.of(input.origins?.keys() ?? []), {}));
}

/** Hands over older messages, newest first, with what the run has left. */
export async function handOverBackfill(input: HandOverInput): Promise<HandOver> {
	const over = new Delivery(input);
	return over.run(() => over.messages(input.applied.state.backfill, { newestFirst: true }));
}

/** One hand-over from one open folder: keeps what was done, so that an error in the middle loses nothing of it. */
class Delivery {
	private readonly done: { -readonly [K in keyof Done]: Done[K] } = {
		...nothingDone,
		delivered: [],
		described: [],
		suspects: [],
		moved: [],
		failed: [],
		updated: [],
	};
	private readonly parts: FetchParts;
	private awaiting: Awaiting | undefined;
	/** Whether the server was asked which waiting messages are acknowledged, to make room for more. */
	private madeRoom = false;
	private warning: SyncError | undefined;

	constructor(private readonly input: HandOverInput) {
		this.parts = partsFor(input.request);
		this.awaiting = input.applied.state.awaiting;
	}

	async run(work: () => Promise<void>): Promise<HandOver> {
		try {
			await work();
			return { done: this.result, warning: this.warning };
		} catch (error) {
			if (error instanceof SyncError) return { done: this.result, error, warning: this.warning };
			throw error;
		}
	}

	private get result(): Done {
		return this.awaiting ? { ...this.done, awaiting: this.awaiting } : this.done;
	}

	/** What happened to the folder as a whole. */
	async folder({ created, reset }: Work): Promise<void> {
		const { sink, budget, deliveries } = this.input;
		if (created && this.wants('folderCreated')) {
			await sink(this.event('folderCreated', `delivery ${deliveries}`));
			budget.spend(1, 0);
		}
		if (reset && this.wants('folderReset')) {
			await sink({ ...this.event('folderReset', reset.previousUidValidity), reset });
			budget.spend(1, 0);
		}
	}

	/** Hands over new messages, as many as the budget allows. */
	async messages(uids: UidSet, how: { newestFirst?: boolean; oneByOne?: boolean }): Promise<void> {
		if (!this.tellsNew && !this.wants('messageMoved')) return;
		let left = uids;
		while (!left.isEmpty && this.input.budget.room > 0) {
			const inFlight = await this.roomInFlight();
			if (inFlight === 0) return;
			const count = how.oneByOne ? 1 : Math.min(BATCH_DESCRIPTORS, this.input.budget.room, inFlight);
			const portion = how.newestFirst ? left.highest(count) : left.lowest(count);
			left = left.subtract(portion);
			const described = await this.describe(portion);
			if (!how.newestFirst) this.done.described.push(...described);
			const own = how.newestFirst ? UidSet.empty : this.ownArrivals;
			const suspects =
				how.newestFirst || how.oneByOne ? [] : described.filter((message) => !own.has(message.uid) && this.input.isSuspect?.(message));
			this.done.suspects.push(...suspects);
			const passing = await this.passing(described.filter((message) => !suspects.includes(message)));
			this.known(passing.filter(({ uid }) => own.has(uid)));
			const wanted = passing.filter((message) => !own.has(message.uid) && this.isToBeTold(message));
			const ordered = how.newestFirst ? wanted.reverse() : wanted;
			for (const batch of batches(ordered, this.parts, this.input)) {
				if (this.input.budget.room === 0) return;
				await this.deliver(batch, how.newestFirst === true);
			}
		}
	}

	/**
	 * Hands over once more what nobody acknowledged in time. One FETCH tells which of the due messages carry the mark by now; what was
	 * handed over as often as allowed is given up. The filter is not asked again: the message was handed over already.
	 */
	async redeliveries(): Promise<void> {
		const { request, applied, budget, now } = this.input;
		const { acknowledge } = request;
		if (!acknowledge || !this.awaiting || !this.wants('messageNew')) return;
		let left = dueUids(this.awaiting, now()).subtract(notDueYet(applied.state, now()));
		let silently = 0;
		while (!left.isEmpty && budget.room > 0) {
			const portion = left.lowest(BATCH_DESCRIPTORS);
			left = left.subtract(portion);
			const unmarked: MessageDescriptor[] = [];
			let marked = UidSet.empty;
			for (const message of await this.describe(portion, { goneIsNews: false })) {
				if (hasMark(message.flags, acknowledge)) marked = marked.add(message.uid);
				else unmarked.push(message);
			}
			await this.undescribed(portion.subtract(marked).subtract(uidsOf(unmarked)));
			this.acknowledged(marked);
			const spent = unmarked.filter(({ uid }) => attemptsOf(this.awaiting, uid) >= acknowledge.maxAttempts);
			for (const { uid } of spent) {
				if (budget.room === 0) return;
				const attempts = attemptsOf(this.awaiting, uid);
				if (this.wants('messageFailed')) {
					const error = { message: notAcknowledged(acknowledge, attempts), attempts };
					await this.input.sink({ ...this.event('messageFailed', uid, 'not acknowledged'), error });
					budget.spend(1, 0);
				} else {
					this.warning = acknowledgementMissing(this.input.folder.snapshot.path, 'givenUp', ++silently);
				}
				this.awaiting = withoutAwaited(this.awaiting, UidSet.of([uid]));
				this.done.givenUp = this.done.givenUp.add(uid);
			}
			const again = unmarked.filter(({ uid }) => !this.done.givenUp.has(uid)).slice(0, budget.room);
			for (const batch of batches(again, this.parts, this.input)) {
				if (budget.room === 0) return;
				await this.deliver(batch, false);
			}
		}
	}

	async updates(changes: FlagChange[]): Promise<void> {
		for (let from = 0; from < changes.length && this.input.budget.room > 0; ) {
			const portion = changes.slice(from, from + Math.min(BATCH_MESSAGES, this.input.budget.room));
			from += portion.length;
			const read = await this.read(portion);
			for (const change of portion) {
				await this.update(change, read.get(change.uid));
				read.delete(change.uid);
			}
		}
	}

	/** Tells of messages that pass the filter now, with as much of them as is asked for; of what proves not to, nothing. */
	async matched(uids: UidSet): Promise<void> {
		const { budget, request } = this.input;
		for (let left = uids; !left.isEmpty && budget.room > 0; ) {
			const portion = left.lowest(Math.min(BATCH_MESSAGES, budget.room));
			left = left.subtract(portion);
			// What is not described stays work: the next look finds it gone, or asks again.
			const described = await this.describe(portion, { goneIsNews: false });
			const refuted = described.filter((message) => request.filter && isRefuted(message, request.filter));
			this.done.unmatching = this.done.unmatching.union(uidsOf(refuted));
			const wanted = await this.passing(described.filter((message) => !refuted.includes(message)));
			for (const batch of batches(wanted, this.parts, this.input)) {
				if (budget.room === 0) return;
				const read = new Map((await this.readBatch(batch)).map((message) => [message.uid, message]));
				for (const known of batch.messages) {
					await this.match(known, read.get(known.uid));
					read.delete(known.uid);
				}
			}
		}
	}

	private async match(known: MessageDescriptor, message: FetchedMessage | undefined): Promise<void> {
		const { uid, flags, labels, emailId, threadId } = message ?? known;
		const event = { ...this.event('messageMatched', uid, `delivery ${this.input.deliveries}`), flags, labels, emailId, threadId };
		try {
			await this.input.sink(event, message);
		} catch (error) {
			if (isFatal(error)) throw error;
			// That it matches is true even where it cannot be read.
			await this.input.sink(event);
		}
		this.done.delivered.push({ uid, flags, labels });
		this.input.budget.spend(1, message ? bytesRead(message) : 0);
	}

	/**
	 * Tells of messages that do not pass the filter any more, where they show why. A message whose own acknowledgement is why is
	 * passed over in silence.
	 */
	async unmatched(uids: UidSet): Promise<void> {
		const { budget, request, sink, deliveries } = this.input;
		const { filter, acknowledge } = request;
		for (let left = uids; filter && !left.isEmpty && budget.room > 0; ) {
			const portion = left.lowest(BATCH_DESCRIPTORS);
			left = left.subtract(portion);
			const described = await this.describe(portion, { goneIsNews: false });
			const inDoubt = described.filter((message) => hasStopped(message, filter) === 'unknown');
			const { passing, unread } = await findByReading(this.input.folder, filter, byUid(inDoubt));
			const stopped = described.filter(
				(message) => hasStopped(message, filter) === 'yes' || (inDoubt.includes(message) && !passing.has(message.uid) && !unread.has(message.uid)),
			);
			this.done.stillMatching = this.done.stillMatching.union(portion.subtract(uidsOf(stopped)));
			for (const { uid, flags, labels, emailId, threadId } of stopped) {
				const isMarked = acknowledge !== undefined && attemptsOf(this.awaiting, uid) > 0 && hasMark(flags, acknowledge);
				if (isMarked) this.acknowledged(UidSet.of([uid]));
				if (!isMarked || !asksForNoMark(filter, acknowledge)) {
					if (budget.room === 0) return;
					await sink({ ...this.event('messageUnmatched', uid, `delivery ${deliveries}`), flags, labels, emailId, threadId });
					budget.spend(1, 0);
				}
				this.done.unmatching = this.done.unmatching.add(uid);
			}
		}
	}

	async deletions(uids: UidSet): Promise<void> {
		for (const uid of uids) {
			if (this.input.budget.room === 0) return;
			await this.input.sink(this.event('messageDeleted', uid));
			this.done.deleted = this.done.deleted.add(uid);
			this.input.budget.spend(1, 0);
		}
	}

	private async update(change: FlagChange, message: FetchedMessage | undefined): Promise<void> {
		const { uid, flags, labels, added, removed, labelsAdded, labelsRemoved, modseq } = change;
		const event: SyncEvent = {
			...this.event('messageUpdated', uid, modseq ?? `delivery ${this.input.deliveries}`, flags, added, removed, labelsAdded, labelsRemoved),
			flags,
			labels: labels ?? message?.labels,
			flagsAdded: added,
			flagsRemoved: removed,
			labelsAdded: labelsAdded.length > 0 ? labelsAdded : undefined,
			labelsRemoved: labelsRemoved.length > 0 ? labelsRemoved : undefined,
			emailId: message?.emailId,
			threadId: message?.threadId,
		};
		try {
			await this.input.sink(event, message);
		} catch (error) {
			if (isFatal(error)) throw error;
			// The change is true even where the message cannot be read; without it nothing can fail.
			await this.input.sink(event);
		}
		this.done.updated.push(change);
		this.input.budget.spend(1, message ? bytesRead(message) : 0);
	}

	/** Reads the messages of updates, at most one batch of bytes; what is too large for it is told without content. */
	private async read(changes: FlagChange[]): Promise<Map<Uid, FetchedMessage>> {
		const read = new Map<Uid, FetchedMessage>();
		if (this.parts === 'descriptor') return read;
		const described = await this.describe(UidSet.of(changes.map(({ uid }) => uid)), { goneIsNews: false });
		for (const batch of batches(described, this.parts, this.input)) {
			for (const message of await this.readBatch(batch)) read.set(message.uid, message);
		}
		return read;
	}

	/** The messages of a batch, as far as the server gives them: what happened is told without content then. */
	private async readBatch(batch: Batch): Promise<FetchedMessage[]> {
		if (batch.parts === 'descriptor') return batch.messages;
		const read: FetchedMessage[] = [];
		try {
			const messages = batch.parts === 'chosen' ? readChosen(this.input.folder, batch.messages, this.input.request.chooseParts) : this.input.folder.fetch(uidsOf(batch.messages), batch.parts);
			for await (const message of messages) read.push(message);
		} catch (error) {
			if (!isRefusal(error)) throw error;
		}
		return read;
	}

	/** What is known of these messages, ascending. Messages that are gone are noted as gone. */
	private async describe(uids: UidSet, { goneIsNews = true } = {}): Promise<MessageDescriptor[]> {
		const { descriptors, folder } = this.input;
		const unknown = UidSet.of([...uids].filter((uid) => !descriptors.has(uid)));
		if (!unknown.isEmpty) {
			try {
				for await (const message of folder.fetch(unknown, 'descriptor')) descriptors.set(message.uid, message);
			} catch (error) {
				// Which of them it is because of, missing() finds out one by one.
				if (!isRefusal(error)) throw error;
			}
		}
		if (goneIsNews) await this.missing(UidSet.of([...uids].filter((uid) => !descriptors.has(uid))), 'descriptor');
		const described = [...uids].flatMap((uid) => descriptors.get(uid) ?? []);
		// Used once: a long back-fill must not collect what it has handed over.
		for (const { uid } of described) descriptors.delete(uid);
		return described;
	}

	/** Of these, the messages that are wanted; the others are passed over. */
	private async passing(described: MessageDescriptor[]): Promise<MessageDescriptor[]> {
		const { filter, startFrom } = this.input.request;
		if (described.length === 0) return [];
		let wanted = described;
		if (filter) {
			const { folder } = this.input;
			const open = described.filter((message) => judge(message, filter) === 'unknown');
			const facts = this.input.request.facts?.inFolder(folder.snapshot.path, folder.snapshot.uidValidity);
			const matching = open.length === 0 ? UidSet.empty : await findMatching({ folder, filter, within: uidsOf(open), known: byUid(open), facts });
			// The message's flags, as they are told with it, may be younger or older than the search: they decide.
			wanted = wanted.filter((message) => judge(message, filter) === 'yes' || (matching.has(message.uid) && !isRefuted(message, filter)));
			const passing = new Set(wanted);
			this.done.unmatching = this.done.unmatching.union(uidsOf(described.filter((message) => !passing.has(message))));
		}
		if (startFrom.kind === 'date') {
			const { backfill } = this.input.applied.state;
			wanted = wanted.filter(({ uid, internalDate }) => !backfill.has(uid) || isWithin(internalDate, { since: startFrom.date }));
		}
		const kept = new Set(wanted);
		const passedOver = UidSet.of(described.filter((message) => !kept.has(message)).map(({ uid }) => uid));
		this.done.passedOver = this.done.passedOver.union(passedOver);
		if (!passedOver.isEmpty) this.input.budget.noteProgress();
		return wanted;
	}

	/** Whether messages that came are told of at all, as new or as matching. */
	private get tellsNew(): boolean {
		return this.wants('messageNew') || this.wants('messageMatched');
	}

	/**
	 * Whether anything is to be told of a message that came. Known from now on in silence is one that is new where nobody wants to hear
	 * of new messages, and one whose move here was its acknowledgement.
	 */
	private isToBeTold(message: MessageDescriptor): boolean {
		const from = this.input.origins?.get(message.uid);
		if (from ? !from.silent : this.tellsNew) return true;
		if (from) this.done.moved.push(from);
		this.known([message]);
		return false;
	}

	/** Messages that this package itself put here. */
	private get ownArrivals(): UidSet {
		const { request, folder, applied } = this.input;
		const came = request.own?.inFolder(folder.snapshot.path, applied.state.uidValidity)?.came ?? UidSet.empty;
		// Of a UID that is used again nobody knows whose message it is.
		return came.subtract(applied.state.reused?.[0] ?? UidSet.empty);
	}

	/** Messages that are known from now on without being told of. */
	private known(messages: MessageDescriptor[]): void {
		if (messages.length === 0) return;
		this.done.delivered.push(...messages.map(({ uid, flags, labels }) => ({ uid, flags, labels })));
		this.input.budget.noteProgress();
	}

	private async deliver(batch: Batch, reverse: boolean): Promise<void> {
		const asked = uidsOf(batch.messages);
		const came: Uid[] = [];
		if (batch.parts === 'descriptor') {
			for (const message of batch.messages) {
				came.push(message.uid);
				await this.deliverOne(message);
			}
			return;
		}
		const waiting: FetchedMessage[] = [];
		let refusal: SyncError | undefined;
		try {
			const messages = batch.parts === 'chosen' ? readChosen(this.input.folder, batch.messages, this.input.request.chooseParts) : this.input.folder.fetch(asked, batch.parts);
			for await (const message of messages) {
				if (!asked.has(message.uid) || came.includes(message.uid)) continue;
				came.push(message.uid);
				// A batch is bounded in bytes, so it can be turned round in memory.
				if (reverse) waiting.push(message);
				else await this.deliverOne(message);
			}
		} catch (error) {
			if (!isRefusal(error)) throw error;
			refusal = error;
		}
		for (const message of waiting.sort((a, b) => b.uid - a.uid)) await this.deliverOne(message);
		const left = batch.messages.filter(({ uid }) => !came.includes(uid));
		if (refusal) await this.deliverSplit({ ...batch, messages: left }, reverse, refusal);
		else await this.missing(uidsOf(left), batch.parts === 'chosen' ? 'source' : batch.parts);
	}

	/** Yahoo refuses a whole FETCH because of one message (imapsync issue 119): halves find out which one it is. */
	private async deliverSplit({ messages, parts }: Batch, reverse: boolean, refusal: SyncError): Promise<void> {
		if (messages.length === 1) return this.failure(messages[0].uid, refusal.message, 0);
		const middle = Math.ceil(messages.length / 2);
		for (const half of [messages.slice(0, middle), messages.slice(middle)]) {
			if (half.length > 0 && this.input.budget.room > 0) await this.deliver({ messages: half, parts }, reverse);
		}
	}

	/** How many more messages may wait for their acknowledgement. */
	private async roomInFlight(): Promise<number> {
		if (!this.awaiting) return Infinity;
		let count = awaitingUids(this.awaiting).size;
		if (count >= IN_FLIGHT && !this.madeRoom) {
			this.madeRoom = true;
			await this.findAcknowledged(this.awaiting);
			count = awaitingUids(this.awaiting).size;
		}
		// Once is no trouble yet: the workflow may just be busy.
		if (count >= IN_FLIGHT && this.awaiting.groups.some(({ attempts }) => attempts > 1)) {
			this.warning ??= acknowledgementMissing(this.input.folder.snapshot.path, 'heldBack', count);
		}
		return Math.max(0, IN_FLIGHT - count);
	}

	/** Asks which waiting messages are acknowledged, due or not. */
	private async findAcknowledged(awaiting: Awaiting): Promise<void> {
		const { folder, request } = this.input;
		const waiting = awaitingUids(awaiting);
		const flag = request.acknowledge && markFlag(request.acknowledge);
		if (flag !== undefined) this.acknowledged((await folder.search({ flags: { [flag]: true } }, waiting)).intersect(waiting));
		this.left(waiting.subtract(await folder.search({}, waiting)));
	}

	/** Messages that carry the mark wait no longer. */
	private acknowledged(uids: UidSet): void {
		const { request, applied } = this.input;
		const { acknowledge } = request;
		const { flags } = applied.state;
		if (!this.awaiting || !acknowledge) return;
		// Where flags are followed, the look at them ends the waiting: it must not take the acknowledgement for somebody's reading.
		const seen = acknowledge.by === 'seen' && flags ? uids.intersect(markedIn(flags, acknowledge)) : uids;
		this.awaiting = withoutAwaited(this.awaiting, seen);
	}

	/** Messages that are no longer there wait no longer; of those that are known to be there, the look at deletions says so. */
	private left(uids: UidSet): void {
		const { present = UidSet.empty } = this.input.applied.state;
		if (this.awaiting) this.awaiting = withoutAwaited(this.awaiting, uids.subtract(present));
	}

	/** Waiting messages that the server did not describe: gone, or not to be had at the moment. */
	private async undescribed(uids: UidSet): Promise<void> {
		if (uids.isEmpty) return;
		const existing = (await this.input.folder.search({}, uids)).intersect(uids);
		this.left(uids.subtract(existing));
		for (const uid of existing) await this.failure(uid, 'the mail server lists this message but does not return it', 0);
	}

	/** Notes that the message was handed over: for how long, and whether it was so before. */
	private noteHandOver({ uid, flags, labels }: FetchedMessage, attempt: number): void {
		const { acknowledge } = this.input.request;
		if (attempt > 1) this.done.redelivered = this.done.redelivered.add(uid);
		// Of a repetition the flags are not taken as told: whoever knows the message already passes over it.
		else this.done.delivered.push({ uid, flags, labels });
		if (acknowledge && this.awaiting && !hasMark(flags, acknowledge)) {
			this.awaiting = awaitOnceMore(this.awaiting, uid, acknowledge, this.input.now());
		}
	}

	private async deliverOne(message: FetchedMessage): Promise<void> {
		const { uid, flags, labels, emailId, threadId, size } = message;
		const attempt = attemptsOf(this.awaiting, uid) + 1;
		try {
			const from = this.input.origins?.get(uid);
			// Where it came from is no part of the id: of messages that are alike another one may be found to be the one that left.
			const event = from
				? { ...this.event('messageMoved', uid), previous: from }
				: this.event(this.wants('messageNew') ? 'messageNew' : 'messageMatched', uid);
			await this.input.sink({ ...event, flags, labels, emailId, threadId, ...(this.awaiting && !from ? { attempt } : {}) }, message);
			// One that was moved was handed over where it was: it waits for no acknowledgement here.
			if (from) {
				this.done.moved.push(from);
				this.done.delivered.push({ uid, flags, labels });
			} else {
				this.noteHandOver(message, attempt);
			}
			this.input.budget.spend(1, bytesRead(message));
		} catch (error) {
			if (isFatal(error)) throw error;
			await this.failure(uid, error instanceof Error ? error.message : String(error), size);
		}
	}

	/**
	 * Messages that were asked for and did not come: gone when a search no longer finds them, else tried once more singly
	 * (Exchange answers OK without a row), else failed.
	 */
	private async missing(uids: UidSet, parts: FetchParts): Promise<void> {
		if (uids.isEmpty) return;
		const existing = await this.input.folder.search({}, uids);
		this.done.gone = this.done.gone.union(uids.subtract(existing));
		for (const uid of existing.intersect(uids)) {
			if (this.input.budget.room === 0) return;
			let came = false;
			let reason = 'the mail server lists this message but does not return it';
			try {
				for await (const message of this.input.folder.fetch(UidSet.of([uid]), parts)) {
					if (message.uid !== uid || came) continue;
					came = true;
					if (parts === 'descriptor') this.input.descriptors.set(uid, message);
					else await this.deliverOne(message);
				}
			} catch (error) {
				if (!isRefusal(error)) throw error;
				reason = error.message;
			}
			if (!came) await this.failure(uid, reason, 0);
		}
	}

	private async failure(uid: Uid, reason: string, bytes: number): Promise<void> {
		const { applied, now } = this.input;
		const before: FailedMessage | undefined = applied.state.failed.find((failed) => failed.uid === uid);
		const failed = afterFailure(before, uid, reason, now());
		this.input.budget.spend(0, bytes);
		if (failed.attempts >= MAX_ATTEMPTS && this.wants('messageFailed')) {
			await this.input.sink({ ...this.event('messageFailed', uid), error: { message: failed.reason, attempts: failed.attempts } });
			this.done.givenUp = this.done.givenUp.add(uid);
			if (this.awaiting) this.awaiting = withoutAwaited(this.awaiting, UidSet.of([uid]));
			this.input.budget.spend(1, 0);
		} else {
			this.done.failed.push(failed);
		}
	}

	private wants(event: SyncEvent['event']): boolean {
		return this.input.request.events.has(event);
	}

	private event(event: SyncEvent['event'], what: Uid | string, ...details: Array<string | string[]>): SyncEvent {
		const { accountKey, request, folder, applied } = this.input;
		const { firstName, uidValidity } = applied.state;
		const scene = { accountKey, account: request.account.name, folder: folder.snapshot.path, firstName, uidValidity };
		if (typeof what === 'string') return eventAt(scene, event, what, ...details);
		return eventAt(scene, event, what, ...details, ...useDetails(timesUsedBy(applied.state, event, what)));
	}
}

const byUid = (messages: MessageDescriptor[]): Map<Uid, FetchedMessage> => new Map(messages.map((message) => [message.uid, message]));

/** A problem of the connection or the account is not the message's fault. */
const isFatal = (error: unknown): boolean => error instanceof SyncError && error.scope !== 'message';

/** The server answered, and said no to what was asked. */
const isRefusal = (error: unknown): error is SyncError => error instanceof SyncError && error.code === 'commandRefused';
