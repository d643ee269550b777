import type { Operation } from '../operation';
import { askOnce } from './askOnce';

export const getManyFolders: Operation = {
	resource: 'folder',
	value: 'getMany',
	name: 'Get Many',
	action: 'Get many folders',
	description: 'List the folders of the account',
	effect: 'reads',
	properties: [
		{
			displayName: 'Return All',
			name: 'returnAll',
			type: 'boolean',
			default: false,
			description: 'Whether to return all results or only up to a given limit',
		},
		{
			displayName: 'Limit',
			name: 'limit',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 50,
			displayOptions: { show: { returnAll: [false] } },
			description: 'Max number of results to return',
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
					displayName: 'Counts',
					name: 'counts',
					type: 'boolean',
					default: false,
					description: 'Whether to include the number of messages and of unread messages in each folder',
				},
				{
					displayName: 'Name Contains',
					name: 'nameContains',
					type: 'string',
					default: '',
					placeholder: 'e.g. Orders',
					description: 'Only folders whose path contains this text. Not case-sensitive.',
				},
				{
					displayName: 'Subscribed Only',
					name: 'subscribedOnly',
					type: 'boolean',
					default: false,
					description: 'Whether to return only folders that the account is subscribed to',
				},
			],
		},
	],
	async run(run) {
		const foldersWith = askOnce(async (counts: boolean) => (await run.session()).writer.folders({ counts, subscribed: true }));
		await run.each(async (index) => {
			const limit = run.yesOrNo('returnAll', index) ? Infinity : run.wholeNumber('limit', index, 1, 50);
			const subscribedOnly = run.yesOrNo('options.subscribedOnly', index);
			const wanted = run.text('options.nameContains', index)?.toLowerCase() ?? '';
			const folders = await foldersWith(run.yesOrNo('options.counts', index));
			const account = await run.account();
			const chosen = folders.filter(
				({ path, subscribed }) => path.toLowerCase().includes(wanted) && (!subscribedOnly || subscribed === true),
			);
			for (const { path, counts, ...folder } of chosen.slice(0, limit))
				run.succeed(index, { account, folder: path, ...folder, ...counts });
		});
	},
};
