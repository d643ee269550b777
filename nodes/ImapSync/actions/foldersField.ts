import type { INodeProperties } from 'n8n-workflow';
import { selectFolders, type FolderSelection } from '../../../sync/server/folderSelection';
import type { MailServer } from '../../../sync/server/mailServer';
import { watchedPaths } from '../../../sync/run/watchedFolders';
import { triggerProperties } from '../properties';
import { readSelection } from '../request';
import type { ActionRun } from './ActionRun';

const texts: Record<string, Partial<INodeProperties>> = {
	folderSelection: { displayName: 'Search In', description: 'Which folders to search in' },
	folders: {},
	includeFolders: {
		description:
			'Folders to search in, one pattern a line. * stands for any text; \\Sent, \\Archive and the like name a folder by its use.',
	},
	excludeFolders: {},
};

/** The fields that choose one folder, several, or all, as in the triggers. Read with readFolders(). */
export function foldersFields(selected: 'chosen' | 'all' = 'chosen'): INodeProperties[] {
	return triggerProperties
		.filter(({ name }) => name in texts)
		.map((field) => ({ ...field, ...texts[field.name], ...(field.name === 'folderSelection' ? { default: selected } : {}) }));
}

/** Reads foldersFields for one input item. Throws settingsInvalid. */
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
