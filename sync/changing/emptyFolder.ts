import type { StopSignal } from '../errors/stopSignal';
import { stopError, SyncError, withConsequence } from '../errors/syncError';
import { MAX_UID } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MailboxWriter } from './writing';

/**
 * Removes for good all messages that are in the folder when it is opened; what arrives meanwhile stays. Throws notOffered on a
 * server without UIDPLUS, folderReadOnly, folderForbidden, or what went wrong, with how many were removed until then.
 */
export async function emptyFolder(
	writer: MailboxWriter,
	path: string,
	signal: StopSignal | undefined,
): Promise<{ removed: number; uidValidity: string }> {
	if (!writer.capabilities.uidPlus) {
		throw new SyncError('notOffered', { reason: 'empty', folder: path });
	}
	const folder = await writer.open(path);
	folder.assertExpungeable();
	const seen = await folder.existing(UidSet.range(1, MAX_UID));
	let removed = 0;
	for (const uids of seen.chunks(writer.capabilities.maxSetLength)) {
		try {
			if (signal?.aborted) throw stopError(path);
			await folder.remove(uids);
			removed += uids.size;
		} catch (error) {
			if (!(error instanceof SyncError) || removed === 0) throw error;
			throw withConsequence(error, { kind: 'partlyRemoved', removed, total: seen.size });
		}
	}
	return { removed, uidValidity: folder.uidValidity };
}
