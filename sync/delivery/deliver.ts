import { failedAndDue } from '../folder/commit';

import { unacknowledgedUids } from '../folder/folderState';
import { ChangedMessages } from './changedMessages';
import { Delivery, type Delivered, type DeliveryInput } from './delivery';
import { NewMessages } from './newMessages';
import { Redeliveries } from './redeliveries';
import { UidSet } from '../uids/uidSet';
import type { PendingEvents } from '../folder/transition';

/**
 * Delivers what changed: the folder itself, new mail in order of arrival, what nobody acknowledged, updates, what passes the
 * filter now or no longer, deletions. Back-fill is for deliverBackfill().
 */
export async function deliverChanges(input: DeliveryInput): Promise<Delivered> {
	const delivery = new Delivery(input);
	const messages = new NewMessages(delivery);
	const changes = new ChangedMessages(delivery);
	const { state, pending } = input.transition;
	return delivery.run(async () => {
		await emitFolderEvents(delivery, pending);
		const release = delivery.budget.reserve(countOf(pending), delivery.context.eventAccount.deliveries);
		try {
			const due = failedAndDue(state, delivery.services.now()).subtract(unacknowledgedUids(state.unacknowledged));
			await messages.deliverAll(due, { oneByOne: true });
			await messages.deliverAll(state.newUids, {});
			await new Redeliveries(delivery, messages).deliverAll();
		} finally {
			release();
		}
		await changes.updates(pending.updates);
		await changes.matched(pending.matched ?? UidSet.empty);
		await changes.unmatched(pending.unmatched ?? UidSet.empty);
		await changes.deletions(pending.deletions);
	});
}

/** How many changes there are. */
const countOf = ({ updates, matched, unmatched, deletions }: PendingEvents): number =>
	updates.length + (matched?.size ?? 0) + (unmatched?.size ?? 0) + deletions.size;

/** Delivers new messages whose origin is now known. */
export async function deliverMoves(input: DeliveryInput): Promise<Delivered> {
	const delivery = new Delivery(input);
	return delivery.run(() => new NewMessages(delivery).deliverAll(UidSet.of(input.moveSources?.keys() ?? []), {}));
}

/** Delivers older messages, newest first, with what the run has left. */
export async function deliverBackfill(input: DeliveryInput): Promise<Delivered> {
	const delivery = new Delivery({ ...input, isBackfill: true });
	delivery.budget.beginOlderMail();
	return delivery.run(() => new NewMessages(delivery).deliverAll(input.transition.state.backfill, { newestFirst: true }));
}

/** What happened to the folder as a whole. */
async function emitFolderEvents(delivery: Delivery, { created, reset }: PendingEvents): Promise<void> {
	const { emitter } = delivery.context;
	if (created && delivery.wants('folderCreated')) {
		await emitter.emitAtOnce(delivery.event('folderCreated', delivery.deliveryNumber));
	}
	if (reset && delivery.wants('folderReset')) {
		await emitter.emitAtOnce({ ...delivery.event('folderReset', reset.previousUidValidity), origin: 'resync', reset });
	}
}
