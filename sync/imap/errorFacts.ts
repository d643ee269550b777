import { quotable } from './redact';
import { codeInWords } from './refusalWords';
import type { ConnectionSettings } from './settings';

/** What was being done when something failed. */
export type Operation = 'connect' | 'list' | 'open' | 'search' | 'fetch' | 'other';

/** Where and during what an error happened. */
export interface ErrorContext {
	settings: ConnectionSettings;
	doing: Operation;
	folder?: string;
	/** What went wrong on the connection before, when a command only reports that it is gone. */
	connectionError?: unknown;
	/** Texts the server sent as [ALERT]: to be shown to a person (RFC 3501 section 7.1). */
	alerts?: readonly string[];
	/** How long the server asked to wait, in milliseconds. */
	throttleHintMs?: number;
	/** The response code of the BYE that ended the connection: imapflow keeps only its words. */
	byeCode?: string;
	/** What the other side said first, while connecting. */
	firstBytes?: string;
}

/** What imapflow and Node put on their errors, as far as it is read here. */
export interface Facts {
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
	/** The status that XOAUTH2 or OAUTHBEARER gives as JSON, e.g. "400" or "invalid_token" (RFC 7628 section 3.2.2). */
	tokenStatus: string;
}

/** The connection was gone, or went, without more being known. */
export const lostCodes = new Set([
	'NoConnection',
	'EConnectionClosed',
	'StateLogout',
	'ClosedAfterConnectText',
	'ClosedAfterConnectTLS',
]);

/** The facts of an error, or of what ended the connection before, where the error says only that it is gone. */
export function readFacts(thrown: unknown, context: ErrorContext): Facts {
	const own = readOne(thrown);
	// A command on a broken connection only reports that it is gone; the reason came before, with the event 'error'.
	if (lostCodes.has(own.code) && own.text === '' && context.byeCode === undefined && context.connectionError !== undefined) {
		return readOne(context.connectionError);
	}
	const ended = lostCodes.has(own.code) || own.status === 'BYE';
	return ended && own.responseCode === '' ? { ...own, responseCode: context.byeCode ?? '' } : own;
}

/** The facts of an error by itself. */
export function readOne(thrown: unknown): Facts {
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
		tokenStatus: tokenStatusOf(error.oauthError),
		throttleMs: typeof error.throttleReset === 'number' ? error.throttleReset : undefined,
	};
}

const record = (value: unknown): Record<string, unknown> =>
	typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const string = (value: unknown): string => (typeof value === 'string' ? value : '');

function tokenStatusOf(answer: unknown): string {
	const { status, error } = record(answer);
	for (const one of [status, error]) if (typeof one === 'string' || typeof one === 'number') return String(one).slice(0, 60);
	return '';
}

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

/** What must not be shown of anything a server says. */
export const secretsOf = ({ password, oAuth2, proxyUrl }: ConnectionSettings): string[] => [
	password,
	...(oAuth2?.secrets() ?? []),
	...(proxyUrl ? proxySecrets(proxyUrl) : []),
];

function proxySecrets(proxyUrl: string): string[] {
	if (!URL.canParse(proxyUrl)) return [];
	const { password } = new URL(proxyUrl);
	return password === '' ? [] : [password, decodeURIComponent(password)];
}

/** A cause that can be logged: imapflow's own error carries the command it sent and the whole answer. */
export function safeCause(thrown: unknown, facts: Facts, secrets: string[]): Error {
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
