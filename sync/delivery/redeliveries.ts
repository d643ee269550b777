import { failedNotDue } from '../folder/commit';
import { acknowledgementMissing, isAcknowledged, notAcknowledged } from '../folder/unacknowledged';
import { BATCH_SUMMARIES, batches, uidsOf } from '../reading/batch';
import type { Delivery } from './delivery';
import type { NewMessages } from './newMessages';
import { UidSet } from '../uids/uidSet';
import type { MessageSummary } from '../server/message';

/** Messages that nobody acknowledged in time. */
export class Redeliveries {
	constructor(
		private readonly delivery: Delivery,
		private readonly messages: NewMessages,
	) {}

	/**
	 * Redelivers what nobody acknowledged in time, unless it is ignored by now. One FETCH shows which due messages carry the ack
	 * flag; what was delivered as often as allowed is given up. The filter is not applied again: the message was delivered
	 * already.
	 */
	async deliverAll(): Promise<void> {
		const { inFlight } = this.delivery;
		const { transition, budget, services, context } = this.delivery;
		const { acknowledge } = this.delivery.settings.delivery;
		if (!acknowledge || !inFlight.unacknowledged || !this.delivery.wants('messageNew')) return;
		let left = inFlight.due.subtract(failedNotDue(transition.state, services.now()));
		let silently = 0;
		while (!left.isEmpty && budget.remainingEvents > 0) {
			const portion = left.lowest(BATCH_SUMMARIES);
			left = left.subtract(portion);
			const unmarked: MessageSummary[] = [];
			let marked = UidSet.empty;
			for (const message of await this.delivery.describe(portion, { goneIsNews: false })) {
				if (isAcknowledged(message.flags, acknowledge)) marked = marked.add(message.uid);
				else unmarked.push(message);
			}
			await this.undescribed(portion.subtract(marked).subtract(uidsOf(unmarked)));
			inFlight.acknowledged(marked);
			const ignored = await this.delivery.ignoreMatcher.among(uidsOf(unmarked));
			inFlight.forget(ignored);
			this.delivery.done.passedOver = this.delivery.done.passedOver.union(ignored);
			const heard = unmarked.filter(({ uid }) => !ignored.has(uid));
			const spent = heard.filter(({ uid }) => inFlight.attempts(uid) >= acknowledge.maxAttempts);
			for (const { uid } of spent) {
				const attempts = inFlight.attempts(uid);
				if (this.delivery.wants('messageFailed')) {
					const error = { message: notAcknowledged(acknowledge, attempts), attempts };
					const event = { ...this.delivery.event('messageFailed', uid, 'not acknowledged'), error };
					if (!(await context.emitter.emit(event))) return;
				} else {
					this.delivery.warning = acknowledgementMissing(this.delivery.folder.snapshot.path, 'givenUp', ++silently);
				}
				inFlight.forget(UidSet.of([uid]));
				this.delivery.done.exhausted = this.delivery.done.exhausted.add(uid);
			}
			const again = heard.filter(({ uid }) => !this.delivery.done.exhausted.has(uid)).slice(0, budget.remainingEvents);
			for (const batch of batches(again, this.delivery.parts, this.delivery.settings.reading, this.delivery.budget)) {
				if (budget.remainingEvents === 0) return;
				await this.messages.deliver(batch, false);
			}
		}
	}

	/** Waiting messages that the server did not describe: gone, or not to be had at the moment. */
	private async undescribed(uids: UidSet): Promise<void> {
		if (uids.isEmpty) return;
		const existing = (await this.delivery.folder.search({}, uids)).intersect(uids);
		this.delivery.inFlight.left(uids.subtract(existing));
		for (const uid of existing)
			await this.delivery.recordFailure(uid, 'the mail server lists this message but does not return it, or not all of it', 0);
	}
}
