import { SyncError } from '../errors/syncError';

export function notFound(path: string): SyncError {
	return new SyncError('folderNotFound', { reason: 'gone', folder: path });
}

export function notSelectable(path: string): SyncError {
	return new SyncError('folderNotSelectable', { reason: 'container', folder: path });
}

export function exists(path: string): SyncError {
	return new SyncError('folderExists', { folder: path, target: path });
}
