import { folderField } from '../folderField';

/** The field for the folder that an operation is about. */
export const wholeFolder = (description: string) =>
	folderField({ displayName: 'Folder', name: 'folder', required: true, description });
