import { isAckFlag } from './unacknowledged';
import { UidSet } from '../uids/uidSet';
import type { SearchCriteria } from '../server/searchCriteria';
import type { Acknowledge } from '../settings/acknowledge';
import type { SyncNeeds, WantedMatches } from './syncNeeds';
import { pendingUids, type FolderState } from './folderState';
import type { Observation } from './observation';
import type { Transition } from './transition';
import type { WatchSettings } from '../settings/watchSettings';
import { allIn, mayChange } from '../search/evaluate';

/** What the events require to be known about matches; undefined for nothing. */
export function wantedMatches({
	events,
	filter,
	filterDates,
}: Pick<WatchSettings, 'events' | 'filter' | 'filterDates'>): WantedMatches | undefined {
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

/**
 * What identifies a filter. Dates computed by an expression move on with the clock, and the filter stays the same. Whether
 * matches are tracked counts too, since they were unknown as long as no event needed them.
 */
export function filterIdentity({
	events,
	filter,
	filterDates,
}: Pick<WatchSettings, 'events' | 'filter' | 'filterDates'>): unknown {
	if (!filter) return undefined;
	const isTracked = wantedMatches({ events, filter, filterDates }) !== undefined;
	return [filterDates === undefined ? filter : withoutDates(filter), filterDates, isTracked];
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
 * Makes pending events of known messages that match now and did not, and of those that did and do not. With `seedOnly` the
 * matches are taken as known: the filter is another one, or was not tracked until now.
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
	const known = before.knownUids.subtract(pendingUids(before));
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
