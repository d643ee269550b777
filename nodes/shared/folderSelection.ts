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
			{ name: 'Chosen Folders', value: 'chosen', description: 'Folders picked from a list' },
			{ name: 'Folders Like', value: 'pattern', description: 'Folders whose names fit a pattern, also those made later' },
			{ name: 'All Folders', value: 'all', description: 'Every folder of the account, also those made later' },
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
		hint: 'In an expression, a folder is named by its full path, e.g. INBOX/Orders',
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
			'Folders to watch, one pattern a line. * stands for any text; \\Sent, \\Archive and the like name a folder by its use.',
	},
	{
		displayName: labels.excludeFolders,
		name: 'excludeFolders',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '',
		displayOptions: { show: { folderSelection: ['pattern'] } },
		placeholder: 'e.g. \\Trash',
		description: "Folders to leave out, one pattern a line, even where 'Include Folders' names them",
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
