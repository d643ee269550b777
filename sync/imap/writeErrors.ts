import type { RepeatCheck } from '../errors/errorData';
import { hasCode, SyncError, withConsequence } from '../errors/syncError';
import type { ImapConnection } from './connection';
import { refusalCodeOf } from './errorFacts';
import { answerOf } from './mapErrors';

/** A command that changes something, as its errors speak of it. */
export interface WriteCommand {
	/** The folder it is about. */
	folder: string;
	/** Where messages go: what TRYCREATE and OVERQUOTA are about (RFC 3501 section 7.1, RFC 5530). */
	target?: string;
	/** What to know when the connection is lost before the answer: whether repeating does harm. */
	ifLost: RepeatCheck;
	/** The messages are flagged \Deleted by a command of its own before they are expunged. */
	marksFirst?: boolean;
	/** Milliseconds that it may take longer than others. */
	extraMs?: number;
}

/** What a promise gives, or the error that it rejects with. */
export async function asError<T>(promise: Promise<T>): Promise<T | Error> {
	return await promise.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
}

/** Makes a SyncError of what went wrong with a command that changes something. `refused` is the name of the IMAP command, where known. */
export function toWriteError(error: unknown, connection: ImapConnection, command: WriteCommand, refused = ''): SyncError {
	if (error instanceof SyncError) return error;
	const refusal = refusalOf(error, connection, command);
	if (command.marksFirst !== true || !refused.endsWith('EXPUNGE')) return refusal;
	return withConsequence(refusal, { kind: 'markedNotRemoved' });
}

function refusalOf(error: unknown, connection: ImapConnection, command: WriteCommand): SyncError {
	const { host, settings } = connection;
	const { folder, target = folder } = command;
	const answer = answerOf(error, settings);
	switch (refusalCodeOf(error)) {
		case 'OVERQUOTA':
			return new SyncError('folderFull', { folder, host, target, answer });
		case 'NOPERM':
			// A move may be refused for either folder, and only the server's text says for which.
			return new SyncError('folderForbidden', {
				reason: 'change',
				folder,
				host,
				target: target === folder ? undefined : target,
				answer,
			});
		case 'TRYCREATE':
		case 'NONEXISTENT':
			return new SyncError('folderNotFound', { reason: 'targetMissing', folder, host, target });
		case 'ALREADYEXISTS':
			return new SyncError('folderExists', { folder, host, target });
		case 'LIMIT':
			// RFC 5530: of the implementation, not of the moment: waiting does not mend it. Dovecot says it of a message that is too large.
			return new SyncError('commandRefused', { reason: 'limit', folder, host, target, answer });
		case 'APPENDLIMIT':
		case 'TOOBIG':
			return new SyncError('commandRefused', { reason: 'tooLarge', folder, host, answer });
	}
	const explained = connection.explain(error, { doing: 'other', folder });
	if (!hasCode(explained, 'commandRefused')) return explained;
	return new SyncError('commandRefused', { reason: 'change', folder, host, answer }, { cause: explained.cause });
}

/** For a connection that was lost, or a server that fell silent, while such a command was under way. */
export function lostWhile(error: SyncError, { ifLost }: WriteCommand): SyncError {
	if (!['connectionLost', 'commandTimedOut', 'protocolBroken'].includes(error.code)) return error;
	const { folder, host } = error.data;
	return new SyncError('outcomeUnknown', { reason: 'answerLost', folder, host, check: ifLost }, { cause: error });
}
