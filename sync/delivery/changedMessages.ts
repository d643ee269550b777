import { isAcknowledged } from '../folder/unacknowledged';
import { BATCH_SUMMARIES, BATCH_MESSAGES, batches, bytesRead, uidsOf, type Batch } from '../reading/batch';
import { readChosen } from '../reading/chosenParts';
import { byUid, endsDelivery, isRefusal, type Delivery } from './delivery';
import type { FlagUpdate } from '../folder/diff';
import { findByReading } from '../search/findMatching';
import { excludesAckFlag } from '../folder/filterMatches';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FetchedMessage, MessageSummary } from '../server/message';
import type { PreparedEvent } from '../events/syncEvent';
import { hasStoppedMatching, provablyFails } from '../search/evaluate';

/** Delivers events of known messages: updated, passing the filter now or no longer, deleted. */
export class ChangedMessages {
	constructor(private readonly delivery: Delivery) {}

	async updates(changes: FlagUpdate[]): Promise<void> {
		for (let from = 0; from < changes.length && this.delivery.budget.remainingEvents > 0;) {
			const portion = changes.slice(from, from + Math.min(BATCH_MESSAGES, this.delivery.budget.remainingEvents));
			from += portion.length;
			const ignored = await this.delivery.ignoreMatcher.among(UidSet.of(portion.map(({ uid }) => uid)));
			this.delivery.done.updated.push(...portion.filter(({ uid }) => ignored.has(uid)));
			const heard = portion.filter(({ uid }) => !ignored.has(uid));
			const read = await this.read(heard);
			for (const change of heard) {
				if (!(await this.update(change, read.get(change.uid)))) return;
				read.delete(change.uid);
			}
		}
	}

	/** False where the budget left no room for it. */
	private async update(change: FlagUpdate, message: FetchedMessage | undefined): Promise<boolean> {
		const { uid, flags, labels, added, removed, labelsAdded, labelsRemoved, modseq } = change;
		const event: PreparedEvent = {
			...this.delivery.event(
				'messageUpdated',
				uid,
				modseq ?? this.delivery.deliveryNumber,
				flags,
				added,
				removed,
				labelsAdded,
				labelsRemoved,
			),
			flags,
			labels: labels ?? message?.labels,
			flagsAdded: added,
			flagsRemoved: removed,
			labelsAdded: labelsAdded.length > 0 ? labelsAdded : undefined,
			labelsRemoved: labelsRemoved.length > 0 ? labelsRemoved : undefined,
			emailId: message?.emailId ?? change.emailId,
			threadId: message?.threadId ?? change.threadId,
		};
		if (!(await this.handOut(event, message))) return false;
		this.delivery.done.updated.push(change);
		return true;
	}

	/** Without the message where it cannot be read: the event is true all the same. False where the budget left no room. */
	private async handOut(event: PreparedEvent, message: FetchedMessage | undefined): Promise<boolean> {
		const { emitter } = this.delivery.context;
		try {
			return await emitter.emit(event, message, message ? bytesRead(message) : 0);
		} catch (error) {
			if (endsDelivery(error) || !message) throw error;
			return await emitter.emit(event);
		}
	}

	/** Reads the messages of updates, at most one batch of bytes; what is too large for it is delivered without content. */
	private async read(changes: FlagUpdate[]): Promise<Map<Uid, FetchedMessage>> {
		const read = new Map<Uid, FetchedMessage>();
		if (this.delivery.parts === 'descriptor' || !this.delivery.settings.reading.updatedContent) return read;
		const described = await this.delivery.describe(UidSet.of(changes.map(({ uid }) => uid)), { goneIsNews: false });
		for (const batch of batches(described, this.delivery.parts, this.delivery.settings.reading, this.delivery.budget)) {
			for (const message of await this.readBatch(batch)) read.set(message.uid, message);
		}
		return read;
	}

	/** The messages of a batch, as far as the server returns them: the others are delivered without content. */
	private async readBatch(batch: Batch): Promise<FetchedMessage[]> {
		if (batch.parts === 'descriptor') return batch.messages;
		const read: FetchedMessage[] = [];
		try {
			const messages =
				batch.parts === 'chosen'
					? readChosen(this.delivery.folder, batch.messages, this.delivery.settings.reading.chooseParts)
					: this.delivery.folder.fetch(uidsOf(batch.messages), batch.parts);
			for await (const message of messages) read.push(message);
		} catch (error) {
			if (!isRefusal(error)) throw error;
		}
		return read;
	}

	/** Delivers messages that pass the filter now, as much of them as is asked for; what proves not to pass produces no event. */
	async matched(uids: UidSet): Promise<void> {
		const { budget, settings } = this.delivery;
		const { filter } = settings.watch;
		for (let left = uids; !left.isEmpty && budget.remainingEvents > 0;) {
			const portion = left.lowest(Math.min(BATCH_MESSAGES, budget.remainingEvents));
			left = left.subtract(portion);
			// What has no summary stays pending: the next look finds it gone, or asks again.
			const described = await this.delivery.describe(portion, { goneIsNews: false });
			const refuted = described.filter((message) => filter && provablyFails(message, filter));
			this.delivery.done.unmatching = this.delivery.done.unmatching.union(uidsOf(refuted));
			const passing = await this.delivery.applyFilter(described.filter((message) => !refuted.includes(message)));
			const wanted = await this.delivery.dropIgnored(passing);
			for (const batch of batches(wanted, this.delivery.parts, this.delivery.settings.reading, this.delivery.budget)) {
				if (budget.remainingEvents === 0) return;
				const read = new Map((await this.readBatch(batch)).map((message) => [message.uid, message]));
				for (const known of batch.messages) {
					if (!(await this.match(known, read.get(known.uid)))) return;
					read.delete(known.uid);
				}
			}
		}
	}

	/** False where the budget left no room for it. */
	private async match(known: MessageSummary, message: FetchedMessage | undefined): Promise<boolean> {
		const { uid, flags, labels, emailId, threadId } = message ?? known;
		const event = {
			...this.delivery.event('messageMatched', uid, this.delivery.deliveryNumber),
			flags,
			labels,
			emailId,
			threadId,
		};
		if (!(await this.handOut(event, message))) return false;
		this.delivery.done.delivered.push({ uid, flags, labels });
		return true;
	}

	/**
	 * Delivers messages that do not pass the filter any more, where they show why. A message whose own acknowledgement is why
	 * produces no event.
	 */
	async unmatched(uids: UidSet): Promise<void> {
		const { inFlight } = this.delivery;
		const { budget, settings, context } = this.delivery;
		const { filter } = settings.watch;
		const { acknowledge } = settings.delivery;
		for (let left = uids; filter && !left.isEmpty && budget.remainingEvents > 0;) {
			const portion = left.lowest(BATCH_SUMMARIES);
			left = left.subtract(portion);
			const described = await this.delivery.describe(portion, { goneIsNews: false });
			const inDoubt = described.filter((message) => hasStoppedMatching(message, filter) === 'unknown');
			const { passing, unread } = await findByReading(this.delivery.folder, filter, byUid(inDoubt));
			const stopped = described.filter(
				(message) =>
					hasStoppedMatching(message, filter) === 'yes' ||
					(inDoubt.includes(message) && !passing.has(message.uid) && !unread.has(message.uid)),
			);
			this.delivery.done.stillMatching = this.delivery.done.stillMatching.union(portion.subtract(uidsOf(stopped)));
			const ignored = await this.delivery.ignoreMatcher.among(uidsOf(stopped));
			for (const { uid, flags, labels, emailId, threadId } of stopped) {
				const isMarked = acknowledge !== undefined && inFlight.attempts(uid) > 0 && isAcknowledged(flags, acknowledge);
				if (isMarked) inFlight.acknowledged(UidSet.of([uid]));
				if (!ignored.has(uid) && (!isMarked || !excludesAckFlag(filter, acknowledge))) {
					const event = {
						...this.delivery.event('messageUnmatched', uid, this.delivery.deliveryNumber),
						flags,
						labels,
						emailId,
						threadId,
					};
					if (!(await context.emitter.emit(event))) return;
				}
				this.delivery.done.unmatching = this.delivery.done.unmatching.add(uid);
			}
		}
	}

	async deletions(uids: UidSet): Promise<void> {
		for (const uid of uids) {
			const event = this.delivery.event('messageDeleted', uid);
			if (!(await this.delivery.context.emitter.emit(event))) return;
			this.delivery.done.deleted = this.delivery.done.deleted.add(uid);
		}
	}
}
