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
	name: 'Copy To Account',
	action: 'Copy message to another account',
	description: 'Copy messages or whole folders to a second account, leaving out what is there already: for backup and migration',
	effect: 'changes',
	properties: [
		targetAuthenticationField,
		{
			displayName: 'Copy',
			name: 'copyWhat',
			type: 'options',
			default: 'messages',
			options: [
				{ name: 'Messages', value: 'messages', description: 'The messages that the input items mean' },
				{ name: 'Whole Folders', value: 'folders', description: 'All messages of one folder, several or all folders' },
			],
			description: 'What is copied',
		},
		...messageFields.map((field) => shownWith(field, 'messages')),
		folderField({
			displayName: 'To Folder',
			name: 'targetFolder',
			account: 'target',
			displayOptions: { show: { copyWhat: ['messages'] } },
			description:
				'The path of the folder of the second account; empty for the one with the name of the folder in which the message lies',
		}),
		...selectedFolderFields.map((field) => shownWith(field, 'folders')),
		{
			displayName: 'Below Folder',
			name: 'below',
			type: 'string',
			default: '',
			displayOptions: { show: { copyWhat: ['folders'] } },
			placeholder: 'e.g. Backup',
			description: 'The path of a folder of the second account to put all folders in; empty for the top level',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			description: 'What is rarely needed',
			options: [
				{
					displayName: 'Create Folders',
					name: 'createFolders',
					type: 'boolean',
					default: true,
					description: 'Whether to create folders that the second account does not have',
				},
				{
					displayName: 'Folder Names',
					name: 'folderNames',
					type: 'string',
					typeOptions: { rows: 3 },
					default: '',
					placeholder: 'e.g. Sent Items = Sent',
					description: 'Folders that have another name in the second account, one a line: name here = name there',
				},
				{
					displayName: 'Match Special Folders',
					name: 'matchSpecial',
					type: 'boolean',
					default: true,
					description:
						'Whether the folder for sent mail goes to the one for sent mail, and so on, whatever they are called. Not with Below Folder.',
				},
				{
					displayName: 'Max Message Size (MB)',
					name: 'maxSize',
					type: 'number',
					typeOptions: { minValue: 1 },
					default: 100,
					description: 'Larger messages are reported and not copied. A message is held in memory while it is stored.',
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
