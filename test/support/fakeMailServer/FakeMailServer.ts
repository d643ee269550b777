import { withoutCapabilities, type OptionalCapability, type ServerFault } from '../../../sync/server/serverFaults';
import { SyncError } from '../../../sync/errors/syncError';
import type { FolderConnection, MailServer } from '../../../sync/server/mailServer';
import type { Uid } from '../../../sync/uids/uid';
import { UidSet } from '../../../sync/uids/uidSet';
import type { FakeAccount, FakeFolder } from './FakeAccount';
import { FakeOpenFolder, type FakeConnection } from './FakeOpenFolder';
import type { Capabilities } from '../../../sync/server/capabilities';
import type { FolderListing, FolderStatus } from '../../../sync/server/folderListing';
import type { FolderReading, FoldersRead } from '../../../sync/server/folderReading';
import type { FetchedMessage, FetchParts, MessageFlags } from '../../../sync/server/message';

/** A call that arrived at the fake: a method of the port, or `connect` for a connection that was opened again. */
export interface FakeCall {
	method: string;
	path?: string;
	/** which call it is, from 1 */
	number: number;
}

/** What goes wrong, or happens meanwhile. */
export interface FakeHooks {
	/** Before each call: may change the account, and may throw what the call then throws. */
	before?: (call: FakeCall) => void | Promise<void>;
	/** Each row on its way out; undefined leaves it out. May throw what ends the answer there. */
	row?: (row: MessageFlags, call: { method: string; path: string; parts?: FetchParts }) => MessageFlags | undefined;
	/** The vanished UIDs of a QRESYNC answer on their way out. */
	vanished?: (vanished: UidSet, path: string) => UidSet;
}

export interface FakeOptions {
	/** Of a server that can do everything but Gmail, unless told otherwise. */
	capabilities?: Partial<Capabilities>;
	/** EMAILID, THREADID and MAILBOXID (RFC 8474); without them only Gmail tells ids. */
	objectIds?: boolean;
	/** false: a QRESYNC answer names every UID that does not exist (RFC 7162 section 5.1). */
	remembersExpunges?: boolean;
	hooks?: FakeHooks;
	/** Visits at once, from eight folders on. */
	connections?: number;
}

/** The port over an account in memory. Counts its calls, and checks that it is used as the port demands. */
export class FakeMailServer implements MailServer {
	capabilities: Capabilities;
	readonly hierarchy = { prefix: '', delimiter: '/' };
	/** What the server is to have been caught at. */
	readonly faults: ServerFault[] = [];
	readonly calls: FakeCall[] = [];
	readonly objectIds: boolean;
	readonly remembersExpunges: boolean;
	hooks: FakeHooks;
	private readonly connections: number;
	private main: FakeConnection = { lost: false };
	private closed = false;

	constructor(
		readonly account: FakeAccount,
		{ capabilities = {}, objectIds = false, remembersExpunges = true, hooks = {}, connections = 3 }: FakeOptions = {},
	) {
		const qresync = capabilities.qresync ?? true;
		// QRESYNC contains CONDSTORE (RFC 7162 section 3.2.3).
		this.capabilities = {
			condstore: true,
			listStatus: true,
			esearch: true,
			gmail: false,
			...capabilities,
			qresync,
			...(qresync ? { condstore: true } : {}),
		};
		this.objectIds = objectIds;
		this.remembersExpunges = remembersExpunges;
		this.hooks = hooks;
		this.connections = connections;
	}

	disableCapabilities(disabled: readonly OptionalCapability[]): void {
		this.capabilities = withoutCapabilities(this.capabilities, disabled);
	}

	/** How often a method was called. */
	count(method: string): number {
		return this.calls.filter((call) => call.method === method).length;
	}

	async listFolders({ status }: { status: boolean }): Promise<FolderListing[]> {
		await this.called('listFolders', undefined, await this.usableMain());
		return this.account.all.map((folder) => this.listing(folder, status && this.capabilities.listStatus));
	}

	async folderStatuses(paths: readonly string[]): Promise<Map<string, FolderStatus>> {
		if (paths.length === 0) return new Map();
		await this.called('folderStatuses', undefined, await this.usableMain());
		const statuses = this.account.all.map((folder) => [folder.path, this.listing(folder, true).status] as const);
		return new Map(statuses.flatMap(([path, status]) => (status && paths.includes(path) ? [[path, status]] : [])));
	}

	/** As one who opens the folders and asks, one after the other, and gives up with the connection. */
	async readFolders(readings: readonly FolderReading[], patienceMs: number): Promise<FoldersRead> {
		const folders: FoldersRead['folders'] = new Map();
		let timer: NodeJS.Timeout | undefined;
		const silent = new Promise<FoldersRead>((resolve) => {
			timer = setTimeout(() => resolve({ folders: new Map(folders), brokeOff: true }), patienceMs);
		});
		const read = await Promise.race([this.readEach(readings, folders), silent]);
		clearTimeout(timer);
		if (read.brokeOff) this.main.lost = true;
		return read;
	}

	private async readEach(readings: readonly FolderReading[], folders: FoldersRead['folders']): Promise<FoldersRead> {
		if (this.main.lost) await this.reconnect(this.main);
		for (const { path, since, uids, parts, contents, search, flags } of readings) {
			let open: FakeOpenFolder | undefined;
			const messages = new Map<Uid, FetchedMessage>();
			try {
				await this.called('open', path, this.main);
				open = this.main.current = new FakeOpenFolder(this, this.main, this.openable(path), since);
				if (!uids.isEmpty) for await (const message of open.fetch(uids, parts)) messages.set(message.uid, message);
				const read = new Map<Uid, FetchedMessage>();
				if (contents) {
					const small = UidSet.of(
						[...messages.values()].filter(({ uid, size }) => size < 500 && contents.uids.has(uid)).map(({ uid }) => uid),
					);
					if (!small.isEmpty) for await (const message of open.fetch(small, contents.parts)) read.set(message.uid, message);
				}
				const existing = search ? await open.search({}, uids) : undefined;
				const rows =
					flags?.changedSince === undefined
						? flags && (await open.flagsOf(flags.uids))
						: await open.changedSince(flags.changedSince, flags.uids.last!);
				const { snapshot, sinceLastTime } = open;
				folders.set(path, {
					snapshot,
					sinceLastTime,
					messages,
					contents: read,
					existing,
					flags: rows,
					expunged: open.expungedMeanwhile(),
				});
			} catch (error) {
				if (!(error instanceof SyncError)) throw error;
				if (error.scope !== 'connection') continue;
				this.main.lost = true;
				if (!open) return { folders, brokeOff: true };
				const left = uids.below(open.snapshot.uidNext).subtract(UidSet.of(messages.keys()));
				return { folders, brokeOff: true, lost: { snapshot: open.snapshot, parts, uids: left } };
			}
		}
		return { folders };
	}

	async visitFolders<T>(
		paths: string[],
		visit: (path: string, connection: FolderConnection) => Promise<T>,
	): Promise<Array<PromiseSettledResult<T>>> {
		const results = new Array<PromiseSettledResult<T>>(paths.length);
		const round: { next: number; failures: number; givenUp: SyncError | undefined } = {
			next: 0,
			failures: 0,
			givenUp: undefined,
		};
		const work = async (first: FakeConnection): Promise<void> => {
			let connection = first;
			while (round.next < paths.length) {
				const index = round.next++;
				try {
					if (round.givenUp) throw round.givenUp;
					if (connection.lost) {
						connection = await this.reconnect(connection);
					}
					const on = { connection };
					try {
						results[index] = { status: 'fulfilled', value: await visit(paths[index], this.visitor(on)) };
					} finally {
						connection = on.connection;
					}
					round.failures = 0;
				} catch (error) {
					results[index] = { status: 'rejected', reason: error };
					if (round.givenUp || !(error instanceof SyncError)) continue;
					if (error.scope === 'connection') {
						round.failures++;
						connection.lost = true;
					}
					if (error.scope === 'account' || round.failures >= 2) round.givenUp = error;
				}
			}
		};
		const workers = paths.length >= 8 ? this.connections : 1;
		await Promise.all(Array.from({ length: workers }, (_none, i) => work(i === 0 ? this.main : { lost: false })));
		return results;
	}

	async close(): Promise<void> {
		this.closed = true;
		this.main.lost = true;
	}

	/** Notes a call and runs the hook. For the fake's own folders. */
	async called(method: string, path: string | undefined, connection: FakeConnection): Promise<void> {
		const call: FakeCall = { method, path, number: this.calls.length + 1 };
		this.calls.push(call);
		// A real server answers later than at once: callers that forget to await show.
		await Promise.resolve();
		if (this.closed || connection.lost) throw this.lost();
		await this.hooks.before?.(call);
	}

	rowsOut<T extends MessageFlags>(method: string, path: string, rows: T[], parts?: FetchParts): T[] {
		const { row: hook } = this.hooks;
		if (!hook) return rows;
		return rows.map((row) => hook(row, { method, path, parts })).filter((row): row is T => row !== undefined);
	}

	vanishedOut(vanished: UidSet, path: string): UidSet {
		return this.hooks.vanished?.(vanished, path) ?? vanished;
	}

	private visitor(on: { connection: FakeConnection }): FolderConnection {
		const usable = async (): Promise<FakeConnection> => {
			if (on.connection.lost && !this.closed) on.connection = await this.reconnect(on.connection);
			return on.connection;
		};
		return {
			open: async (path, since) => {
				const connection = await usable();
				if (connection.running) throw new Error(`open while ${connection.running} runs: one command at a time`);
				connection.current = undefined;
				connection.running = 'open';
				try {
					await this.called('open', path, connection);
					connection.current = new FakeOpenFolder(this, connection, this.openable(path), since);
					return connection.current;
				} finally {
					connection.running = undefined;
				}
			},
			keepsFlag: async (path, flag) => {
				const connection = await usable();
				if (connection.running) throw new Error(`keepsFlag while ${connection.running} runs: one command at a time`);
				connection.current = undefined;
				await this.called('keepsFlag', path, connection);
				const kept = this.openable(path).permanentFlags.map((one) => one.toLowerCase());
				return kept.includes(flag.toLowerCase()) || (!flag.startsWith('\\') && kept.includes('\\*'));
			},
		};
	}

	private async usableMain(): Promise<FakeConnection> {
		return this.main.lost && !this.closed ? await this.reconnect(this.main) : this.main;
	}

	private async reconnect(lost: FakeConnection): Promise<FakeConnection> {
		const fresh: FakeConnection = { lost: false };
		await this.called('connect', undefined, fresh);
		if (this.main === lost) this.main = fresh;
		return fresh;
	}

	private openable(path: string): FakeFolder {
		const folder = this.account.find(path);
		if (!folder) throw new SyncError('folderNotFound', { reason: 'gone', folder: path });
		if (!folder.selectable) throw new SyncError('folderNotSelectable', { reason: 'container', folder: path });
		if (!folder.readable) throw new SyncError('folderForbidden', { reason: 'read', folder: path, host: 'fake:993' });
		return this.shown(folder);
	}

	/** The folder as far as the server shows it: all of it, or the newest messages. */
	private shown(folder: FakeFolder): FakeFolder {
		const { visibleMessages } = this.capabilities;
		if (visibleMessages === undefined) return folder;
		return Object.create(folder, { messages: { get: () => folder.messages.slice(-visibleMessages) } }) as FakeFolder;
	}

	private listing(whole: FakeFolder, withStatus: boolean): FolderListing {
		const folder = this.shown(whole);
		const listing: FolderListing = { path: folder.path, selectable: folder.selectable, delimiter: '/' };
		if (folder.specialUse) listing.specialUse = folder.specialUse;
		// STATUS takes the right to read (RFC 4314 section 4).
		if (withStatus && folder.selectable && folder.readable !== false) {
			listing.status = { uidValidity: String(folder.uidValidity), uidNext: folder.uidNext, messages: folder.messages.length };
			if (this.capabilities.condstore && folder.hasModseq) listing.status.highestModseq = folder.highestModseq.toString();
		}
		return listing;
	}

	private lost(): SyncError {
		return new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' });
	}
}
