import { certificateProblems, type CertificateProblem, type LoginHint } from '../errors/errorData';
import { SyncError, type ErrorOptions } from '../errors/syncError';
import { quotable } from './redact';
import { codeInWords } from './refusalWords';
import type { ConnectionSettings } from './settings';
import { serverName } from './settings';

/** What was being done when something failed. */
export type Operation = 'connect' | 'list' | 'open' | 'search' | 'fetch' | 'other';

/** Where and during what an error happened. */
export interface ErrorContext {
	settings: ConnectionSettings;
	doing: Operation;
	folder?: string;
	/** What went wrong on the connection before, when a command only tells that it is gone. */
	connectionError?: unknown;
	/** Texts the server marked as [ALERT]: to be shown to a person (RFC 3501 section 7.1). */
	alerts?: readonly string[];
	/** How long the server asked to wait, in milliseconds. */
	throttleHintMs?: number;
	/** The response code of the BYE that ended the connection: imapflow keeps only its words. */
	byeCode?: string;
}

/** What imapflow and Node put on their errors, as far as it is read here. */
interface Facts {
	code: string;
	message: string;
	/** NO, BAD or BYE */
	status: string;
	/** e.g. NOPERM (RFC 5530) */
	responseCode: string;
	/** the words of the server's answer */
	text: string;
	authenticationFailed: boolean;
	tlsFailed: boolean;
	folderMissing: boolean;
	throttleMs?: number;
}

const lostCodes = new Set([
	'NoConnection',
	'EConnectionClosed',
	'StateLogout',
	'ClosedAfterConnectText',
	'ClosedAfterConnectTLS',
]);

/** RFC 5530 and what Gmail and Yahoo add: the server may do it later. */
export const busyCodes: ReadonlySet<string> = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'THROTTLED', 'OVERQUOTA']);

const busyWords =
	/too many (\w+ )?(connections|logins|sessions|requests|commands)|(maximum|exceeded the) number of (\w+ )?connections|connections? (limit|exceeded)|request is throttled|\bthrottl|rate limit|(command|bandwidth) limit|temporar(y|ily)|try again later|server (is )?(too )?busy/i;

/** Makes a SyncError of anything that imapflow, Node or this package throws. SyncErrors pass as they are. */
export function toSyncError(error: unknown, context: ErrorContext): SyncError {
	if (error instanceof SyncError) return error;
	const { settings, folder } = context;
	const secrets = secretsOf(settings);
	const facts = readFacts(error, context);
	const seen: Failure = {
		facts,
		context,
		place: { host: serverName(settings), folder },
		answer: quotable(facts.text, secrets) || undefined,
		secrets,
		options: { cause: safeCause(error, facts, secrets) },
	};
	return (
		busyError(seen) ??
		networkError(seen) ??
		tlsError(seen) ??
		loginError(seen) ??
		folderError(seen) ??
		lostError(seen) ??
		refusedCommand(seen) ??
		new SyncError(
			'protocolBroken',
			{ reason: 'conversation', ...seen.place, detail: quotable(facts.message, secrets) || 'unknown error' },
			seen.options,
		)
	);
}

/** What was thrown, as far as it is understood. */
interface Failure {
	facts: Facts;
	context: ErrorContext;
	place: { host: string; folder?: string };
	/** The words of the server, quotable; undefined where it gave none. */
	answer?: string;
	secrets: string[];
	options: ErrorOptions;
}

function busyError({ facts, context, place, answer, options }: Failure): SyncError | undefined {
	if (!busy(facts, context)) return undefined;
	const retryAfterMs = facts.throttleMs ?? context.throttleHintMs;
	return new SyncError('serverBusy', { reason: 'slowDown', ...place, answer, retryAfterMs }, options);
}

function busy(facts: Facts, context: ErrorContext): boolean {
	if (facts.code === 'ETHROTTLE' || context.throttleHintMs !== undefined) return true;
	// Yahoo answers NO [UNAVAILABLE] to a FETCH for one message it cannot read (imapsync issue 119): that is for the caller to
	// narrow down, waiting does not mend it.
	if (context.doing === 'fetch' && facts.responseCode === 'UNAVAILABLE' && facts.status === 'NO') return false;
	if (busyCodes.has(facts.responseCode)) return true;
	if (facts.responseCode === 'AUTHENTICATIONFAILED') return false;
	const fromServer = facts.status !== '' || lostCodes.has(facts.code);
	return fromServer && (facts.status !== 'BAD' || /throttl/i.test(facts.text)) && busyWords.test(facts.text);
}

function networkError({ facts, context: { settings }, place, options }: Failure): SyncError | undefined {
	const viaProxy = Boolean(settings.proxyUrl);
	switch (facts.code) {
		case 'ENOTFOUND':
			return new SyncError('hostNotFound', { reason: 'unknown', ...place, name: settings.host }, options);
		case 'EAI_AGAIN':
			return new SyncError('hostNotFound', { reason: 'noDns', ...place, name: settings.host }, options);
		case 'ECONNREFUSED':
			return new SyncError('connectionRefused', { reason: 'refused', ...place, viaProxy }, options);
		case 'EHOSTUNREACH':
		case 'ENETUNREACH':
		case 'EADDRNOTAVAIL':
			return new SyncError('connectionRefused', { reason: 'unreachable', ...place, viaProxy }, options);
		case 'ProxyError':
		case 'EPROXY':
		case 'UnsupportedProxyAddress':
			return new SyncError('connectionRefused', { reason: 'proxy', ...place, viaProxy }, options);
		case 'ETIMEDOUT':
		case 'CONNECT_TIMEOUT':
			return new SyncError('connectionTimedOut', { reason: 'noAnswer', ...place, viaProxy }, options);
		case 'GREETING_TIMEOUT':
			// A server that waits for TLS says nothing to a client that waits for a greeting.
			return settings.security === 'tls'
				? new SyncError('connectionTimedOut', { reason: 'noGreeting', ...place }, options)
				: new SyncError('tlsFailed', { reason: 'tlsExpected', ...place }, options);
		default:
			return undefined;
	}
}

const isCertificateProblem = (code: string): code is CertificateProblem =>
	(certificateProblems as readonly string[]).includes(code);

function tlsError({ facts, context: { settings, doing }, place, options }: Failure): SyncError | undefined {
	if (isCertificateProblem(facts.code)) return new SyncError('tlsNotTrusted', { problem: facts.code, ...place }, options);
	if (/STARTTLS is not possible|does not support STARTTLS|can not start TLS/i.test(facts.message))
		return new SyncError('startTlsNotOffered', place, options);
	if (facts.code === 'STARTTLS_INJECTION') return new SyncError('tlsFailed', { reason: 'injectedData', ...place }, options);
	const { security } = settings;
	const whileConnecting = doing === 'connect' && security === 'tls' && facts.text === '';
	const handshakeCut =
		whileConnecting &&
		(facts.code === 'ECONNRESET' || facts.code === 'ClosedAfterConnectTLS') &&
		!/ECONNRESET$/.test(facts.message);
	if (
		facts.tlsFailed ||
		facts.code === 'UPGRADE_TIMEOUT' ||
		facts.code === 'EPROTO' ||
		/^ERR_(SSL|TLS)_|^ERR_OSSL_/.test(facts.code) ||
		handshakeCut
	) {
		const noTls = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LAYER|UNKNOWN_PROTOCOL|HTTP_REQUEST/.test(facts.code);
		return new SyncError('tlsFailed', { reason: noTls ? 'noTls' : 'failed', ...place, security, tlsCode: facts.code }, options);
	}
	return undefined;
}

function loginError({ facts, context, place, answer, secrets, options }: Failure): SyncError | undefined {
	const { settings } = context;
	const alerts = (context.alerts ?? [])
		.map((alert) => quotable(alert, secrets))
		.filter((alert) => alert !== '' && !answer?.includes(alert));
	if (facts.message === 'Login is disabled' || facts.responseCode === 'PRIVACYREQUIRED') {
		const reason = settings.security === 'none' ? 'encryptionRequired' : 'passwordLoginOff';
		return new SyncError('loginRefused', { reason, ...place, answer, alerts }, options);
	}
	if (facts.message === 'Unsupported authentication mechanism' || facts.message === 'No matching authentication method')
		return new SyncError('loginRefused', { reason: 'noPasswordMechanism', ...place, answer, alerts }, options);
	if (!facts.authenticationFailed) return undefined;
	const hint = loginHint(settings.host, `${facts.text} ${alerts.join(' ')}`);
	return new SyncError('loginRefused', { reason: 'credentials', ...place, user: settings.user, hint, answer, alerts }, options);
}

/** What a refused login wants: the large providers refuse right passwords too, each for its own reason. */
function loginHint(host: string, text: string): LoginHint {
	if (/application-specific password|app password|application password/i.test(text)) return 'appPassword';
	if (/web ?login required|log in via your web browser/i.test(text)) return 'webLogin';
	if (/gmail|google/i.test(host) || /\bgmail\b/i.test(text)) return 'gmail';
	if (/office365|outlook|hotmail|live\.com|microsoft/i.test(host) || /BasicAuth|basic authentication/i.test(text))
		return 'microsoft';
	if (/yahoo|aol|icloud|me\.com|fastmail|zoho/i.test(host)) return 'providerAppPassword';
	if (/gmx|web\.de|ionos|1und1/i.test(host)) return 'imapSwitchedOff';
	return /expired/i.test(text) ? 'passwordExpired' : 'none';
}

function folderError({ facts, context: { folder, doing }, place, answer, options }: Failure): SyncError | undefined {
	if (folder === undefined || (facts.status !== 'NO' && facts.status !== 'BAD' && facts.code !== 'NotFound')) return undefined;
	if (facts.responseCode === 'NOPERM' || (facts.responseCode === '' && codeInWords(facts.text) === 'NOPERM'))
		return new SyncError('folderForbidden', { reason: 'read', ...place, folder, answer }, options);
	if (doing === 'open' && (facts.folderMissing || facts.code === 'NotFound' || facts.responseCode === 'NONEXISTENT'))
		return new SyncError('folderNotFound', { reason: 'gone', ...place, folder }, options);
	return undefined;
}

function lostError({ facts, context: { doing }, place, answer, options }: Failure): SyncError | undefined {
	const socketGone = ['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_DESTROYED', 'ETIMEOUT'].includes(facts.code);
	if (!lostCodes.has(facts.code) && !socketGone && facts.status !== 'BYE' && facts.code !== 'NoMailboxSelected') return undefined;
	return new SyncError('connectionLost', { reason: 'closed', ...place, connecting: doing === 'connect', answer }, options);
}

function refusedCommand({ facts, context: { doing }, place, answer, options }: Failure): SyncError | undefined {
	if (doing === 'search' && facts.code === 'MissingServerExtension')
		return new SyncError('searchFailed', { reason: 'gmailOnly', ...place }, options);
	if (doing === 'search' && /^(InvalidSearchQuery|InvalidStringValue|InvalidTokenValue)$/.test(facts.code))
		return new SyncError('searchFailed', { reason: 'notSendable', ...place, detail: facts.message }, options);
	if (facts.status !== 'NO' && facts.status !== 'BAD') return undefined;
	if (doing === 'search') return new SyncError('searchFailed', { reason: 'refused', ...place, answer }, options);
	if (doing === 'connect') return new SyncError('protocolBroken', { reason: 'loginStep', ...place, answer }, options);
	return new SyncError('commandRefused', { reason: 'refused', ...place, answer }, options);
}

function readFacts(thrown: unknown, context: ErrorContext): Facts {
	const own = readOne(thrown);
	// A command on a connection that broke only tells that it is gone; the reason came before, with the event 'error'.
	if (lostCodes.has(own.code) && own.text === '' && context.byeCode === undefined && context.connectionError !== undefined) {
		return readOne(context.connectionError);
	}
	const ended = lostCodes.has(own.code) || own.status === 'BYE';
	return ended && own.responseCode === '' ? { ...own, responseCode: context.byeCode ?? '' } : own;
}

function readOne(thrown: unknown): Facts {
	const error = record(thrown);
	// Node tries all addresses of a name and reports them together (autoSelectFamily); imapflow wraps what a proxy said.
	const members = Array.isArray(error.errors) ? error.errors.map(record) : [];
	const inner = record(error._err ?? error.cause);
	const code = string(error.code) || string(members[0]?.code) || string(inner.code);
	return {
		code: code === 'ProxyError' && string(inner.code) !== '' ? string(inner.code) : code,
		message: string(error.message),
		status: string(error.responseStatus).toUpperCase(),
		responseCode: responseCodeOf(error),
		// `reason` is the text of the BYE that ended the connection
		text:
			string(error.responseText) ||
			reasonOf(error.reason) ||
			(typeof error.response === 'string' ? withoutTag(error.response) : ''),
		authenticationFailed: error.authenticationFailed === true,
		tlsFailed: error.tlsFailed === true,
		folderMissing: error.mailboxMissing === true,
		throttleMs: typeof error.throttleReset === 'number' ? error.throttleReset : undefined,
	};
}

const record = (value: unknown): Record<string, unknown> =>
	typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const string = (value: unknown): string => (typeof value === 'string' ? value : '');

/** imapflow puts this text where the server gave none. */
const reasonOf = (reason: unknown): string => (reason === 'Server closed connection' ? '' : string(reason));

/** "A1 NO [CODE] words" -> "[CODE] words" */
const withoutTag = (line: string): string => line.replace(/^\S+ (OK|NO|BAD|BYE) /i, '');

/** The response code of a refused command, such as NOPERM (RFC 5530); empty without one. FETCH leaves it unread in the answer. */
export function responseCodeOf(thrown: unknown): string {
	const error = record(thrown);
	const response = record(error.response);
	const attributes = Array.isArray(response.attributes) ? response.attributes : [];
	const section = record(attributes[0]).section;
	const unread = Array.isArray(section) ? string(record(section[0]).value) : '';
	return (string(error.serverResponseCode) || unread).toUpperCase();
}

/** The response code of a refused command, or what its words say instead: some servers give no code, and Courier gives ALERT for any reason. */
export function refusalCodeOf(thrown: unknown): string {
	const code = responseCodeOf(thrown);
	return code === '' || code === 'ALERT' ? codeInWords(readOne(thrown).text) || code : code;
}

/** The words of the server's refusal without secrets; undefined where it gave none. */
export const answerOf = (thrown: unknown, settings: ConnectionSettings): string | undefined =>
	quotable(readOne(thrown).text, secretsOf(settings)) || undefined;

const secretsOf = ({ password, proxyUrl }: ConnectionSettings): string[] => [
	password,
	...(proxyUrl ? proxySecrets(proxyUrl) : []),
];

function proxySecrets(proxyUrl: string): string[] {
	if (!URL.canParse(proxyUrl)) return [];
	const { password } = new URL(proxyUrl);
	return password === '' ? [] : [password, decodeURIComponent(password)];
}

/** A cause that can be logged: imapflow's own error carries the command it sent and the whole answer. */
function safeCause(thrown: unknown, facts: Facts, secrets: string[]): Error {
	const cause = new Error(
		quotable([facts.code, facts.status, facts.responseCode, facts.message].filter((part) => part !== '').join(' '), secrets),
	);
	const stack = record(thrown).stack;
	if (typeof stack === 'string')
		cause.stack = stack
			.split('\n')
			.filter((line) => /^\s+at /.test(line))
			.join('\n');
	return cause;
}
