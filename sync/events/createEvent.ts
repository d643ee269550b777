import { eventId } from './eventId';
import type { Uid } from '../uids/uid';
import { EVENT_VERSION, type EventName, type PreparedEvent } from './syncEvent';

/** Whose mailbox the events of a run are about. */
export interface EventAccount {
	/** hash of the account's user */
	accountKey: string;
	/** what people read */
	account: string;
	/** Number of runs that delivered something before this one: distinguishes what has no mod-sequence and may happen again. */
	deliveries: number;
}

/** Where something happened, as every event says it. */
export interface EventContext extends Omit<EventAccount, 'deliveries'> {
	folder: string;
	/** The name that ids are made with, where it is another one: that of a renamed folder stays, so that it repeats nothing. */
	idName?: string;
	uidValidity: string;
}

/**
 * An event about a message (`what` is its UID) or a folder; `what` and `details` distinguish it from every other one of its kind.
 */
export function createEvent(
	{ accountKey, account, folder, idName, uidValidity }: EventContext,
	event: EventName,
	what: Uid | string,
	...details: Array<string | readonly string[]>
): PreparedEvent {
	const created: PreparedEvent = {
		version: EVENT_VERSION,
		event,
		eventId: eventId(accountKey, idName ?? folder, uidValidity, what, event, ...details),
		origin: 'live',
		account,
		folder,
		uidValidity,
	};
	if (typeof what === 'number') created.uid = what;
	return created;
}
