import { inFolder, onHost, quoted, type TextsOf } from './errorText';

const LOOKS_AGAIN = 'The folder probably changed in the meantime: the next run checks again.';

/** The folders of an account, for somebody who has to choose another one. */
const accountHas = ({ folders, more }: { folders: string[]; more: number }): string =>
	`The account has: ${folders.join(', ')}${more > 0 ? `, and ${more} more` : ''}.`;

/** What goes wrong with one folder while it is read. */
export const folderTexts: TextsOf<
	| 'folderNotFound'
	| 'folderNotSelectable'
	| 'folderForbidden'
	| 'folderInconsistent'
	| 'folderRenumbered'
	| 'searchFailed'
	| 'lookUnfinished'
	| 'commandRefused'
> = {
	folderNotFound(data) {
		const { folder } = data;
		switch (data.reason) {
			case 'gone':
				return {
					message: `There is no folder "${folder}"${onHost(data.host)}`,
					advice: 'It may have been renamed or deleted: choose the folder again.',
				};
			case 'targetMissing':
				return {
					message: `There is no folder "${data.target}" on ${data.host}`,
					advice: 'Create it first, or select another folder.',
				};
			case 'renamed':
				return {
					message: `The folder "${folder}" is called "${data.newName}" now.`,
					advice: `Choose "${data.newName}" instead.`,
				};
			case 'notListed':
				return {
					message: `The folder "${folder}" does not exist.`,
					advice: `Check its name, or select it from the list. ${accountHas(data)}`,
				};
		}
	},

	folderNotSelectable: (data) =>
		data.reason === 'container'
			? {
					message: `The folder "${data.folder}" holds no messages of its own`,
					advice: 'Choose one of the folders below it.',
				}
			: {
					message: `The folder "${data.folder}" only holds other folders, it cannot hold messages.`,
					advice: `Choose one of the folders inside it. ${accountHas(data)}`,
				},

	folderForbidden(data) {
		const { folder } = data;
		switch (data.reason) {
			case 'read':
				return {
					message: `The account may not read the folder "${folder}" on ${data.host}${quoted(data.answer)}`,
					advice: 'Ask its owner for permission to read it, or do not watch it.',
				};
			case 'change': {
				const target = data.target === undefined ? '' : ` and the folder "${data.target}"`;
				return {
					message: `The account may not do this with the folder "${folder}"${target} on ${data.host}${quoted(data.answer)}`,
					advice: 'Ask the owner of the folder for permission.',
				};
			}
			case 'flagNotStored': {
				const { flag, stayed } = data;
				return {
					message: `The mail server agreed to change the message in the folder "${folder}", but ${stayed ? `left it the flag ${flag}` : `it has not got the flag ${flag}`}`,
					advice: 'The account probably has no permission to change this flag. Ask the owner of the folder.',
				};
			}
			case 'setFlag':
				return {
					message: `The account may not set the flag ${data.flag} in the folder "${folder}" on ${data.host}`,
					advice: askForRights(data.rights),
				};
			case 'removeMessages':
				return {
					message: `The account may not remove messages in the folder "${folder}" on ${data.host}`,
					advice: askForRights(data.rights),
				};
		}
	},

	folderInconsistent(data) {
		const { folder } = data;
		switch (data.reason) {
			case 'uidsMissing':
				return {
					message: `${data.host} gave ${data.uids} UIDs for ${data.asked} messages of the folder "${folder}"`,
					advice: LOOKS_AGAIN,
				};
			case 'miscounted':
				return {
					message: `${data.host} lists ${data.listed} messages of the folder "${folder}" and says that there are ${data.exists}`,
					advice: LOOKS_AGAIN,
				};
			case 'flagsWithoutUid':
				return {
					message: `${data.host} reports flags in the folder "${folder}" without saying which messages they belong to`,
					advice: 'No changes were reported. The next run checks again; if this persists, ask the operator of the mail server.',
				};
			case 'noUidValidityToChange':
				return {
					message: `${data.host} does not report the version (UIDVALIDITY) of the folder "${folder}"`,
					advice: 'Without it, messages cannot be identified reliably, so nothing was changed.',
				};
			case 'noUidValidity':
			case 'noCount':
				return {
					message: `${data.host} does not report ${data.reason === 'noCount' ? 'how many messages are' : 'a version (UIDVALIDITY)'} in the folder "${folder}"`,
					advice: 'Without it, messages cannot be recognized in the next run. Ask the provider, or do not watch this folder.',
				};
			case 'listingIncomplete':
				return {
					message: `The mail server says that "${folder}" holds ${data.exists} messages and lists ${data.listed} of them.`,
					advice:
						'No messages were reported as deleted. The next run checks again; if this persists, ask the operator of the mail server to check the folder.',
				};
			case 'deletionUnconfirmed':
				return {
					message: `The mail server said that ${data.vanished} of ${data.known} messages of "${folder}" are gone, and a second look at the folder did not confirm it.`,
					advice:
						'No deletions were reported. The next run checks again; if this persists, ask the operator of the mail server to check the folder.',
				};
			case 'keepsChanging':
				return {
					message: `Messages were removed from "${folder}" each of the ${data.times} times it was checked.`,
					advice: 'No messages were reported as deleted. The next run checks again.',
				};
			case 'goneUnderway':
				return {
					message: `The mail server refused to read ${data.count} messages of "${folder}", and then said that they are gone.`,
					advice:
						'The folder may have been renamed or replaced meanwhile. No messages were taken as deleted. The next run checks again.',
				};
			case 'messagesLeftOut':
				return {
					message: `The mail server reports nothing about ${data.count} messages of the folder "${folder}" (for example number ${data.uid})`,
					advice: 'The folder could not be checked. Try again; if this persists, ask the operator of the mail server.',
				};
		}
	},

	folderRenumbered: ({ folder, uid, before, now }) => ({
		message: `The folder "${folder}" was rebuilt: the mail server renumbered its messages (uidValidity ${now}, before ${before}), so UID ${uid} may be another message now`,
		advice: "Nothing was changed. Set 'Message' to 'By Message-ID' to find the message again.",
	}),

	searchFailed(data) {
		switch (data.reason) {
			case 'conversation':
				return { message: 'A conversation cannot be searched for here', advice: 'Use the condition in a search only.' };
			case 'date':
				return { message: 'A date of the filter is not a date', advice: 'Correct the dates of the filter.' };
			case 'headerName':
				return {
					message: `"${data.text}" is not the name of a header field`,
					advice: 'Correct the name of the header field in the filter.',
				};
			case 'flag':
				return {
					message: `"${data.text}" is not a flag that a mail server can search for`,
					advice: 'Correct the flag in the filter.',
				};
			case 'text':
				return {
					message: `The text "${data.text}" cannot be searched for`,
					advice: 'Leave out the backslash at the beginning of the text in the filter.',
				};
			case 'unknownMessages':
				return {
					message: `The mail server found messages by the filter that are not in "${data.folder}" (for example number ${data.uid}).`,
					advice:
						'No matches were reported. The next run checks again; if this persists, simplify the filter, or ask the operator of the mail server to rebuild the search index.',
				};
			case 'gmailOnly':
				return {
					message: `${data.host} cannot search in Gmail's query language, or by ids of conversations`,
					advice:
						'Remove the Gmail query, or use it with Gmail only. Name a conversation by a Message-ID, which every server can search for.',
				};
			case 'notSendable':
				return { message: `The filter cannot be sent to ${data.host}: ${data.detail}`, advice: 'Correct the filter.' };
			case 'refused':
				return {
					message: `${data.host} refused the search${inFolder(data.folder)}${quoted(data.answer)}`,
					advice: 'Simplify the filter; not every server can search for everything.',
				};
			case 'refusedSilently':
				return {
					message: `${data.host} refused the search${inFolder(data.folder)}`,
					advice: 'Simplify the filter: not every server can search for everything, or in every language.',
				};
		}
	},

	lookUnfinished: ({ folder, candidates, unread }) => ({
		message: `Of ${candidates} messages in "${folder}" ${unread} have not been read yet, which the filter takes because the mail server cannot decide it.`,
		advice:
			'Nothing is lost: the next run continues. To speed this up, add a condition that the mail server can search for, such as From or a date.',
	}),

	commandRefused(data) {
		switch (data.reason) {
			case 'refused':
				return {
					message: `${data.host} refused a command${inFolder(data.folder)}${quoted(data.answer)}`,
					advice: 'The next run tries again. If this persists, the answer of the mail server gives the reason.',
				};
			case 'change':
				return {
					message: `${data.host} refused a command${inFolder(data.folder)}${quoted(data.answer)}`,
					advice: 'Nothing was changed by this command. The answer of the mail server gives the reason.',
				};
			case 'limit':
				return {
					message: `${data.host} cannot do this with "${data.target}": it exceeds one of the server's limits${quoted(data.answer)}`,
					advice:
						'The answer of the mail server says which one: the size of a message, the number of folders, the length of a name.',
				};
			case 'tooLarge':
				return {
					message: `The message is larger than ${data.host} accepts${quoted(data.answer)}`,
					advice: 'Make it smaller, for example by removing attachments.',
				};
			case 'noModSequences':
				return {
					message: `The mail server keeps no record of changes for the folder "${data.folder}"`,
					advice: 'The next run compares the folder instead.',
				};
		}
	},
};

const askForRights = (rights: string[]): string =>
	`Ask the owner of the folder for the ${rights.length === 1 ? 'right' : 'rights'} to do it: ${rights.map((right) => `"${right}"`).join(' and ')}.`;
