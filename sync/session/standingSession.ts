import type { MailboxWriter } from '../changing/writing';
import { SyncError } from '../errors/syncError';
import { loginOf } from '../imap/login';
import { serverName, type ConnectionSettings } from '../imap/settings';
import { canStandBy, hearArrivals, hearOfAllFolders, Standby, type StandbyFolder, type StandbyListener } from '../imap/standby';
import type { MailServer } from '../server/mailServer';
import { connectSession, type ImapSession } from './connectSession';
import { ReaderOfTurn } from './readerOfTurn';

/** Somebody who waits for news of a mailbox. */
export interface Watcher {
	/** The folders that it watches, as far as it knows them, the most important one first. */
	folders(): readonly string[];
	/** Whether it watches folders, too, that are not there yet. */
	readonly watchesNewFolders: boolean;
	/** Whether nothing happened in the folder that the watcher does not know of. */
	knows(folder: StandbyFolder): boolean;
	/** Something happened. */
	news(kind: 'arrival' | 'change'): void;
	/** The connection is lost, or the server no longer reports news. */
	lost(): void;
}

/** The session while it belongs to one watcher. */
export interface Turn {
	reader: MailServer;
	writer: MailboxWriter;
}

/** A standing session as one of its watchers has it. */
export interface Membership {
	/** Has the session for itself, connected; others wait. Throws SyncError. */
	use<T>(work: (turn: Turn) => Promise<T>): Promise<T>;
	/**
	 * Asks the server for what it did not report of a folder by itself: `unknown` where the connection does not wait on that folder, or turned
	 * out to be lost. Never throws.
	 */
	ask(folder: string): Promise<'nothing' | 'something' | 'unknown'>;
	/** Whether the server reports at once what happens in this folder; without one: in any folder, also in one that is made later. */
	hears(folder?: string): boolean;
	/** The server said nothing about what was found by looking: it is not waited on for an hour. */
	distrust(): void;
	/** Ends the session when nobody else watches. Never throws, and takes a second at most. */
	leave(): Promise<void>;
}

/** A server that ends so many waits, one after the other, and each within so short a time, is looked at instead. */
const MOST_ENDED_WAITS = 3;
const SHORT_WAIT_MS = 60_000;

/** How long a server that said nothing, or does not let itself be waited on, is not waited on. */
const DISTRUST_MS = 60 * 60_000;

/** How long a polite end may take. */
const FAREWELL_MS = 1_000;

/** After a failed login or connection nobody tries again for so long; a refused one may lock the account. */
const HOLD_OFF_MS = 400;
const HOLD_OFF_REFUSED_MS = 50_000;

/** By the key of the login. */
const standing = new Map<string, StandingSession>();

/**
 * Joins the session of this login that all triggers of the process share: one connection, however many of them there are. Nothing is
 * connected before the first use.
 */
export function joinStandingSession(settings: ConnectionSettings, watcher: Watcher): Membership {
	const { key } = loginOf(settings);
	let session = standing.get(key);
	if (!session) standing.set(key, (session = new StandingSession(settings, () => standing.delete(key))));
	return session.join(watcher);
}

class StandingSession {
	private readonly watchers = new Set<Watcher>();
	private readonly ending = new AbortController();
	private session: ImapSession | undefined;
	private standby: Standby | undefined;
	/** Ends when everything that was asked for so far is done. */
	private queue: Promise<void> = Promise.resolve();
	private turnsWaiting = 0;
	private endedWaits = 0;
	private waitingSince = 0;
	/** Whether the server reports all folders while the connection waits on one. */
	private hearsAll = false;
	private distrustedUntil = 0;
	private failure: { error: SyncError; until: number } | undefined;

	constructor(
		private readonly settings: ConnectionSettings,
		private readonly onEnd: () => void,
	) {}

	join(watcher: Watcher): Membership {
		this.watchers.add(watcher);
		return {
			use: async (work) => await this.use(work),
			ask: async (folder) => await this.ask(folder),
			hears: (folder) => this.standby !== undefined && (this.hearsAll || this.standby.folder.path === folder),
			distrust: () => {
				this.distrustedUntil = Date.now() + DISTRUST_MS;
			},
			leave: async () => {
				this.watchers.delete(watcher);
				if (this.watchers.size === 0) await this.end();
			},
		};
	}

	private async use<T>(work: (turn: Turn) => Promise<T>): Promise<T> {
		return await this.inTurn(async () => await this.take(work));
	}

	private async ask(folder: string): Promise<'nothing' | 'something' | 'unknown'> {
		return await this.inTurn(async () => {
			// NOTIFY reports other folders too, but only the one that is open answers to a NOOP.
			if (this.standby?.folder.path !== folder) return 'unknown';
			try {
				return (await this.standby.ask()) ? 'nothing' : 'something';
			} catch {
				this.lose();
				return 'unknown';
			}
		});
	}

	private async inTurn<T>(work: () => Promise<T>): Promise<T> {
		this.turnsWaiting++;
		const turn = this.queue.then(work);
		this.queue = turn.then(
			() => this.afterTurn(),
			() => this.afterTurn(),
		);
		return await turn;
	}

	private async take<T>(work: (turn: Turn) => Promise<T>): Promise<T> {
		await this.endStandby();
		const session = await this.connected();
		try {
			return await work({ reader: new ReaderOfTurn(session.reader), writer: session.writer });
		} finally {
			if (!session.reader.usable) this.drop();
		}
	}

	private async connected(): Promise<ImapSession> {
		if (this.ending.signal.aborted) throw this.endedError();
		if (this.session) return this.session;
		if (this.failure && Date.now() < this.failure.until) throw this.failure.error;
		try {
			this.session = await connectSession(this.settings, this.ending.signal);
			hearArrivals(await this.session.reader.mainConnection(), this.allFolders.said);
			this.failure = undefined;
			this.endedWaits = 0;
		} catch (error) {
			if (error instanceof SyncError) {
				const holdOff = error.scope === 'account' ? HOLD_OFF_REFUSED_MS : HOLD_OFF_MS;
				this.failure = { error, until: Date.now() + holdOff };
			}
			throw error;
		}
		if (this.ending.signal.aborted) {
			this.drop();
			throw this.endedError();
		}
		return this.session;
	}

	private async afterTurn(): Promise<void> {
		this.turnsWaiting--;
		if (this.turnsWaiting === 0) await this.standBy();
	}

	/** Waits for news on the folder that most watchers would choose. */
	private async standBy(): Promise<void> {
		const { session } = this;
		const path = this.favourite();
		if (!session || path === undefined || this.standby || this.ending.signal.aborted) return;
		if (Date.now() < this.distrustedUntil) return;
		try {
			const connection = await session.reader.mainConnection();
			hearArrivals(connection, this.allFolders.said);
			if (!canStandBy(connection)) return;
			this.waitingSince = Date.now();
			this.hearsAll = this.needsAll && (await hearOfAllFolders(connection, this.allFolders));
			const standby = await Standby.begin(connection, path, this.listener);
			if (standby.isOver) return;
			this.standby = standby;
			for (const watcher of this.watchersOf(path)) if (!watcher.knows(standby.folder)) watcher.news('arrival');
		} catch (error) {
			// A folder that cannot be opened is found, and reported, by whoever looks at it next.
			if (error instanceof SyncError && error.scope === 'folder') return;
			this.lose();
		}
	}

	private readonly listener: StandbyListener = {
		news: (kind) => {
			this.endedWaits = 0;
			for (const watcher of this.watchersOf(this.standby?.folder.path)) watcher.news(kind);
		},
		ended: () => {
			this.standby = undefined;
			if (!this.session?.reader.usable) return this.lose();
			// Some servers end every wait after a time, and so does this side where nothing was said for long.
			this.endedWaits = Date.now() - this.waitingSince < SHORT_WAIT_MS ? this.endedWaits + 1 : 0;
			if (this.endedWaits < MOST_ENDED_WAITS) this.queue = this.queue.then(() => this.standBy());
			else {
				this.endedWaits = 0;
				this.distrustedUntil = Date.now() + DISTRUST_MS;
				for (const watcher of this.watchers) watcher.lost();
			}
		},
	};

	private readonly allFolders = {
		said: (name: string): void => {
			const known = this.watchersOf(name);
			// A name with other letters than those of ASCII stands on the wire in another form.
			const concerned = known.length > 0 ? known : [...this.watchers];
			for (const watcher of concerned) watcher.news('arrival');
		},
		overflowed: (): void => {
			this.hearsAll = false;
			for (const watcher of this.watchers) watcher.lost();
		},
	};

	private async endStandby(): Promise<void> {
		const { standby } = this;
		this.standby = undefined;
		try {
			await standby?.end();
		} catch {
			this.session?.reader.destroy();
		}
		// All learn of it: what a server did not report on a connection that was lost is no silence of its own.
		if (this.session && !this.session.reader.usable) this.lose();
	}

	private favourite(): string | undefined {
		const votes = new Map<string, number>();
		for (const watcher of this.watchers) {
			const [folder] = watcher.folders();
			if (folder !== undefined) votes.set(folder, (votes.get(folder) ?? 0) + 1);
		}
		return [...votes].sort(([, a], [, b]) => b - a)[0]?.[0];
	}

	/** Whether more is watched than the folder that the connection would wait on. */
	private get needsAll(): boolean {
		const watchers = [...this.watchers];
		return (
			watchers.some(({ watchesNewFolders }) => watchesNewFolders) || new Set(watchers.flatMap((one) => one.folders())).size > 1
		);
	}

	private watchersOf(path: string | undefined): Watcher[] {
		return [...this.watchers].filter((watcher) => path !== undefined && watcher.folders().includes(path));
	}

	private lose(): void {
		this.drop();
		for (const watcher of this.watchers) watcher.lost();
	}

	private drop(): void {
		this.session?.reader.destroy();
		this.session = undefined;
		this.standby = undefined;
	}

	private async end(): Promise<void> {
		this.onEnd();
		const isQuiet = this.turnsWaiting === 0;
		this.ending.abort();
		let timer: NodeJS.Timeout | undefined;
		const bound = new Promise<void>((resolve) => {
			timer = setTimeout(resolve, FAREWELL_MS);
		});
		// Whoever is in the middle of something is cut short: it comes again.
		if (isQuiet && this.session?.reader.usable) {
			await Promise.race([this.farewell(this.session), bound]);
		}
		clearTimeout(timer);
		this.drop();
	}

	private async farewell(session: ImapSession): Promise<void> {
		try {
			await this.standby?.end();
			await session.close();
		} catch {
			// It is torn down next.
		}
	}

	private endedError(): SyncError {
		return new SyncError('connectionLost', { reason: 'ended', host: serverName(this.settings) });
	}
}
