import { SyncError } from '../errors/syncError';
import type { OpenFolder } from '../server/mailServer';
import type { ContentParts, Contents, FetchedMessage, FetchParts } from '../server/message';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import { ForwardingFolder } from './forwardingFolder';
import { inOrder } from './inOrder';

/** So many messages come with their descriptors at most, as far as they are small: no more is held than of those that are read later. */
export const MOST_AT_ONCE = 256;

/**
 * An open folder that asks for what items are made of together with the descriptors, of messages that are expected to be delivered
 * whole: one round trip less, and half of the rows. What came is held until it is asked for, once.
 */
export class ContentsAhead extends ForwardingFolder {
	private readonly held = new Map<Uid, FetchedMessage>();

	/** `most`: how many messages will be delivered at most. */
	constructor(
		folder: OpenFolder,
		private readonly parts: ContentParts,
		private readonly expected: UidSet,
		private readonly most: () => number,
	) {
		super(folder);
	}

	override fetch(uids: UidSet, parts: FetchParts): AsyncIterable<FetchedMessage> {
		if (parts === this.parts) return this.contents(uids);
		const asked = parts === 'descriptor' ? uids.intersect(this.expected) : UidSet.empty;
		const along = asked.lowest(Math.max(0, Math.min(MOST_AT_ONCE, this.most())));
		return along.isEmpty ? this.folder.fetch(uids, parts) : this.describe(uids, { uids: along, parts: this.parts });
	}

	private async *describe(uids: UidSet, contents: Contents): AsyncGenerator<FetchedMessage> {
		let left = uids;
		try {
			for await (const { content, ...message } of this.folder.fetch(uids, 'descriptor', contents)) {
				left = left.remove(message.uid);
				if (content) this.hold(content);
				yield message;
			}
			return;
		} catch (error) {
			if (!(error instanceof SyncError) || error.code !== 'commandRefused') throw error;
		}
		// Yahoo refuses a whole FETCH because of the text of one message (imapsync issue 119): whoever reads it finds out which one it is, and
		// the descriptors are to be had without it.
		yield* this.folder.fetch(left, 'descriptor');
	}

	private async *contents(uids: UidSet): AsyncGenerator<FetchedMessage> {
		const here = [...uids].flatMap((uid) => this.held.get(uid) ?? []);
		for (const { uid } of here) this.held.delete(uid);
		const left = uids.subtract(UidSet.of(here.map(({ uid }) => uid)));
		yield* inOrder(here, left.isEmpty ? undefined : { first: left.first!, rest: () => this.folder.fetch(left, this.parts) });
	}

	/** What was not asked for by then is read again. */
	private hold(content: FetchedMessage): void {
		this.held.set(content.uid, content);
		if (this.held.size > MOST_AT_ONCE) this.held.delete(this.held.keys().next().value!);
	}
}
