import type { IDataObject } from 'n8n-workflow';
import { MAX_UID } from '../../sync/uids/uid';
import { UidSet } from '../../sync/uids/uidSet';
import { invalidField, readDate, readDaysAgo, readList, readMegabytes, readText, readYesOrNo } from './fieldValues';
import { filterLabels } from './filterFields';
import { readHeaderName } from './itemRequest';
import type { SearchCriteria } from '../../sync/server/searchCriteria';

/** Names a field in an error: "Filter: Subject". */
type LabelOf = (name: keyof typeof filterLabels) => string;

/** The time that dates are read by: `zone` is that of dates without one, and relative ones count back from `now`. */
export interface WallClock {
	zone: string;
	/** milliseconds since 1970 */
	now: number;
}

/** Longest list of UIDs that goes to a mail server in one line. */
const MAX_UIDS_TEXT = 4_000;

/**
 * The conditions of a trigger's filter: the fields of filterFields. `collection` is what the editor calls them
 * together. Throws SyncError settingsInvalid that names the field.
 */
export function readConditions(fields: IDataObject, collection: string, clock: WallClock): SearchCriteria {
	const label: LabelOf = (name) => `${collection}: ${filterLabels[name]}`;
	const criteria: SearchCriteria = {};

	for (const name of ['from', 'to', 'cc', 'bcc', 'subject', 'body', 'text', 'gmailQuery'] as const) {
		const text = readText(label(name), fields[name]);
		if (text !== undefined) criteria[name] = text;
	}
	for (const name of ['since', 'before'] as const) {
		const date = readDate(label(name), fields[name], clock.zone);
		if (date !== undefined) criteria[name] = date;
	}
	if (criteria.since && criteria.before && criteria.before <= criteria.since) {
		throw invalidField(label('before'), `must be later than ${filterLabels.since}: no message is both`);
	}
	const recently = readDaysAgo(label('lastDays'), fields.lastDays, clock.now);
	if (recently && !(criteria.since && criteria.since > recently)) criteria.since = recently;
	for (const name of ['larger', 'smaller'] as const) {
		const bytes = readMegabytes(label(name), fields[name]);
		if (bytes !== undefined) criteria[name] = bytes;
	}
	const header = readHeaderCondition(fields, label);
	if (header !== undefined) criteria.header = [header];
	const flags = readFlagConditions(fields, label);
	if (Object.keys(flags).length > 0) criteria.flags = flags;
	const hasAttachment = readYesOrNo(label('hasAttachment'), fields.hasAttachment);
	if (hasAttachment !== undefined) criteria.hasAttachment = hasAttachment;

	return criteria;
}

/** The conditions of a search: those of a filter, and those that only a search may ask for (searchFields). */
export function readSearch(fields: IDataObject, collection: string, clock: WallClock): SearchCriteria {
	const label: LabelOf = (name) => `${collection}: ${filterLabels[name]}`;
	const criteria = readConditions(fields, collection, clock);
	const messageIds = readList(label('messageId'), fields.messageId, 'comma').map((id) => `<${id.replace(/^<|>$/g, '')}>`);
	if (messageIds.length > 0) criteria.messageIds = messageIds;
	const thread = readText(label('thread'), fields.thread);
	if (thread !== undefined) criteria.thread = thread;
	const uids = readUids(label('uids'), fields.uids);
	if (uids !== undefined) criteria.uids = uids;
	return criteria;
}

/** How many of the wanted conditions a message must meet. */
export type Match = 'all' | 'any';

/** The criteria for messages that meet the wanted conditions, and none of the unwanted ones. */
export function combined(wanted: SearchCriteria, match: Match, unwanted: SearchCriteria): SearchCriteria {
	const criteria = match === 'any' ? anyOfThem(wanted) : wanted;
	return Object.keys(unwanted).length === 0 ? criteria : { ...criteria, noneOf: [anyOfThem(unwanted)] };
}

/** The criteria for messages that meet at least one of the conditions, instead of all. */
function anyOfThem(criteria: SearchCriteria): SearchCriteria {
	const { since, before, flags = {}, ...others } = criteria;
	const choices: SearchCriteria[] = [
		...Object.entries(others).map(([name, value]) => ({ [name]: value as unknown }) as SearchCriteria),
		...Object.entries(flags).map(([flag, wanted]) => ({ flags: { [flag]: wanted } })),
		// A period is one condition.
		...(since || before ? [{ ...(since ? { since } : {}), ...(before ? { before } : {}) }] : []),
	];
	return choices.length <= 1 ? criteria : { anyOf: choices };
}

function readUids(label: string, value: unknown): string | undefined {
	// A single one is a number where it comes from an item.
	const text = readList(label, typeof value === 'number' ? String(value) : value, 'comma')
		.join(',')
		.replace(/\s/g, '');
	if (text === '') return undefined;
	let uids: UidSet;
	try {
		uids = UidSet.parse(text.replace(/\*/g, String(MAX_UID)));
	} catch {
		throw invalidField(label, `must be UIDs such as 4711,4720:4725 or 5000:*, but is "${text.slice(0, 40)}"`);
	}
	const set = uids.toString();
	if (set.length > MAX_UIDS_TEXT)
		throw invalidField(label, `is too long: ${set.length} characters, and at most ${MAX_UIDS_TEXT} are taken`);
	return set;
}

function readHeaderCondition(fields: IDataObject, label: LabelOf): { name: string; value: string } | undefined {
	const name = readText(label('headerName'), fields.headerName);
	const value = readText(label('headerValue'), fields.headerValue);
	if (name === undefined) {
		if (value !== undefined) throw invalidField(label('headerName'), `is empty, but ${filterLabels.headerValue} is not`);
		return undefined;
	}
	return { name: readHeaderName(label('headerName'), name), value: value ?? '' };
}

function readFlagConditions(fields: IDataObject, label: LabelOf): Record<string, boolean> {
	const flags: Record<string, boolean> = {};
	for (const [name, flag] of [
		['seen', '\\Seen'],
		['flagged', '\\Flagged'],
		['answered', '\\Answered'],
		['deleted', '\\Deleted'],
		['draft', '\\Draft'],
	] as const) {
		const wanted = readYesOrNo(label(name), fields[name]);
		if (wanted !== undefined) flags[flag] = wanted;
	}
	for (const [name, wanted] of [
		['keyword', true],
		['notKeyword', false],
	] as const) {
		for (const keyword of readList(label(name), fields[name], 'comma')) {
			readKeyword(label(name), keyword);
			if (flags[keyword] !== undefined && flags[keyword] !== wanted)
				throw invalidField(label(name), `is the same as ${filterLabels.keyword}: no message is both`);
			flags[keyword] = wanted;
		}
	}
	return flags;
}

/** A keyword that can be searched for and set. */
export function readKeyword(label: string, keyword: string): string {
	// RFC 3501 section 9: a keyword is an atom.
	if (!/^[!#$&'+-[^-z|}~]+$/.test(keyword)) {
		throw invalidField(label, `"${keyword.slice(0, 40)}" is not a keyword: no spaces, quotes, brackets or accents`);
	}
	return keyword;
}
