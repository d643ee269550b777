import { SyncError } from '../errors/syncError';
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
	ifLost: string;
	/** The messages are marked \Deleted by a command of its own before they are expunged. */
	marksFirst?: boolean;
}

/** Makes a SyncError of what went wrong with a command that changes something. `refused` is the name of the IMAP command, where known. */
export function toWriteError(error: unknown, connection: ImapConnection, command: WriteCommand, refused = ''): SyncError {
	if (error instanceof SyncError) return error;
	const refusal = refusalOf(error, connection, command);
	if (command.marksFirst !== true || !refused.endsWith('EXPUNGE')) return refusal;
	return new SyncError(
		refusal.code,
		`The message is marked as deleted and was not removed: ${refusal.message}`,
		'Do it again to remove it, or take the flag \\Deleted away to keep it.',
		{ place: refusal.place, cause: refusal },
	);
}

function refusalOf(error: unknown, connection: ImapConnection, command: WriteCommand): SyncError {
	const { host, settings } = connection;
	const { folder, target = folder } = command;
	const answer = answerOf(error, settings);
	const make = (code: SyncError['code'], message: string, advice: string): SyncError =>
		new SyncError(code, message, advice, { place: { folder, host } });
	switch (refusalCodeOf(error)) {
		case 'OVERQUOTA':
			return make(
				'folderFull',
				`There is no room left for "${target}" on ${host}${answer}`,
				'Delete something, empty the trash, or ask the provider for more room.',
			);
		case 'NOPERM':
			return make(
				'folderForbidden',
				// A move may be refused for either folder, and only the server's text says for which.
				`The account may not do this with the folder "${folder}"${target === folder ? '' : ` and the folder "${target}"`} on ${host}${answer}`,
				'Ask the owner of the folder for the right to do it.',
			);
		case 'TRYCREATE':
		case 'NONEXISTENT':
			return make('folderNotFound', `There is no folder "${target}" on ${host}`, 'Create it first, or choose another one.');
		case 'ALREADYEXISTS':
			return make('folderExists', `There is a folder "${target}" on ${host} already`, 'Choose another name.');
		case 'LIMIT':
			// RFC 5530: of the implementation, not of the moment: waiting does not mend it. Dovecot says it of a message that is too large.
			return make(
				'commandRefused',
				`${host} does not do that with "${target}": it is beyond one of its limits${answer}`,
				'The text of the server says which: the size of a message, the number of folders, the length of a name.',
			);
		case 'APPENDLIMIT':
		case 'TOOBIG':
			return make(
				'commandRefused',
				`The message is larger than ${host} takes${answer}`,
				'Make it smaller, for instance by leaving out attachments.',
			);
	}
	const explained = connection.explain(error, { doing: 'other', folder });
	if (explained.code !== 'commandRefused') return explained;
	return make(
		'commandRefused',
		explained.message,
		'Nothing was changed by this command. The text of the server says what it does not like.',
	);
}

/** For a connection that was lost, or a server that fell silent, while such a command was under way. */
export function lostWhile(error: SyncError, { ifLost }: WriteCommand): SyncError {
	if (!['connectionLost', 'commandTimedOut', 'protocolBroken'].includes(error.code)) return error;
	return new SyncError('outcomeUnknown', `${error.message} before it said whether the change was made`, ifLost, {
		place: error.place,
		cause: error,
	});
}
