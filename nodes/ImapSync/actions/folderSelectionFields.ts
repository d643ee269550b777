import type { INodeProperties } from 'n8n-workflow';
import { chosenFolders, selectFolders } from '../../../sync/folderSelection';
import type { FolderListing, FolderSelection } from '../../../sync/model';
import { invalidField } from '../fieldValues';
import type { ActionRun } from './ActionRun';

/** The fields that say which folders an operation on whole folders is about. Read with readFolderSelection(). */
export const folderSelectionFields: INodeProperties[] = [
	{
		displayName: 'Folders From',
		name: 'folderSelection',
		type: 'options',
		default: 'chosen',
		options: [
			{ name: 'All Folders', value: 'all', description: 'Every folder of the account that can be opened' },
			{ name: 'By Pattern', value: 'pattern', description: 'Folders whose path matches, such as Archive/*' },
			{ name: 'Chosen Folders', value: 'chosen' },
		],
		description: 'Which folders are meant',
	},
	{
		// eslint-disable-next-line n8n-nodes-base/node-param-display-name-wrong-for-dynamic-multi-options -- a mail folder has no ID
		displayName: 'Folders',
		name: 'folders',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getFolders' },
		default: ['INBOX'],
		required: true,
		displayOptions: { show: { folderSelection: ['chosen'] } },
		description:
			'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
	},
	{
		displayName: 'Include',
		name: 'includeFolders',
		type: 'string',
		typeOptions: { rows: 2 },
		default: '*',
		required: true,
		displayOptions: { show: { folderSelection: ['pattern'] } },
		placeholder: 'e.g. Archive/*',
		description: 'Paths with * for any characters and ? for one, or uses such as \\Sent; one a line',
	},
	{
		displayName: 'Exclude',
		name: 'excludeFolders',
		type: 'string',
		typeOptions: { rows: 2 },
		default: '',
		displayOptions: { show: { folderSelection: ['pattern'] } },
		placeholder: 'e.g. \\Trash',
		description: 'Of these, the ones to leave out; written in the same way',
	},
];

/** Reads folderSelectionFields for one input item. Throws settingsInvalid. */
export function readFolderSelection(run: ActionRun, index: number): FolderSelection {
	const kind = run.choice('folderSelection', index, ['chosen', 'pattern', 'all'] as const);
	if (kind === 'all') return { kind };
	if (kind === 'chosen') {
		const folders = run.list('folders', index, 'line');
		if (folders.length === 0) throw invalidField(run.label('folders'), 'is empty', 'Choose at least one folder.');
		return { kind, folders };
	}
	const include = run.list('includeFolders', index, 'line');
	if (include.length === 0)
		throw invalidField(run.label('includeFolders'), 'is empty', 'Enter at least one pattern, or * for all folders.');
	return { kind, include, exclude: run.list('excludeFolders', index, 'line') };
}

/** The folders that are meant, INBOX first. A chosen folder that does not exist is among them: that is to be told. Throws settingsInvalid where there are none. */
export function meantFolders(listing: FolderListing[], selection: FolderSelection): string[] {
	const paths = selection.kind === 'chosen' ? chosenFolders(selection.folders) : selectFolders(listing, selection);
	if (paths.length > 0) return paths;
	throw invalidField('Include', 'matches no folder of the account', `There are: ${listing.map(({ path }) => path).slice(0, 20).join(', ')}.`);
}
