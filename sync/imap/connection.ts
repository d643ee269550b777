import type { ImapFlow } from 'imapflow';
import { errorOf, SyncError, stopError } from '../errors/syncError';
import { allowanceFor, Received, type Allowance } from './allowance';
import type { ServerPeer } from '../server/mailServer';
import type { ServerFaults } from './faults';
import type { ListedNames } from './mailboxName';
import {
	askListForLittle,
	neverWaitWhenThrottled,
	writeNames,
	onFolderClosed,
	onReceived,
	onResponseCode,
	onVanished,
	unselect,
	type ReceivingBounds,
	type Throttle,
} from './internals';
import type { Vanished } from './vanished';
import { responseCodeOf, type Operation } from './errorFacts';
import { busyCodes, toSyncError } from './mapErrors';
import { Silence } from './silence';
import { commandTimeoutMs, serverName, type ConnectionSettings } from './settings';
import { holdsProcess, peerOf } from './tls';

/** How long a command that is under way when its run is cancelled may take to be answered. */
const GRACE_MS = 1_000;

/** How long a polite LOGOUT may take before the socket is torn down. */
const LOGOUT_MS = 2_000;

/** How often the deadline of a command is set anew because something came: with the usual one, ten minutes. */
const MOST_EXTENSIONS = 20;

/** The same for a command of limited patience: a server that answers on and on, but slowly, must not use up the time of a run. */
const EXTENSIONS_OF_PATIENCE = 1;

/** What a command is about, for its error and its deadline. */
export interface Command {
	doing: Operation;
	folder?: string;
	/** Milliseconds that it may take longer than others: searching texts of a large folder, for instance. */
	extraMs?: number;
	/** Milliseconds of silence after which it is given up, where that is less than usual; it takes at most twice that in all. */
	patienceMs?: number;
	/** What its answer may hold; absent: what is usual for it. */
	allowance?: Allowance;
}

/** What a connection reports while a folder is open or being opened. */
export interface FolderListener {
	/** [CLOSED]: all that came before belongs to the folder that was open before. */
	closed(): void;
	/** VANISHED; false when imapflow should handle it. */
	takeVanished(vanished: Vanished): boolean;
}

/**
 * One logged-in connection. Every command has a deadline: imapflow has none, and a promise of a frozen server would never
 * settle. All that is thrown is a SyncError.
 */
export class ImapConnection {
	/** The last thing the socket or the parser complained about. */
	private connectionError: unknown;
	private readonly alerts: string[] = [];
	private readonly throttle: Throttle;
	private listener: FolderListener | undefined;
	private ended = false;
	/** Why this side ended the connection; it is what every command fails with from then on. */
	private endedBy: SyncError | undefined;
	private answer = new Received(allowanceFor('connect'));
	private readonly bounds: ReceivingBounds;
	private deadline: NodeJS.Timeout | undefined;
	/** The last code by which the server said that it is busy, and the code of the last command's answer, since the command was sent. */
	private busyCode: string | undefined;
	private answerCode: string | undefined;

	/** What stands before the account's own folders, e.g. "INBOX.", and between the parts of a path. */
	hierarchy = { prefix: '', delimiter: '/' };

	/** Commands that wait for an answer. */
	private waitingFor = 0;
	private readonly openedAt = Date.now();
	private inFolder = false;
	private whileResting: (() => void) | undefined;

	/** `client` has not connected yet: connectAndLogIn() does it. */
	constructor(
		readonly client: ImapFlow,
		private usedWith: ConnectionSettings,
		private caught: ServerFaults,
	) {
		// For good, also after close(): an 'error' without a listener would end n8n.
		client.on('error', (error: unknown) => {
			this.connectionError ??= error;
		});
		client.on('alert', (alert: { message: string }) => {
			if (this.alerts.length < 5) this.alerts.push(alert.message);
		});
		client.on('close', () => this.whileResting?.());
		writeNames(client, (name) => this.listedNames?.onWire(name));
		this.throttle = neverWaitWhenThrottled(client);
		this.bounds = onReceived(client, (bytes) => {
			const { allowed } = this.answer;
			if (!this.answer.take(bytes)) this.end(this.tooMuch(allowed));
		});
		this.bounds.limit(allowanceFor('connect').bytes);
		this.endInTime();
		onResponseCode(client, busyCodes, (code) => {
			this.busyCode = code;
		});
		client.on('response', ({ response, code }: { response: string; code?: string }) => {
			if (response.toUpperCase() !== 'OK') this.answerCode = code?.toUpperCase();
		});
	}

	/** After the login. Paths are used as LIST shows them: what stands before the account's own folders becomes ours to know. */
	begun(): void {
		const { client } = this;
		askListForLittle(client);
		// imapflow would list only below the personal prefix ("INBOX." on Courier), with a second command for INBOX itself, and put the
		// prefix before every path that does not have it.
		if (client.namespace) {
			const { prefix, delimiter } = client.namespace;
			this.hierarchy = { prefix: prefix ?? '', delimiter: delimiter ?? '/' };
			client.namespace = { ...client.namespace, prefix: '' };
		}
		onFolderClosed(client, () => this.listener?.closed());
		onVanished(client, (vanished) => this.listener?.takeVanished(vanished) ?? false);
	}

	/** Of the run that uses it. */
	get settings(): ConnectionSettings {
		return this.usedWith;
	}

	/** Shared by the connections of one run. */
	get faults(): ServerFaults {
		return this.caught;
	}

	/** Names that the server writes in its own way; undefined where all are UTF-8 (RFC 6855). */
	get listedNames(): ListedNames | undefined {
		return this.client.enabled.has('UTF8=ACCEPT') ? undefined : this.caught.listedNames;
	}

	/** Whether an answer is still to come: somebody who closes it now breaks off. */
	get busy(): boolean {
		return this.waitingFor > 0;
	}

	/** Milliseconds since the login. */
	get age(): number {
		return Date.now() - this.openedAt;
	}

	/** Another run of the same login goes on with it. */
	useFor(settings: ConnectionSettings, faults: ServerFaults): void {
		this.usedWith = settings;
		this.caught = faults;
		this.endInTime();
	}

	/** The server has a folder open that imapflow does not know of, and that cannot be left. */
	staysInFolder(): void {
		this.inFolder = true;
	}

	/** Leaves the open folder without a trace. False where that cannot be done. Never throws. */
	async leaveFolder(): Promise<boolean> {
		this.listener = undefined;
		if (this.inFolder) return false;
		return await this.run({ doing: 'other' }, unselect).catch(() => false);
	}

	/** Nobody uses it until wake(); `gone` is called when the server ends it meanwhile. */
	rest(gone: () => void): void {
		// The deadline was that of the run.
		this.forgetEnd();
		this.whileResting = gone;
		holdsProcess(this.client, false);
	}

	/** Whether it still answers, by one round trip. Never throws. */
	async wake(): Promise<boolean> {
		this.whileResting = undefined;
		holdsProcess(this.client, true);
		return await this.run({ doing: 'other' }, async (client) => await client.noop()).then(
			() => this.usable,
			() => false,
		);
	}

	/** What the server showed of itself. */
	get peer(): ServerPeer {
		return peerOf(this.client);
	}

	get host(): string {
		return serverName(this.settings);
	}

	/** Whether commands can still be sent. */
	get usable(): boolean {
		return !this.ended && this.client.usable;
	}

	/** Bytes received so far: what shows that the server is still working. */
	get received(): number {
		return this.client.stats().received;
	}

	/** Who hears of VANISHED and [CLOSED] from now on. */
	listen(listener: FolderListener | undefined): void {
		this.listener = listener;
	}

	/** Runs one command. Throws SyncError; commandTimedOut when the server was silent for too long, and then the connection is gone. */
	async run<T>(command: Command, send: (client: ImapFlow) => Promise<T>): Promise<T> {
		this.begin(command);
		const silence = this.silenceOf(command);
		try {
			if (!this.usable) throw this.gone();
			return await this.wait(silence, send(this.client));
		} catch (error) {
			throw this.explain(error, command);
		} finally {
			silence.stop();
		}
	}

	/** The next row of a FETCH that runs, with what beginRows() gave; the clock runs only while this waits for the server. */
	async next<T>(rows: AsyncIterator<T>, command: Command, silence: Silence): Promise<IteratorResult<T>> {
		try {
			return await this.wait(silence, rows.next());
		} catch (error) {
			// Some of the messages are gone (RFC 5530 section 3): their rows are missing, which is all there is to it.
			if (responseCodeOf(error) === 'EXPUNGEISSUED') return { done: true, value: undefined };
			throw this.explain(error, command);
		}
	}

	/** To be called before a FETCH whose rows are taken with next(). What it gives is to be stopped after the last one. */
	beginRows(command: Command): Silence {
		this.begin(command);
		if (!this.usable) throw this.explain(this.gone(), command);
		return this.silenceOf(command);
	}

	explain(error: unknown, command: Command, firstBytes?: string): SyncError {
		if (this.endedBy !== undefined) return errorOf(this.endedBy.code, { ...this.endedBy.data, folder: command.folder });
		return toSyncError(error, {
			settings: this.settings,
			doing: command.doing,
			folder: command.folder,
			connectionError: this.connectionError,
			alerts: this.alerts,
			throttleHintMs: this.throttle.hintMs(),
			byeCode: this.busyCode,
			firstBytes,
		});
	}

	/** Why the last command was refused, where imapflow says only that it was. */
	explainRefusal(command: Command): SyncError {
		const refusal = { responseStatus: 'NO', serverResponseCode: this.answerCode ?? '' };
		return this.explain(Object.assign(new Error('Command failed'), refusal), command);
	}

	/** Logs out, within two seconds, then tears the connection down. Never throws. */
	async close(): Promise<void> {
		if (this.usable) {
			let timer: NodeJS.Timeout | undefined;
			const bound = new Promise<void>((resolve) => {
				timer = setTimeout(resolve, Math.min(LOGOUT_MS, this.timeLeft));
			});
			this.ended = true;
			await Promise.race([this.client.logout().catch(() => undefined), bound]);
			clearTimeout(timer);
		}
		this.destroy();
	}

	/** Tears the connection down at once. Whatever still waits on it rejects. Never throws. */
	destroy(): void {
		this.ended = true;
		this.forgetEnd();
		this.listener = undefined;
		try {
			this.client.close();
		} catch {
			// close() is documented not to throw; a connection that is given up must not fail a run in any case.
		}
	}

	/** How long the server may be silent until the connection is given up. */
	private silenceOf(command: Command): Silence {
		const bound = Math.min(commandTimeoutMs(this.settings) + (command.extraMs ?? 0), command.patienceMs ?? Infinity);
		const mostExtensions = command.patienceMs === undefined ? MOST_EXTENSIONS : EXTENSIONS_OF_PATIENCE;
		const received = (): number | undefined => (this.ended ? undefined : this.received);
		return new Silence(bound, mostExtensions, received, (waited) => {
			const seconds = Math.round(waited / 1000);
			this.destroy();
			return new SyncError('commandTimedOut', { host: this.host, folder: command.folder, seconds });
		});
	}

	private async wait<T>(silence: Silence, promise: Promise<T>): Promise<T> {
		this.waitingFor++;
		try {
			return await silence.wait(promise);
		} finally {
			this.waitingFor--;
		}
	}

	/** From now on the connection ends at its deadline, and when the run is cancelled, whatever goes on. */
	private endInTime(): void {
		const { cancelled, deadline } = this.settings;
		cancelled?.addEventListener('abort', this.onCancelled);
		if (deadline !== undefined) this.deadline = setTimeout(() => this.end(outOfTime(this.settings)), this.timeLeft);
	}

	private forgetEnd(): void {
		clearTimeout(this.deadline);
		this.settings.cancelled?.removeEventListener('abort', this.onCancelled);
	}

	/** What is under way may still be answered, so that the caller learns what was done; it begins nothing more. */
	private readonly onCancelled = (): void => {
		clearTimeout(this.deadline);
		this.deadline = setTimeout(() => this.end(stopError()), GRACE_MS);
	};

	private get timeLeft(): number {
		return Math.max(0, (this.settings.deadline ?? Infinity) - Date.now());
	}

	private end(reason: SyncError): void {
		this.endedBy ??= reason;
		this.destroy();
	}

	private tooMuch({ bytes }: Allowance): SyncError {
		return new SyncError('protocolBroken', { reason: 'tooMuch', host: this.host, megabytes: Math.round(bytes / 2 ** 20) });
	}

	private begin({ doing, allowance = allowanceFor(doing) }: Command): void {
		this.answer = new Received(allowance);
		this.bounds.limit(allowance.literal ?? allowance.bytes);
		this.throttle.reset();
		// What is left over from a command before says nothing about this one; of the end of a connection it stays the reason.
		if (!this.usable) return;
		this.busyCode = undefined;
		this.answerCode = undefined;
	}

	private gone(): Error {
		return Object.assign(new Error('Connection not available'), { code: 'NoConnection' });
	}
}

/** The run's time is over: whatever the server is still saying comes too late. */
export function outOfTime(settings: ConnectionSettings): SyncError {
	return new SyncError('commandTimedOut', { reason: 'runOver', host: serverName(settings) });
}
