import { SyncError } from '../errors/syncError';

/** For a folder whose messages the account may read and not change. */
export function folderReadOnly(folder: string): SyncError {
	return new SyncError('folderReadOnly', { reason: 'own', folder });
}
