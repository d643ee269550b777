import { SyncError } from '../errors/syncError';
import { ExpungedDuringSync } from '../folder/listing';
import { inOrder } from '../reading/inOrder';
import type { FolderRead, FolderReading } from '../server/folderReading';
import type { FolderSnapshot } from '../server/folderSnapshot';
import type { OpenFolder } from '../server/mailServer';
import type { Contents, FetchedMessage, FetchParts, MessageFlags } from '../server/message';
import type { SearchCriteria } from '../server/searchCriteria';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';

/** What was read of a folder before its visit. */
export interface Ahead {
	read: FolderRead;
	/** The UIDs of which the descriptors were asked for. */
	asked: UidSet;
	/** The messages whose flags were asked for. */
	flags: FolderReading['flags'];
	/** What items are made of, as far as it was read too, and which parts of messages that is. */
	contents: ReadonlyMap<Uid, FetchedMessage>;
	contentParts: FetchParts;
}

/**
 * A folder that answers from what was read ahead, and opens the folder only for what that does not say. Its snapshot is that of the
 * first look: what came since is for the next run, as with a folder that stays open.
 */
export class FolderReadAhead implements OpenFolder {
	readonly snapshot: FolderSnapshot;
	readonly sinceLastTime?: { rows: MessageFlags[]; vanished: UidSet };
	/** What was asked for ahead, and not yet by the visit. */
	private unasked: UidSet;
	private opening: Promise<OpenFolder> | undefined;
	private opened: OpenFolder | undefined;

	constructor(
		private readonly ahead: Ahead,
		private readonly open: () => Promise<OpenFolder>,
	) {
		const { snapshot, sinceLastTime } = ahead.read;
		this.snapshot = snapshot;
		this.unasked = ahead.asked;
		if (sinceLastTime) this.sinceLastTime = sinceLastTime;
	}

	async *fetch(uids: UidSet, parts: FetchParts, contentsToo?: Contents): AsyncGenerator<FetchedMessage> {
		const { read, contents, contentParts } = this.ahead;
		const isKnown = parts === 'descriptor' || parts === contentParts;
		const known = parts === 'descriptor' ? read.messages : isKnown ? contents : new Map<Uid, FetchedMessage>();
		const returned = UidSet.of(known.keys());
		const answered = parts === 'descriptor' ? this.unasked.union(returned) : returned;
		// A server that leaves out a message may give it when it is asked again, as whoever asks twice expects.
		if (parts === 'descriptor') this.unasked = this.unasked.subtract(uids);
		const here = [...uids.intersect(returned)].map((uid) => known.get(uid)!);
		const left = uids.subtract(answered);
		yield* inOrder(here, left.isEmpty ? undefined : { first: left.first!, rest: () => this.beyond(left, parts, contentsToo) });
	}

	private async *beyond(uids: UidSet, parts: FetchParts, contents: Contents | undefined): AsyncGenerator<FetchedMessage> {
		yield* (await this.folder()).fetch(uids, parts, contents);
	}

	async search(criteria: SearchCriteria, within?: UidSet): Promise<UidSet> {
		const { asked, read } = this.ahead;
		const isForAll = Object.keys(criteria).length === 0;
		if (isForAll && within && read.existing && within.subtract(asked).isEmpty) return within.intersect(read.existing);
		return await (await (isForAll && !within ? this.unchanged() : this.folder())).search(criteria, within);
	}

	async uidsAt(sequenceNumbers: number[]): Promise<Uid[]> {
		return await (await this.unchanged()).uidsAt(sequenceNumbers);
	}

	async changedSince(modseq: string, upTo: Uid): Promise<MessageFlags[]> {
		const { flags, read } = this.ahead;
		if (flags?.changedSince === modseq && flags.uids.last === upTo && read.flags) return read.flags;
		return await (await this.folder()).changedSince(modseq, upTo);
	}

	async searchAnyFlag(flags: string[]): Promise<UidSet> {
		return await (await this.folder()).searchAnyFlag(flags);
	}

	async flagsOf(uids: UidSet): Promise<MessageFlags[]> {
		const { flags, read } = this.ahead;
		const known = new Map<Uid, MessageFlags>();
		if (flags && flags.changedSince === undefined) {
			for (const { uid, flags: carried, labels } of read.messages.values()) known.set(uid, { uid, flags: carried, labels });
			for (const row of read.flags ?? []) known.set(row.uid, row);
		}
		const there = uids.intersect(UidSet.of(known.keys()));
		const rows = [...there].map((uid) => known.get(uid)!);
		const left = uids.subtract(there);
		return left.isEmpty ? rows : [...rows, ...(await (await this.folder()).flagsOf(left))].sort((a, b) => a.uid - b.uid);
	}

	async *fetchParts(uids: UidSet, parts: string[]): AsyncGenerator<{ uid: Uid; parts: Map<string, Buffer> }> {
		yield* (await this.folder()).fetchParts(uids, parts);
	}

	async *readPart(uid: Uid, part: string, announced?: number): AsyncGenerator<Buffer> {
		yield* (await this.folder()).readPart(uid, part, announced);
	}

	expungedMeanwhile(): number {
		return this.ahead.read.expunged + (this.opened?.expungedMeanwhile() ?? 0);
	}

	/** The folder itself. */
	private async folder(): Promise<OpenFolder> {
		this.opening ??= this.open();
		this.opened = await this.opening;
		const { path, uidValidity } = this.snapshot;
		if (this.opened.snapshot.uidValidity !== uidValidity)
			throw new SyncError('folderInconsistent', { reason: 'keepsChanging', folder: path, times: 2 });
		return this.opened;
	}

	/** The folder itself, for what counts its messages: it must have as many as at the first look, at the same places. */
	private async unchanged(): Promise<OpenFolder> {
		const folder = await this.folder();
		const { path, exists, uidNext } = this.snapshot;
		const now = folder.snapshot;
		if (now.exists !== exists || now.uidNext !== uidNext || this.expungedMeanwhile() > 0) throw new ExpungedDuringSync(path);
		return folder;
	}
}
