import type { SettingProblem } from '../errors/errorData';
import { SyncError } from '../errors/syncError';
import type { EgressFilter } from './egressFilter';
import type { OAuth2Login } from './oAuth2';

/** How and as whom to reach a mail server. */
export interface ConnectionSettings {
	/** The credential that these come from, where it has an id: no other one shares its connections, nor what they showed. */
	credentialId?: string;
	user: string;
	/** Empty where `oAuth2` logs in. */
	password: string;
	/** Logs in with a token in the place of the password. */
	oAuth2?: OAuth2Login;
	host: string;
	port: number;
	/** `tls`: encrypted from the first byte (993); `starttls`: upgraded before the login, or refused (143); `none`: plain text. */
	security: 'tls' | 'starttls' | 'none';
	/** Takes any certificate: self-signed, expired, of another name. */
	allowUnauthorizedCerts: boolean;
	/** SHA-256 of the server's certificate, as 32 pairs of digits with colons: this one and no other, whoever signed it. */
	fingerprint?: string;
	/** The oldest version of TLS that is taken; absent: 1.2. */
	lowestTls?: 'TLSv1' | 'TLSv1.2' | 'TLSv1.3';
	/** PEM: authorities to trust instead of the usual ones. */
	ca?: string;
	/** PEM: client certificate; together with `key`. */
	cert?: string;
	/** PEM: private key of `cert`. */
	key?: string;
	/** The name the server's certificate must be for, where it is not `host`. */
	servername?: string;
	/** http:, https:, socks:, socks4:, socks4a: or socks5: URL */
	proxyUrl?: string;
	/** Folder in which the processes that change this account note for each other what they changed; absent: they do not. */
	notesFolder?: string;
	/** Connections that this process may have with these settings; absent: as the provider's limit allows. */
	maxConnections?: number;
	/** A poll that may take a connection which one before left open, and leaves its own open for so many milliseconds. */
	keepWarmMs?: number;
	/** Which addresses may be connected to; absent: any. */
	egress?: EgressFilter;
	/** Bound for DNS, proxy, TCP and TLS together, and for the greeting; 30,000 when absent. */
	connectTimeoutMs?: number;
	/** How long a command may go without a byte from the server; 30,000 when absent. */
	commandTimeoutMs?: number;
	/** How long a connection may be quiet while it waits for news, before it is tried; four times `commandTimeoutMs` when absent. */
	quietMs?: number;
	/** When the connection is torn down, whatever is going on, in milliseconds since 1970; absent: never. */
	deadline?: number;
	/** Tears the connection down when it fires. */
	cancelled?: AbortSignal;
	/** Whether to use COMPRESS=DEFLATE where offered; when absent, everywhere but on this machine. */
	compression?: boolean;
}

const DEFAULT_CONNECT_TIMEOUT_MS = 30_000;
const DEFAULT_COMMAND_TIMEOUT_MS = 30_000;

const proxyProtocols = ['http:', 'https:', 'socks:', 'socks4:', 'socks4a:', 'socks5:'];

/** Throws settingsInvalid with the first thing that is wrong, naming the field and never its secret. */
export function checkSettings(settings: ConnectionSettings): void {
	checkServer(settings);
	checkLogin(settings);
	checkCertificates(settings);
	checkProxy(settings);
	checkNotesFolder(settings);
	checkTimeouts(settings);
}

function refuse(field: string, problem: SettingProblem): never {
	throw new SyncError('settingsInvalid', { reason: 'connection', field, problem });
}

/** Returns the text of a field, which must be filled in. */
function singleLine(field: string, value: unknown): string {
	if (typeof value !== 'string' || value.trim() === '') return refuse(field, 'empty');
	// A line end in a login would end the command (RFC 3501 section 4.3), and NUL cannot be sent at all.
	if (/[\0\r\n]/.test(value)) return refuse(field, 'lineEnd');
	return value;
}

function checkServer(settings: ConnectionSettings): void {
	const host = singleLine('Host', settings.host);
	if (/:\/\/|[/@\s]/.test(host)) refuse('Host', 'noHostName');
	if (/^[^:]+:\d+$/.test(host)) refuse('Host', 'holdsPort');
	if (!Number.isInteger(settings.port) || settings.port < 1 || settings.port > 65_535) {
		refuse('Port', 'noPort');
	}
	if (!['tls', 'starttls', 'none'].includes(settings.security)) {
		refuse('Security', 'noSecurity');
	}
}

function checkLogin(settings: ConnectionSettings): void {
	singleLine('User', settings.user);
	if (!settings.oAuth2) singleLine('Password', settings.password);
}

function checkCertificates(settings: ConnectionSettings): void {
	if (settings.fingerprint !== undefined) {
		if (!/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(settings.fingerprint)) refuse('Certificate Fingerprint', 'noFingerprint');
		if (settings.security === 'none') refuse('Certificate Fingerprint', 'fingerprintWithoutTls');
	}
	if (Boolean(settings.cert) !== Boolean(settings.key)) {
		refuse(settings.cert ? 'Client key' : 'Client certificate', 'certificateOrKeyMissing');
	}
	for (const [field, value] of [
		['CA certificate', settings.ca],
		['Client certificate', settings.cert],
		['Client key', settings.key],
	] as const) {
		if (value && !value.includes('-----BEGIN ')) refuse(field, 'noPem');
	}
}

function checkProxy(settings: ConnectionSettings): void {
	if (settings.proxyUrl) {
		const protocol = URL.canParse(settings.proxyUrl) ? new URL(settings.proxyUrl).protocol : undefined;
		if (protocol === undefined || !proxyProtocols.includes(protocol)) {
			refuse('Proxy URL', 'noProxyUrl');
		}
	}
}

function checkNotesFolder({ notesFolder }: ConnectionSettings): void {
	if (notesFolder !== undefined && (/^inbox$/i.test(notesFolder) || /[*?%\0\r\n]|^\\/.test(notesFolder))) {
		refuse('Folder for Notes', 'noOwnFolder');
	}
}

function checkTimeouts(settings: ConnectionSettings): void {
	for (const [field, value] of [
		['Connect timeout', settings.connectTimeoutMs],
		['Command timeout', settings.commandTimeoutMs],
		['Quiet time', settings.quietMs],
	] as const) {
		if (value !== undefined && !(Number.isFinite(value) && value > 0)) refuse(field, 'notPositive');
	}
}

export const connectTimeoutMs = (settings: ConnectionSettings): number => settings.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;

/** The time to connect in, or what is left until the deadline. */
export const timeToConnect = (settings: ConnectionSettings): number =>
	Math.max(0, Math.min(connectTimeoutMs(settings), (settings.deadline ?? Infinity) - Date.now()));

export const commandTimeoutMs = (settings: ConnectionSettings): number => settings.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;

/** What only those know who may use the account: seals of its messages are made of it. */
export const accountSecret = ({ password, oAuth2 }: ConnectionSettings): string => oAuth2?.secret ?? password;

/** host:port, as shown to people and as accounts are distinguished by. */
export const serverName = (settings: ConnectionSettings): string => `${settings.host}:${settings.port}`;

/**
 * Whether to compress: COMPRESS costs a round trip after the login and then saves half to three quarters of the bytes, which
 * pays everywhere but on the same machine.
 */
export function wantsCompression(settings: ConnectionSettings): boolean {
	return settings.compression ?? !/^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(settings.host);
}
