import type { FetchMessageObject, FetchQueryObject } from 'imapflow';
import type { ContentParts } from '../server/message';
import { imapTools } from './libraries';
import { fromModifiedUtf7 } from './mailboxName';
import type { Untagged } from './pipeline';

/** As imapflow gives it, which has one place for headers: here `headers` has the fields that were asked for, and `header` is the whole. */
export interface FetchRow extends FetchMessageObject {
	header?: Buffer | false;
}

/**
 * One row of a FETCH, from the tokens that imapflow makes of it, as imapflow itself gives it: for what is read while several commands
 * are under way, which imapflow cannot do, and for what is read in large numbers: imapflow makes the text of each item anew, and a hash
 * of each message. Only what itemsOf() asks for.
 */
export function fetchRow({ attributes }: Untagged, utf8: boolean): FetchRow {
	const row: Partial<FetchRow> = {};
	const items = Array.isArray(attributes) ? (attributes[1] as unknown) : undefined;
	if (!Array.isArray(items)) return row as FetchRow;
	const tokens = items as unknown[];
	for (let at = 0; at + 1 < tokens.length; at += 2) {
		const { value, section } = (tokens[at] ?? {}) as { value?: unknown; section?: unknown[] };
		if (typeof value === 'string') take(row, value.toUpperCase(), section, tokens[at + 1], utf8);
	}
	return row as FetchRow;
}

/** A message, or its header, comes with its descriptor if it is smaller. Of a larger one that much comes in vain. */
export const SMALL_BYTES = 32 * 1024;

/** What of a small message comes with its descriptor. */
const withDescriptor: Record<ContentParts, string> = {
	source: ` BODY.PEEK[]<0.${SMALL_BYTES}>`,
	headerAndStructure: ` BODYSTRUCTURE BODY.PEEK[HEADER]<0.${SMALL_BYTES}>`,
};

/** What of a server decides which items a FETCH can ask for. */
export interface Offered {
	gmail: boolean;
	objectId: boolean;
	/** Whether the folder has mod-sequences, and they are wanted. */
	modseq?: boolean;
}

/** The items of a FETCH, as they go out; `contents` come with a descriptor. */
export function itemsOf(query: FetchQueryObject, { gmail, objectId, modseq }: Offered, contents?: ContentParts): string {
	const items = [
		'UID',
		query.flags && 'FLAGS',
		query.internalDate && 'INTERNALDATE',
		query.size && 'RFC822.SIZE',
		query.threadId && (objectId ? 'EMAILID THREADID' : gmail && 'X-GM-MSGID X-GM-THRID'),
		query.labels && 'X-GM-LABELS',
		modseq && 'MODSEQ',
		query.bodyStructure && 'BODYSTRUCTURE',
		query.headers &&
			`BODY.PEEK[${Array.isArray(query.headers) ? `HEADER.FIELDS (${query.headers.join(' ').toUpperCase()})` : 'HEADER'}]`,
		query.source && `BODY.PEEK[]${rangeOf(query.source)}`,
		...(query.bodyParts ?? []).map((part) =>
			typeof part === 'string' ? `BODY.PEEK[${part.toUpperCase()}]` : `BODY.PEEK[${part.key.toUpperCase()}]${rangeOf(part)}`,
		),
	];
	return `(${items.filter(Boolean).join(' ')}${contents ? withDescriptor[contents] : ''})`;
}

const rangeOf = (range: boolean | { start?: number; maxLength?: number }): string =>
	typeof range === 'object' && range.maxLength !== undefined ? `<${range.start ?? 0}.${range.maxLength}>` : '';

/** The header block that came, where it was asked for as a whole. */
export const headerIn = ({ header, headers }: FetchRow): Buffer | false | undefined => header ?? headers;

function take(row: Partial<FetchRow>, item: string, section: unknown[] | undefined, token: unknown, utf8: boolean): void {
	switch (item) {
		case 'UID':
			row.uid = numberOf(token, 10);
			break;
		case 'RFC822.SIZE':
			row.size = numberOf(token, 15);
			break;
		case 'FLAGS':
			row.flags = new Set(textsOf(token));
			break;
		case 'X-GM-LABELS':
			row.labels = new Set(textsOf(token).map((label) => (utf8 ? label : fromModifiedUtf7(label))));
			break;
		case 'MODSEQ':
			if (/^\d{1,20}$/.test(textsOf(token)[0] ?? '')) row.modseq = BigInt(textsOf(token)[0]);
			break;
		case 'INTERNALDATE':
			row.internalDate = new Date(textOf(token) ?? '');
			if (Number.isNaN(row.internalDate.getTime())) delete row.internalDate;
			break;
		case 'EMAILID':
			row.emailId = textsOf(token)[0];
			break;
		case 'THREADID':
			row.threadId = textsOf(token)[0];
			break;
		case 'X-GM-MSGID':
			row.emailId = textOf(token);
			break;
		case 'X-GM-THRID':
			row.threadId = textOf(token);
			break;
		case 'BODYSTRUCTURE':
			if (Array.isArray(token)) row.bodyStructure = imapTools().parseBodystructure(token);
			break;
		case 'BODY':
			takeBody(row, section ?? [], token);
	}
}

function takeBody(row: Partial<FetchRow>, [name]: unknown[], token: unknown): void {
	const bytes = bytesOf(token) as Buffer | undefined;
	const part = name === undefined ? undefined : textOf(name)?.toLowerCase();
	if (name === undefined) row.source = bytes;
	else if (part === 'header.fields') row.headers = bytes;
	else if (part === 'header') row.header = bytes;
	else if (part !== undefined && bytes !== undefined) (row.bodyParts ??= new Map<string, Buffer>()).set(part, bytes);
}

/** imapflow's way of saying NIL is `false`. */
function bytesOf(token: unknown): Buffer | false | undefined {
	if (token === null) return false;
	const { value } = (token ?? {}) as { value?: unknown };
	if (Buffer.isBuffer(value)) return value;
	// A short section may come as a quoted string, which the tokenizer read as UTF-8.
	return typeof value === 'string' ? Buffer.from(value) : undefined;
}

function textOf(token: unknown): string | undefined {
	const { value } = (token ?? {}) as { value?: unknown };
	if (Buffer.isBuffer(value)) return value.toString();
	return typeof value === 'string' ? value : undefined;
}

const textsOf = (token: unknown): string[] => (Array.isArray(token) ? token.flatMap((one) => textOf(one) ?? []) : []);

function numberOf(token: unknown, digits: number): number | undefined {
	const text = textOf(token) ?? '';
	return /^\d+$/.test(text) && text.length <= digits ? Number(text) : undefined;
}
