import { findThreads, type ThreadStart } from './findThreads';
import type { MailServer } from '../server/mailServer';
import type { SearchOptions } from './searchFolders';
import { UidSet } from '../uids/uidSet';
import type { SearchCriteria } from '../server/searchCriteria';

/**
 * Finds out which messages make up the conversations that the criteria name, and gives the criteria for each folder, with UIDs in
 * their place. Criteria without a conversation stay as they are, and nothing is asked.
 */
export async function withThreads(
	server: MailServer,
	paths: readonly string[],
	criteria: SearchCriteria,
	options: SearchOptions,
): Promise<(path: string) => SearchCriteria> {
	const threads = [...new Set(threadsIn(criteria))];
	if (threads.length === 0) return () => criteria;
	const found = await findThreads(server, paths, threads.map(startOf), options);
	const uidsIn = (path: string): Map<string, UidSet> =>
		new Map(
			threads.map((thread, at) => [
				thread,
				UidSet.of(found[at].filter(({ address }) => address.folder === path).map(({ address }) => address.uid)),
			]),
		);
	return (path) => resolved(criteria, uidsIn(path));
}

/** A Message-ID, with or without angle brackets, or else an id of the provider, as threadKey of an item is either. */
function startOf(thread: string): ThreadStart {
	if (!thread.includes('@') && !thread.startsWith('<')) return { threadId: thread, messageIds: [] };
	return { messageIds: [thread.startsWith('<') ? thread : `<${thread}>`] };
}

const threadsIn = ({ thread, anyOf = [], noneOf = [] }: SearchCriteria): string[] => [
	...(thread === undefined ? [] : [thread]),
	...[...anyOf, ...noneOf].flatMap(threadsIn),
];

function resolved({ thread, ...criteria }: SearchCriteria, uids: ReadonlyMap<string, UidSet>): SearchCriteria {
	const { anyOf, noneOf } = criteria;
	const inner = {
		...criteria,
		...(anyOf ? { anyOf: anyOf.map((choice) => resolved(choice, uids)) } : {}),
		...(noneOf ? { noneOf: noneOf.map((unwanted) => resolved(unwanted, uids)) } : {}),
	};
	if (thread === undefined) return inner;
	const members = uids.get(thread) ?? UidSet.empty;
	const wanted = criteria.uids === undefined ? members : members.intersect(UidSet.parse(criteria.uids));
	// No set of UIDs is empty; "any of" nothing is how to say that no message fits.
	return wanted.isEmpty ? { ...inner, uids: undefined, anyOf: [] } : { ...inner, uids: wanted.toString() };
}
