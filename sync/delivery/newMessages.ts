import { BATCH_SUMMARIES, batches, bytesRead, uidsOf, type Batch } from '../reading/batch';
import { readChosen } from '../reading/chosenParts';
import { endsDelivery, isRefusal, type Delivery } from './delivery';
import { failureReason } from '../errors/failureReason';
import type { SyncError } from '../errors/syncError';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FetchedMessage, MessageSummary } from '../server/message';

/** Delivers new messages, as new, as moved here, or as matching. */
export class NewMessages {
	constructor(private readonly delivery: Delivery) {}

	/** Delivers new messages, as many as the budget allows. */
	async deliverAll(uids: UidSet, how: { newestFirst?: boolean; oneByOne?: boolean }): Promise<void> {
		if (!this.emitsNew && !this.delivery.wants('messageMoved')) return;
		let left = uids;
		while (!left.isEmpty && this.delivery.budget.remainingEvents > 0) {
			const inFlight = await this.delivery.inFlight.room();
			if (inFlight === 0) return;
			const count = how.oneByOne ? 1 : Math.min(BATCH_SUMMARIES, this.delivery.budget.remainingEvents, inFlight);
			const portion = how.newestFirst ? left.highest(count) : left.lowest(count);
			left = left.subtract(portion);
			const described = await this.delivery.describe(portion);
			this.delivery.done.inspected.push(...described);
			const own = how.newestFirst ? UidSet.empty : this.ownNewMessages;
			const moveCandidates =
				how.newestFirst || how.oneByOne
					? []
					: described.filter((message) => !own.has(message.uid) && this.delivery.input.isMoveCandidate?.(message));
			this.delivery.done.moveCandidates.push(...moveCandidates);
			const passing = await this.delivery.applyFilter(described.filter((message) => !moveCandidates.includes(message)));
			this.delivery.absorb(passing.filter(({ uid }) => own.has(uid)));
			await this.delivery.ignoreMatcher.among(uidsOf(passing));
			const wanted = passing.filter((message) => !own.has(message.uid) && this.isToBeEmitted(message));
			const ordered = how.newestFirst ? wanted.reverse() : wanted;
			for (const batch of batches(ordered, this.delivery.parts, this.delivery.settings.reading, this.delivery.budget)) {
				if (this.delivery.budget.remainingEvents === 0) return;
				await this.deliver(batch, how.newestFirst === true);
			}
		}
	}

	/** Reads and delivers one batch; `reverse` reverses it, since the server answers in its own order. */
	async deliver(batch: Batch, reverse: boolean): Promise<void> {
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
			const messages =
				batch.parts === 'chosen'
					? readChosen(this.delivery.folder, batch.messages, this.delivery.settings.reading.chooseParts)
					: this.delivery.folder.fetch(asked, batch.parts);
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
		else
			await this.delivery.retryMissing(uidsOf(left), batch.parts === 'chosen' ? 'source' : batch.parts, (message) =>
				this.deliverOne(message),
			);
	}

	/** Yahoo refuses a whole FETCH because of one message (imapsync issue 119): halves find out which one it is. */
	private async deliverSplit({ messages, parts }: Batch, reverse: boolean, refusal: SyncError): Promise<void> {
		if (messages.length === 1) return this.delivery.recordFailure(messages[0].uid, failureReason(refusal), 0);
		const middle = Math.ceil(messages.length / 2);
		for (const half of [messages.slice(0, middle), messages.slice(middle)]) {
			if (half.length > 0 && this.delivery.budget.remainingEvents > 0) await this.deliver({ messages: half, parts }, reverse);
		}
	}

	private async deliverOne(message: FetchedMessage): Promise<void> {
		const { uid, flags, labels, emailId, threadId, size } = message;
		const attempt = this.delivery.inFlight.attempts(uid) + 1;
		try {
			const from = this.delivery.input.moveSources?.get(uid);
			// Where it came from is no part of the id: of messages that are alike another one may be found to be the one that left.
			const name = from ? 'messageMoved' : this.delivery.wants('messageNew') ? 'messageNew' : 'messageMatched';
			const event = this.delivery.event(name, uid);
			if (from) event.previous = from;
			else if (this.delivery.inFlight.unacknowledged) event.attempt = attempt;
			if (attempt > 1) event.origin = 'redelivery';
			Object.assign(event, { flags, labels, emailId, threadId });
			// What there is no room for stays pending, for the next run.
			if (!(await this.delivery.context.emitter.emit(event, message, bytesRead(message)))) return;
			// A moved message was delivered where it was: it waits for no acknowledgement here.
			if (from) {
				this.delivery.done.moved.push(from);
				this.delivery.done.delivered.push({ uid, flags, labels });
			} else {
				this.noteDelivered(message, attempt);
			}
		} catch (error) {
			if (endsDelivery(error)) throw error;
			await this.delivery.recordFailure(uid, failureReason(error), size);
		}
	}

	/** Notes that the message was delivered: for how long, and whether it was before. */
	private noteDelivered(message: FetchedMessage, attempt: number): void {
		const { uid, flags, labels } = message;
		if (attempt > 1) this.delivery.done.redelivered = this.delivery.done.redelivered.add(uid);
		// The flags of a redelivery are not taken as reported: whoever knows the message already skips it.
		else this.delivery.done.delivered.push({ uid, flags, labels });
		this.delivery.inFlight.delivered(message);
	}

	/** Whether new messages produce events at all, as new or as matching. */
	private get emitsNew(): boolean {
		return this.delivery.wants('messageNew') || this.delivery.wants('messageMatched');
	}

	/**
	 * Whether a new message produces an event. It becomes known without one where nobody asked for events
	 * of new messages, where its move here was its acknowledgement, and where it is ignored.
	 */
	private isToBeEmitted(message: MessageSummary): boolean {
		const from = this.delivery.input.moveSources?.get(message.uid);
		if (!this.delivery.ignoreMatcher.found.has(message.uid) && (from ? !from.silent : this.emitsNew)) return true;
		if (from) this.delivery.done.moved.push(from);
		this.delivery.absorb([message]);
		return false;
	}

	/** Messages that this package itself put here. */
	private get ownNewMessages(): UidSet {
		const { services, folder, transition } = this.delivery;
		const came = services.ownChanges?.inFolder(folder.snapshot.path, transition.state.uidValidity)?.added ?? UidSet.empty;
		// Of a UID that is used again nobody knows whose message it is.
		return came.subtract(transition.state.reused?.[0] ?? UidSet.empty);
	}
}
