import type { Operation } from '../operation';
import { createFolder } from './create';
import { deleteFolder } from './delete';
import { emptyWholeFolder } from './empty';
import { getManyFolders } from './getMany';
import { getQuota } from './getQuota';
import { getFolderStatus } from './getStatus';
import { renameFolder } from './rename';
import { subscribeFolder } from './subscribe';
import { unsubscribeFolder } from './unsubscribe';

/** The operations on folders, in alphabetical order of their names. */
export const folderOperations: Operation[] = [
	createFolder,
	deleteFolder,
	emptyWholeFolder,
	getManyFolders,
	getQuota,
	getFolderStatus,
	renameFolder,
	subscribeFolder,
	unsubscribeFolder,
];
