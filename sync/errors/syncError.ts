/**
 * What is broken: one message (the rest flows), one folder (the others flow), the connection (this run ends, the next one
 * tries again), or the account (nothing works until a person changes something).
 */
export type ErrorScope = 'message' | 'folder' | 'connection' | 'account';

interface CodeFacts {
	scope: ErrorScope;
	/** Whether waiting may mend it without anybody doing anything. */
	passing: boolean;
}

/** The closed list of everything that can go wrong, with its scope and whether it passes by itself. */
const codes = {
	loginRefused: { scope: 'account', passing: false },
	settingsInvalid: { scope: 'account', passing: false },
	stateUnreadable: { scope: 'account', passing: false },
	stateMissing: { scope: 'account', passing: false },
	stateNotKept: { scope: 'account', passing: false },
	stateOvertaken: { scope: 'account', passing: true },
	hostNotFound: { scope: 'connection', passing: true },
	connectionRefused: { scope: 'connection', passing: true },
	connectionTimedOut: { scope: 'connection', passing: true },
	connectionLost: { scope: 'connection', passing: true },
	tlsNotTrusted: { scope: 'connection', passing: false },
	tlsFailed: { scope: 'connection', passing: false },
	startTlsNotOffered: { scope: 'connection', passing: false },
	commandTimedOut: { scope: 'connection', passing: true },
	serverBusy: { scope: 'connection', passing: true },
	protocolBroken: { scope: 'connection', passing: true },
	folderNotFound: { scope: 'folder', passing: false },
	folderNotSelectable: { scope: 'folder', passing: false },
	folderForbidden: { scope: 'folder', passing: false },
	markNotKept: { scope: 'folder', passing: false },
	acknowledgementMissing: { scope: 'folder', passing: true },
	searchFailed: { scope: 'folder', passing: false },
	lookUnfinished: { scope: 'folder', passing: true },
	commandRefused: { scope: 'folder', passing: true },
	folderInconsistent: { scope: 'folder', passing: true },
	folderRenumbered: { scope: 'folder', passing: false },
	folderReadOnly: { scope: 'folder', passing: false },
	folderExists: { scope: 'folder', passing: false },
	folderFull: { scope: 'folder', passing: false },
	notOffered: { scope: 'folder', passing: false },
	refusedForSafety: { scope: 'folder', passing: false },
	notesNotKept: { scope: 'folder', passing: true },
	outcomeUnknown: { scope: 'connection', passing: false },
	runStopped: { scope: 'connection', passing: true },
	messageNotFound: { scope: 'message', passing: false },
	messageNotReturned: { scope: 'message', passing: true },
	messageTooLarge: { scope: 'message', passing: false },
	messageUnreadable: { scope: 'message', passing: true },
} as const satisfies Record<string, CodeFacts>;

export type SyncErrorCode = keyof typeof codes;

/** Where it happened, for the text of an error. Never holds a secret. */
export interface ErrorPlace {
	folder?: string;
	uid?: number;
	/** host:port */
	host?: string;
}

/**
 * The one error class of the sync core. `message` says what happened and where, `advice` what to do next; both are written
 * for the person who reads them in n8n and never hold a password, a token or the text of a mail.
 */
export class SyncError extends Error {
	readonly code: SyncErrorCode;
	readonly scope: ErrorScope;
	/** Whether the same run, tried later, may succeed without anybody changing anything. */
	readonly passing: boolean;
	readonly advice: string;
	readonly place: ErrorPlace;
	/** For serverBusy: when the server said to come back, in milliseconds from now. */
	readonly retryAfterMs?: number;

	constructor(
		code: SyncErrorCode,
		message: string,
		advice: string,
		details: { place?: ErrorPlace; cause?: unknown; retryAfterMs?: number } = {},
	) {
		super(message, details.cause === undefined ? undefined : { cause: details.cause });
		this.name = 'SyncError';
		this.code = code;
		this.scope = codes[code].scope;
		this.passing = codes[code].passing;
		this.advice = advice;
		this.place = details.place ?? {};
		this.retryAfterMs = details.retryAfterMs;
	}
}

/** All codes, for tests and for tables in the documentation. */
export const syncErrorCodes = Object.keys(codes) as SyncErrorCode[];

/** Whether it makes no sense to go on with anything else on this server now: it lets nobody in, or cannot be reached. */
export function serverOut({ code, scope }: SyncError): boolean {
	return (scope === 'account' && code !== 'settingsInvalid') || outCodes.has(code);
}

const outCodes = new Set<SyncErrorCode>([
	'hostNotFound',
	'connectionRefused',
	'connectionTimedOut',
	'tlsNotTrusted',
	'tlsFailed',
	'startTlsNotOffered',
	'serverBusy',
]);

/** What was thrown as an error of the core: anything else is a mistake in this package, and says so. */
export function asSyncError(error: unknown): SyncError {
	if (error instanceof SyncError) return error;
	return new SyncError(
		'protocolBroken',
		`Something unexpected happened: ${error instanceof Error ? error.message : String(error)}.`,
		'Please report it; the next run tries again.',
		{
			cause: error,
		},
	);
}

/** For what was not begun because the execution was stopped. */
export function stopError(folder?: string): SyncError {
	return new SyncError('runStopped', 'The execution was stopped before this was done', 'Nothing was done to this one.', {
		place: { folder },
	});
}
