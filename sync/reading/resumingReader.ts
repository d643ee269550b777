import { DoubtfulMessages, endsConnection } from './doubtfulMessages';
import { ForwardingFolder } from './forwardingFolder';
import { WatchedFolder } from './watchedFolder';
import type { Capabilities } from '../server/capabilities';
import type { FolderListing, FolderStatus, Hierarchy } from '../server/folderListing';
import type { FolderConnection, MailServer, OpenFolder } from '../server/mailServer';
import type { Contents, FetchedMessage, FetchParts } from '../server/message';
import type { OptionalCapability, ServerFault } from '../server/serverFaults';
import type { Uid } from '../uids/uid';
import type { UidSet } from '../uids/uidSet';

/** Connections that one reading of a folder spends at most on finding messages that end them. */
const MAX_RESUMPTIONS = 50;

/**
 * A mail server whose folders go on being read where a message ended the connection or stalled it: the folder is opened again, what
 * had not come is read one by one, and the message that ends the connection once more is left out, like one that the server does
 * not return. For what is done in one go; a trigger keeps what it found out for its next run (run/visitEach.ts).
 */
export class ResumingReader implements MailServer {
	private readonly doubts = new DoubtfulMessages();

	constructor(private readonly server: MailServer) {}

	get capabilities(): Capabilities {
		return this.server.capabilities;
	}

	get hierarchy(): Hierarchy {
		return this.server.hierarchy;
	}

	get faults(): readonly ServerFault[] {
		return this.server.faults;
	}

	disableCapabilities(capabilities: readonly OptionalCapability[]): void {
		this.server.disableCapabilities(capabilities);
	}

	async listFolders(options: { status: boolean }): Promise<FolderListing[]> {
		return await this.server.listFolders(options);
	}

	async folderStatuses(paths: readonly string[]): Promise<Map<string, FolderStatus>> {
		return await this.server.folderStatuses(paths);
	}

	async visitFolders<T>(
		paths: string[],
		visit: (path: string, connection: FolderConnection) => Promise<T>,
	): Promise<Array<PromiseSettledResult<T>>> {
		return await this.server.visitFolders(
			paths,
			async (path, connection) =>
				await visit(path, {
					open: async (name, since) =>
						new ResumingFolder(await connection.open(name, since), async () => await connection.open(name), this.doubts),
					keepsFlag: async (name, flag) => await connection.keepsFlag(name, flag),
				}),
		);
	}

	async close(): Promise<void> {
		await this.server.close();
	}
}

class ResumingFolder extends ForwardingFolder<WatchedFolder> {
	private resumptions = 0;

	constructor(
		folder: OpenFolder,
		private readonly reopen: () => Promise<OpenFolder>,
		private readonly doubts: DoubtfulMessages,
	) {
		super(new WatchedFolder(folder, doubts));
	}

	override fetch(uids: UidSet, parts: FetchParts, contents?: Contents): AsyncIterable<FetchedMessage> {
		return this.resuming(uids, (left) => this.folder.fetch(left, parts, contents));
	}

	override fetchParts(uids: UidSet, parts: string[]): AsyncIterable<{ uid: Uid; parts: Map<string, Buffer> }> {
		return this.resuming(uids, (left) => this.folder.fetchParts(left, parts));
	}

	/** What was given out is skipped in the next reading: a message never changes. */
	override async *readPart(uid: Uid, part: string, announced?: number): AsyncIterable<Buffer> {
		let given = 0;
		for (;;) {
			const before = this.blames;
			let skipped = 0;
			try {
				for await (const piece of this.folder.readPart(uid, part, announced)) {
					const rest = piece.subarray(Math.min(given - skipped, piece.length));
					skipped += piece.length - rest.length;
					if (rest.length === 0) continue;
					given += rest.length;
					skipped += rest.length;
					yield rest;
				}
				return;
			} catch (error) {
				await this.resumeAfter(error, this.blames > before);
			}
		}
	}

	private async *resuming<T extends { uid: Uid }>(uids: UidSet, read: (left: UidSet) => AsyncIterable<T>): AsyncGenerator<T> {
		let left = uids;
		while (!left.isEmpty) {
			const before = this.blames;
			try {
				for await (const row of read(left)) {
					left = left.remove(row.uid);
					yield row;
				}
				return;
			} catch (error) {
				// What the consumer throws does not come here: it ends the generator.
				await this.resumeAfter(error, this.blames > before || left.isEmpty);
			}
		}
	}

	private get blames(): number {
		return this.doubts.blamesOf(this.snapshot.path);
	}

	/** Opens the folder again after a connection that ended; throws the error where that brings nothing. */
	private async resumeAfter(error: unknown, isNarrower: boolean): Promise<void> {
		if (!endsConnection(error) || !isNarrower || this.resumptions >= MAX_RESUMPTIONS) throw error;
		this.resumptions++;
		const folder = await this.reopen();
		// UIDs would mean other messages.
		if (folder.snapshot.uidValidity !== this.snapshot.uidValidity) throw error;
		this.folder = new WatchedFolder(folder, this.doubts);
	}
}
