import { folderField } from '../folderField';
import { changeLocated } from '../locate';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { movedTo } from './transfer';

export const move: Operation = {
	resource: 'message',
	value: 'move',
	name: 'Move',
	action: 'Move message to folder',
	description: 'Put a message into another folder',
	properties: [
		...messageFields,
		folderField({ displayName: 'To Folder', name: 'toFolder', required: true, description: 'The folder to move the message to' }),
	],
	async run(run) {
		await changeLocated(
			run,
			(index) => ({ kind: 'move', to: run.folder('toFolder', index) }),
			(changed) => movedTo(changed, 'previous'),
		);
	},
};
