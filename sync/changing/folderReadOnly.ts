import { SyncError } from '../errors/syncError';

/** For a folder whose messages the account may read and not change. */
export function folderReadOnly(folder: string): SyncError {
	return new SyncError(
		'folderReadOnly',
		`The account may read the folder "${folder}" and change nothing in it`,
		'Ask its owner for the right to change it.',
		{ place: { folder } },
	);
}
