import { folderField } from '../../../shared/folderField';
import { changeResolved } from '../resolveMessages';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { movedTo, readTarget, transferOptions } from './transfer';

export const copy: Operation = {
	resource: 'message',
	value: 'copy',
	name: 'Copy',
	action: 'Copy message to folder',
	description: 'Copy a message to another folder of the same account',
	effect: 'changes',
	properties: [
		...messageFields,
		folderField({
			displayName: 'To Folder',
			name: 'toFolder',
			required: true,
			description: 'The path of the folder to copy the message to, such as Archive',
		}),
		transferOptions,
	],
	async run(run) {
		await changeResolved(
			run,
			(index) => ({ kind: 'copy', ...readTarget(run, index) }),
			(changed) => movedTo(changed, 'source'),
		);
	},
};
