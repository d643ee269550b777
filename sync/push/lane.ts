import type { SyncEvent } from '../events/syncEvent';
import type { PushPolicy } from './policy';

/**
 * The lane of an event. Without a conversation, as for an event of a folder and where nothing of the message is read, events of one
 * folder stay in order. `threadKey` is the item's.
 */
export function laneOf(event: SyncEvent, threadKey: unknown, order: PushPolicy['order']): string {
	if (order === 'none') return event.eventId;
	const conversation = typeof threadKey === 'string' && threadKey !== '' ? threadKey : event.threadId;
	if (order === 'conversation' && conversation !== undefined) return `conversation ${conversation}`;
	return `folder ${event.folder}`;
}
