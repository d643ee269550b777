import { changeResolved } from '../resolveMessages';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { flagChange, flagFields } from './flagFields';

export const removeFlags: Operation = {
	resource: 'message',
	value: 'removeFlags',
	name: 'Remove Flags',
	action: 'Remove flags from message',
	description: 'Remove flags, keywords or Gmail labels and keep the others',
	effect: 'changes',
	properties: [...messageFields, ...flagFields],
	async run(run) {
		await changeResolved(run, (index) => flagChange(run, index, 'remove'));
	},
};
