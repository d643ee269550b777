import type { INodeProperties } from 'n8n-workflow';
import { selectFolders, type FolderSelection } from '../../../sync/server/folderSelection';
import type { MailServer } from '../../../sync/server/mailServer';
import { watchedPaths } from '../../../sync/run/watchedFolders';
import { folderSelectionFields, readSelection } from '../../shared/folderSelection';
import type { ActionRun } from './ActionRun';

const searchTexts: Record<string, Partial<INodeProperties>> = {
	folderSelection: { displayName: 'Search In', description: 'Which folders to search' },
	includeFolders: {
		description:
			'Folders to search, one pattern per line; * matches any text, and \\Sent, \\Archive and so on match a folder by its purpose',
	},
};

/** The fields that choose where to search, as in the triggers: one folder, several, or all. Read with readFolders(). */
export function searchInFields(selected: 'chosen' | 'all' = 'chosen'): INodeProperties[] {
	return folderSelectionFields.map((field) => ({
		...field,
		...searchTexts[field.name],
		...(field.name === 'folderSelection' ? { default: selected } : {}),
	}));
}

const plainTexts: Record<string, Partial<INodeProperties>> = {
	folderSelection: { displayName: 'Folders From', description: 'Which folders to copy' },
	includeFolders: {
		description:
			'Folders to copy, one pattern per line; * matches any text, and \\Sent, \\Archive and so on match a folder by its purpose',
	},
};

/** searchInFields, for operations that search nothing. Read with readFolders(). */
export const selectedFolderFields: INodeProperties[] = searchInFields().map((field) => ({ ...field, ...plainTexts[field.name] }));

/** Reads searchInFields or selectedFolderFields for one input item. Throws settingsInvalid. */
export const readFolders = (run: ActionRun, index: number): FolderSelection =>
	readSelection({ getNodeParameter: (name, fallback) => run.value(name, index) ?? fallback });

/** The paths of the folders that are meant, and whether each of them was named by somebody. */
export async function foldersOf(server: MailServer, selection: FolderSelection): Promise<{ paths: string[]; mayMiss: boolean }> {
	if (selection.kind === 'chosen') return { paths: watchedPaths({ selection }, undefined), mayMiss: false };
	const listing = await server.listFolders({ status: false });
	if (selection.kind === 'all' && server.capabilities.gmail) {
		// Gmail's labels are folders, and each message is in All Mail once, unless it is trash or junk.
		const uses = ['\\all', '\\trash', '\\junk'];
		const complete = listing.filter(({ specialUse }) => uses.includes(specialUse?.toLowerCase() ?? ''));
		if (complete.some(({ specialUse }) => specialUse?.toLowerCase() === '\\all'))
			return { paths: selectFolders(complete, selection), mayMiss: true };
	}
	return { paths: watchedPaths({ selection }, listing), mayMiss: true };
}
