import { SyncError } from '../errors/syncError';

export function notFound(path: string): SyncError {
	return new SyncError(
		'folderNotFound',
		`There is no folder "${path}"`,
		'It may have been renamed or deleted: choose the folder again.',
		{ place: { folder: path } },
	);
}

export function notSelectable(path: string): SyncError {
	return new SyncError(
		'folderNotSelectable',
		`The folder "${path}" holds no messages of its own`,
		'Choose one of the folders below it.',
		{ place: { folder: path } },
	);
}

export function exists(path: string): SyncError {
	return new SyncError('folderExists', `There is a folder "${path}" already`, 'Choose another name.', {
		place: { folder: path },
	});
}
