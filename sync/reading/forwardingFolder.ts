import type { FolderSnapshot } from '../server/folderSnapshot';
import type { OpenFolder } from '../server/mailServer';
import type { Contents, FetchedMessage, FetchParts, MessageFlags } from '../server/message';
import type { SearchCriteria } from '../server/searchCriteria';
import type { Uid } from '../uids/uid';
import type { UidSet } from '../uids/uidSet';

/** An open folder that hands all questions on to another one, for those that answer some of them in their own way. */
export class ForwardingFolder<Folder extends OpenFolder = OpenFolder> implements OpenFolder {
	readonly snapshot: FolderSnapshot;
	readonly sinceLastTime?: { rows: MessageFlags[]; vanished: UidSet };

	constructor(protected folder: Folder) {
		this.snapshot = folder.snapshot;
		if (folder.sinceLastTime) this.sinceLastTime = folder.sinceLastTime;
	}

	fetch(uids: UidSet, parts: FetchParts, contents?: Contents): AsyncIterable<FetchedMessage> {
		return this.folder.fetch(uids, parts, contents);
	}

	fetchParts(uids: UidSet, parts: string[]): AsyncIterable<{ uid: Uid; parts: Map<string, Buffer> }> {
		return this.folder.fetchParts(uids, parts);
	}

	readPart(uid: Uid, part: string, announced?: number): AsyncIterable<Buffer> {
		return this.folder.readPart(uid, part, announced);
	}

	async changedSince(modseq: string, upTo: Uid): Promise<MessageFlags[]> {
		return await this.folder.changedSince(modseq, upTo);
	}

	async search(criteria: SearchCriteria, within?: UidSet): Promise<UidSet> {
		return await this.folder.search(criteria, within);
	}

	async searchAnyFlag(flags: string[]): Promise<UidSet> {
		return await this.folder.searchAnyFlag(flags);
	}

	async uidsAt(sequenceNumbers: number[]): Promise<Uid[]> {
		return await this.folder.uidsAt(sequenceNumbers);
	}

	async flagsOf(uids: UidSet): Promise<MessageFlags[]> {
		return await this.folder.flagsOf(uids);
	}

	expungedMeanwhile(): number {
		return this.folder.expungedMeanwhile();
	}
}
