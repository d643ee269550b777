import { SyncError, type SyncErrorCode } from '../errors/syncError';
import { lostCodes, readFacts, readOne, safeCause, secretsOf, type ErrorContext, type Facts } from './errorFacts';
import { quotable } from './redact';
import { codeInWords } from './refusalWords';
import type { ConnectionSettings } from './settings';
import { serverName } from './settings';

/** Certificate problems by Node's code, in words. */
const untrusted: Record<string, string> = {
	DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed',
	SELF_SIGNED_CERT_IN_CHAIN: 'comes from an authority that is not trusted here',
	UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		'cannot be verified: its authority is not trusted here, or the server does not send the whole chain',
	UNABLE_TO_GET_ISSUER_CERT: 'comes from an authority that is not trusted here',
	UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'comes from an authority that is not trusted here',
	CERT_UNTRUSTED: 'is not trusted here',
	CERT_REJECTED: 'was rejected',
	CERT_REVOKED: 'was revoked',
	CERT_HAS_EXPIRED: 'has expired',
	CERT_NOT_YET_VALID: 'is not valid yet',
	CERT_SIGNATURE_FAILURE: 'has a wrong signature',
	INVALID_CA: 'comes from an invalid authority',
	ERR_TLS_CERT_ALTNAME_INVALID: 'is for another name',
	HOSTNAME_MISMATCH: 'is for another name',
};

/** RFC 5530 and what Gmail and Yahoo add: the server may do it later. */
export const busyCodes: ReadonlySet<string> = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'THROTTLED', 'OVERQUOTA']);

const busyWords =
	/too many (\w+ )?(connections|logins|sessions|requests|commands)|(maximum|exceeded the) number of (\w+ )?connections|connections? (limit|exceeded)|request is throttled|\bthrottl|rate limit|(command|bandwidth) limit|temporar(y|ily)|try again later|server (is )?(too )?busy/i;

/** Makes a SyncError of anything that imapflow, Node or this package throws. SyncErrors pass as they are. */
export function toSyncError(error: unknown, context: ErrorContext): SyncError {
	if (error instanceof SyncError) return error;
	const { settings, folder } = context;
	const host = serverName(settings);
	const secrets = secretsOf(settings);
	const facts = readFacts(error, context);
	const said = quotable(facts.text, secrets);
	const answer = said === '' ? '' : `: "${said}"`;
	const make = (code: SyncErrorCode, message: string, advice: string, retryAfterMs?: number): SyncError =>
		new SyncError(code, message, advice, { place: { folder, host }, cause: safeCause(error, facts, secrets), retryAfterMs });

	const throttled = busy(facts, context);
	if (throttled) {
		const retryAfterMs = facts.throttleMs ?? context.throttleHintMs;
		return make(
			'serverBusy',
			`${host} asks to slow down or has no connection left${answer}`,
			retryAfterMs === undefined
				? 'Nothing is lost: the next run tries again. If it stays, poll less often or close other mail programs of this account.'
				: `Nothing is lost: try again in ${Math.ceil(retryAfterMs / 1000)} s. If it stays, poll less often.`,
			retryAfterMs,
		);
	}
	return (
		networkError(facts, context, make) ??
		tlsError(facts, context, make) ??
		loginError(facts, context, answer, secrets, make) ??
		folderError(facts, context, answer, make) ??
		lostError(facts, context, answer, make) ??
		refusedCommand(facts, context, answer, make) ??
		make(
			'protocolBroken',
			`The conversation with ${host} failed${inFolder(folder)}: ${quotable(facts.message, secrets) || 'unknown error'}`,
			'The next run starts with a fresh connection. If it stays, report the message together with the name of the mail server.',
		)
	);
}

type Make = (code: SyncErrorCode, message: string, advice: string, retryAfterMs?: number) => SyncError;

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

function networkError(facts: Facts, { settings }: ErrorContext, make: Make): SyncError | undefined {
	const host = serverName(settings);
	const via = settings.proxyUrl ? ' through the proxy' : '';
	switch (facts.code) {
		case 'ENOTFOUND':
			return make('hostNotFound', `There is no mail server with the name ${settings.host}`, 'Check the spelling of Host.');
		case 'EAI_AGAIN':
			return make(
				'hostNotFound',
				`The name ${settings.host} could not be looked up`,
				'Check the spelling of Host and the DNS of this machine.',
			);
		case 'ECONNREFUSED':
			return make(
				'connectionRefused',
				`${host} refused the connection${via}`,
				'Check Host and Port (993 with TLS, 143 with STARTTLS), and that IMAP is switched on and no firewall is in between.',
			);
		case 'EHOSTUNREACH':
		case 'ENETUNREACH':
		case 'EADDRNOTAVAIL':
			return make(
				'connectionRefused',
				`${host} cannot be reached from here${via}`,
				'Check Host and the network of this machine.',
			);
		case 'ProxyError':
		case 'EPROXY':
		case 'UnsupportedProxyAddress':
			return make(
				'connectionRefused',
				`The proxy gives no connection to ${host}`,
				'Check Proxy URL, and that the proxy allows this server and port.',
			);
		case 'ETIMEDOUT':
		case 'CONNECT_TIMEOUT':
			return make(
				'connectionTimedOut',
				`${host} did not answer in time${via}`,
				'Check Host and Port, and that no firewall is in between.',
			);
		case 'GREETING_TIMEOUT':
			return settings.security === 'tls'
				? make(
						'connectionTimedOut',
						`${host} accepted the connection but sent no greeting in time`,
						'Try again later; check Host and Port.',
					)
				: make(
						'tlsFailed',
						`${host} sent no greeting to a connection that begins without TLS`,
						'This port probably expects TLS from the start: set Security to TLS (usual port 993), or use the port for STARTTLS (143).',
					);
		default:
			return undefined;
	}
}

function tlsError(facts: Facts, { settings, doing }: ErrorContext, make: Make): SyncError | undefined {
	const host = serverName(settings);
	const problem = untrusted[facts.code];
	if (problem !== undefined) {
		const otherName = facts.code === 'ERR_TLS_CERT_ALTNAME_INVALID' || facts.code === 'HOSTNAME_MISMATCH';
		const ofTime = facts.code === 'CERT_HAS_EXPIRED' || facts.code === 'CERT_NOT_YET_VALID';
		return make(
			'tlsNotTrusted',
			`The TLS certificate of ${host} ${problem}`,
			otherName
				? 'Use the name the certificate is for as Host, or enter it as Server Name. Allow Unauthorized Certificates skips the check, at your own risk.'
				: ofTime
					? 'The server needs a new certificate (check the clock of this machine too). Allow Unauthorized Certificates skips the check, at your own risk.'
					: 'Enter the certificate of its authority as CA Certificate. Allow Unauthorized Certificates skips the check, at your own risk.',
		);
	}
	if (/STARTTLS is not possible|does not support STARTTLS|can not start TLS/i.test(facts.message)) {
		return make(
			'startTlsNotOffered',
			`${host} does not offer STARTTLS`,
			'Set Security to TLS and Port to 993. Without encryption (Security: None) anybody on the way can read the password.',
		);
	}
	if (facts.code === 'STARTTLS_INJECTION') {
		return make(
			'tlsFailed',
			`${host} sent data between STARTTLS and TLS, as an attacker on the way would`,
			'Set Security to TLS and Port to 993.',
		);
	}
	const whileConnecting = doing === 'connect' && settings.security === 'tls' && facts.text === '';
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
		const wrongPort = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LAYER|UNKNOWN_PROTOCOL|HTTP_REQUEST/.test(facts.code);
		return make(
			'tlsFailed',
			wrongPort ? `${host} does not speak TLS on this port` : `TLS with ${host} failed${facts.code ? ` (${facts.code})` : ''}`,
			settings.security === 'tls'
				? 'Check Port: 993 is usual for TLS. For port 143 set Security to STARTTLS.'
				: 'Set Security to TLS and Port to 993, or ask the provider which one the server wants.',
		);
	}
	return undefined;
}

function loginError(facts: Facts, context: ErrorContext, answer: string, secrets: string[], make: Make): SyncError | undefined {
	const { settings } = context;
	const host = serverName(settings);
	const alerts = (context.alerts ?? [])
		.map((alert) => quotable(alert, secrets))
		.filter((alert) => alert !== '' && !answer.includes(alert));
	const told = `${answer}${alerts.length > 0 ? ` (${alerts.join('; ')})` : ''}`;
	if (facts.message === 'Login is disabled' || facts.responseCode === 'PRIVACYREQUIRED') {
		return make(
			'loginRefused',
			`${host} accepts no login on this connection${told}`,
			settings.security === 'none'
				? 'It wants encryption first: set Security to STARTTLS, or to TLS with port 993.'
				: 'Password login is switched off on this server: ask the provider which way it offers.',
		);
	}
	if (facts.message === 'Unsupported authentication mechanism' || facts.message === 'No matching authentication method') {
		return make(
			'loginRefused',
			`${host} offers no login with a password${told}`,
			'The server probably wants OAuth2; use a credential of that kind.',
		);
	}
	if (!facts.authenticationFailed) return undefined;
	return make(
		'loginRefused',
		`${host} refused the login of ${settings.user}${told}`,
		loginAdvice(settings.host, `${facts.text} ${alerts.join(' ')}`),
	);
}

/** What to do about a refused login: the large providers refuse right passwords too, each for its own reason. */
function loginAdvice(host: string, text: string): string {
	if (/application-specific password|app password|application password/i.test(text)) {
		return 'This account needs an app password: create one in the security settings of the mail account and enter it as Password.';
	}
	if (/web ?login required|log in via your web browser/i.test(text)) {
		return 'The provider wants a login in the web browser first; then try again, best with an app password.';
	}
	if (/gmail|google/i.test(host) || /\bgmail\b/i.test(text)) {
		return 'Gmail takes no account password: create an app password (2-Step Verification must be on) or use OAuth2.';
	}
	if (/office365|outlook|hotmail|live\.com|microsoft/i.test(host) || /BasicAuth|basic authentication/i.test(text)) {
		return 'Microsoft has switched off password logins for IMAP: use OAuth2.';
	}
	if (/yahoo|aol|icloud|me\.com|fastmail|zoho/i.test(host)) {
		return 'This provider takes no account password for IMAP: create an app password in its security settings and enter it as Password.';
	}
	if (/gmx|web\.de|ionos|1und1/i.test(host)) {
		return 'Check User and Password, and switch on IMAP in the settings of the mailbox on the web.';
	}
	if (/expired/i.test(text)) return 'The password has expired: set a new one and enter it.';
	return 'Check User (often the whole address) and Password, and whether the provider wants IMAP to be switched on or an app password.';
}

function folderError(facts: Facts, { settings, folder, doing }: ErrorContext, answer: string, make: Make): SyncError | undefined {
	const host = serverName(settings);
	if (folder === undefined || (facts.status !== 'NO' && facts.status !== 'BAD' && facts.code !== 'NotFound')) return undefined;
	if (facts.responseCode === 'NOPERM' || (facts.responseCode === '' && codeInWords(facts.text) === 'NOPERM')) {
		return make(
			'folderForbidden',
			`The account may not read the folder "${folder}" on ${host}${answer}`,
			'Ask its owner for the right to read it, or leave it out.',
		);
	}
	if (doing === 'open' && (facts.folderMissing || facts.code === 'NotFound' || facts.responseCode === 'NONEXISTENT')) {
		return make(
			'folderNotFound',
			`There is no folder "${folder}" on ${host}`,
			'It may have been renamed or deleted: choose the folder again.',
		);
	}
	return undefined;
}

function lostError(facts: Facts, { settings, folder, doing }: ErrorContext, answer: string, make: Make): SyncError | undefined {
	const host = serverName(settings);
	const socketGone = ['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_DESTROYED', 'ETIMEOUT'].includes(facts.code);
	if (!lostCodes.has(facts.code) && !socketGone && facts.status !== 'BYE' && facts.code !== 'NoMailboxSelected') return undefined;
	return make(
		'connectionLost',
		`${host} closed the connection${doing === 'connect' ? ' before the login was done' : inFolder(folder)}${answer}`,
		'Nothing is lost: the next run tries again.',
	);
}

function refusedCommand(
	facts: Facts,
	{ settings, folder, doing }: ErrorContext,
	answer: string,
	make: Make,
): SyncError | undefined {
	const host = serverName(settings);
	if (doing === 'search' && facts.code === 'MissingServerExtension') {
		return make(
			'searchFailed',
			`${host} cannot search in Gmail's query language, or by ids of conversations`,
			'Remove the Gmail query, or use it with Gmail only. Name a conversation by a Message-ID, which every server can search for.',
		);
	}
	if (doing === 'search' && /^(InvalidSearchQuery|InvalidStringValue|InvalidTokenValue)$/.test(facts.code)) {
		return make('searchFailed', `The filter cannot be sent to ${host}: ${facts.message}`, 'Correct the filter.');
	}
	if (facts.status !== 'NO' && facts.status !== 'BAD') return undefined;
	if (doing === 'search') {
		return make(
			'searchFailed',
			`${host} refused the search${inFolder(folder)}${answer}`,
			'Simplify the filter; not every server can search for everything.',
		);
	}
	return make(
		doing === 'connect' ? 'protocolBroken' : 'commandRefused',
		`${host} refused a command${inFolder(folder)}${answer}`,
		'The next run tries again. If it stays, the text of the server says what it does not like.',
	);
}

const inFolder = (folder: string | undefined): string => (folder === undefined ? '' : ` in the folder "${folder}"`);

/** The words of the server's refusal, in quotes and without secrets, ready to go after a message; empty where it gave none. */
export function answerOf(thrown: unknown, settings: ConnectionSettings): string {
	const said = quotable(readOne(thrown).text, secretsOf(settings));
	return said === '' ? '' : `: "${said}"`;
}
