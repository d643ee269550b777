import type { Operation } from '../operation';
import { acknowledge } from './acknowledge';
import { addFlags } from './addFlags';
import { append } from './append';
import { copy } from './copy';
import { copyToAccount } from './copyToAccount';
import { createDraft } from './createDraft';
import { createReplyDraft } from './createReplyDraft';
import { deleteMessage } from './delete';
import { getMessage } from './get';
import { getAttachments } from './getAttachments';
import { getManyMessages } from './getMany';
import { getRaw } from './getRaw';
import { getThread } from './getThread';
import { markRead } from './markRead';
import { markUnread } from './markUnread';
import { move } from './move';
import { removeFlags } from './removeFlags';
import { setFlags } from './setFlags';

/** The operations on messages, in alphabetical order of their names. */
export const messageOperations: Operation[] = [
	acknowledge,
	addFlags,
	append,
	copy,
	copyToAccount,
	createDraft,
	createReplyDraft,
	deleteMessage,
	getMessage,
	getAttachments,
	getManyMessages,
	getRaw,
	getThread,
	markRead,
	markUnread,
	move,
	removeFlags,
	setFlags,
];
