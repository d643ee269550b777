import { SyncError } from '../../../sync/errors/syncError';
import { UidSet } from '../../../sync/uids/uidSet';
import type { FakeMessage } from './FakeAccount';
import { headerOf, headerValues } from './mime';
import type { SearchCriteria } from '../../../sync/server/searchCriteria';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Whether SEARCH finds the message. Dates are a day wider than asked for, as the port allows: the core filters. */
export function matches(message: FakeMessage, criteria: SearchCriteria, fewer = false): boolean {
	const { source, internalDate, size, flags, uid } = message;
	const margin = fewer ? -DAY_MS : DAY_MS;
	const inField = (name: string, text: string | undefined): boolean =>
		!text || headerValues(source, name).some((value) => contains(value, text));
	const body = source.subarray(headerOf(source).length).toString('utf8');
	const lower = new Set([...flags].map((flag) => flag.toLowerCase()));
	return (
		(['from', 'to', 'cc', 'bcc', 'subject'] as const).every((field) => inField(field, criteria[field])) &&
		(!criteria.body || contains(body, criteria.body)) &&
		(!criteria.text ||
			contains(source.toString('utf8'), criteria.text) ||
			headerValues(source, 'subject').some((value) => contains(value, criteria.text ?? ''))) &&
		(criteria.header ?? []).every(({ name, value }) => headerValues(source, name).some((found) => contains(found, value))) &&
		(criteria.messageIds === undefined ||
			headerValues(source, 'message-id').some((found) => criteria.messageIds?.some((id) => contains(found, id)))) &&
		(!criteria.since || internalDate.getTime() >= criteria.since.getTime() - margin) &&
		(!criteria.before || internalDate.getTime() < criteria.before.getTime() + margin) &&
		(criteria.larger === undefined || size > criteria.larger) &&
		(criteria.smaller === undefined || size < criteria.smaller) &&
		Object.entries(criteria.flags ?? {}).every(([flag, wanted]) => lower.has(flag.toLowerCase()) === wanted) &&
		(!criteria.gmailQuery || contains(source.toString('utf8'), criteria.gmailQuery)) &&
		(!criteria.threadId || message.threadId === criteria.threadId) &&
		(criteria.uids === undefined || UidSet.parse(criteria.uids).has(uid)) &&
		(criteria.hasAttachment === undefined || !fewer) &&
		(criteria.anyOf === undefined || criteria.anyOf.some((choice) => matches(message, choice, fewer))) &&
		!(criteria.noneOf ?? []).some((unwanted) => matches(message, unwanted, !fewer))
	);
}

/** Throws searchFailed for what such a server cannot search for. */
export function checkCriteria(criteria: SearchCriteria, server: { gmail: boolean; objectIds: boolean }, folder: string): void {
	const { gmail, objectIds } = server;
	for (const nested of [...(criteria.anyOf ?? []), ...(criteria.noneOf ?? [])]) checkCriteria(nested, server, folder);
	if (criteria.threadId && !gmail && !objectIds) throw refuse('conversations', folder);
	const flags = Object.keys(criteria.flags ?? {});
	checkFlags(flags, folder);
	if (criteria.gmailQuery && !gmail) throw refuse('the query language of Gmail', folder);
}

export function checkFlags(flags: string[], folder: string): void {
	for (const flag of flags) {
		if (/^\\(?!(seen|answered|flagged|deleted|draft)$)/i.test(flag) || /[\s(){%*"\]\u007f-\uffff]/.test(flag) || flag === '')
			throw refuse(flag, folder);
	}
}

const refuse = (what: string, folder: string): SyncError => new SyncError('searchFailed', { reason: 'text', text: what, folder });

const contains = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase());
