import { SyncError } from '../errors/syncError';
import { folded } from './composedText';
import { allValues, decodeWords, readHeaderBlock } from './headerBlock';
import { readMessage } from './readMessage';
import type { FetchedMessage } from '../server/message';
import type { SearchCriteria } from '../server/searchCriteria';

/** The conditions of a search that only who has the header can decide. */
export const headerConditions = ['from', 'to', 'cc', 'bcc', 'subject', 'header', 'messageIds'] as const;

/** The conditions that only who has the text of the message can decide. */
export const textConditions = ['body', 'text'] as const;

/**
 * Whether a message that was read meets those conditions that are in its header, its structure and its text; the others are not
 * looked at. Texts are compared decoded, without regard to upper and lower case, as a part of what they are looked for in. What
 * was not fetched, and what cannot be read, meets nothing.
 */
export async function meets(message: FetchedMessage, criteria: SearchCriteria): Promise<boolean> {
	try {
		return await judge(message, criteria);
	} catch (error) {
		if (error instanceof SyncError && error.code === 'messageUnreadable') return false;
		throw error;
	}
}

async function judge(message: FetchedMessage, criteria: SearchCriteria): Promise<boolean> {
	const bytes = message.header ?? message.source;
	const header = bytes && readHeaderBlock(headerOf(bytes));
	const holds = (name: string, text: string): boolean =>
		header !== undefined && allValues(header, name.toLowerCase()).some((value) => contains(decodeWords(value), text));
	for (const name of ['from', 'to', 'cc', 'bcc', 'subject'] as const) {
		const text = criteria[name];
		if (text && !holds(name, text)) return false;
	}
	if (!(criteria.header ?? []).every(({ name, value }) => holds(name, value))) return false;
	if (criteria.messageIds && !criteria.messageIds.some((id) => holds('message-id', id))) return false;
	if (criteria.hasAttachment !== undefined && (await hasAttachment(message)) !== criteria.hasAttachment) return false;
	if (!criteria.body && !criteria.text) return true;
	const { fields } = await readMessage(message, { level: 'content', headers: [], attachmentContent: false });
	const inBody = (text: string): boolean => contains(fields.text ?? '', text) || contains(fields.html ?? '', text);
	const inHeader = (text: string): boolean => header?.fields.some(({ value }) => contains(decodeWords(value), text)) === true;
	return (!criteria.body || inBody(criteria.body)) && (!criteria.text || inHeader(criteria.text) || inBody(criteria.text));
}

/**
 * Whether somebody attached a file: pictures that the html shows do not count, nor do signatures, which a mail program adds.
 * Without a structure this is unknown, which counts as no.
 */
async function hasAttachment(message: FetchedMessage): Promise<boolean> {
	const { attachments } = await readMessage(message, { level: 'metadata', headers: [], attachmentContent: false });
	return attachments.some(({ isInline, mimeType }) => !isInline && !/^application\/(x-)?(pgp|pkcs7)-signature$/.test(mimeType));
}

function headerOf(bytes: Buffer): Buffer {
	const ends = ['\r\n\r\n', '\n\n'].map((end) => bytes.indexOf(end)).filter((at) => at >= 0);
	return ends.length > 0 ? bytes.subarray(0, Math.min(...ends)) : bytes;
}

const contains = (text: string, part: string): boolean => folded(text).includes(folded(part));
