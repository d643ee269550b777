import type { RepeatCheck } from '../../../sync/errors/errorData';
import { onHost, quoted, type TextsOf } from './errorText';

/** What goes wrong while something is changed, or is refused before. */
export const changeTexts: TextsOf<
	| 'folderReadOnly'
	| 'folderExists'
	| 'folderFull'
	| 'notOffered'
	| 'refusedForSafety'
	| 'notesNotKept'
	| 'outcomeUnknown'
	| 'runStopped'
> = {
	folderReadOnly: ({ folder, reason }) =>
		reason === 'own'
			? {
					message: `The account can read the folder "${folder}", but not change anything in it`,
					advice: 'Ask its owner for permission to change it.',
				}
			: {
					message: `The other account cannot change anything in its folder "${folder}"`,
					advice: 'Select another folder, or ask its owner for permission to change it.',
				},

	folderExists: ({ target, host }) => ({
		message: `There is a folder "${target}"${onHost(host)} already`,
		advice: 'Choose another name.',
	}),

	folderFull: ({ target, host, answer }) => ({
		message: `There is no room left for "${target}" on ${host}${quoted(answer)}`,
		advice: 'Delete messages, empty the trash, or ask the provider for more storage.',
	}),

	notOffered(data) {
		const { folder } = data;
		switch (data.reason) {
			case 'move':
				return {
					message: `The mail server can neither move messages (MOVE) nor remove single messages (UIDPLUS), so nothing was moved out of "${folder}"`,
					advice: 'Copy the message instead, and mark the original. Removing it could remove other messages too.',
				};
			case 'delete':
				return {
					message: `The mail server cannot remove single messages (UIDPLUS), so nothing was deleted in "${folder}"`,
					advice:
						'Move the message to the trash instead. Removing it permanently would also remove messages that other programs marked as deleted.',
				};
			case 'empty':
				return {
					message: `The mail server cannot remove single messages (UIDPLUS), so "${folder}" was not emptied`,
					advice: 'Removing everything that is marked as deleted could also remove messages that arrive in the meantime.',
				};
			case 'replacePosition':
				return {
					message: 'The mail server cannot remove single messages (UIDPLUS), so no position can be replaced there',
					advice: "In 'State Store', choose 'Cursor' or 'Static Data'.",
				};
			case 'quota':
				return {
					message: 'The mail server does not report quotas (QUOTA)',
					advice: 'Ask the provider how much storage the account has.',
				};
			case 'flag': {
				const isSystemFlag = data.flag.startsWith('\\');
				return {
					message: `The folder "${folder}" on ${data.host} does not keep the ${isSystemFlag ? 'flag' : 'keyword'} ${data.flag}`,
					advice: isSystemFlag
						? 'Use another flag.'
						: 'This mail server allows no keywords in this folder. Use a flag such as \\Flagged, or move the message to another folder.',
				};
			}
			case 'labels':
				return {
					message: `${data.host} has no labels: only Gmail has them`,
					advice: 'Use keywords or folders on this server.',
				};
		}
	},

	refusedForSafety(data) {
		switch (data.reason) {
			case 'noteTooLong':
				return { message: 'The note would be too long', advice: 'Change fewer messages at a time.' };
			case 'positionAmongMail':
				return {
					message: `The folder "${data.folder}" receives mail, so no position is kept there.`,
					advice: "Choose a separate folder in 'State Folder', such as IMAP Sync. It is created if it does not exist.",
				};
			case 'notesFolderWatched':
				return {
					message: `The folder "${data.folder}" is where n8n processes note what they change, so it is not watched.`,
					advice: "Remove it from the watched folders, or choose another folder in 'Folder for Notes' of the credential.",
				};
		}
	},

	notesNotKept: ({ folder, reason }, cause) => ({
		message: `In the folder "${folder}" ${reason === 'notRemoved' ? 'old notes could not be removed' : 'what was changed could not be noted'}: ${cause.message}`,
		advice:
			"The mailbox was changed as requested. Triggers in other n8n processes may report these changes as events. Check the folder, or choose another one in 'Folder for Notes' of the credential.",
	}),

	outcomeUnknown: (data, cause) =>
		data.reason === 'answerLost'
			? { message: `${cause.message} before it said whether the change was made`, advice: repeatAdvice(data.check) }
			: {
					message: `${cause.message}; the message has left "${data.folder}", so it was most likely moved to "${data.target}"`,
					advice: `Search "${data.target}" for its Message-ID.`,
				},

	runStopped: () => ({
		message: 'The execution was stopped before this was done',
		advice: 'Nothing was changed for this item.',
	}),
};

/** What to do before a change is repeated. */
function repeatAdvice(check: RepeatCheck): string {
	switch (check.kind) {
		case 'harmless':
			return 'Try again: repeating it does no harm.';
		case 'maybeTwice':
			return 'Check the folder before you repeat it, to avoid duplicates.';
		case 'folderGone':
			return 'Check whether the folder still exists.';
		case 'folderRenamed':
			return `Check whether the folder is now called "${check.newName}".`;
		case 'messageMoved':
			return `Look for the message in "${check.target}".`;
	}
}
