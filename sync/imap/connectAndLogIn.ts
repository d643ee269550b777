import type { ImapFlowOptions } from 'imapflow';
import { hasCode, stopError, SyncError } from '../errors/syncError';
import { allowanceFor } from './allowance';
import { ImapConnection, outOfTime } from './connection';
import type { ServerFaults } from './faults';
import { keepFirstBytes } from './internals';
import { imapClient } from './libraries';
import { loginOf } from './login';
import { LoginFlight } from './loginFlight';
import { serviceOf } from './mapErrors';
import { quirksOf } from './quirks';
import { checkRoute, type Route } from './route';
import {
	commandTimeoutMs,
	connectTimeoutMs,
	serverName,
	timeToConnect,
	wantsCompression,
	type ConnectionSettings,
} from './settings';
import { guardSecrets, onlyPinned, socketOptions } from './tls';

/** The longest line taken: a million UIDs in the answer to a search. */
const MAX_LINE = 8 * 1024 * 1024;

/** Parts of one response: the structure of a message of a thousand parts has some 30,000. */
const MAX_TOKENS = 200_000;

/** How long what follows the login may take when it goes out together, before it is tried one by one. */
const FLIGHT_MS = 10_000;

/** Servers that could not cope with several commands at once. Through a proxy, whoever chose it answers: see Login.way. */
const oneByOne = new Set<string>();

const MOST_ONE_BY_ONE = 1_000;

/** Settings with what was found out for one connection. */
interface Attempt {
	settings: ConnectionSettings;
	route: Route;
	/** Logs in with this; absent: with the password. */
	accessToken?: string;
}

/** How an attempt is made. */
interface Course {
	/** When it has to have succeeded, in milliseconds since 1970. */
	until: number;
	signal?: AbortSignal;
	/** Absent: one command after the other. */
	flight?: LoginFlight;
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
		qresync: usesQresync(settings),
		// No gain here, and two servers break with it: Strato (SEARCH without results), Exchange Online (MailKit issue 2016).
		disableIMAP4rev2: true,
		disableAutoIdle: true,
		disableCompression: !wantsCompression(settings),
		connectionTimeout: timeToConnect(settings),
		greetingTimeout: Math.min(timeToConnect(settings), 20_000),
		socketTimeout: settings.quietMs ?? 4 * commandTimeoutMs(settings),
		// These are set anew for each command.
		maxLiteralSize: allowanceFor('connect').bytes,
		maxResponseSize: allowanceFor('connect').bytes,
		maxLineLength: MAX_LINE,
		maxResponseTokens: MAX_TOKENS,
	};
}

const usesQresync = ({ host }: ConnectionSettings): boolean => !quirksOf(host).without.includes('qresync');

/** Whether another token may get in where this one did not. */
const mayMendByToken = (error: unknown): boolean =>
	hasCode(error, 'loginRefused') && error.data.reason === 'credentials' && error.data.hint !== 'mailboxNotConnected';

/** Connects and logs in; `signal` gives it up at once. Throws a SyncError of scope connection or account. */
export async function connectAndLogIn(
	settings: ConnectionSettings,
	faults: ServerFaults,
	signal?: AbortSignal,
): Promise<ImapConnection> {
	if (settings.cancelled?.aborted) throw stopError();
	if (settings.deadline !== undefined && Date.now() >= settings.deadline) throw outOfTime(settings);
	const route = await checkRoute(settings);
	const { oAuth2 } = settings;
	if (!oAuth2) return await logIn({ settings, route }, faults, signal);
	const accessToken = await oAuth2.accessToken();
	try {
		return await logIn({ settings, route, accessToken }, faults, signal);
	} catch (error) {
		if (!mayMendByToken(error)) throw error;
		// Revoked, or expired by the server's clock.
		const renewed = await oAuth2.accessToken(accessToken);
		if (renewed === accessToken) throw error;
		return await logIn({ settings, route, accessToken: renewed }, faults, signal);
	}
}

/** Logs in by flights, and one by one where the server cannot cope with that. */
async function logIn(attempt: Attempt, faults: ServerFaults, signal?: AbortSignal): Promise<ImapConnection> {
	const { settings } = attempt;
	const until = Math.min(Date.now() + connectTimeoutMs(settings) + 2 * commandTimeoutMs(settings), settings.deadline ?? Infinity);
	const server = settings.proxyUrl ? loginOf(settings).way : serverName(settings);
	if (oneByOne.has(server)) return await attemptLogin(attempt, faults, { until, signal });
	const flight = new LoginFlight({
		extensions: ['CONDSTORE', 'UTF8=ACCEPT', ...(usesQresync(settings) ? ['QRESYNC'] : [])],
		compress: wantsCompression(settings),
		patienceMs: Math.min(FLIGHT_MS, commandTimeoutMs(settings)),
	});
	try {
		return await attemptLogin(attempt, faults, { until, signal, flight });
	} catch (error) {
		if (!flight.brokeOff || signal?.aborted || Date.now() >= until) throw error;
		const connection = await attemptLogin(attempt, faults, { until, signal });
		if (oneByOne.size < MOST_ONE_BY_ONE) oneByOne.add(server);
		return connection;
	}
}

async function attemptLogin(attempt: Attempt, faults: ServerFaults, { until, signal, flight }: Course): Promise<ImapConnection> {
	const { settings } = attempt;
	const options = clientOptions(attempt);
	const client = new (imapClient())(options);
	guardSecrets(options.auth ?? {}, () => onlyPinned(client, settings));
	const firstBytes = keepFirstBytes(client, (first) => {
		// What is no IMAP server leaves a greeting to be waited for.
		if (serviceOf(first)) client.close();
	});
	const connection = new ImapConnection(client, settings, faults);
	flight?.lead(client);
	const bound = Math.max(0, until - Date.now());
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
	connection.begun();
	return connection;
}
