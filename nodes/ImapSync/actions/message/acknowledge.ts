import { ACKNOWLEDGED_KEYWORD } from '../../../../sync/settings/acknowledge';
import type { MessageChange } from '../../../../sync/changing/changeMessages';
import type { MessageAddress } from '../../../../sync/reading/messageAddress';
import { folderField } from '../../../shared/folderField';
import { changeResolved } from '../resolveMessages';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { checkedFlag } from './flagFields';
import { movedTo } from './transfer';
import { toTrash, trashField } from './trash';

export const acknowledge: Operation = {
	resource: 'message',
	value: 'acknowledge',
	name: 'Acknowledge',
	action: 'Acknowledge message',
	description: "Confirm that the workflow is done with a message, so that a trigger with 'Acknowledge' does not return it again",
	effect: 'changes',
	properties: [
		...messageFields,
		{
			displayName: 'Acknowledge By',
			name: 'acknowledgeBy',
			type: 'options',
			default: 'keyword',
			options: [
				{
					name: 'Deleting',
					value: 'delete',
					description: "Move the message to the trash. Works with every setting of 'Acknowledge' in the trigger.",
				},
				{
					name: 'Keyword',
					value: 'keyword',
					description: "For a trigger with 'Acknowledge' set to 'Keyword'. People do not see it.",
				},
				{ name: 'Marking as Read', value: 'seen', description: "For a trigger with 'Acknowledge' set to 'Read'" },
				{
					name: 'Moving',
					value: 'move',
					description: "Move the message to another folder. Works with every setting of 'Acknowledge' in the trigger.",
				},
			],
			description: "How to acknowledge the message. Must fit the option 'Acknowledge' of the trigger.",
		},
		{
			displayName: 'Acknowledge Keyword',
			name: 'acknowledgeKeyword',
			type: 'string',
			default: ACKNOWLEDGED_KEYWORD,
			displayOptions: { show: { acknowledgeBy: ['keyword'] } },
			description: "The keyword to set, the same as 'Acknowledge Keyword' in the trigger",
		},
		folderField({
			displayName: 'To Folder',
			name: 'toFolder',
			required: true,
			displayOptions: { show: { acknowledgeBy: ['move'] } },
			description: 'The path of the folder to move the message to, such as Archive',
		}),
		trashField({ show: { acknowledgeBy: ['delete'] } }),
	],
	async run(run) {
		const ways = ['keyword', 'seen', 'move', 'delete'] as const;
		const trash = toTrash(run);
		const changeOf = (index: number, address: MessageAddress): MessageChange | Promise<MessageChange> => {
			switch (run.choice('acknowledgeBy', index, ways)) {
				case 'keyword': {
					const keyword = run.text('acknowledgeKeyword', index) ?? ACKNOWLEDGED_KEYWORD;
					return { kind: 'flags', mode: 'add', flags: [checkedFlag(run.label('acknowledgeKeyword'), keyword)] };
				}
				case 'seen':
					return { kind: 'flags', mode: 'add', flags: ['\\Seen'] };
				case 'move':
					return { kind: 'move', to: run.folder('toFolder', index) };
				case 'delete':
					return trash(index, address);
			}
		};
		await changeResolved(run, changeOf, (changed) => ({
			acknowledged: true,
			...(changed.target ? movedTo(changed, 'previous') : { flags: changed.flags }),
		}));
	},
};
