import { SyncError } from '../errors/syncError';
import type { OpenFolder } from '../server/mailServer';
import type { Contents, FetchedMessage, FetchParts } from '../server/message';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import { ForwardingFolder } from './forwardingFolder';
import { endsConnection, type DoubtfulMessages, type Reading } from './doubtfulMessages';

/**
 * An open folder that is read with care, suspects by themselves and culprits not at all, and that reports what was asked for when
 * the connection ends: see DoubtfulMessages.
 */
export class WatchedFolder extends ForwardingFolder {
	constructor(
		folder: OpenFolder,
		private readonly doubts: DoubtfulMessages,
	) {
		super(folder);
		doubts.opened(folder.snapshot);
	}

	/** Where anything is in doubt, nothing comes with descriptors: what ends the connection is to be found among few. */
	override fetch(uids: UidSet, parts: FetchParts, contents?: Contents): AsyncIterable<FetchedMessage> {
		if (!contents || this.doubts.hasDoubts(this.snapshot.path))
			return this.carefully(uids, parts, (portion) => this.folder.fetch(portion, parts));
		return this.reported(uids, parts, (portion) => this.folder.fetch(portion, parts, contents), contents);
	}

	override fetchParts(uids: UidSet, parts: string[]): AsyncIterable<{ uid: Uid; parts: Map<string, Buffer> }> {
		return this.carefully(uids, 'parts', (portion) => this.folder.fetchParts(portion, parts));
	}

	/** A culprit is not asked for again: its reader learns that the message is not returned, and the others go on. */
	override async *readPart(uid: Uid, part: string, announced?: number): AsyncIterable<Buffer> {
		const { path } = this.snapshot;
		if (this.doubts.culpritsIn(path, 'pieces').has(uid))
			throw new SyncError('messageNotReturned', { reason: 'message', folder: path, uid });
		try {
			yield* this.folder.readPart(uid, part, announced);
		} catch (error) {
			if (endsConnection(error)) this.doubts.blame(this.snapshot, 'pieces', UidSet.of([uid]));
			throw error;
		}
		this.doubts.came();
	}

	/** First what nobody doubts, in one command, then each suspect by itself. */
	private async *carefully<T extends { uid: Uid }>(
		uids: UidSet,
		reading: Reading,
		read: (portion: UidSet) => AsyncIterable<T>,
	): AsyncGenerator<T> {
		const { path } = this.snapshot;
		const readable = uids.subtract(this.doubts.culpritsIn(path, reading));
		const suspected = readable.intersect(this.doubts.suspected(path, reading));
		yield* this.reported(readable.subtract(suspected), reading, read);
		for (const uid of suspected) {
			yield* this.reported(UidSet.of([uid]), reading, read);
			this.doubts.clear(path, reading, uid);
		}
	}

	private async *reported<T extends { uid: Uid }>(
		uids: UidSet,
		reading: Reading,
		read: (portion: UidSet) => AsyncIterable<T>,
		contents?: Contents,
	): AsyncGenerator<T> {
		if (uids.isEmpty) return;
		const came: Uid[] = [];
		try {
			for await (const message of read(uids)) {
				came.push(message.uid);
				this.doubts.came();
				yield message;
			}
		} catch (error) {
			// What the consumer throws does not come here: it ends the generator.
			if (endsConnection(error)) this.blame(uids.subtract(UidSet.of(came)), reading, contents);
			throw error;
		}
	}

	private blame(uids: UidSet, reading: Reading, contents: Contents | undefined): void {
		const withContents = contents ? uids.intersect(contents.uids) : UidSet.empty;
		this.doubts.blame(this.snapshot, reading, uids.subtract(withContents));
		if (contents) this.doubts.blame(this.snapshot, contents.parts, withContents);
	}
}
