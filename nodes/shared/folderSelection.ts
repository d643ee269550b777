import type { INodeProperties } from 'n8n-workflow';
import type { FolderSelection } from '../../sync/server/folderSelection';
import { invalidField, readChoice, readList } from './fieldValues';
import { labels } from './labels';
import type { ParameterSource } from './parameterSource';

/** The fields that choose folders: some, those that fit a pattern, or all. Read with readSelection(). */
export const folderSelectionFields: INodeProperties[] = [
	{
		displayName: labels.folderSelection,
		name: 'folderSelection',
		type: 'options',
		default: 'chosen',
		options: [
			{ name: 'Chosen Folders', value: 'chosen', description: 'Select folders from a list' },
			{ name: 'Folders Matching a Pattern', value: 'pattern', description: 'Includes folders created later' },
			{ name: 'All Folders', value: 'all', description: 'Every folder of the account, including folders created later' },
		],
		description: 'Which folders to watch',
	},
	{
		displayName: labels.folders,
		name: 'folders',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getFolders' },
		default: ['INBOX'],
		displayOptions: { show: { folderSelection: ['chosen'] } },
		description: 'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
		hint: 'In an expression, use the full path of a folder, such as INBOX/Orders',
	},
	{
		displayName: labels.includeFolders,
		name: 'includeFolders',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '*',
		displayOptions: { show: { folderSelection: ['pattern'] } },
		placeholder: 'e.g. Customers/*',
		description:
			'Folders to watch, one pattern per line. * matches any text. \\Sent, \\Archive and so on match a folder by its purpose, whatever its name.',
	},
	{
		displayName: labels.excludeFolders,
		name: 'excludeFolders',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '',
		displayOptions: { show: { folderSelection: ['pattern'] } },
		placeholder: 'e.g. \\Trash',
		description: "Folders to leave out, one pattern per line, even if they match 'Include Folders'",
	},
];

/** The fields that choose folders. */
export function readSelection(source: Pick<ParameterSource, 'getNodeParameter'>): FolderSelection {
	const kind = readChoice(
		labels.folderSelection,
		source.getNodeParameter('folderSelection', 'chosen'),
		['chosen', 'pattern', 'all'],
		'chosen',
	);
	if (kind === 'all') return { kind };
	if (kind === 'chosen') {
		const folders = readList(labels.folders, source.getNodeParameter('folders', ['INBOX']), 'line');
		if (folders.length === 0) throw invalidField(labels.folders, 'is empty', 'Choose at least one folder to watch.');
		return { kind, folders };
	}
	const include = readList(labels.includeFolders, source.getNodeParameter('includeFolders', '*'), 'line');
	const exclude = readList(labels.excludeFolders, source.getNodeParameter('excludeFolders', ''), 'line');
	if (include.length === 0)
		throw invalidField(labels.includeFolders, 'is empty', 'Enter at least one pattern, or * for all folders.');
	return { kind, include, exclude };
}
