import type { INodeProperties } from 'n8n-workflow';
import { targetAuthenticationField } from '../../../shared/credentials';
import { folderField } from '../../../shared/folderField';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { selectedFolderFields } from '../selectedFolders';
import { copyFolders } from './copyFolders';
import { copyMessages } from './copyMessages';

export const copyToAccount: Operation = {
	resource: 'message',
	value: 'copyToAccount',
	name: 'Copy to Account',
	action: 'Copy message to another account',
	description:
		'Copy messages or whole folders to another account, for backup or migration, skipping messages that are already there',
	effect: 'changes',
	properties: [
		targetAuthenticationField,
		{
			displayName: 'Copy',
			name: 'copyWhat',
			type: 'options',
			default: 'messages',
			options: [
				{ name: 'Messages', value: 'messages', description: 'The messages of the input items' },
				{ name: 'Whole Folders', value: 'folders', description: 'All messages in one, several or all folders' },
			],
			description: 'What to copy',
		},
		...messageFields.map((field) => shownWith(field, 'messages')),
		folderField({
			displayName: 'To Folder',
			name: 'targetFolder',
			account: 'target',
			displayOptions: { show: { copyWhat: ['messages'] } },
			description: 'The path of the folder in the other account; leave empty to use the folder with the same name',
		}),
		...selectedFolderFields.map((field) => shownWith(field, 'folders')),
		{
			displayName: 'Below Folder',
			name: 'below',
			type: 'string',
			default: '',
			displayOptions: { show: { copyWhat: ['folders'] } },
			placeholder: 'e.g. Backup',
			description: 'The folder of the other account to copy the folders into; leave empty for the top level',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			description: 'Rarely needed settings',
			options: [
				{
					displayName: 'Create Folders',
					name: 'createFolders',
					type: 'boolean',
					default: true,
					description: 'Whether to create folders that do not exist in the other account',
				},
				{
					displayName: 'Folder Names',
					name: 'folderNames',
					type: 'string',
					typeOptions: { rows: 3 },
					default: '',
					placeholder: 'e.g. Sent Items = Sent',
					description: 'Folders that have a different name in the other account, one per line: name here = name there',
				},
				{
					displayName: 'Match Special Folders',
					name: 'matchSpecial',
					type: 'boolean',
					default: true,
					description:
						"Whether to copy sent mail to the folder for sent mail, and so on, even if the names differ. Does not apply with 'Below Folder'.",
				},
				{
					displayName: 'Max Message Size (MB)',
					name: 'maxSize',
					type: 'number',
					typeOptions: { minValue: 1 },
					default: 100,
					description: 'Larger messages are reported and not copied. Each message is held in memory while it is copied.',
				},
			],
		},
	],
	async run(run) {
		// One way for all items: what an expression makes of it for the first one.
		if (run.choice('copyWhat', 0, ['messages', 'folders'] as const) === 'folders') await copyFolders(run);
		else await copyMessages(run);
	},
};

function shownWith(field: INodeProperties, copyWhat: string): INodeProperties {
	return { ...field, displayOptions: { show: { copyWhat: [copyWhat], ...field.displayOptions?.show } } };
}
