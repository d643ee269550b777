import { changeResolved } from '../resolveMessages';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { movedTo } from './transfer';
import { toTrash, trashField } from './trash';

export const deleteMessage: Operation = {
	resource: 'message',
	value: 'delete',
	name: 'Delete',
	action: 'Delete message',
	description: 'Move a message to the trash, or delete it permanently',
	effect: 'changes',
	properties: [
		...messageFields,
		{
			displayName: 'Delete Permanently',
			name: 'permanently',
			type: 'boolean',
			default: false,
			description: 'Whether to delete the message permanently instead of moving it to the trash, which cannot be undone',
		},
		trashField({ show: { permanently: [false] } }),
	],
	danger: (run, index) => (run.yesOrNo('permanently', index) ? ['permanently'] : []),
	async run(run) {
		const trash = toTrash(run);
		const forGood = (index: number): boolean => run.yesOrNo('permanently', index);
		await changeResolved(
			run,
			(index, address) => (forGood(index) ? { kind: 'remove' } : trash(index, address)),
			(changed, index) => {
				if (forGood(index)) return { deleted: true, permanently: true };
				return changed.target ? { deleted: true, ...movedTo(changed, 'previous') } : { deleted: true, alreadyInTrash: true };
			},
		);
	},
};
