import { changeResolved } from '../resolveMessages';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { flagChange, flagFields } from './flagFields';

export const setFlags: Operation = {
	resource: 'message',
	value: 'setFlags',
	name: 'Set Flags',
	action: 'Set flags of message',
	description: 'Replace all flags and keywords, and the Gmail labels where some are given',
	properties: [...messageFields, ...flagFields],
	async run(run) {
		await changeResolved(run, (index) => flagChange(run, index, 'set'));
	},
};
