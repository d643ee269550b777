import { hasCode, type SyncError } from '../errors/syncError';
import { readMessage, type ReadMessage } from './readMessage';
import type { FetchedMessage } from '../server/message';
import type { ReadOptions } from './readOptions';

/**
 * As readMessage(). One that breaks the reader is no reason to keep back bytes that are there: with `hasBytes` it gives what is
 * known without reading, and `error` says what is missing, instead of throwing messageUnreadable. The bytes of a note that the
 * server sent in place of a message are not those of the message.
 */
export async function readAsFarAsPossible(
	message: FetchedMessage,
	options: ReadOptions,
	hasBytes: boolean,
): Promise<ReadMessage & { error?: SyncError }> {
	try {
		return await readMessage(message, options);
	} catch (error) {
		if (!hasBytes || !hasCode(error, 'messageUnreadable') || error.data.reason === 'substitute') throw error;
		const known = await readMessage(message, { level: 'reference', headers: [], attachmentContent: false });
		return { ...known, error };
	}
}
