import { isBlank } from '../../../shared/fieldValues';
import { folderField } from '../../../shared/folderField';
import type { Operation } from '../operation';
import { pathOf } from './folderPath';

export const createFolder: Operation = {
	resource: 'folder',
	value: 'create',
	name: 'Create',
	action: 'Create folder',
	description: 'Create a folder and subscribe to it, so that mail programs show it',
	effect: 'changes',
	properties: [
		{
			displayName: 'Folder Name',
			name: 'newName',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. Orders',
			description:
				'The name of the new folder, such as Orders; use the separator of the mail server, often / or ., to create a folder inside another one',
		},
		folderField({
			displayName: 'Parent Folder',
			name: 'parent',
			description: 'The folder to create it in; leave empty for the top level',
		}),
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			description: 'Rarely needed settings',
			options: [
				{
					displayName: 'Accept Existing',
					name: 'acceptExisting',
					type: 'boolean',
					default: false,
					description: 'Whether to continue without an error if the folder exists already',
				},
			],
		},
	],
	async run(run) {
		await run.each(async (index) => {
			const name = run.requiredText('newName', index);
			const parent = isBlank(run.value('parent', index)) ? undefined : run.folder('parent', index);
			const { writer } = await run.session();
			const folder = pathOf(writer, name, parent);
			const created = await writer.createFolder(folder, { mayExist: run.yesOrNo('options.acceptExisting', index) });
			run.succeed(index, { account: await run.account(), folder, created });
		});
	},
};
