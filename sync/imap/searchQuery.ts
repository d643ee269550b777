import type { SearchObject } from 'imapflow';
import { SyncError } from '../errors/syncError';
import type { SearchCriteria } from '../server/searchCriteria';

/** A day, in milliseconds: no clock of the world is further from UTC, and no server should be further from the truth. */
const DAY_MS = 24 * 60 * 60 * 1000;

/** Criteria that no message can meet, so that nothing needs to be asked. */
export const NOTHING = 'nothing';

const systemFlagKeys = {
	'\\seen': 'seen',
	'\\answered': 'answered',
	'\\flagged': 'flagged',
	'\\deleted': 'deleted',
	'\\draft': 'draft',
} as const;

/**
 * The criteria as imapflow's search object; an empty object means every message. Texts that are empty are no condition.
 *
 * What the server cannot decide is left to the caller, so the answer may hold messages that do not meet the criteria, and misses none
 * that does. Dates become wider by a day on either side: SINCE and BEFORE look at the day only, in the time zone of the server (RFC
 * 3501 section 6.4.4), and where a server has WITHIN, imapflow sends ages, which count by the server's clock. The caller filters by
 * INTERNALDATE, and by BODYSTRUCTURE for attachments. Below a "none of" it is the other way round (`fewer`): only what surely meets
 * the criteria may be left out.
 *
 * Throws searchFailed for what IMAP cannot search for.
 */
export function toSearchObject(criteria: SearchCriteria, fewer = false): SearchObject | typeof NOTHING {
	if (criteria.thread !== undefined) {
		// It would find everything: which messages make up a conversation is found out before.
		throw new SyncError('searchFailed', { reason: 'conversation' });
	}
	if (criteria.hasAttachment !== undefined && fewer) return NOTHING;
	const margin = fewer ? -DAY_MS : DAY_MS;
	const terms: SearchObject[] = [];
	for (const field of ['from', 'to', 'cc', 'bcc', 'subject', 'body', 'text'] as const) {
		const value = criteria[field];
		if (value) terms.push({ [field]: searchable(value) });
	}
	for (const { name, value } of criteria.header ?? []) {
		if (!/^[\x21-\x39\x3b-\x7e]+$/.test(name)) {
			throw new SyncError('searchFailed', { reason: 'headerName', text: name.slice(0, 60) });
		}
		terms.push({ header: { [name]: value === '' ? true : searchable(value) } });
	}
	if (criteria.messageIds) {
		if (criteria.messageIds.length === 0) return NOTHING;
		const ids = criteria.messageIds.map((id) => ({ header: { 'message-id': searchable(id) } }));
		terms.push(ids.length === 1 ? ids[0] : { or: ids });
	}
	if (criteria.since) terms.push({ since: shifted(criteria.since, -margin) });
	if (criteria.before) terms.push({ before: shifted(criteria.before, margin) });
	if (criteria.larger !== undefined) {
		const bytes = Math.floor(criteria.larger);
		// imapflow leaves out a criterion of 0, which would find everything.
		if (bytes === 0) terms.push({ not: { smaller: 1 } });
		else if (bytes > 0) terms.push({ larger: bytes });
	}
	if (criteria.smaller !== undefined) {
		const bytes = Math.ceil(criteria.smaller);
		if (bytes <= 0) return NOTHING;
		terms.push({ smaller: bytes });
	}
	for (const [flag, wanted] of Object.entries(criteria.flags ?? {})) terms.push(flagTerm(flag, wanted));
	if (criteria.gmailQuery) terms.push({ gmraw: searchable(criteria.gmailQuery) });
	if (criteria.uids !== undefined) terms.push({ uid: criteria.uids });
	if (criteria.threadId) terms.push({ threadId: searchable(criteria.threadId) });
	if (criteria.anyOf) {
		const choices = criteria.anyOf.map((choice) => toSearchObject(choice, fewer)).filter((choice) => choice !== NOTHING);
		if (choices.length === 0) return NOTHING;
		if (!choices.some(isEverything)) terms.push({ or: choices });
	}
	for (const unwanted of criteria.noneOf ?? []) {
		const query = toSearchObject(unwanted, !fewer);
		if (query === NOTHING) continue;
		if (isEverything(query)) return NOTHING;
		terms.push({ not: query });
	}
	return allOf(terms);
}

const isEverything = (query: SearchObject): boolean => Object.keys(query).length === 0;

/** At least one of the flags or keywords. Throws searchFailed for a flag that IMAP cannot search for. */
export function anyFlag(flags: string[]): SearchObject | typeof NOTHING {
	const terms = flags.map((flag) => flagTerm(flag, true));
	if (terms.length === 0) return NOTHING;
	return terms.length === 1 ? terms[0] : { or: terms };
}

/** Whether answering takes the server reading of messages, and so its time. */
export const readsTexts = ({
	body,
	text,
	header,
	from,
	to,
	cc,
	bcc,
	subject,
	gmailQuery,
	anyOf,
	noneOf,
}: SearchCriteria): boolean =>
	Boolean(body || text || header?.length || from || to || cc || bcc || subject || gmailQuery) ||
	[...(anyOf ?? []), ...(noneOf ?? [])].some(readsTexts);

/**
 * All terms at once. imapflow takes each key once, and two keywords or two header fields of one name need it twice: what does
 * not fit goes into an "or" with a single operand, which it writes as a group of its own (RFC 3501: a list of keys is an AND).
 */
export function allOf(terms: SearchObject[]): SearchObject {
	const query: Record<string, unknown> = {};
	const rest: SearchObject[] = [];
	for (const term of terms) {
		const [key, value] = Object.entries(term)[0];
		if (key in query) rest.push(term);
		else query[key] = value;
	}
	if (rest.length > 0) query.or = [allOf(rest)];
	return query as SearchObject;
}

function flagTerm(flag: string, wanted: boolean): SearchObject {
	const lower = flag.toLowerCase();
	if (lower in systemFlagKeys) return { [systemFlagKeys[lower as keyof typeof systemFlagKeys]]: wanted };
	// flag-keyword is an atom (RFC 3501 section 9); \Recent is reported only to the first who looks.
	if (!/^[^\s(){%*"\\\]\x7f-\uffff]+$/.test(flag) || lower === '\\recent') {
		throw new SyncError('searchFailed', { reason: 'flag', text: flag.slice(0, 60) });
	}
	return wanted ? { keyword: flag } : { unKeyword: flag };
}

/** A text that can be sent. Neither line ends nor NUL can stand in a search (RFC 3501 section 9, quoted). */
function searchable(value: string): string {
	const text = value.replace(/[\0\r\n]+/g, ' ');
	// imapflow takes a backslash and an atom for a flag and sends it without quotes, which is a syntax error.
	if (/^\\[^\s(){%*"\\\]\x7f-\uffff]*$/.test(text)) {
		throw new SyncError('searchFailed', { reason: 'text', text: text.slice(0, 60) });
	}
	return text;
}

function shifted(date: Date, by: number): Date {
	const time = date.getTime() + by;
	if (!Number.isFinite(time)) {
		throw new SyncError('searchFailed', { reason: 'date' });
	}
	// Four digits of a year is all the date format has (RFC 3501 section 9, date-year).
	return new Date(Math.min(Math.max(time, Date.UTC(1, 0, 1)), Date.UTC(9998, 11, 31)));
}
