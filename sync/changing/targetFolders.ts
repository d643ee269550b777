import { SyncError } from '../errors/syncError';
import type { MailboxWriter } from './writing';

/**
 * The folders that messages of one run go to. A missing one is created where that is wanted, once in a run: only the server's
 * refusal shows that it is missing, so that existing folders cost nothing.
 */
export class TargetFolders {
	private readonly asked = new Map<string, SyncError | undefined>();

	constructor(private readonly writer: Pick<MailboxWriter, 'createFolder'>) {}

	/**
	 * Does something that the server refuses as a whole where the folder is missing (TRYCREATE, RFC 3501 section 7.1), and does it again when
	 * the folder was made. Throws what `act` throws, or why the folder could not be made.
	 */
	async into<T>(folder: string, mayCreate: boolean, act: () => Promise<T>): Promise<T> {
		try {
			return await act();
		} catch (error) {
			if (!mayCreate || !(error instanceof SyncError) || error.code !== 'folderNotFound') throw error;
			const refusal = this.asked.get(folder);
			if (refusal) throw refusal;
			// It was created and is gone again: somebody else does not want it.
			if (this.asked.has(folder)) throw error;
			await this.make(folder);
			return await act();
		}
	}

	private async make(folder: string): Promise<void> {
		try {
			await this.writer.createFolder(folder, { mayExist: true });
			this.asked.set(folder, undefined);
		} catch (error) {
			// What came of a lost connection is no answer.
			if (error instanceof SyncError && error.scope === 'folder') this.asked.set(folder, error);
			throw error;
		}
	}
}
