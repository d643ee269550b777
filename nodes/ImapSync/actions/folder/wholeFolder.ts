import { folderField } from '../../../shared/folderField';

/** The field for the folder that an operation works on. */
export const wholeFolder = (description: string) =>
	folderField({ displayName: 'Folder', name: 'folder', required: true, description });
