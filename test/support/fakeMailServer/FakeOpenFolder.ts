import { SyncError } from '../../../sync/errors/syncError';
import { outlineFields } from '../../../sync/reading/outline';
import type { OpenFolder } from '../../../sync/server/mailServer';
import { asUid, type Uid } from '../../../sync/uids/uid';
import { UidSet } from '../../../sync/uids/uidSet';
import type { FakeFolder, FakeMessage } from './FakeAccount';
import type { FakeMailServer } from './FakeMailServer';
import { checkCriteria, checkFlags, matches } from './matches';
import { headerFieldsOf, headerOf, partOf, structureOf } from './mime';
import type { FolderSnapshot } from '../../../sync/server/folderSnapshot';
import type { Contents, FetchedMessage, FetchParts, MessageFlags } from '../../../sync/server/message';
import type { SearchCriteria } from '../../../sync/server/searchCriteria';

/** A message comes with its descriptor if it is smaller, as on the real server. */
const SMALL_BYTES = 32 * 1024;

/** A connection of the fake, as far as its open folder needs to know. */
export interface FakeConnection {
	/** The folder that is open; another one ends its use. */
	current?: FakeOpenFolder;
	/** What runs at the moment: there is one command at a time. */
	running?: string;
	lost: boolean;
}

/** A folder of the fake, open on one connection. What others change shows with the next command, as on a real server. */
export class FakeOpenFolder implements OpenFolder {
	readonly snapshot: FolderSnapshot;
	readonly sinceLastTime?: { rows: MessageFlags[]; vanished: UidSet };
	/** UIDs by sequence number, as this session knows them */
	private view: number[];
	private expunged = 0;

	constructor(
		private readonly server: FakeMailServer,
		private readonly connection: FakeConnection,
		private readonly folder: FakeFolder,
		since: { uidValidity: string; modseq: string } | undefined,
	) {
		const { condstore, qresync } = server.capabilities;
		const hasModseq = condstore && folder.hasModseq;
		const answered = qresync && hasModseq && since !== undefined && since.uidValidity === String(folder.uidValidity);
		this.view = folder.messages.map(({ uid }) => uid);
		this.snapshot = Object.freeze({
			path: folder.path,
			uidValidity: String(folder.uidValidity),
			uidNext: folder.uidNext,
			exists: folder.messages.length,
			highestModseq: hasModseq ? folder.highestModseq.toString() : undefined,
			mailboxId: server.objectIds ? folder.mailboxId : undefined,
			keywords: [...folder.keywords].sort(),
			qresyncAnswered: answered,
		});
		if (answered) {
			const modseq = BigInt(since.modseq);
			const rows = folder.messages.filter((message) => message.modseq > modseq).map((message) => this.flagRow(message));
			this.sinceLastTime = {
				rows: this.out('open', rows),
				vanished: server.vanishedOut(this.vanishedSince(modseq), folder.path),
			};
		}
	}

	async changedSince(modseq: string, upTo: Uid): Promise<MessageFlags[]> {
		return await this.command('changedSince', () => {
			if (this.snapshot.highestModseq === undefined || BigInt(modseq) < 1n) {
				throw new SyncError('commandRefused', { reason: 'noModSequences', folder: this.folder.path });
			}
			const changed = this.folder.messages.filter((message) => message.uid <= upTo && message.modseq > BigInt(modseq));
			return this.out(
				'changedSince',
				changed.map((message) => ({ ...this.flagRow(message), ...this.idsOf(message) })),
			);
		});
	}

	async search(criteria: SearchCriteria, within?: UidSet): Promise<UidSet> {
		return await this.command('search', () => {
			checkCriteria(criteria, { gmail: this.server.capabilities.gmail, objectIds: this.server.objectIds }, this.folder.path);
			return UidSet.of(
				this.folder.messages
					.filter((message) => (within?.has(message.uid) ?? true) && matches(message, criteria))
					.map(({ uid }) => uid),
			);
		});
	}

	async searchAnyFlag(flags: string[]): Promise<UidSet> {
		return await this.command('searchAnyFlag', () => {
			checkFlags(flags, this.folder.path);
			return UidSet.of(
				this.folder.messages
					.filter((message) => flags.some((flag) => matches(message, { flags: { [flag]: true } })))
					.map(({ uid }) => uid),
			);
		});
	}

	async uidsAt(sequenceNumbers: number[]): Promise<Uid[]> {
		return await this.command('uidsAt', () => {
			if (sequenceNumbers.some((number) => number < 1 || number > this.view.length)) {
				throw new SyncError('folderInconsistent', {
					reason: 'uidsMissing',
					folder: this.folder.path,
					host: 'fake:993',
					uids: this.view.length,
					asked: sequenceNumbers.length,
				});
			}
			return [...new Set(sequenceNumbers)].sort((a, b) => a - b).map((number) => asUid(this.view[number - 1]));
		});
	}

	async flagsOf(uids: UidSet): Promise<MessageFlags[]> {
		return await this.command('flagsOf', () =>
			this.out(
				'flagsOf',
				this.within(uids).map((message) => this.flagRow(message)),
			),
		);
	}

	async *fetch(uids: UidSet, parts: FetchParts, contents?: Contents): AsyncIterable<FetchedMessage> {
		await this.begin('fetch');
		let ended = false;
		try {
			for (const { uid } of this.within(uids)) {
				// Read when it is its turn: it may have been expunged while the rows before it were worked on.
				const message = this.folder.messages.find((candidate) => candidate.uid === uid);
				const [row] = message ? this.out('fetch', [this.fetched(message, parts)], parts) : [];
				if (row && message && contents?.uids.has(row.uid) && message.source.length < SMALL_BYTES)
					[row.content] = this.out('fetch', [this.fetched(message, contents.parts)], contents.parts);
				if (row) yield row;
			}
			ended = true;
		} finally {
			if (!ended) this.connection.lost = true;
			this.connection.running = undefined;
		}
	}

	async *fetchParts(uids: UidSet, parts: string[]): AsyncIterable<{ uid: Uid; parts: Map<string, Buffer> }> {
		const rows = await this.command('fetchParts', () =>
			this.out(
				'fetchParts',
				this.within(uids).map((message) => this.flagRow(message)),
			),
		);
		for (const { uid } of rows) {
			const message = this.folder.messages.find((candidate) => candidate.uid === uid);
			if (!message) continue;
			const found = parts.flatMap((part) => {
				const bytes = partOf(message.source, part);
				return bytes ? [[part, bytes] as const] : [];
			});
			yield { uid, parts: new Map(found) };
		}
	}

	async *readPart(uid: Uid, part: string): AsyncIterable<Buffer> {
		const bytes = await this.command('readPart', () => {
			const message = this.within(UidSet.of([uid]))[0];
			return message && (part === '' ? message.source : partOf(message.source, part));
		});
		if (!bytes)
			throw new SyncError('messageNotReturned', { reason: 'part', folder: this.folder.path, host: 'fake:993', uid, part });
		for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
	}

	expungedMeanwhile(): number {
		return this.expunged;
	}

	private async command<T>(method: string, answer: () => T): Promise<T> {
		await this.begin(method);
		try {
			return answer();
		} finally {
			this.connection.running = undefined;
		}
	}

	/** The start of every command: the rules of the port, the hooks, then what others changed meanwhile. */
	private async begin(method: string): Promise<void> {
		if (this.connection.current !== this) throw new Error(`${method} on a folder that is no longer open`);
		if (this.connection.running) throw new Error(`${method} while ${this.connection.running} runs: one command at a time`);
		this.connection.running = method;
		try {
			await this.server.called(method, this.folder.path, this.connection);
		} catch (error) {
			this.connection.running = undefined;
			throw error;
		}
		const present = new Set(this.folder.messages.map(({ uid }) => uid));
		const left = this.view.filter((uid) => present.has(uid));
		this.expunged += this.view.length - left.length;
		this.view = this.folder.messages.map(({ uid }) => uid);
	}

	private within(uids: UidSet): FakeMessage[] {
		return this.folder.messages.filter((message) => uids.has(message.uid));
	}

	private vanishedSince(modseq: bigint): UidSet {
		if (!this.server.remembersExpunges) {
			// RFC 7162 section 5.1: every UID that does not exist
			return UidSet.range(1, this.folder.uidNext - 1).subtract(UidSet.of(this.view));
		}
		return UidSet.of(this.folder.expunged.filter((gone) => gone.modseq > modseq).map(({ uid }) => uid));
	}

	private out<T extends MessageFlags>(method: string, rows: T[], parts?: FetchParts): T[] {
		return this.server.rowsOut(method, this.folder.path, rows, parts);
	}

	private flagRow({ uid, flags, labels, modseq }: FakeMessage): MessageFlags {
		const row: MessageFlags = { uid: asUid(uid), flags: [...flags].filter((flag) => flag.toLowerCase() !== '\\recent').sort() };
		if (this.server.capabilities.gmail) row.labels = [...labels].sort();
		if (this.server.capabilities.condstore && this.folder.hasModseq) row.modseq = modseq.toString();
		return row;
	}

	private idsOf({ emailId, threadId }: FakeMessage): Pick<MessageFlags, 'emailId' | 'threadId'> {
		if (!this.server.capabilities.gmail && !this.server.objectIds) return {};
		return threadId ? { emailId, threadId } : { emailId };
	}

	private fetched(message: FakeMessage, parts: FetchParts): FetchedMessage {
		const row: FetchedMessage = {
			...this.flagRow(message),
			...this.idsOf(message),
			size: message.size,
			internalDate: new Date(message.internalDate),
		};
		if (parts === 'descriptor') row.messageId = /^message-id:\s*(.*)$/im.exec(headerOf(message.source).toString('latin1'))?.[1];
		if (parts === 'source') row.source = Buffer.from(message.source);
		if (parts === 'outline') row.header = headerFieldsOf(message.source, outlineFields);
		if (parts === 'structure') row.structure = structureOf(message.source);
		if (parts === 'headerAndStructure') {
			row.header = headerOf(message.source);
			row.structure = structureOf(message.source);
		}
		return row;
	}
}
