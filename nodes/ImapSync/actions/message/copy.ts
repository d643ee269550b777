import { folderField } from '../folderField';
import { changeLocated } from '../locate';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { movedTo } from './transfer';

export const copy: Operation = {
	resource: 'message',
	value: 'copy',
	name: 'Copy',
	action: 'Copy message to folder',
	description: 'Put a copy of a message into another folder of the same account',
	properties: [
		...messageFields,
		folderField({ displayName: 'To Folder', name: 'toFolder', required: true, description: 'The folder to copy the message to' }),
	],
	async run(run) {
		await changeLocated(
			run,
			(index) => ({ kind: 'copy', to: run.folder('toFolder', index) }),
			(changed) => movedTo(changed, 'source'),
		);
	},
};
