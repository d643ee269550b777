import { withoutCapabilities, type OptionalCapability, type ServerFault } from '../server/serverFaults';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, SyncError } from '../errors/syncError';
import type { FolderConnection, MailServer, OpenFolder, ServerPeer } from '../server/mailServer';
import { readCapabilities } from './capabilities';
import { connectAndLogIn } from './connectAndLogIn';
import type { ImapConnection } from './connection';
import { connectionLimit, learnLimit, takeSlotNow, waitForSlot, type Slot, type SlotRequest } from './connectionSlots';
import { ServerFaults } from './faults';
import { folderStatuses } from './folderStatuses';
import { ImapFolder } from './ImapFolder';
import { keepsFlag } from './keepsFlag';
import { listFolders } from './listing';
import { loginOf } from './login';
import type { Since } from './openFolder';
import { quirksOf } from './quirks';
import { readFolders } from './readFolders';
import { checkSettings, connectTimeoutMs, serverName, type ConnectionSettings } from './settings';
import { dropWarm, leaveWarm, takePassedOn, takeWarm, type HeldConnection as PooledConnection } from './warmConnections';
import type { Capabilities } from '../server/capabilities';
import type { FolderListing, FolderStatus, Hierarchy } from '../server/folderListing';
import type { FolderReading, FoldersRead } from '../server/folderReading';

/** Below this number of folders a second connection costs more than it saves: a login is two to four round trips. */
const FOLDERS_FOR_MORE_CONNECTIONS = 8;

/** Connections of one run. */
const CONNECTIONS_PER_RUN = 3;

/** How long an action waits for a connection where others have all of them. */
const PATIENCE_MS = 120_000;

/** The first pause after a server that had too many connections; then twice as long each time. */
const FIRST_PAUSE_MS = 1_000;

/** After so many failures of the connection in a row the server is left alone until the next run. */
const FAILURES_TO_GIVE_UP = 2;

/**
 * Connects and logs in; `signal` ends that, and every later login, at once. Throws settingsInvalid, or a SyncError of scope
 * connection or account.
 */
export async function connectMailServer(settings: ConnectionSettings, signal?: AbortSignal): Promise<ImapMailServer> {
	checkSettings(settings);
	const began = Date.now();
	const deadline = Math.min(began + patienceMs(settings), settings.deadline ?? Infinity);
	const faults = new ServerFaults();
	const { login } = slotRequest(settings);
	const takesUsed = settings.keepWarmMs !== undefined;
	const used = ({ connection, slot }: PooledConnection): ImapMailServer => {
		connection.useFor(settings, faults);
		return new ImapMailServer(settings, { connection, slot }, faults);
	};
	const held = takesUsed ? await takeWarm(login) : undefined;
	if (held) return used(held);
	dropWarm(login);
	for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
		const timeoutMs = Math.max(1, deadline - Date.now());
		const slot = await waitForSlot(slotRequest(settings), { host: serverName(settings), timeoutMs, signal });
		const passedOn = await takePassedOn(login, { wanted: takesUsed });
		if (passedOn) return used({ connection: passedOn, slot });
		try {
			const connection = await connectAndLogIn(settings, faults, signal);
			return new ImapMailServer(settings, { connection, slot }, faults, signal);
		} catch (error) {
			const tooMany = hasCode(error, 'serverBusy') && error.data.reason === 'slowDown' && error.data.tooMany === true;
			if (tooMany) learnLimit(slotRequest(settings));
			slot.release();
			// Not all at once again: those that were refused together would be so again.
			const wait = pause * (0.5 + Math.random());
			if (!tooMany || signal?.aborted || Date.now() + wait > Math.min(deadline, began + connectTimeoutMs(settings))) throw error;
			await sleep(wait, undefined, { signal }).catch(() => undefined);
		}
	}
}

/** How long to wait for a connection. A poll says it itself; an action rather waits than fails. */
const patienceMs = ({ connectTimeoutMs: bound }: ConnectionSettings): number => bound ?? PATIENCE_MS;

const slotRequest = (settings: ConnectionSettings): SlotRequest => ({
	login: loginOf(settings).key,
	limit: connectionLimit(settings),
});

/** What the workers of one visitFolders() share. */
interface Round<T> {
	paths: string[];
	visit: (path: string, connection: FolderConnection) => Promise<T>;
	results: Array<PromiseSettledResult<T>>;
	/** index of the next path that nobody has taken */
	next: number;
	/** failures of the connection since the last visit that went well */
	failures: number;
	/** why the remaining visits are not made */
	givenUp: SyncError | undefined;
}

/** The mail server of one account, over imapflow. */
export class ImapMailServer implements MailServer {
	private known: Capabilities;
	private main: PooledConnection;
	private readonly pool = new Set<PooledConnection>();
	private closed = false;
	/** Rounds of visits, and other work, that run. */
	private underWay = 0;

	constructor(
		private readonly settings: ConnectionSettings,
		main: PooledConnection,
		private readonly serverFaults: ServerFaults,
		private readonly signal?: AbortSignal,
	) {
		this.main = main;
		this.pool.add(main);
		const { client } = main.connection;
		const { without, ...quirk } = quirksOf(settings.host, client.serverInfo);
		this.known = Object.freeze(readCapabilities(client, quirk));
		this.disableCapabilities(without);
	}

	get capabilities(): Capabilities {
		return this.known;
	}

	get peer(): ServerPeer {
		return this.main.connection.peer;
	}

	get hierarchy(): Hierarchy {
		return this.main.connection.hierarchy;
	}

	get faults(): readonly ServerFault[] {
		return this.serverFaults.faults;
	}

	disableCapabilities(capabilities: readonly OptionalCapability[]): void {
		this.known = Object.freeze(withoutCapabilities(this.known, capabilities));
		if (capabilities.includes('esearch')) this.serverFaults.esearch = true;
	}

	async listFolders({ status }: { status: boolean }): Promise<FolderListing[]> {
		return await this.onMain(async (connection) => await listFolders(connection, this.capabilities, status));
	}

	async folderStatuses(paths: readonly string[]): Promise<Map<string, FolderStatus>> {
		return await this.onMain(async (connection) => await folderStatuses(connection, this.capabilities, paths));
	}

	async readFolders(readings: readonly FolderReading[], patienceMs: number): Promise<FoldersRead> {
		return await this.onMain(async (connection) => await readFolders(connection, this.capabilities, readings, patienceMs));
	}

	async visitFolders<T>(
		paths: string[],
		visit: (path: string, connection: FolderConnection) => Promise<T>,
	): Promise<Array<PromiseSettledResult<T>>> {
		const round: Round<T> = {
			paths,
			visit,
			results: new Array<PromiseSettledResult<T>>(paths.length),
			next: 0,
			failures: 0,
			givenUp: undefined,
		};
		const workers: Array<Promise<unknown>> = [this.work(round, this.main)];
		if (paths.length >= FOLDERS_FOR_MORE_CONNECTIONS) {
			while (workers.length < CONNECTIONS_PER_RUN) {
				const slot = takeSlotNow(slotRequest(this.settings));
				if (!slot) break;
				workers.push(this.runWorker(round, slot));
			}
		}
		this.underWay++;
		try {
			await Promise.all(workers);
		} finally {
			this.underWay--;
		}
		return round.results;
	}

	async close(): Promise<void> {
		this.closed = true;
		await Promise.all(
			[...this.pool].map(async (pooled) => {
				if (pooled === this.main && (await this.leftOpen())) this.pool.delete(pooled);
				else {
					await pooled.connection.close();
					this.drop(pooled);
				}
			}),
		);
	}

	private async leftOpen(): Promise<boolean> {
		const { keepWarmMs } = this.settings;
		// Closed in the middle of its work, it is to end.
		if (this.underWay > 0 || this.main.connection.busy) return false;
		return keepWarmMs !== undefined && (await leaveWarm(slotRequest(this.settings).login, this.main, keepWarmMs));
	}

	/** Whether the first connection still takes commands. */
	get usable(): boolean {
		return !this.closed && this.main.connection.usable;
	}

	/** Ends all connections at once, without a word to the server. */
	destroy(): void {
		this.closed = true;
		for (const pooled of [...this.pool]) {
			pooled.connection.destroy();
			this.drop(pooled);
		}
	}

	private async onMain<T>(work: (connection: ImapConnection) => Promise<T>): Promise<T> {
		this.underWay++;
		try {
			return await work(await this.mainConnection());
		} finally {
			this.underWay--;
		}
	}

	/** The first connection, opened anew where it was lost: for what concerns no single folder, and for the writer of the same session. */
	async mainConnection(): Promise<ImapConnection> {
		return (this.main.connection.usable ? this.main : await this.reopen(this.main)).connection;
	}

	/** Visits on a further connection. If there is none to be had, the others do all of it. */
	private async runWorker<T>(round: Round<T>, slot: Slot): Promise<void> {
		let pooled: PooledConnection;
		try {
			pooled = await this.openPooled(slot);
		} catch {
			return;
		}
		const last = await this.work(round, pooled);
		await last.connection.close();
		this.drop(last);
	}

	/** Makes visits as long as there are any; returns the connection it ended with. */
	private async work<T>(round: Round<T>, first: PooledConnection): Promise<PooledConnection> {
		const on = { pooled: first };
		while (round.next < round.paths.length) {
			const index = round.next++;
			try {
				if (round.givenUp) throw round.givenUp;
				round.results[index] = { status: 'fulfilled', value: await this.visitOne(round, round.paths[index], on) };
				round.failures = 0;
			} catch (error) {
				round.results[index] = { status: 'rejected', reason: error };
				if (round.givenUp || !(error instanceof SyncError)) continue;
				if (error.scope === 'connection') {
					round.failures++;
					// Whatever is left of it: an answer that came too late would be taken for that to the next command.
					on.pooled.connection.destroy();
				}
				if (error.scope === 'account' || round.failures >= FAILURES_TO_GIVE_UP) round.givenUp = error;
			}
		}
		return on.pooled;
	}

	/** One visit. It may open a folder again after its connection ended. */
	private async visitOne<T>({ visit }: Round<T>, path: string, on: { pooled: PooledConnection }): Promise<T> {
		let open: ImapFolder | undefined;
		const usable = async (): Promise<ImapConnection> => {
			if (!on.pooled.connection.usable) on.pooled = await this.reopen(on.pooled);
			return on.pooled.connection;
		};
		await usable();
		try {
			return await visit(path, {
				open: async (folder: string, since?: Since): Promise<OpenFolder> => {
					open?.leave();
					open = undefined;
					open = await ImapFolder.open(await usable(), this.capabilities, folder, since);
					return open;
				},
				keepsFlag: async (folder: string, flag: string): Promise<boolean> => {
					open?.leave();
					open = undefined;
					return await keepsFlag(await usable(), folder, flag);
				},
			});
		} finally {
			open?.leave();
		}
	}

	/** A fresh connection in the place of a lost one. */
	private async reopen(lost: PooledConnection): Promise<PooledConnection> {
		lost.connection.destroy();
		// Until there is another one the lost connection stands for the slot, which close() releases.
		const pooled = await this.openPooled(lost.slot, { keepSlot: true });
		this.pool.delete(lost);
		if (this.main === lost) this.main = pooled;
		return pooled;
	}

	private async openPooled(slot: Slot, { keepSlot = false } = {}): Promise<PooledConnection> {
		try {
			if (this.closed) throw this.closedError();
			const pooled: PooledConnection = {
				connection: await connectAndLogIn(this.settings, this.serverFaults, this.signal),
				slot,
			};
			if (this.closed) {
				pooled.connection.destroy();
				throw this.closedError();
			}
			this.pool.add(pooled);
			return pooled;
		} catch (error) {
			if (!keepSlot) slot.release();
			throw error;
		}
	}

	private drop(pooled: PooledConnection): void {
		this.pool.delete(pooled);
		pooled.slot.release();
	}

	private closedError(): SyncError {
		const host = serverName(this.settings);
		return new SyncError('connectionLost', { reason: 'ended', host });
	}
}
