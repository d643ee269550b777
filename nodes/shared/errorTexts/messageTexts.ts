import type { ErrorData } from '../../../sync/errors/errorData';
import type { TextsOf } from './errorText';

const LOOK_FOR_FAILURES =
	"Check the workflow for failed executions, and make sure that each branch ends with 'IMAP Sync > Message > Acknowledge' (or with the change chosen in 'Acknowledge') in the same mailbox.";

/** What goes wrong with single messages, or with their acknowledgement. */
export const messageTexts: TextsOf<
	'messageNotFound' | 'messageNotReturned' | 'messageTooLarge' | 'messageUnreadable' | 'markNotKept' | 'acknowledgementMissing'
> = {
	messageNotFound(data) {
		if (data.reason === 'uid') {
			return {
				message: `There is no message with UID ${data.uid} in the folder "${data.folder}"`,
				advice:
					"It was moved or deleted, or the UID belongs to another folder. To find it in any folder, set 'Message' to 'By Message-ID'.",
			};
		}
		if (data.reason === 'range') {
			return {
				message: `There is no message with a UID of ${data.uids} in the folder "${data.folder}"`,
				advice: 'They were moved or deleted, or the UIDs belong to another folder.',
			};
		}
		const { messageId, folder } = data;
		return {
			message: `There is no message with the Message-ID ${messageId} in ${folder === undefined ? 'any folder' : `the folder "${folder}"`}`,
			advice: folder === undefined ? 'It was probably deleted.' : "It may be in another folder: set 'Look In' to 'All Folders'.",
		};
	},

	messageNotReturned(data) {
		const { uid, folder } = data;
		if (data.reason === 'message') {
			return {
				message: `The mail server lists message ${uid} in the folder "${folder}", but does not return it, or not all of it`,
				advice: 'Try again later. If this persists, open the message in a mail program, or ask the operator of the mail server.',
			};
		}
		const what = data.part === '' ? `message ${uid}` : `part ${data.part} of message ${uid}`;
		if (data.reason === 'cut') {
			return {
				message: `${data.host} announced ${data.announced} bytes for ${what} in the folder "${folder}" and returned ${data.received}`,
				advice:
					'It is read again later. If this persists, open the message in a mail program, or ask the operator of the mail server.',
			};
		}
		return {
			message: `${data.host} did not return ${what} in the folder "${folder}"`,
			advice: 'The message was probably deleted in the meantime. Otherwise it is read again later.',
		};
	},

	messageTooLarge({ bytes, limit }) {
		const megabytes = (count: number): string => (count / 1024 / 1024).toFixed(1);
		return {
			message: `The message has ${megabytes(bytes)} MB, and at most ${megabytes(limit)} MB are copied`,
			advice: "Increase 'Max Message Size' in the options. Each message is held in memory while it is copied.",
		};
	},

	messageUnreadable(data) {
		if (data.reason === 'substitute') {
			return {
				message: `The mail server could not convert message ${data.uid}, and sent a note about that in its place`,
				advice:
					'Exchange does this with damaged messages and some meeting requests. Open the message in Outlook; moving it to another folder there, or repairing the mailbox, often helps.',
			};
		}
		return {
			message:
				data.reason === 'nothingSent'
					? `The mail server sent neither the source nor the header of message ${data.uid}`
					: `Message ${data.uid} could not be read: its ${data.read} of ${data.bytes} bytes broke the parser (${data.error})`,
			advice: "Open the message in a mail program. To get its ID and flags nevertheless, set 'Output' to Reference.",
		};
	},

	markNotKept: (data) =>
		data.reason === 'keyword'
			? {
					message: `The mail server keeps no keyword "${data.keyword}" in the folder "${data.folder}", so no workflow can acknowledge a message by it.`,
					advice:
						"Set 'Acknowledge' to Read (the workflow marks the message as read) or to Leaves Folder (the workflow moves or deletes it).",
				}
			: {
					message: `The folder "${data.folder}" does not allow messages to be marked as read, so no workflow can acknowledge a message that way.`,
					advice:
						"Set 'Acknowledge' to Leaves Folder (the workflow moves or deletes the message) or to Keyword, or ask the owner of the folder for the right to mark messages as read.",
				},

	acknowledgementMissing(data) {
		switch (data.reason) {
			case 'heldBack':
				return {
					message: `${data.count} messages of "${data.folder}" are waiting to be acknowledged, so new ones are held back.`,
					advice: LOOK_FOR_FAILURES,
				};
			case 'givenUp':
				return {
					message: `${data.count} messages of "${data.folder}" were not acknowledged after the maximum number of attempts, and are not delivered again.`,
					advice: LOOK_FOR_FAILURES,
				};
			case 'message': {
				const times = data.attempts === 1 ? 'once' : `${data.attempts} times`;
				return {
					message: `No workflow acknowledged this message: it was handed over ${times}, and ${data.minutes} minutes later it was still there without ${ackMark(data)}.`,
					advice: LOOK_FOR_FAILURES,
				};
			}
		}
	},
};

/** What acknowledges a message. */
function ackMark({ by, keyword }: Extract<ErrorData['acknowledgementMissing'], { reason: 'message' }>): string {
	if (by === 'keyword') return `the keyword "${keyword}"`;
	return by === 'seen' ? 'being marked as read' : 'leaving the folder';
}
