import { dueAgain } from '../folder/apply';
import { awaitingUids } from '../folder/awaiting';
import { ChangedMessages } from './changedMessages';
import { Delivery, type HandOver, type HandOverInput } from './delivery';
import { NewMessages } from './newMessages';
import { Redeliveries } from './redeliveries';
import { UidSet } from '../uids/uidSet';
import type { Work } from '../folder/transition';

/**
 * Hands over what changed: the folder itself, new mail in order of arrival, what nobody acknowledged, updates, what passes the filter
 * now or no longer, deletions. Back-fill is for handOverBackfill().
 */
export async function handOverNews(input: HandOverInput): Promise<HandOver> {
	const delivery = new Delivery(input);
	const messages = new NewMessages(delivery);
	const changes = new ChangedMessages(delivery);
	const { state, work } = input.applied;
	return delivery.run(async () => {
		await tellOfFolder(delivery, work);
		await messages.handOver(dueAgain(state, input.now()).subtract(awaitingUids(state.awaiting)), { oneByOne: true });
		await messages.handOver(state.arrivals, {});
		await new Redeliveries(delivery, messages).handOver();
		await changes.updates(work.updates);
		await changes.matched(work.matched ?? UidSet.empty);
		await changes.unmatched(work.unmatched ?? UidSet.empty);
		await changes.deletions(work.deletions);
	});
}

/** Hands over new messages of which it was found out where they came from. */
export async function handOverTraced(input: HandOverInput): Promise<HandOver> {
	const delivery = new Delivery(input);
	return delivery.run(() => new NewMessages(delivery).handOver(UidSet.of(input.origins?.keys() ?? []), {}));
}

/** Hands over older messages, newest first, with what the run has left. */
export async function handOverBackfill(input: HandOverInput): Promise<HandOver> {
	const delivery = new Delivery(input);
	return delivery.run(() => new NewMessages(delivery).handOver(input.applied.state.backfill, { newestFirst: true }));
}

/** What happened to the folder as a whole. */
async function tellOfFolder(delivery: Delivery, { created, reset }: Work): Promise<void> {
	const { sink, budget, deliveries } = delivery.input;
	if (created && delivery.wants('folderCreated')) {
		await sink(delivery.event('folderCreated', `delivery ${deliveries}`));
		budget.spend(1, 0);
	}
	if (reset && delivery.wants('folderReset')) {
		await sink({ ...delivery.event('folderReset', reset.previousUidValidity), reset });
		budget.spend(1, 0);
	}
}
