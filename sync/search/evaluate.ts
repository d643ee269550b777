import type { MessageSummary } from '../server/message';
import { attachmentSaidBy } from '../server/machineKeywords';
import type { SearchCriteria } from '../server/searchCriteria';

/** Whether a date is within the period; without a date it cannot be shown to be outside. */
export function isWithin(date: Date | undefined, { since, before }: Pick<SearchCriteria, 'since' | 'before'>): boolean {
	if (!date) return true;
	return (!since || date >= since) && (!before || date < before);
}

/** Whether a message passes, as far as that can be said without reading it. */
export type Ternary = 'yes' | 'no' | 'unknown';

/**
 * What is known of a message without reading it, held against the filter: its flags, its size, when it came, and what keywords of
 * the server say of attachments.
 */
export function evaluate(message: MessageSummary, filter: SearchCriteria): Ternary {
	const { flags, size, internalDate } = message;
	const hasAttachment = filter.hasAttachment === undefined ? undefined : attachmentSaidBy(flags);
	const carried = new Set(flags.map((flag) => flag.toLowerCase()));
	const isRefuted =
		!isWithin(internalDate, filter) ||
		(hasAttachment !== undefined && hasAttachment !== filter.hasAttachment) ||
		(filter.larger !== undefined && size <= filter.larger) ||
		(filter.smaller !== undefined && size >= filter.smaller) ||
		Object.entries(filter.flags ?? {}).some(([flag, wanted]) => carried.has(flag.toLowerCase()) !== wanted);
	if (isRefuted) return 'no';
	const verdicts: Ternary[] = (filter.noneOf ?? []).map((unwanted) => opposite[evaluate(message, unwanted)]);
	if (filter.anyOf) verdicts.push(best(filter.anyOf.map((choice) => evaluate(message, choice))));
	if (verdicts.includes('no')) return 'no';
	const dateIsUnknown = !internalDate && Boolean(filter.since ?? filter.before);
	const asked = hasAttachment === undefined ? filter : { ...filter, hasAttachment: undefined };
	return dateIsUnknown || asksForMore(asked) || verdicts.includes('unknown') ? 'unknown' : 'yes';
}

/** Whether what is known of a message without reading it shows that it does not pass the filter, whatever the server's search says. */
export const provablyFails = (message: MessageSummary, filter: SearchCriteria): boolean => evaluate(message, filter) === 'no';

/**
 * Whether a message that passed the filter stopped to, when the search says so: 'yes' where something about it that may change shows
 * it too. What it says does not change, so a search that leaves it out for that is wrong, or was cut short: 'no'. Where it may have
 * passed for what it says or for what changed, somebody has to read it: 'unknown'. Gmail's own query nobody else can check.
 */
export function hasStoppedMatching(message: MessageSummary, filter: SearchCriteria): Ternary {
	if (allIn(filter).some(({ gmailQuery }) => gmailQuery)) return 'yes';
	const verdict = evaluate(message, filter);
	if (verdict !== 'unknown') return opposite[verdict];
	const undecided = [...(filter.anyOf ? [{ anyOf: filter.anyOf }] : []), ...(filter.noneOf ?? [])].filter(
		(part) => evaluate(message, part) === 'unknown',
	);
	return undecided.some((part) => allIn(part).some(mayChange)) ? 'unknown' : 'no';
}

/** The criteria and all that are nested in them. */
export const allIn = (criteria: SearchCriteria): SearchCriteria[] => [
	criteria,
	...[...(criteria.anyOf ?? []), ...(criteria.noneOf ?? [])].flatMap(allIn),
];

/** Whether one of these conditions (not of the nested ones) may hold today and not tomorrow. */
export const mayChange = ({ gmailQuery, flags = {} }: SearchCriteria): boolean =>
	Boolean(gmailQuery) || Object.keys(flags).length > 0;

const opposite: Record<Ternary, Ternary> = { yes: 'no', no: 'yes', unknown: 'unknown' };

const best = (verdicts: Ternary[]): Ternary =>
	(['yes', 'unknown'] as const).find((verdict) => verdicts.includes(verdict)) ?? 'no';

/** Whether a condition is about what only who reads the message knows. */
const asksForMore = (criteria: SearchCriteria): boolean =>
	Object.entries(criteria).some(
		([name, value]: [string, unknown]) =>
			!knownUnread.has(name) && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
	);

const knownUnread = new Set<string>(['since', 'before', 'larger', 'smaller', 'flags', 'anyOf', 'noneOf'] satisfies Array<
	keyof SearchCriteria
>);
