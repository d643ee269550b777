import { SyncError } from '../errors/syncError';

/** How and as whom to reach a mail server. */
export interface ConnectionSettings {
	user: string;
	password: string;
	host: string;
	port: number;
	/** `tls`: encrypted from the first byte (993); `starttls`: upgraded before the login, or refused (143); `none`: plain text. */
	security: 'tls' | 'starttls' | 'none';
	/** Takes any certificate: self-signed, expired, of another name. */
	allowUnauthorizedCerts: boolean;
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
	/** Folder in which the processes that change this account tell each other what they changed; absent: they do not. */
	notesFolder?: string;
	/** Bound for DNS, proxy, TCP and TLS together, and for the greeting; 30,000 when absent. */
	connectTimeoutMs?: number;
	/** How long a command may go without a byte from the server; 30,000 when absent. */
	commandTimeoutMs?: number;
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

function refuse(field: string, problem: string, advice: string): never {
	throw new SyncError('settingsInvalid', `${field} ${problem}`, advice);
}

/** Returns the text of a field, which must be filled in. */
function singleLine(field: string, value: unknown): string {
	if (typeof value !== 'string' || value.trim() === '') return refuse(field, 'is empty', `Fill in ${field}.`);
	// A line end in a login would end the command (RFC 3501 section 4.3), and NUL cannot be sent at all.
	if (/[\0\r\n]/.test(value)) return refuse(field, 'contains a line end or a NUL', `Enter ${field} again, without line ends.`);
	return value;
}

function checkServer(settings: ConnectionSettings): void {
	const host = singleLine('Host', settings.host);
	if (/:\/\/|[/@\s]/.test(host))
		refuse('Host', 'is not a host name', 'Enter only the name of the server, such as imap.example.com.');
	if (/^[^:]+:\d+$/.test(host)) refuse('Host', 'contains a port', 'Enter the name of the server in Host and its port in Port.');
	if (!Number.isInteger(settings.port) || settings.port < 1 || settings.port > 65_535) {
		refuse('Port', 'is not a number from 1 to 65535', 'Usual are 993 with TLS and 143 with STARTTLS.');
	}
	if (!['tls', 'starttls', 'none'].includes(settings.security)) {
		refuse('Security', 'is not one of tls, starttls, none', 'Choose one of the three.');
	}
}

function checkLogin(settings: ConnectionSettings): void {
	singleLine('User', settings.user);
	singleLine('Password', settings.password);
}

function checkCertificates(settings: ConnectionSettings): void {
	if (Boolean(settings.cert) !== Boolean(settings.key)) {
		refuse(
			settings.cert ? 'Client key' : 'Client certificate',
			'is missing',
			'A client certificate and its key go together: fill in both or none.',
		);
	}
	for (const [field, value] of [
		['CA certificate', settings.ca],
		['Client certificate', settings.cert],
		['Client key', settings.key],
	] as const) {
		if (value && !value.includes('-----BEGIN ')) refuse(field, 'is not PEM', `Paste ${field} with its BEGIN and END lines.`);
	}
}

function checkProxy(settings: ConnectionSettings): void {
	if (settings.proxyUrl) {
		const protocol = URL.canParse(settings.proxyUrl) ? new URL(settings.proxyUrl).protocol : undefined;
		if (protocol === undefined || !proxyProtocols.includes(protocol)) {
			refuse(
				'Proxy URL',
				'is not the URL of a proxy',
				'Examples: socks5://proxy.example.com:1080, http://proxy.example.com:3128.',
			);
		}
	}
}

function checkNotesFolder({ notesFolder }: ConnectionSettings): void {
	if (notesFolder !== undefined && (/^inbox$/i.test(notesFolder) || /[*?%\0\r\n]|^\\/.test(notesFolder))) {
		refuse(
			'Folder for Notes',
			'is not the name of a folder of its own',
			"Enter a name such as 'IMAP Sync Notes', without * ? and %; not INBOX.",
		);
	}
}

function checkTimeouts(settings: ConnectionSettings): void {
	for (const [field, value] of [
		['Connect timeout', settings.connectTimeoutMs],
		['Command timeout', settings.commandTimeoutMs],
	] as const) {
		if (value !== undefined && !(Number.isFinite(value) && value > 0))
			refuse(field, 'is not a positive number', `Enter ${field} in milliseconds.`);
	}
}

export const connectTimeoutMs = (settings: ConnectionSettings): number => settings.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;

export const commandTimeoutMs = (settings: ConnectionSettings): number => settings.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;

/** host:port, as shown to people and as accounts are told apart by. */
export const serverName = (settings: ConnectionSettings): string => `${settings.host}:${settings.port}`;

/**
 * Whether to compress: COMPRESS costs a round trip after the login and then saves half to three quarters of the bytes, which
 * pays everywhere but on the same machine.
 */
export function wantsCompression(settings: ConnectionSettings): boolean {
	return settings.compression ?? !/^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(settings.host);
}
