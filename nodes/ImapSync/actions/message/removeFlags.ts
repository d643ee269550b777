import { changeResolved } from '../resolveMessages';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { flagChange, flagFields } from './flagFields';

export const removeFlags: Operation = {
	resource: 'message',
	value: 'removeFlags',
	name: 'Remove Flags',
	action: 'Remove flags from message',
	description: 'Take flags, keywords or Gmail labels away and leave the others as they are',
	effect: 'changes',
	properties: [...messageFields, ...flagFields],
	async run(run) {
		await changeResolved(run, (index) => flagChange(run, index, 'remove'));
	},
};
