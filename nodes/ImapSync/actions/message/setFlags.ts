import { changeResolved } from '../resolveMessages';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { flagChange, flagFields, marksAsDeleted } from './flagFields';

export const setFlags: Operation = {
	resource: 'message',
	value: 'setFlags',
	name: 'Set Flags',
	action: 'Set flags of message',
	description: 'Replace all flags and keywords of a message, removing those you do not name',
	effect: 'changes',
	properties: [...messageFields, ...flagFields],
	danger: marksAsDeleted,
	async run(run) {
		await changeResolved(run, (index) => flagChange(run, index, 'set'));
	},
};
