import type { ContentParts, FetchedMessage } from '../server/message';
import { isDoubted } from './doubtedMessage';
import { SMALL_BYTES, type FetchRow } from './fetchRow';
import { toFetchedMessage } from './messageRow';

/** What an item is made of, as it came with a descriptor; undefined where it may be cut, or has to be looked at more closely. */
export function smallContent(row: FetchRow, parts: ContentParts): FetchedMessage | undefined {
	const bytes = parts === 'source' ? row.source : row.header;
	// A message as large as that may be whole, and a header not: of it nobody knows the size. More was not asked for.
	if (!bytes || bytes.length > SMALL_BYTES || (parts === 'headerAndStructure' && bytes.length === SMALL_BYTES)) return undefined;
	const content = toFetchedMessage(row, parts);
	return content && !isDoubted(content, parts) ? content : undefined;
}
