import { folderField } from '../../../shared/folderField';
import { changeResolved } from '../resolveMessages';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { movedTo, readTarget, transferOptions } from './transfer';

export const move: Operation = {
	resource: 'message',
	value: 'move',
	name: 'Move',
	action: 'Move message to folder',
	description: 'Move a message to another folder of the same account',
	effect: 'changes',
	properties: [
		...messageFields,
		folderField({
			displayName: 'To Folder',
			name: 'toFolder',
			required: true,
			description: 'The path of the folder to move the message to, such as Archive',
		}),
		transferOptions,
	],
	async run(run) {
		await changeResolved(
			run,
			(index) => ({ kind: 'move', ...readTarget(run, index) }),
			(changed) => movedTo(changed, 'previous'),
		);
	},
};
