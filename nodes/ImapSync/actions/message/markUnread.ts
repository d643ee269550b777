import { changeResolved } from '../resolveMessages';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';

export const markUnread: Operation = {
	resource: 'message',
	value: 'markUnread',
	name: 'Mark as Unread',
	action: 'Mark message as unread',
	description: 'Mark a message as unread',
	effect: 'changes',
	properties: messageFields,
	async run(run) {
		await changeResolved(run, () => ({ kind: 'flags', mode: 'remove', flags: ['\\Seen'] }));
	},
};
