import { unacknowledgedUids, isAckFlag } from './unacknowledged';
import { UidSet } from '../uids/uidSet';
import type { MessageSummary } from '../server/message';
import type { SearchCriteria } from '../server/searchCriteria';
import type { Acknowledge } from './acknowledge';
import type { SyncNeeds, WantedMatches } from './syncNeeds';
import type { FolderState } from './folderState';
import type { Observation } from './observation';
import type { Transition } from './transition';
import type { SyncRequest } from '../run/syncRequest';

/** What the events make it necessary to know about matches; undefined where nobody asks. */
export function wantedMatches({
	events,
	filter,
	filterDates,
}: Pick<SyncRequest, 'events' | 'filter' | 'filterDates'>): WantedMatches | undefined {
	const started = events.has('messageMatched');
	const stopped = events.has('messageUnmatched');
	if (!filter || !(started || stopped)) return undefined;
	const all = allIn(filter);
	const moves = filterDates !== undefined || all.some(({ gmailQuery }) => /\b(older|newer)_than:/i.test(gmailQuery ?? ''));
	const changes = all.some(mayChange);
	return {
		started,
		stopped,
		by: moves ? 'time' : changes ? 'flags' : 'nothing',
		takesReading: all.some(
			({ from, to, cc, bcc, subject, body, text, header, gmailQuery, hasAttachment }) =>
				Boolean(from || to || cc || bcc || subject || body || text || header?.length || gmailQuery) ||
				hasAttachment !== undefined,
		),
	};
}

/** The criteria and all that are nested in them. */
const allIn = (criteria: SearchCriteria): SearchCriteria[] => [
	criteria,
	...[...(criteria.anyOf ?? []), ...(criteria.noneOf ?? [])].flatMap(allIn),
];

/** Whether one of these conditions (not of the nested ones) may hold today and not tomorrow. */
const mayChange = ({ gmailQuery, flags = {} }: SearchCriteria): boolean => Boolean(gmailQuery) || Object.keys(flags).length > 0;

/**
 * What makes a filter another one. Dates that an expression computes move on with the clock, and it stays the same filter; and what
 * matched was not followed as long as nobody asked.
 */
export function filterIdentity({ events, filter, filterDates }: Pick<SyncRequest, 'events' | 'filter' | 'filterDates'>): unknown {
	if (!filter) return undefined;
	const isFollowed = wantedMatches({ events, filter, filterDates }) !== undefined;
	return [filterDates === undefined ? filter : withoutDates(filter), filterDates, isFollowed];
}

function withoutDates(filter: SearchCriteria): SearchCriteria {
	const { anyOf, noneOf } = filter;
	return {
		...filter,
		since: undefined,
		before: undefined,
		...(anyOf ? { anyOf: anyOf.map(withoutDates) } : {}),
		...(noneOf ? { noneOf: noneOf.map(withoutDates) } : {}),
	};
}

/** Whether a date lies in the period; without a date it cannot be shown to be outside. */
export function isWithin(date: Date | undefined, { since, before }: Pick<SearchCriteria, 'since' | 'before'>): boolean {
	if (!date) return true;
	return (!since || date >= since) && (!before || date < before);
}

/** Whether a message passes, as far as that can be said without reading it. */
export type Ternary = 'yes' | 'no' | 'unknown';

/** What is known of a message without reading it, held against the filter: its flags, its size, and when it came. */
export function evaluate(message: MessageSummary, filter: SearchCriteria): Ternary {
	const { flags, size, internalDate } = message;
	const carried = new Set(flags.map((flag) => flag.toLowerCase()));
	const isRefuted =
		!isWithin(internalDate, filter) ||
		(filter.larger !== undefined && size <= filter.larger) ||
		(filter.smaller !== undefined && size >= filter.smaller) ||
		Object.entries(filter.flags ?? {}).some(([flag, wanted]) => carried.has(flag.toLowerCase()) !== wanted);
	if (isRefuted) return 'no';
	const verdicts: Ternary[] = (filter.noneOf ?? []).map((unwanted) => opposite[evaluate(message, unwanted)]);
	if (filter.anyOf) verdicts.push(best(filter.anyOf.map((choice) => evaluate(message, choice))));
	if (verdicts.includes('no')) return 'no';
	const dateIsUnknown = !internalDate && Boolean(filter.since ?? filter.before);
	return dateIsUnknown || asksForMore(filter) || verdicts.includes('unknown') ? 'unknown' : 'yes';
}

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

/** Whether the acknowledgement itself makes a message fail the filter, or may. */
export function excludesAckFlag(
	{ flags = {}, anyOf = [], noneOf = [] }: SearchCriteria,
	acknowledge: Acknowledge,
	negated = false,
): boolean {
	return (
		Object.entries(flags).some(([flag, wanted]) => wanted === negated && isAckFlag(flag, acknowledge)) ||
		anyOf.some((choice) => excludesAckFlag(choice, acknowledge, negated)) ||
		noneOf.some((unwanted) => excludesAckFlag(unwanted, acknowledge, !negated))
	);
}

/**
 * Makes work of what the search found: messages known before that match now and did not, and those that did and do not. With
 * `seedOnly` what was found is taken as known: the filter is another one, or was not followed until now.
 */
export function applyMatches(
	before: FolderState,
	{ state, pending }: Transition,
	observation: Observation,
	needs: SyncNeeds,
	seedOnly: boolean,
): Transition {
	const { matches } = needs;
	if (!matches || seedOnly || !observation.matching || !before.knownUids || !before.matching || !state.knownUids)
		return { state, pending };
	const failed = UidSet.of(before.failed.map(({ uid }) => uid)).subtract(unacknowledgedUids(before.unacknowledged));
	const known = before.knownUids.subtract(before.newUids).subtract(before.backfill).subtract(failed);
	const there = known.subtract(observation.vanished).subtract(observation.outOfView ?? UidSet.empty);
	const started = observation.matching.intersect(there).subtract(before.matching);
	const stopped = before.matching
		.intersect(observation.asked ? there.intersect(observation.asked) : there)
		.subtract(observation.matching);
	let matching = before.matching.union(observation.matching.subtract(before.knownUids));
	if (!matches.started) matching = matching.union(started);
	if (!matches.stopped) matching = matching.subtract(stopped);
	return {
		state: { ...state, matching: matching.intersect(state.knownUids) },
		pending: {
			...pending,
			matched: matches.started ? started : UidSet.empty,
			unmatched: matches.stopped ? stopped : UidSet.empty,
		},
	};
}
