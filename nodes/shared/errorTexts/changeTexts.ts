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
					message: `The account may read the folder "${folder}" and change nothing in it`,
					advice: 'Ask its owner for the right to change it.',
				}
			: {
					message: `The other account may change nothing in its folder "${folder}"`,
					advice: 'Choose another folder, or ask its owner for the right to change it.',
				},

	folderExists: ({ target, host }) => ({
		message: `There is a folder "${target}"${onHost(host)} already`,
		advice: 'Choose another name.',
	}),

	folderFull: ({ target, host, answer }) => ({
		message: `There is no room left for "${target}" on ${host}${quoted(answer)}`,
		advice: 'Delete something, empty the trash, or ask the provider for more room.',
	}),

	notOffered(data) {
		const { folder } = data;
		switch (data.reason) {
			case 'move':
				return {
					message: `The mail server can neither move messages (MOVE) nor remove chosen ones only (UIDPLUS), so nothing was moved out of "${folder}"`,
					advice: 'Copy the message and mark the original as you like: removing it could take other messages along.',
				};
			case 'delete':
				return {
					message: `The mail server cannot remove chosen messages only (UIDPLUS), so nothing was deleted in "${folder}"`,
					advice:
						'Move the message to the trash instead: removing it for good here would take along whatever other programs have marked as deleted.',
				};
			case 'empty':
				return {
					message: `The mail server cannot remove chosen messages only (UIDPLUS), so "${folder}" was not emptied`,
					advice: 'Removing everything that is marked as deleted could take along what arrives meanwhile.',
				};
			case 'replacePosition':
				return {
					message: 'The mail server cannot remove chosen messages only (UIDPLUS), so no position can be replaced there',
					advice: "Choose another store in 'State Store': Cursor, or Static Data.",
				};
			case 'quota':
				return {
					message: 'The mail server does not tell quotas (QUOTA)',
					advice: 'Ask the provider how much room the account has.',
				};
			case 'flag': {
				const isSystemFlag = data.flag.startsWith('\\');
				return {
					message: `The folder "${folder}" on ${data.host} does not keep the ${isSystemFlag ? 'flag' : 'keyword'} ${data.flag}`,
					advice: isSystemFlag
						? 'Use another flag.'
						: 'This server allows no keywords there: use a flag such as \\Flagged, or move the message to a folder.',
				};
			}
			case 'labels':
				return {
					message: `${data.host} has no labels: only Gmail has`,
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
					message: `Mail comes into the folder "${data.folder}", so no position is kept there.`,
					advice: "Choose a folder of its own in 'State Folder', such as IMAP Sync. It is created when there is none.",
				};
			case 'notesFolderWatched':
				return {
					message: `The folder "${data.folder}" is where the processes of n8n note what they change, so it is not watched.`,
					advice: "Take it out of the watched folders, or choose another folder in 'Folder for Notes' of the credential.",
				};
		}
	},

	notesNotKept: ({ folder, reason }, cause) => ({
		message: `In the folder "${folder}" ${reason === 'notRemoved' ? 'old notes could not be removed' : 'what was changed could not be noted'}: ${cause.message}`,
		advice:
			"What was to be changed in the mailbox was changed. Triggers in other n8n processes may tell it as events: see to the folder, or choose another one in 'Folder for Notes' of the credential.",
	}),

	outcomeUnknown: (data, cause) =>
		data.reason === 'answerLost'
			? { message: `${cause.message} before it said whether the change was made`, advice: repeatAdvice(data.check) }
			: {
					message: `${cause.message}; the message has left "${data.folder}", so it was most likely moved to "${data.target}"`,
					advice: `Look it up in "${data.target}" by its Message-ID.`,
				},

	runStopped: () => ({
		message: 'The execution was stopped before this was done',
		advice: 'Nothing was done to this one.',
	}),
};

/** What to do before a change is repeated. */
function repeatAdvice(check: RepeatCheck): string {
	switch (check.kind) {
		case 'harmless':
			return 'Do it again: doing it twice is the same as doing it once.';
		case 'maybeTwice':
			return 'Look into the folder before you repeat it, or there may be two of it.';
		case 'folderGone':
			return 'Look whether the folder is still there.';
		case 'folderRenamed':
			return `Look whether the folder is called "${check.newName}" now.`;
		case 'messageMoved':
			return `Look for the message in "${check.target}".`;
	}
}
