import { changeResolved } from '../resolveMessages';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { flagChange, flagFields, marksAsDeleted } from './flagFields';

export const addFlags: Operation = {
	resource: 'message',
	value: 'addFlags',
	name: 'Add Flags',
	action: 'Add flags to message',
	description: 'Add flags, keywords or Gmail labels and keep the existing ones',
	effect: 'changes',
	properties: [...messageFields, ...flagFields],
	danger: marksAsDeleted,
	async run(run) {
		await changeResolved(run, (index) => flagChange(run, index, 'add'));
	},
};
