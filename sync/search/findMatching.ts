import type { StopSignal } from '../errors/stopSignal';
import { allTexts, searchServer, Decision } from './comparison';
import { SyncError } from '../errors/syncError';
import type { OpenFolder } from '../server/mailServer';
import type { ContentMatches } from './contentMatches';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FetchedMessage } from '../server/message';
import type { SearchCriteria } from '../server/searchCriteria';

export interface MatchingInput {
	folder: OpenFolder;
	filter: SearchCriteria;
	/** Only these are asked about; all of the folder without it. */
	within?: UidSet;
	/** All messages of the folder below its UIDNEXT, as far as they are known. */
	there?: UidSet;
	/** Messages known to be within the filter's period. */
	inPeriod?: UidSet;
	/** What is known of messages already. */
	known?: Map<Uid, FetchedMessage>;
	/** What was found out by reading before; what is found out now joins it. */
	contentMatches?: ContentMatches;
	/** Asked between commands; absent where so few are asked about that it will be quick. */
	signal?: StopSignal;
}

/**
 * The messages that pass the filter, to the second. What the server cannot decide (attachments), or refuses to (texts), is decided
 * here by reading. Throws searchFailed when the server refuses what nobody else can decide, or names messages that are not
 * there: such an answer is worth nothing. Those that are there although they were not known are left out; finding them is not the
 * filter's matter. Throws lookUnfinished when there was not the time to read them all; what was read stays in `contentMatches`.
 */
export async function findMatching(input: MatchingInput): Promise<UidSet> {
	const { folder, filter, within, there, known = new Map<Uid, FetchedMessage>(), contentMatches, inPeriod, signal } = input;
	const { candidates, decidedHere } = await findCandidates(folder, filter, within, there);
	const decision = new Decision({ folder, decidedHere, known, keep: false, signal, contentMatches, inPeriod });
	if (!decision.isNeeded(filter)) return candidates;
	const found = await decision.among(candidates, filter);
	const left = signal?.aborted ? decision.undecided(candidates, filter) : UidSet.empty;
	if (!left.isEmpty) {
		throw new SyncError('lookUnfinished', {
			folder: folder.snapshot.path,
			candidates: candidates.size,
			unread: left.size,
		});
	}
	return found;
}

/**
 * The messages that may pass the filter, as far as the server can decide: those that do are among them. Throws as findMatching().
 */
export async function mayMatch(folder: OpenFolder, filter: SearchCriteria): Promise<UidSet> {
	return (await findCandidates(folder, filter)).candidates;
}

async function findCandidates(
	folder: OpenFolder,
	filter: SearchCriteria,
	within?: UidSet,
	there?: UidSet,
): ReturnType<typeof searchServer> {
	const { candidates: found, decidedHere } = await searchServer(folder, filter, within);
	const strangers = there ? found.below(folder.snapshot.uidNext).subtract(there) : UidSet.empty;
	if (strangers.isEmpty) return { candidates: found, decidedHere };
	if ((await folder.search({}, strangers)).intersect(strangers).equals(strangers))
		return { candidates: found.subtract(strangers), decidedHere };
	throw new SyncError('searchFailed', {
		reason: 'unknownMessages',
		folder: folder.snapshot.path,
		uid: strangers.first ?? 0,
	});
}

/**
 * Which of these messages pass the filter as they read, without the server's word for what they say; `unread` are those that could
 * not be read. For a search that says that a message passes no longer, where what it says may be what it passed for.
 */
export async function findByReading(
	folder: OpenFolder,
	filter: SearchCriteria,
	known: Map<Uid, FetchedMessage>,
): Promise<{ passing: UidSet; unread: UidSet }> {
	const uids = UidSet.of(known.keys());
	const decision = new Decision({ folder, decidedHere: allTexts, known, keep: false });
	return { passing: await decision.among(uids, filter), unread: decision.undecided(uids, filter) };
}
