import { SyncError } from '../errors/syncError';
import type { MailboxWriter } from './writing';

/** Does something in a folder, and creates a missing one first. Throws what `act` and creating the folder throw. */
export async function makingFolder<T>(writer: MailboxWriter, folder: string, act: () => Promise<T>): Promise<T> {
	try {
		return await act();
	} catch (error) {
		if (!(error instanceof SyncError) || error.code !== 'folderNotFound') throw error;
		await writer.createFolder(folder, { mayExist: true });
		return await act();
	}
}
