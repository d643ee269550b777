import type { ErrorConsequence, ErrorData, ErrorPlace } from './errorData';
import { technicalMessage } from './technicalMessage';

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
	notImap: { scope: 'connection', passing: false },
	connectionTimedOut: { scope: 'connection', passing: true },
	connectionLost: { scope: 'connection', passing: true },
	tlsNotTrusted: { scope: 'connection', passing: false },
	tlsFailed: { scope: 'connection', passing: false },
	startTlsNotOffered: { scope: 'connection', passing: false },
	commandTimedOut: { scope: 'connection', passing: true },
	serverBusy: { scope: 'connection', passing: true },
	protocolBroken: { scope: 'connection', passing: true },
	internalError: { scope: 'folder', passing: false },
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
} as const satisfies Record<keyof ErrorData, CodeFacts>;

export type SyncErrorCode = keyof typeof codes;

/** Reasons for which a code that passes by itself waits for a person all the same. */
const lastingReasons = new Map<SyncErrorCode, string>([['connectionRefused', 'egress']]);

/** What may stand beside code and data. */
export interface ErrorOptions {
	cause?: unknown;
	/** What the error means for something larger that it ended; the error itself is the cause then. */
	consequence?: ErrorConsequence;
}

/** A code with its own data, which may be left out where nothing in it is required. */
export type SyncErrorArguments = {
	[C in SyncErrorCode]: ErrorPlace extends ErrorData[C]
		? [code: C, data?: ErrorData[C], options?: ErrorOptions]
		: [code: C, data: ErrorData[C], options?: ErrorOptions];
}[SyncErrorCode];

/**
 * The one error class of the sync core: a code, and what is known of the case as data. `message` is one technical line for logs.
 * Neither holds a password, a token or the text of a mail. The sentences for people are made by whoever shows them.
 */
export class SyncError extends Error {
	readonly code: SyncErrorCode;
	/** The data of the code: see hasCode(). */
	readonly data: ErrorData[SyncErrorCode];
	readonly scope: ErrorScope;
	/** Whether the same run, tried later, may succeed without anybody changing anything. */
	readonly passing: boolean;
	readonly consequence?: ErrorConsequence;

	constructor(...[code, data = {}, { cause, consequence } = {}]: SyncErrorArguments) {
		super(
			technicalMessage(code, data, consequence, cause instanceof SyncError ? cause : undefined),
			cause === undefined ? undefined : { cause },
		);
		this.name = 'SyncError';
		this.code = code;
		this.data = data as ErrorData[SyncErrorCode];
		this.scope = codes[code].scope;
		const lasting = lastingReasons.get(code);
		this.passing = codes[code].passing && (lasting === undefined || !('reason' in data) || data.reason !== lasting);
		if (consequence !== undefined) this.consequence = consequence;
	}

	/** For serverBusy: when the server said to come back, in milliseconds from now. */
	get retryAfterMs(): number | undefined {
		return 'retryAfterMs' in this.data ? this.data.retryAfterMs : undefined;
	}
}

interface CodeAndData<C extends SyncErrorCode> {
	readonly code: C;
	readonly data: ErrorData[C];
}

/** Whether an error has this code: its data is known then. */
export function hasCode<C extends SyncErrorCode>(error: unknown, code: C): error is SyncError & CodeAndData<C> {
	return error instanceof SyncError && error.code === code;
}

/**
 * What an error means for something larger that it ended. Code and data stay those of the cause, unless `code` names another one:
 * then only the place stays.
 */
export function withConsequence(cause: SyncError, consequence: ErrorConsequence, code: SyncErrorCode = cause.code): SyncError {
	const { folder, uid, host } = cause.data;
	// The consequence and the cause say it all: no more of the other code's data is needed.
	const data = code === cause.code ? cause.data : { folder, uid, host };
	return errorOf(code, data, { cause, consequence });
}

/** An error of a code that is known at run time only: that the data is the code's own is for the caller to see to. */
export function errorOf(code: SyncErrorCode, data: object, options?: ErrorOptions): SyncError {
	return new SyncError(...([code, data, options] as unknown as SyncErrorArguments));
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
	'notImap',
	'connectionTimedOut',
	'tlsNotTrusted',
	'tlsFailed',
	'startTlsNotOffered',
	'serverBusy',
]);

/**
 * What was thrown as an error of the core: anything else is a defect of this package, and says so. It concerns only the folder
 * that was worked on, and does not pass by itself; `cause` has its stack.
 */
export function asSyncError(error: unknown, folder?: string): SyncError {
	if (error instanceof SyncError) return error;
	const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
	return new SyncError('internalError', { detail, folder }, { cause: error });
}

/** For what was not begun because the execution was stopped. */
export function stopError(folder?: string): SyncError {
	return new SyncError('runStopped', { folder });
}
