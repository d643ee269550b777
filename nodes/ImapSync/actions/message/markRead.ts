import { changeResolved } from '../resolveMessages';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';

export const markRead: Operation = {
	resource: 'message',
	value: 'markRead',
	name: 'Mark as Read',
	action: 'Mark message as read',
	description: 'Mark a message as read',
	effect: 'changes',
	properties: messageFields,
	async run(run) {
		await changeResolved(run, () => ({ kind: 'flags', mode: 'add', flags: ['\\Seen'] }));
	},
};
