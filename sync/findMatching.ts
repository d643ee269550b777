import { SyncError } from './errors';
import type { SearchCriteria } from './model';
import type { OpenFolder } from './port';
import { isWithin } from './searchFolder';
import { UidSet } from './uidSet';

const DAY_MS = 24 * 60 * 60 * 1000;

/** So many messages at the edge of the filter's period are read at once, instead of searching for those well within it. */
const FEW = 500;

export interface MatchingInput {
	folder: OpenFolder;
	filter: SearchCriteria;
	/** Only these are asked about; all of the folder without it. */
	within?: UidSet;
	/** All messages of the folder below its UIDNEXT, as far as they are known. */
	there?: UidSet;
	/** Messages that are known to lie in the filter's period. */
	inPeriod: UidSet;
}

/**
 * The messages that pass the filter, to the second. Throws searchFailed when the server refuses, or names messages that are not
 * there: such an answer is worth nothing. Those that are there although they were not known are left out; finding them is not the
 * filter's matter.
 */
export async function findMatching({ folder, filter, within, there, inPeriod }: MatchingInput): Promise<UidSet> {
	let found = await folder.search(filter, within);
	const strangers = there ? found.below(folder.snapshot.uidNext).subtract(there) : UidSet.empty;
	if (!strangers.isEmpty && (await folder.search({}, strangers)).intersect(strangers).equals(strangers)) {
		found = found.subtract(strangers);
	} else if (!strangers.isEmpty) {
		throw new SyncError(
			'searchFailed',
			`The mail server found messages by the filter that are not in "${folder.snapshot.path}" (for example number ${strangers.first}).`,
			'Nothing was taken for matching or not matching. The next run asks again; if this stays, simplify the filter, or ask the operator of the mail server to rebuild the search index.',
			{ place: { folder: folder.snapshot.path } },
		);
	}
	const { since, before } = filter;
	if (!since && !before) return found;
	// SEARCH knows days, in the server's time zone; the filter means moments.
	let unsure = found.subtract(inPeriod);
	if (unsure.size > FEW) {
		const inner = {
			...filter,
			...(since ? { since: new Date(since.getTime() + 2 * DAY_MS) } : {}),
			...(before ? { before: new Date(before.getTime() - 2 * DAY_MS) } : {}),
		};
		unsure = unsure.subtract(await folder.search(inner, unsure));
	}
	if (unsure.isEmpty) return found;
	const outside: number[] = [];
	for await (const { uid, internalDate } of folder.fetch(unsure, 'descriptor')) if (!isWithin(internalDate, filter)) outside.push(uid);
	return found.subtract(UidSet.of(outside));
}
