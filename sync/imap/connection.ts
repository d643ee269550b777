import type { ImapFlow, ImapFlowOptions } from 'imapflow';
import { hasCode, SyncError } from '../errors/syncError';
import type { ServerPeer } from '../server/mailServer';
import type { ServerFaults } from './faults';
import {
	askListForLittle,
	keepFirstBytes,
	neverWaitWhenThrottled,
	onFolderClosed,
	onResponseCode,
	onVanished,
	type Throttle,
	type Vanished,
} from './internals';
import { responseCodeOf, type Operation } from './errorFacts';
import { imapClient } from './libraries';
import { busyCodes, serviceOf, toSyncError } from './mapErrors';
import { quirksOf } from './quirks';
import { checkRoute, type Route } from './route';
import { commandTimeoutMs, connectTimeoutMs, serverName, wantsCompression, type ConnectionSettings } from './settings';
import { guardSecrets, onlyPinned, peerOf, socketOptions } from './tls';

/** How long a polite LOGOUT may take before the socket is torn down. */
const LOGOUT_MS = 2_000;

/** The largest message literal taken; what is above ends the connection. Gmail stores 50 MB, Exchange 150 MB. */
const MAX_LITERAL = 256 * 1024 * 1024;

/** What a command is about, for its error and its deadline. */
export interface Command {
	doing: Operation;
	folder?: string;
	/** Milliseconds that it may take longer than others: searching texts of a large folder, for instance. */
	extraMs?: number;
}

/** What a connection reports while a folder is open or being opened. */
export interface FolderListener {
	/** [CLOSED]: all that came before belongs to the folder that was open before. */
	closed(): void;
	/** VANISHED; false when imapflow should handle it. */
	takeVanished(vanished: Vanished): boolean;
}

/** Settings with what was found out for one connection. */
interface Attempt {
	settings: ConnectionSettings;
	route: Route;
	/** Logs in with this; absent: with the password. */
	accessToken?: string;
}

/** The options of imapflow for one connection. */
function clientOptions({ settings, route, accessToken }: Attempt): ImapFlowOptions {
	return {
		host: settings.host,
		port: settings.port,
		secure: settings.security === 'tls',
		// Not left open: imapflow would go on in plain text where a man in the middle has removed STARTTLS.
		doSTARTTLS: settings.security === 'tls' ? undefined : settings.security === 'starttls',
		servername: settings.servername || undefined,
		auth: { user: settings.user, ...(accessToken === undefined ? { pass: settings.password } : { accessToken }) },
		// Without these imapflow would give its own version and its own vendor under our name.
		clientInfo: { name: 'n8n-nodes-imap-sync', version: false, vendor: false, 'support-url': false },
		proxy: route.proxyUrl || undefined,
		tls: socketOptions(settings),
		logger: false,
		emitLogs: false,
		qresync: !quirksOf(settings.host).without.includes('qresync'),
		// No gain here, and two servers break with it: Strato (SEARCH without results), Exchange Online (MailKit issue 2016).
		disableIMAP4rev2: true,
		disableAutoIdle: true,
		disableCompression: !wantsCompression(settings),
		connectionTimeout: connectTimeoutMs(settings),
		greetingTimeout: Math.min(connectTimeoutMs(settings), 20_000),
		socketTimeout: settings.quietMs ?? 4 * commandTimeoutMs(settings),
		maxLiteralSize: MAX_LITERAL,
		maxLineLength: 64 * 1024 * 1024,
		maxResponseSize: MAX_LITERAL + 64 * 1024 * 1024,
	};
}

/** Whether another token may get in where this one did not. */
const mayMendByToken = (error: unknown): boolean =>
	hasCode(error, 'loginRefused') && error.data.reason === 'credentials' && error.data.hint !== 'mailboxNotConnected';

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
	/** The last code by which the server said that it is busy, and the code of the last command's answer, since the command was sent. */
	private busyCode: string | undefined;
	private answerCode: string | undefined;

	/** What stands before the account's own folders, e.g. "INBOX.", and between the parts of a path. */
	hierarchy = { prefix: '', delimiter: '/' };

	private constructor(
		readonly client: ImapFlow,
		readonly settings: ConnectionSettings,
		/** Shared by the connections of one run. */
		readonly faults: ServerFaults,
	) {
		// For good, also after close(): an 'error' without a listener would end n8n.
		client.on('error', (error: unknown) => {
			this.connectionError ??= error;
		});
		client.on('alert', (alert: { message: string }) => {
			if (this.alerts.length < 5) this.alerts.push(alert.message);
		});
		this.throttle = neverWaitWhenThrottled(client);
		onResponseCode(client, busyCodes, (code) => {
			this.busyCode = code;
		});
		client.on('response', ({ response, code }: { response: string; code?: string }) => {
			if (response.toUpperCase() !== 'OK') this.answerCode = code?.toUpperCase();
		});
	}

	/** Connects and logs in; `signal` gives it up at once. Throws a SyncError of scope connection or account. */
	static async open(settings: ConnectionSettings, faults: ServerFaults, signal?: AbortSignal): Promise<ImapConnection> {
		const route = await checkRoute(settings);
		const { oAuth2 } = settings;
		if (!oAuth2) return await ImapConnection.attempt({ settings, route }, faults, signal);
		const accessToken = await oAuth2.accessToken();
		try {
			return await ImapConnection.attempt({ settings, route, accessToken }, faults, signal);
		} catch (error) {
			if (!mayMendByToken(error)) throw error;
			// Revoked, or expired by the server's clock.
			const renewed = await oAuth2.accessToken(accessToken);
			if (renewed === accessToken) throw error;
			return await ImapConnection.attempt({ settings, route, accessToken: renewed }, faults, signal);
		}
	}

	private static async attempt(attempt: Attempt, faults: ServerFaults, signal?: AbortSignal): Promise<ImapConnection> {
		const { settings } = attempt;
		const options = clientOptions(attempt);
		const client = new (imapClient())(options);
		guardSecrets(options.auth ?? {}, () => onlyPinned(client, settings));
		const firstBytes = keepFirstBytes(client, (first) => {
			// What is no IMAP server leaves a greeting to be waited for.
			if (serviceOf(first)) client.close();
		});
		const connection = new ImapConnection(client, settings, faults);
		const bound = connectTimeoutMs(settings) + 2 * commandTimeoutMs(settings);
		let timer: NodeJS.Timeout | undefined;
		let giveUp: (() => void) | undefined;
		const expired = new Promise<never>((_resolve, reject) => {
			timer = setTimeout(() => {
				reject(
					new SyncError('connectionTimedOut', {
						reason: 'loginUnfinished',
						host: serverName(settings),
						seconds: Math.round(bound / 1000),
					}),
				);
			}, bound);
			giveUp = () => {
				reject(new SyncError('connectionLost', { reason: 'ended', host: serverName(settings) }));
			};
			if (signal?.aborted) giveUp();
			signal?.addEventListener('abort', giveUp);
		});
		try {
			await Promise.race([client.connect(), expired]);
			// A greeting that spares the login (PREAUTH) asks for no secret.
			onlyPinned(client, settings);
		} catch (error) {
			const mapped = connection.explain(error, { doing: 'connect' }, firstBytes());
			connection.destroy();
			throw mapped;
		} finally {
			clearTimeout(timer);
			if (giveUp) signal?.removeEventListener('abort', giveUp);
		}
		askListForLittle(client);
		// Paths are used as LIST shows them. imapflow would list only below the personal prefix ("INBOX." on Courier), with a second
		// command for INBOX itself, and put the prefix before every path that does not have it.
		if (client.namespace) {
			const { prefix, delimiter } = client.namespace;
			connection.hierarchy = { prefix: prefix ?? '', delimiter: delimiter ?? '/' };
			client.namespace = { ...client.namespace, prefix: '' };
		}
		onFolderClosed(client, () => connection.listener?.closed());
		onVanished(client, (vanished) => connection.listener?.takeVanished(vanished) ?? false);
		return connection;
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
		this.begin();
		try {
			if (!this.usable) throw this.gone();
			return await this.withDeadline(send(this.client), command);
		} catch (error) {
			throw this.explain(error, command);
		}
	}

	/** The next row of a FETCH that runs; the clock runs only while this waits for the server. */
	async next<T>(rows: AsyncIterator<T>, command: Command): Promise<IteratorResult<T>> {
		try {
			return await this.withDeadline(rows.next(), command);
		} catch (error) {
			// Some of the messages are gone (RFC 5530 section 3): their rows are missing, which is all there is to it.
			if (responseCodeOf(error) === 'EXPUNGEISSUED') return { done: true, value: undefined };
			throw this.explain(error, command);
		}
	}

	/** To be called before a FETCH whose rows are taken with next(). */
	beginRows(command: Command): void {
		this.begin();
		if (!this.usable) throw this.explain(this.gone(), command);
	}

	explain(error: unknown, command: Command, firstBytes?: string): SyncError {
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
				timer = setTimeout(resolve, LOGOUT_MS);
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
		this.listener = undefined;
		try {
			this.client.close();
		} catch {
			// close() is documented not to throw; a connection that is given up must not fail a run in any case.
		}
	}

	/**
	 * Waits as long as the server keeps sending: each time the deadline comes, it is set anew if bytes arrived since. A large
	 * message on a slow line passes, and so does Dovecot's "OK still searching".
	 */
	private async withDeadline<T>(promise: Promise<T>, command: Command): Promise<T> {
		const bound = commandTimeoutMs(this.settings) + (command.extraMs ?? 0);
		let timer: NodeJS.Timeout | undefined;
		const expired = new Promise<never>((_resolve, reject) => {
			let before = this.received;
			const check = (): void => {
				const now = this.received;
				if (now > before && !this.ended) {
					before = now;
					timer = setTimeout(check, bound);
					return;
				}
				const seconds = Math.round(bound / 1000);
				reject(new SyncError('commandTimedOut', { host: this.host, folder: command.folder, seconds }));
				this.destroy();
			};
			timer = setTimeout(check, bound);
		});
		// The loser of the race rejects later, when nobody listens any more.
		promise.catch(() => undefined);
		expired.catch(() => undefined);
		try {
			return await Promise.race([promise, expired]);
		} finally {
			clearTimeout(timer);
		}
	}

	private begin(): void {
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
