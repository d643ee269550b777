import type { FetchedMessage } from '../server/message';
import type { Uid } from '../uids/uid';

/** What is still to be read: the first UID of it, and how. */
export interface Unread {
	first: Uid;
	rest(): AsyncIterable<FetchedMessage>;
}

/** What is here and what is still to be read, by UID, as a folder gives them. What is here comes also where the rest cannot be read. */
export async function* inOrder(here: readonly FetchedMessage[], unread: Unread | undefined): AsyncGenerator<FetchedMessage> {
	let next = 0;
	if (unread) {
		try {
			// Nothing waits for the server that comes before what is asked of it.
			while (next < here.length && here[next].uid < unread.first) yield here[next++];
			for await (const message of unread.rest()) {
				while (next < here.length && here[next].uid < message.uid) yield here[next++];
				yield message;
			}
		} catch (error) {
			yield* here.slice(next);
			throw error;
		}
	}
	yield* here.slice(next);
}
