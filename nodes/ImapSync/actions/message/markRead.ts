import { changeResolved } from '../resolveMessages';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';

export const markRead: Operation = {
	resource: 'message',
	value: 'markRead',
	name: 'Mark Read',
	action: 'Mark message as read',
	description: 'Set the flag that says a message was read',
	effect: 'changes',
	properties: messageFields,
	async run(run) {
		await changeResolved(run, () => ({ kind: 'flags', mode: 'add', flags: ['\\Seen'] }));
	},
};
