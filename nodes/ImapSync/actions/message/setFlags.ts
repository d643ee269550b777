import { changeResolved } from '../resolveMessages';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { flagChange, flagFields, marksAsDeleted } from './flagFields';

export const setFlags: Operation = {
	resource: 'message',
	value: 'setFlags',
	name: 'Set Flags',
	action: 'Set flags of message',
	description: 'Replace all flags and keywords, and the Gmail labels where some are given; those that are not named are lost',
	effect: 'changes',
	properties: [...messageFields, ...flagFields],
	danger: marksAsDeleted,
	async run(run) {
		await changeResolved(run, (index) => flagChange(run, index, 'set'));
	},
};
