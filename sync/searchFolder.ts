import type { Applied, Observation } from './apply';
import { awaitingUids, isMark } from './awaiting';
import type { Acknowledge, FolderState, MessageDescriptor, SearchCriteria, SyncRequest } from './model';
import type { Wants } from './plan';
import { UidSet } from './uidSet';

/**
 * Search folders: telling when a message that is there already starts or stops to pass the filter. Pure. What is told rests on two
 * facts: the server's search, and what is known of the message itself.
 */
export interface WantedMatches {
	/** messageMatched */
	started: boolean;
	/** messageUnmatched */
	stopped: boolean;
	/**
	 * By what a message that is there may start or stop to match. What it says and when it came never changes, so for some filters
	 * the answer is: by nothing. `time`: without anything happening in the folder.
	 */
	by: 'nothing' | 'flags' | 'time';
	/** Whether the server has to read messages to answer, which takes it long in a large folder. */
	readsTexts: boolean;
}

/** What the events make it necessary to know about matches; undefined where nobody asks. */
export function wantedMatches({ events, filter, filterDates }: Pick<SyncRequest, 'events' | 'filter' | 'filterDates'>): WantedMatches | undefined {
	const started = events.has('messageMatched');
	const stopped = events.has('messageUnmatched');
	if (!filter || !(started || stopped)) return undefined;
	const { from, to, cc, bcc, subject, body, text, header, gmailQuery, flags = {} } = filter;
	const moves = filterDates !== undefined || /\b(older|newer)_than:/i.test(gmailQuery ?? '');
	const changes = Boolean(gmailQuery) || Object.keys(flags).length > 0;
	return {
		started,
		stopped,
		by: moves ? 'time' : changes ? 'flags' : 'nothing',
		readsTexts: Boolean(from || to || cc || bcc || subject || body || text || header?.length || gmailQuery),
	};
}

/**
 * What makes a filter another one. Dates that an expression computes move on with the clock, and it stays the same filter; and what
 * matched was not followed as long as nobody asked.
 */
export function filterIdentity({ events, filter, filterDates }: Pick<SyncRequest, 'events' | 'filter' | 'filterDates'>): unknown {
	if (!filter) return undefined;
	const isFollowed = wantedMatches({ events, filter, filterDates }) !== undefined;
	return [filterDates === undefined ? filter : { ...filter, since: undefined, before: undefined }, filterDates, isFollowed];
}

/** Whether a date lies in the period; without a date it cannot be shown to be outside. */
export function isWithin(date: Date | undefined, { since, before }: Pick<SearchCriteria, 'since' | 'before'>): boolean {
	if (!date) return true;
	return (!since || date >= since) && (!before || date < before);
}

/** Whether what is known of a message without reading it shows that it does not pass the filter, whatever the server's search says. */
export function isRefuted({ flags, size, internalDate }: MessageDescriptor, filter: SearchCriteria): boolean {
	const carried = new Set(flags.map((flag) => flag.toLowerCase()));
	return (
		!isWithin(internalDate, filter) ||
		(filter.larger !== undefined && size <= filter.larger) ||
		(filter.smaller !== undefined && size >= filter.smaller) ||
		Object.entries(filter.flags ?? {}).some(([flag, wanted]) => carried.has(flag.toLowerCase()) !== wanted)
	);
}

/**
 * Whether a message that passed the filter can have stopped to: something about it that may change says so. What it says does not
 * change, so a search that leaves it out for that is wrong, or was cut short. Gmail's own query nobody else can check.
 */
export const mayHaveStopped = (message: MessageDescriptor, filter: SearchCriteria): boolean =>
	filter.gmailQuery !== undefined || isRefuted(message, filter);

/** Whether the acknowledgement itself makes a message fail the filter. */
export const asksForNoMark = ({ flags = {} }: SearchCriteria, acknowledge: Acknowledge): boolean =>
	Object.entries(flags).some(([flag, wanted]) => !wanted && isMark(flag, acknowledge));

/**
 * Makes work of what the search found: messages known before that match now and did not, and those that did and do not. With
 * `seedOnly` what was found is taken as known: the filter is another one, or was not followed until now.
 */
export function takeInMatches(
	before: FolderState,
	{ state, work }: Applied,
	seen: Observation,
	wants: Wants,
	seedOnly: boolean,
): Applied {
	const { matches } = wants;
	if (!matches || seedOnly || !seen.matching || !before.present || !before.matching || !state.present) return { state, work };
	const failed = UidSet.of(before.failed.map(({ uid }) => uid)).subtract(awaitingUids(before.awaiting));
	const known = before.present.subtract(before.arrivals).subtract(before.backfill).subtract(failed);
	const there = known.subtract(seen.vanished).subtract(seen.outOfView ?? UidSet.empty);
	const started = seen.matching.intersect(there).subtract(before.matching);
	const stopped = before.matching.intersect(seen.asked ? there.intersect(seen.asked) : there).subtract(seen.matching);
	let matching = before.matching.union(seen.matching.subtract(before.present));
	if (!matches.started) matching = matching.union(started);
	if (!matches.stopped) matching = matching.subtract(stopped);
	return {
		state: { ...state, matching: matching.intersect(state.present) },
		work: {
			...work,
			matched: matches.started ? started : UidSet.empty,
			unmatched: matches.stopped ? stopped : UidSet.empty,
		},
	};
}
