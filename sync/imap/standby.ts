import type { ExistsEvent, ExpungeEvent } from 'imapflow';
import { SyncError } from '../errors/syncError';
import type { ImapConnection } from './connection';
import { endIdle, onResponseCode, onUnaskedStatus, sendRaw, skipListBeforeOpen } from './internals';

/** A folder as its opening showed it, to see whether anything happened that nobody heard of. */
export interface StandbyFolder {
	path: string;
	uidValidity: string | undefined;
	uidNext: number | undefined;
	exists: number;
	highestModseq: string | undefined;
}

/** What a connection on standby says. */
export interface StandbyListener {
	/** Messages came (`arrival`), or something happened to those that are there. */
	news(kind: 'arrival' | 'change'): void;
	/** The waiting ended without anybody asking for it: the connection is lost, or the server does not wait. */
	ended(): void;
}

/** The connections whose server reports every folder, not only of the open one. */
const hearing = new WeakSet<ImapConnection>();

const atom = (value: string): { type: 'ATOM'; value: string } => ({ type: 'ATOM', value });
const whatever = ['MessageNew', 'MessageExpunge', 'FlagChange'].map(atom);

/**
 * Asks the server to report all folders of the account while the connection waits on one (NOTIFY, RFC 5465). Returns whether it does;
 * `said` gets the name of a folder as it stands on the wire, `overflowed` hears when the server has stopped.
 */
export async function hearOfAllFolders(
	connection: ImapConnection,
	{ said, overflowed }: { said(name: string): void; overflowed(): void },
): Promise<boolean> {
	const { client } = connection;
	if (hearing.has(connection)) return true;
	if (!client.capabilities.has('NOTIFY') || !onUnaskedStatus(client, said)) return false;
	onResponseCode(client, ['NOTIFICATIONOVERFLOW'], () => {
		hearing.delete(connection);
		overflowed();
	});
	try {
		// With the present status first: Dovecot 2.3 leaves out the first change of a folder whose status it has not reported.
		// Delayed: what is expunged must not change sequence numbers under a command that uses them (RFC 5465 section 6.2).
		const sets = [
			[atom('SELECTED-DELAYED'), whatever],
			[atom('PERSONAL'), whatever],
		];
		await connection.run({ doing: 'other' }, async (c) => await sendRaw(c, 'NOTIFY', [atom('SET'), atom('STATUS'), ...sets]));
		hearing.add(connection);
		return true;
	} catch (error) {
		if (error instanceof SyncError && error.scope === 'folder') return false;
		throw error;
	}
}

/** The connections whose arrivals somebody hears of. */
const heard = new WeakSet<ImapConnection>();

/**
 * Calls `said` with the folder in which messages arrive while it is open, also between two commands of a look: what comes after a
 * folder was read, and before another one is opened, is reported to nobody else.
 */
export function hearArrivals(connection: ImapConnection, said: (path: string) => void): void {
	if (heard.has(connection)) return;
	heard.add(connection);
	connection.client.on('exists', ({ path, count, prevCount }: ExistsEvent) => {
		if (count > prevCount) said(path);
	});
}

/** Whether the server can be waited on at all (RFC 2177). */
export const canStandBy = ({ client }: ImapConnection): boolean => client.capabilities.has('IDLE');

/**
 * A connection that waits for the server to say something about one folder (IDLE), from the moment it begins: imapflow's own IDLE
 * begins 15 seconds after the last command. No command may be sent on the connection before end() has resolved.
 */
export class Standby {
	private over = false;
	/** Whether the waiting is interrupted to ask. */
	private isAsking = false;
	/** How often the server said something. */
	private notices = 0;
	private idling: Promise<unknown> = Promise.resolve();

	private constructor(
		private readonly connection: ImapConnection,
		readonly folder: StandbyFolder,
		private readonly listener: StandbyListener,
	) {}

	/** Opens the folder read-only, where that is not so already, and waits. Throws SyncError. */
	static async begin(connection: ImapConnection, path: string, listener: StandbyListener): Promise<Standby> {
		const standby = new Standby(connection, await openFor(connection, path), listener);
		standby.listen();
		return standby;
	}

	/** Whether the waiting ended, perhaps before anybody could know of it. */
	get isOver(): boolean {
		return this.over;
	}

	/** Ends the waiting; the connection takes commands again. Throws commandTimedOut, and then the connection is gone. */
	async end(): Promise<void> {
		if (this.over) return;
		this.stopListening();
		if (!this.connection.usable) return;
		await this.connection.run({ doing: 'other', folder: this.folder.path }, async (client) => {
			await endIdle(client);
			await this.idling;
		});
	}

	/**
	 * Asks the server for what it kept to itself, and waits on. NOOP is meant for that, while the STATUS of an open folder need not be true (RFC
	 * 9051 sections 6.1.2 and 6.3.11), and costs a third of its bytes. Returns whether there was nothing. Throws commandTimedOut or
	 * connectionLost, and then the waiting is over.
	 */
	async ask(): Promise<boolean> {
		const { notices } = this;
		this.isAsking = true;
		try {
			await this.connection.run({ doing: 'other', folder: this.folder.path }, async (client) => {
				await endIdle(client);
				await this.idling;
				await client.noop();
			});
			if (!this.connection.usable) throw new SyncError('connectionLost', { reason: 'ended', host: this.connection.host });
		} catch (error) {
			this.stopListening();
			throw error;
		} finally {
			this.isAsking = false;
		}
		this.wait();
		return this.notices === notices;
	}

	private wait(): void {
		this.idling = this.connection.client.idle().then(this.onEnd, this.onEnd);
	}

	private listen(): void {
		const { client } = this.connection;
		client.on('exists', this.onExists);
		client.on('expunge', this.onChange);
		client.on('flags', this.onChange);
		client.on('close', this.onEnd);
		this.wait();
	}

	private stopListening(): void {
		const { client } = this.connection;
		this.over = true;
		client.off('exists', this.onExists);
		client.off('expunge', this.onChange);
		client.off('flags', this.onChange);
		client.off('close', this.onEnd);
	}

	private readonly onExists = ({ count, prevCount }: ExistsEvent): void => {
		this.notices++;
		this.listener.news(count > prevCount ? 'arrival' : 'change');
	};

	private readonly onChange = (event: ExpungeEvent | object): void => {
		if ('earlier' in event && event.earlier) return;
		this.notices++;
		this.listener.news('change');
	};

	private readonly onEnd = (): void => {
		if (this.over || this.isAsking) return;
		this.stopListening();
		this.listener.ended();
	};
}

/** The folder, opened by EXAMINE unless it is open so. */
async function openFor(connection: ImapConnection, path: string): Promise<StandbyFolder> {
	const { client } = connection;
	const isOpen = client.mailbox && client.mailbox.path === path && client.mailbox.readOnly === true;
	if (!isOpen) {
		skipListBeforeOpen(client, path);
		await connection.run({ doing: 'open', folder: path }, (c) => c.mailboxOpen(path, { readOnly: true }));
	}
	const { mailbox } = client;
	if (!mailbox) throw new SyncError('connectionLost', { reason: 'ended', host: connection.host });
	const { uidValidity, uidNext, exists, highestModseq, noModseq } = mailbox;
	return {
		path,
		uidValidity: uidValidity?.toString(),
		uidNext,
		exists,
		highestModseq: noModseq ? undefined : highestModseq?.toString(),
	};
}
