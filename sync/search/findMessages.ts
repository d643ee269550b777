import type { StopSignal } from '../errors/stopSignal';
import { searchServer, Decision, isEmpty } from './comparison';
import { SyncError } from '../errors/syncError';
import type { OpenFolder } from '../server/mailServer';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FetchedMessage } from '../server/message';
import type { SearchCriteria } from '../server/searchCriteria';

export interface MessageSearch {
	criteria: SearchCriteria;
	/** At most so many; Infinity for all. */
	limit: number;
	/** By when they came into the folder. */
	order: 'newestFirst' | 'oldestFirst';
}

export interface FoundMessages {
	/** In the order that was asked for. */
	uids: Uid[];
	/** What was read of them in order to decide. */
	known: Map<Uid, FetchedMessage>;
}

/** Messages that are looked at in one round of deciding; the rounds end when there are enough. */
const FIRST_PORTION = 100;
const LARGEST_PORTION = 1_000;

/**
 * The messages of a folder that meet the criteria. The server searches; what it cannot decide (dates to the second, attachments) or
 * refuses to (texts outside of ASCII, or texts at all) is decided here, in portions from the newest on until there are enough, so
 * that a limit costs what it gives. Throws searchFailed when the search can neither be asked nor decided here.
 */
export async function findMessages(folder: OpenFolder, search: MessageSearch, signal?: StopSignal): Promise<FoundMessages> {
	const { criteria, limit, order } = search;
	const known = new Map<Uid, FetchedMessage>();
	const { exists, uidNext } = folder.snapshot;
	const take = (uids: UidSet, count: number): UidSet =>
		count === Infinity ? uids : order === 'newestFirst' ? uids.highest(count) : uids.lowest(count);
	const inOrder = (uids: UidSet): Uid[] => (order === 'newestFirst' ? uids.toArray().reverse() : uids.toArray());

	if (exists === 0) return { uids: [], known };
	if (isEmpty(criteria)) return { uids: inOrder(await edgeOf(folder, limit, order)), known };

	const { candidates, decidedHere } = await searchServer(folder, withKnownEnds(criteria, uidNext));
	const decision = new Decision({ folder, decidedHere, known, keep: true, signal });
	if (!decision.isNeeded(criteria)) return { uids: inOrder(take(candidates, limit)), known };

	const uids: Uid[] = [];
	let size = Math.min(LARGEST_PORTION, Math.max(FIRST_PORTION, limit));
	for (
		let left = candidates;
		!left.isEmpty && uids.length < limit && !signal?.aborted;
		size = Math.min(LARGEST_PORTION, size * 2)
	) {
		const portion = take(left, size);
		left = left.subtract(portion);
		const met = await decision.among(portion, withKnownEnds(criteria, uidNext));
		for (const uid of portion) if (!met.has(uid)) known.delete(uid);
		uids.push(...inOrder(take(met, limit - uids.length)));
	}
	return { uids, known };
}

/** An open end of a UID range becomes the last UID there is: "4711:4294967295" is a set that some servers take for a mistake. */
function withKnownEnds(criteria: SearchCriteria, uidNext: number): SearchCriteria {
	const nested = (list: SearchCriteria[] | undefined) => list?.map((inner) => withKnownEnds(inner, uidNext));
	const known = { ...criteria };
	if (criteria.uids !== undefined) {
		const uids = UidSet.parse(criteria.uids).below(uidNext);
		// A set cannot be empty, and the UID after the last one is nobody's.
		known.uids = uids.isEmpty ? String(uidNext) : uids.toString();
	}
	if (criteria.anyOf) known.anyOf = nested(criteria.anyOf);
	if (criteria.noneOf) known.noneOf = nested(criteria.noneOf);
	return known;
}

/** The newest or oldest messages, without a search through the folder. */
async function edgeOf(folder: OpenFolder, limit: number, order: MessageSearch['order']): Promise<UidSet> {
	const { exists } = folder.snapshot;
	if (limit >= exists) return await folder.search({});
	const first = order === 'newestFirst' ? exists - limit + 1 : 1;
	try {
		return UidSet.of(await folder.uidsAt(Array.from({ length: limit }, (_, at) => first + at)));
	} catch (error) {
		// Messages were expunged meanwhile: the numbers mean others now.
		if (!(error instanceof SyncError) || error.code !== 'folderInconsistent') throw error;
		const all = await folder.search({});
		return order === 'newestFirst' ? all.highest(limit) : all.lowest(limit);
	}
}
