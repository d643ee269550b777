import type { INodeProperties } from 'n8n-workflow';
import { foldersFields } from './foldersField';

const texts: Record<string, Partial<INodeProperties>> = {
	folderSelection: { displayName: 'Folders From', description: 'Which folders are meant' },
	includeFolders: {
		description:
			'Folders that are meant, one pattern a line. * stands for any text; \\Sent, \\Archive and the like name a folder by its use.',
	},
};

/** foldersFields, for operations that search nothing. Read with readFolders(). */
export const folderSelectionFields: INodeProperties[] = foldersFields().map((field) => ({ ...field, ...texts[field.name] }));
