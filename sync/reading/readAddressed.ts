import type { StopSignal } from '../errors/stopSignal';
import type { ReadingSettings } from '../settings/readingSettings';
import { serverOut, SyncError, stopError } from '../errors/syncError';
import { groupByFolder, renumbered, type MessageAddress } from './messageAddress';
import type { FolderConnection, MailServer, OpenFolder } from '../server/mailServer';
import { readMessages } from './readMessages';
import { ResumingReader } from './resumingReader';
import type { Uid } from '../uids/uid';
import type { FetchedMessage } from '../server/message';

/** A message to be read, and how. Requests with the same `key` are read by the same FETCHes. */
export interface ReadTask {
	address: MessageAddress;
	task: { key: string; settings: ReadingSettings };
	/** What is known of the message already, so that it is not read again. */
	known?: FetchedMessage;
}

export interface ReadOptions {
	/** Takes what was read, with its index in the list and its address; see Reading.take. */
	take(index: number, message: FetchedMessage, address: Required<MessageAddress>): Promise<void>;
	/** Called for each message that was not read, with its index in the list; may throw to end everything. */
	fail(index: number, error: SyncError): void;
	/** Asked between commands. */
	signal?: StopSignal;
}

/** Reading changes nothing, so what a lost connection interrupted is tried once more. */
const ATTEMPTS = 2;

/**
 * Reads messages by their addresses, each folder opened once and each kind of request with few FETCHes, however many there are.
 * Each task gets exactly one answer. An address whose UIDVALIDITY is not the folder's, and a UID that is not there, get an error
 * and the others are read. Throws only what the options throw.
 */
export async function readAddressed(server: MailServer, tasks: readonly ReadTask[], options: ReadOptions): Promise<void> {
	const reading = new AddressedReading(tasks, options);
	const reader = new ResumingReader(server);
	for (let attempt = 1; attempt <= ATTEMPTS && reading.goesOn; attempt++) {
		await reading.visitFolders(reader, { isLast: attempt === ATTEMPTS });
	}
	reading.failUnread();
}

/** One call of readAddressed: which tasks have no answer yet. */
class AddressedReading {
	private readonly open: Set<number>;
	/** What ended everything: something that is no failure of the mail server. */
	private fatal: { error: unknown } | undefined;

	constructor(
		private readonly tasks: readonly ReadTask[],
		private readonly options: ReadOptions,
	) {
		this.open = new Set(tasks.keys());
	}

	get goesOn(): boolean {
		return this.open.size > 0 && !this.aborted;
	}

	/** Reads what is open, each folder in one visit. After the last attempt nothing is left open but what was stopped. */
	async visitFolders(server: MailServer, { isLast }: { isLast: boolean }): Promise<void> {
		const indexesOf = this.openByFolder();
		const paths = [...indexesOf.keys()];
		const visits = await server.visitFolders(paths, (path, connection) =>
			this.readFolder(path, connection, indexesOf.get(path) ?? []),
		);
		if (this.fatal) throw this.fatal.error;
		for (const [visited, visit] of visits.entries()) {
			if (visit.status === 'fulfilled') continue;
			const reason: unknown = visit.reason;
			if (!(reason instanceof SyncError)) throw reason;
			if (!isLast && reason.scope === 'connection' && reason.passing && !serverOut(reason)) continue;
			for (const index of indexesOf.get(paths[visited]) ?? []) this.fail(index, reason);
		}
	}

	failUnread(): void {
		for (const index of [...this.open]) this.fail(index, stopError(this.tasks[index].address.folder));
	}

	/** Asked by whoever reads: nothing more is read after an error that concerns all. */
	get aborted(): boolean {
		return this.fatal !== undefined || this.options.signal?.aborted === true;
	}

	private openByFolder(): Map<string, number[]> {
		const left = [...this.open];
		const folders = groupByFolder(left.map((index) => ({ address: this.tasks[index].address, task: 0 })));
		return new Map(
			folders.map(({ folder, groups }) => [folder, groups.flatMap(({ indexes }) => indexes.map((index) => left[index]))]),
		);
	}

	private async readFolder(path: string, connection: FolderConnection, indexes: number[]): Promise<void> {
		if (this.aborted) return;
		const folder = await connection.open(path);
		const valid = this.withValidAddress(indexes, folder.snapshot.uidValidity);
		const [grouped] = groupByFolder(
			valid.map((index) => ({ address: { ...this.tasks[index].address, folder: path }, task: this.tasks[index].task })),
			({ key }) => key,
		);
		for (const { task, indexes: within } of grouped?.groups ?? []) {
			await this.readGroup(
				folder,
				task.settings,
				within.map((at) => valid[at]),
			);
		}
	}

	/** The indexes whose UID still means the same message; the others have failed. */
	private withValidAddress(indexes: number[], uidValidity: string): number[] {
		return indexes.filter((index) => {
			const { address } = this.tasks[index];
			if (address.uidValidity === undefined || address.uidValidity === uidValidity) return true;
			this.fail(index, renumbered(address, uidValidity));
			return false;
		});
	}

	/** Reads messages that are read the same way. Several tasks may ask for the same message. */
	private async readGroup(folder: OpenFolder, settings: ReadingSettings, indexes: number[]): Promise<void> {
		const { tasks } = this;
		const byUid = new Map<Uid, number[]>();
		for (const index of indexes) {
			const { uid } = tasks[index].address;
			byUid.set(uid, [...(byUid.get(uid) ?? []), index]);
		}
		const { path, uidValidity } = folder.snapshot;
		await readMessages([...byUid.keys()], {
			folder,
			settings,
			known: new Map([...byUid].flatMap(([uid, [index]]) => (tasks[index].known ? [[uid, tasks[index].known]] : []))),
			signal: this,
			take: async (message) => {
				for (const index of byUid.get(message.uid) ?? [])
					await this.take(index, message, { folder: path, uid: message.uid, uidValidity });
			},
			fail: (uid, error) => {
				for (const index of byUid.get(uid) ?? []) this.fail(index, error);
			},
		});
	}

	private async take(index: number, message: FetchedMessage, address: Required<MessageAddress>): Promise<void> {
		if (!this.open.has(index)) return;
		try {
			await this.options.take(index, message, address);
			this.open.delete(index);
		} catch (error) {
			if (error instanceof SyncError && error.scope === 'message') {
				this.fail(index, error);
				return;
			}
			if (!(error instanceof SyncError)) this.fatal ??= { error };
			throw error;
		}
	}

	private fail(index: number, error: SyncError): void {
		if (!this.open.delete(index)) return;
		try {
			this.options.fail(index, error);
		} catch (thrown) {
			this.fatal ??= { error: thrown };
			throw thrown;
		}
	}
}
