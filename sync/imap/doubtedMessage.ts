import { isAsAnnounced } from '../reading/announcedSize';
import type { FetchedMessage, FetchParts } from '../server/message';
import { isDoubtful } from './doubtfulStructure';
import { mayBeRemovedNote } from './messageRow';

/** bytes; a larger message is not read for the sake of its structure */
export const LARGEST_READ_WHOLE = 1024 * 1024;

/** Whether what came of a message has to be read once more, and more closely. */
export function isDoubted(message: FetchedMessage, parts: FetchParts): boolean {
	const { size, source, structure, header } = message;
	if (parts === 'descriptor') return mayBeRemovedNote(message);
	if (parts === 'source') return source !== undefined && !isAsAnnounced(source, size);
	if (parts !== 'headerAndStructure' || size > LARGEST_READ_WHOLE || size === 0 || header === undefined) return false;
	return structure === undefined || header.length === 0 || isDoubtful(structure, header);
}
