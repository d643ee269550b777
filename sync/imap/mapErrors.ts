import { certificateProblems, type CertificateProblem, type OtherService } from '../errors/errorData';
import { SyncError, type ErrorOptions } from '../errors/syncError';
import { lostCodes, readFacts, readOne, safeCause, secretsOf, type ErrorContext, type Facts } from './errorFacts';
import { EGRESS_REFUSED } from './egressFilter';
import { loginHint } from './loginHints';
import { providerOfServer } from './providers';
import { quotable } from './redact';
import { codeInWords } from './refusalWords';
import type { ConnectionSettings } from './settings';
import { serverName } from './settings';

/** RFC 5530 and what Gmail and Yahoo add: the server may do it later. */
export const busyCodes: ReadonlySet<string> = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'THROTTLED', 'OVERQUOTA']);

/** There are more connections than the server allows: one of them has to end first. */
const connectionWords =
	/too many (\w+ )?(connections|sessions)|(maximum|exceeded the) number of (\w+ )?connections|connections? limit/i;

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
		otherService(seen) ??
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

/** What answers there, by what it says first. Web servers answer only what they are asked: in the middle of TLS, they cut it. */
const services: ReadonlyArray<[RegExp, OtherService]> = [
	[/^220[ -]/, 'smtp'],
	[/^\+OK/, 'pop3'],
	[/^(HTTP\/|<(!doctype|html))/i, 'web'],
	[/^SSH-/, 'ssh'],
];

/** What speaks there, where it is no mail server that IMAP reaches; undefined for IMAP and for what is not known. */
export const serviceOf = (firstBytes: string): OtherService | undefined =>
	services.find(([beginning]) => beginning.test(firstBytes))?.[1];

function otherService({ context, place, options }: Failure): SyncError | undefined {
	const service = context.doing === 'connect' ? serviceOf(context.firstBytes ?? '') : undefined;
	return service && new SyncError('notImap', { ...place, service }, options);
}

function busyError({ facts, context, place, answer, options }: Failure): SyncError | undefined {
	if (!busy(facts, context)) return undefined;
	const retryAfterMs = facts.throttleMs ?? context.throttleHintMs;
	const tooMany = connectionWords.test(facts.text) || undefined;
	return new SyncError('serverBusy', { reason: 'slowDown', ...place, answer, retryAfterMs, tooMany }, options);
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
		case EGRESS_REFUSED:
			return new SyncError('connectionRefused', { reason: 'egress', ...place, viaProxy }, options);
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
		const oldVersion = /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|NO_PROTOCOLS_AVAILABLE|VERSION_TOO_LOW/.test(facts.code);
		const reason = noTls ? 'noTls' : oldVersion ? 'oldVersion' : 'failed';
		return new SyncError('tlsFailed', { reason, ...place, security, tlsCode: facts.code }, options);
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
		return new SyncError(
			'loginRefused',
			{ reason: settings.oAuth2 ? 'noTokenMechanism' : 'noPasswordMechanism', ...place, answer, alerts },
			options,
		);
	if (!facts.authenticationFailed) return undefined;
	return new SyncError(
		'loginRefused',
		{
			reason: 'credentials',
			...place,
			user: settings.user,
			hint: loginHint(settings, facts.responseCode, `${facts.text} ${alerts.join(' ')}`),
			provider: providerOfServer(settings.host)?.id,
			tokenStatus: quotable(facts.tokenStatus, secrets) || undefined,
			answer,
			alerts,
		},
		options,
	);
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

/** The words of the server's refusal without secrets; undefined where it gave none. */
export const answerOf = (thrown: unknown, settings: ConnectionSettings): string | undefined =>
	quotable(readOne(thrown).text, secretsOf(settings)) || undefined;
