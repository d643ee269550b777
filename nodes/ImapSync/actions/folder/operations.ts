// The operations on folders, a line each. The editor shows them in the order of their names.
export { createFolder } from './create';
export { deleteFolder } from './delete';
export { emptyWholeFolder } from './empty';
export { getManyFolders } from './getMany';
export { getQuota } from './getQuota';
export { getFolderStatus } from './getStatus';
export { renameFolder } from './rename';
export { subscribeFolder } from './subscribe';
export { unsubscribeFolder } from './unsubscribe';
