import { changeResolved } from '../resolveMessages';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';

export const markUnread: Operation = {
	resource: 'message',
	value: 'markUnread',
	name: 'Mark Unread',
	action: 'Mark message as unread',
	description: 'Take away the flag that says a message was read',
	effect: 'changes',
	properties: messageFields,
	async run(run) {
		await changeResolved(run, () => ({ kind: 'flags', mode: 'remove', flags: ['\\Seen'] }));
	},
};
