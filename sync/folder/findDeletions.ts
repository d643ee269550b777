import { SyncError } from '../errors/syncError';
import type { OpenFolder } from '../server/mailServer';
import type { Capabilities } from '../server/capabilities';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import { completeRows } from './findNew';
import { compareWithListing, ExpungedDuringSync, listAll } from './listing';
import type { Observation } from './observation';
import type { ObserveInput } from './observeInput';
import { answerProbes, isProbed, nextProbes, startRankProbe } from './rankProbe';
import { inspectsNew } from './syncNeeds';
import { isWindowFull } from './visibility';

/** A set of at most this many runs makes a short listing where the server answers in ranges (ESEARCH). */
const FEW_RUNS = 150;

/**
 * The count proof: known plus new messages equal the message count, or some were deleted. A listing finds them where it is short,
 * else rank probes do; both are checked against the count.
 */
export async function findDeletions(observation: Observation, input: ObserveInput): Promise<void> {
	const { folder, state, plan, capabilities } = input;
	if (!state?.knownUids) return;
	const known = state.knownUids;
	const remaining = folder.snapshot.exists - observation.appeared.size;
	if (folder.expungedMeanwhile() > 0) throw new ExpungedDuringSync(folder.snapshot.path);
	if (remaining === known.size && !(await windowShifted(folder, known, capabilities))) return;
	const deleted = known.size - remaining;
	const shortListing = capabilities.esearch && known.runs + deleted <= FEW_RUNS;
	const vanished =
		remaining >= known.size || shortListing || deleted * 20 > known.size ? undefined : await probe(folder, known, remaining);
	if (vanished) {
		observation.vanished = vanished;
		return;
	}
	observation.listing = await listAll(folder);
	compareWithListing(observation, state, observation.listing, plan);
	if (input.needs.updates && !inspectsNew(input.needs)) await completeRows(observation, folder);
}

/**
 * Whether the visible window moved: then older messages came into view for some that went, and the count proves nothing. If the
 * lowest visible message is still the lowest known one, it did not move.
 */
async function windowShifted(folder: OpenFolder, known: UidSet, { visibleMessages }: Capabilities): Promise<boolean> {
	if (visibleMessages === undefined || !isWindowFull(folder.snapshot.exists, visibleMessages)) return false;
	const [lowest] = await folder.uidsAt([1]);
	return lowest !== known.first;
}

/** The known UIDs that are gone; undefined when the answers contradict what is known: list the folder instead. */
async function probe(folder: OpenFolder, known: UidSet, remaining: number): Promise<UidSet | undefined> {
	let search = startRankProbe(known, remaining);
	while (!isProbed(search)) {
		const numbers = nextProbes(search);
		let uids: Uid[];
		try {
			uids = await folder.uidsAt(numbers);
		} catch (error) {
			if (folder.expungedMeanwhile() > 0) throw new ExpungedDuringSync(folder.snapshot.path);
			if (error instanceof SyncError && error.code === 'folderInconsistent') return undefined;
			throw error;
		}
		// EXPUNGE may arrive during UID SEARCH, unlike SEARCH (RFC 3501 section 7.4.1): then the ranks have moved.
		if (folder.expungedMeanwhile() > 0) throw new ExpungedDuringSync(folder.snapshot.path);
		const answered = answerProbes(search, numbers, uids);
		if (!answered) return undefined;
		search = answered;
	}
	// Gaps between two numbers are proved by their UIDs; those at the end only by the message count.
	const last = known.subtract(search.vanished).last ?? 0;
	const atTheEnd = search.vanished.from(last + 1);
	if (!atTheEnd.isEmpty && !(await folder.search({}, atTheEnd)).isEmpty) return undefined;
	return search.vanished;
}
