import { awaitingUids, takeInMarks } from './awaiting';
import { changesInRows, changesInSets, type FlagChange } from './diff';
import { markLimits, noFingerprints, withMarks, withMarksOf, withoutMarks } from './fingerprint';
import { adopt, withoutUids, withRows } from './flagSets';
import type { Plan } from './plan';
import { hasItsUid, timesReused, usedAgain } from './reusedUids';
import { takeInMatches } from './searchFolder';
import { MAX_UID, type Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FolderSnapshot } from '../server/folderSnapshot';
import { takesArrivals, watchesKnown, type Beginning, type Wants } from './syncNeeds';
import type { DepartedMessage, FolderState } from './folderState';
import type { Observation } from './observation';
import type { Work, Done, Applied } from './transition';

/**
 * Takes in what was seen. New messages join `arrivals`, so nothing is lost when the run ends here; what changed and what went
 * becomes work. The cursor (mod-sequence, message count) does not move yet: see settle().
 */
export function takeIn(
	before: FolderState | undefined,
	snapshot: FolderSnapshot,
	plan: Plan,
	seen: Observation,
	wants: Wants,
	beginning: Beginning,
): Applied {
	const created = plan.reason === 'folderCreated' || before?.missing === true;
	if (plan.kind === 'seed' || !before) {
		const state = seed(snapshot, seen, wants, plan.reason === 'firstRun' ? beginning : 'created');
		return takeInMarks(undefined, { state, work: { ...noWork, created } }, seen, wants.acknowledge);
	}
	if (plan.kind === 'reset') {
		return takeInMarks(
			before,
			reset(before, snapshot, plan, seen, wants),
			seen,
			wants.acknowledge,
			seen.recognition?.same ?? new Map(),
		);
	}
	const { reusedFrom } = seen;
	const valid = reusedFrom === undefined ? seen : below(seen, reusedFrom);
	const updated = update(before, reusedFrom === undefined ? snapshot : { ...snapshot, uidNext: reusedFrom }, valid, wants);
	const applied = reusedFrom === undefined ? updated : cutBack(updated, before, reusedFrom);
	const matched = takeInMatches(before, applied, valid, wants, plan.reason === 'filterChanged' || plan.otherFilter === true);
	return takeInMarks(before, { ...matched, work: { ...matched.work, created } }, valid, wants.acknowledge);
}

/** What was seen of a folder, as if it ended before this UID: the known messages above are gone, and what is there now comes with the next run. */
function below(seen: Observation, uid: Uid): Observation {
	const upTo = (uids: UidSet | undefined): UidSet | undefined => uids?.below(uid);
	return {
		...seen,
		listing: upTo(seen.listing),
		arrived: seen.arrived.below(uid),
		vanished: seen.vanished.union(UidSet.range(uid, MAX_UID)),
		rows: seen.rows.filter((row) => row.uid < uid),
		flags: seen.flags && withoutUids(seen.flags, UidSet.range(uid, MAX_UID)),
		matching: upTo(seen.matching),
		asked: upTo(seen.asked),
		outOfView: upTo(seen.outOfView),
		intoView: upTo(seen.intoView),
	};
}

/** UIDs from this one on are used once more from now on; nothing is kept of what had them. */
function cutBack({ state, work }: Applied, before: FolderState, from: Uid): Applied {
	const { fingerprints } = state;
	return {
		state: {
			...state,
			// Mod-sequences were given out again too.
			highestModseq: undefined,
			...(from < before.uidNext ? { reused: usedAgain(state.reused, UidSet.range(from, before.uidNext - 1)) } : {}),
			...(fingerprints ? { fingerprints: { ...fingerprints, from: Math.min(fingerprints.from, from) } } : {}),
		},
		work: { ...work, cutBack: true },
	};
}

const noWork: Work = { updates: [], deletions: UidSet.empty };

function seed(snapshot: FolderSnapshot, seen: Observation, wants: Wants, beginning: Beginning): FolderState {
	const there = seen.listing ?? UidSet.empty;
	const offered = !handsOver(wants, beginning)
		? UidSet.empty
		: beginning === 'date'
			? (seen.sinceStartDate ?? UidSet.empty)
			: there;
	const wanted = seen.matching ? offered.intersect(seen.matching) : offered;
	return {
		...knowledge(there, seen, wants),
		uidValidity: snapshot.uidValidity,
		uidNext: snapshot.uidNext,
		exists: snapshot.exists,
		highestModseq: snapshot.highestModseq,
		mailboxId: snapshot.mailboxId,
		fingerprints: seen.fingerprints ?? noFingerprints,
		departed: [],
		undecided: UidSet.empty,
		arrivals: beginning === 'created' ? wanted : UidSet.empty,
		backfill: beginning === 'created' ? UidSet.empty : wanted,
		failed: [],
		unfinished: false,
		missing: false,
	};
}

/** Of a folder that was made since, also to see what was moved there. */
const handsOver = (wants: Wants, beginning: Beginning): boolean =>
	beginning !== 'now' && (wants.newMessages || wants.matches?.started === true || (wants.moves && beginning === 'created'));

/** What is kept of a folder whose every message is known at once. */
function knowledge(there: UidSet, seen: Observation, wants: Wants): Pick<FolderState, 'present' | 'flags' | 'matching'> {
	if (!watchesKnown(wants)) return {};
	return {
		present: there,
		...(wants.updates ? { flags: seen.flags ?? {} } : {}),
		...(wants.filter ? { matching: (seen.matching ?? UidSet.empty).intersect(there) } : {}),
	};
}

/**
 * The server gave all messages new UIDs. Those that are known again are the ones they were: only their true differences are told.
 * What is not known again and cannot be shown to have come since is taken as known, so nothing is emitted again. What was still to
 * be handed over, or acknowledged, and has no mark is found again by its place: waiting new messages were the newest ones, waiting
 * older ones the oldest. What was handed over and is known again goes on waiting for its acknowledgement.
 */
function reset(before: FolderState, snapshot: FolderSnapshot, plan: Plan, seen: Observation, wants: Wants): Applied {
	const there = seen.listing ?? UidSet.empty;
	const { same, arrived, gone } = seen.recognition ?? { same: new Map<Uid, Uid>(), arrived: UidSet.empty, gone: UidSet.empty };
	const today = (uids: UidSet): UidSet => UidSet.of([...uids].flatMap((uid) => same.get(uid) ?? []));
	const recognised = UidSet.of(same.values());
	const unmarked = (uids: UidSet): number => [...uids].filter((uid) => !before.fingerprints?.marks.has(uid)).length;
	const unacknowledged = wants.acknowledge ? awaitingUids(before.awaiting) : UidSet.empty;
	const failed = UidSet.of(before.failed.map(({ uid }) => uid)).subtract(unacknowledged);
	const waiting = before.arrivals.union(failed);
	const state = seed(snapshot, seen, wants, 'now');
	const newest = there.highest(unmarked(waiting.union(unacknowledged))).subtract(recognised);
	state.arrivals = takesArrivals(wants) ? today(waiting).union(arrived).union(newest) : UidSet.empty;
	const oldest = there.lowest(unmarked(before.backfill)).subtract(recognised);
	state.backfill = today(before.backfill).union(oldest).subtract(state.arrivals);

	const told = (before.present ?? UidSet.empty).subtract(waiting).subtract(before.backfill);
	const ofInterest = wants.filter && before.matching ? told.intersect(before.matching) : told;
	// The second fact about what is gone: the message count. Where nothing was known again it is another folder, which
	// folderReset tells.
	const counts = before.present !== undefined && before.present.size - gone.size + arrived.size === there.size;
	const left = counts && same.size > 0 && (wants.deletions || wants.moves) ? gone.intersect(ofInterest) : UidSet.empty;
	state.departed = [...before.departed, ...marked(before, left)];

	let updates: FlagChange[] = [];
	if (wants.updates && before.flags && seen.flags) {
		const among = today(ofInterest).subtract(state.arrivals).subtract(state.backfill);
		const then: Record<string, UidSet> = {};
		for (const [flag, uids] of Object.entries(before.flags)) then[flag] = today(uids);
		updates = changesInSets(then, seen.flags, among);
		state.flags = adopt(state.flags ?? {}, then, among);
	}
	const tidings = {
		previousUidValidity: before.uidValidity,
		messages: snapshot.exists,
		matched: same.size,
		arrived: arrived.size,
		gone: gone.size,
	};
	const renumbered: FolderState = {
		...before,
		present: before.present && today(before.present),
		matching: before.matching && today(before.matching),
		arrivals: state.arrivals,
		backfill: state.backfill,
		failed: [],
	};
	const found: Observation = { arrived: UidSet.empty, vanished: UidSet.empty, rows: [], matching: seen.matching };
	const applied = takeInMatches(
		renumbered,
		{ state, work: { ...noWork, updates, reset: tidings } },
		found,
		wants,
		plan.otherFilter === true,
	);
	const { matched = UidSet.empty, unmatched = UidSet.empty } = applied.work;
	// Until all of it is told everything is compared again, whatever the mod-sequence says.
	if (updates.length > 0 || !matched.isEmpty || !unmatched.isEmpty) applied.state.highestModseq = undefined;
	return applied;
}

/** Of the messages that vanished, those that may turn up elsewhere. */
const departedMessages = (before: FolderState, vanished: UidSet, wants: Wants): DepartedMessage[] =>
	wants.moves ? marked(before, vanished) : [];

function marked({ fingerprints, uidValidity, reused }: FolderState, uids: UidSet): DepartedMessage[] {
	return [...uids].flatMap((uid) => {
		const mark = fingerprints?.marks.get(uid);
		if (mark === undefined) return [];
		const reuse = timesReused(reused, uid);
		return [{ uid, uidValidity, mark, runs: 0, ...(reuse > 0 ? { reuse } : {}) }];
	});
}

function update(before: FolderState, snapshot: FolderSnapshot, seen: Observation, wants: Wants): Applied {
	const failed = UidSet.of(before.failed.map(({ uid }) => uid)).subtract(awaitingUids(before.awaiting));
	const waiting = before.arrivals.union(before.backfill).union(failed);
	const known = before.present ?? UidSet.empty;
	const arrived = takesArrivals(wants) ? seen.arrived : UidSet.empty;
	const { outOfView = UidSet.empty, intoView = UidSet.empty } = seen;
	const absorbed = seen.arrived.subtract(arrived).union(intoView);
	// Of a message that waits to be handed over nothing else is told: it comes with the flags it has then, or not at all.
	const handedOver = known.subtract(waiting);
	const ofInterest = wants.filter && before.matching ? handedOver.intersect(before.matching) : handedOver;
	const left = ofInterest.subtract(seen.vanished).subtract(outOfView);
	const flagsBefore = before.flags ?? {};
	const updates =
		!wants.updates || !before.flags
			? []
			: seen.flags
				? changesInSets(flagsBefore, seen.flags, left)
				: changesInRows(flagsBefore, seen.rows, left);
	const departed = departedMessages(before, seen.vanished.intersect(ofInterest), wants);
	const departedUids = UidSet.of(departed.map(({ uid }) => uid));
	const deletions = wants.deletions ? seen.vanished.intersect(ofInterest).subtract(departedUids) : UidSet.empty;
	const forgotten = seen.vanished.subtract(deletions).union(outOfView);

	const isBack = (message: DepartedMessage): boolean => intoView.has(message.uid) && hasItsUid(before, message);
	const marks = withoutMarks(seen.fingerprints ?? before.fingerprints ?? noFingerprints, seen.vanished.union(outOfView));

	const state: FolderState = {
		...before,
		uidNext: snapshot.uidNext,
		mailboxId: snapshot.mailboxId ?? before.mailboxId,
		arrivals: before.arrivals.subtract(seen.vanished).subtract(outOfView).union(arrived),
		backfill: before.backfill.subtract(seen.vanished).subtract(outOfView),
		failed: before.failed.filter(({ uid }) => !seen.vanished.has(uid) && !outOfView.has(uid)),
		fingerprints: withMarksOf(marks, before.departed.filter(isBack)),
		departed: [...before.departed.filter((message) => !isBack(message)), ...departed],
		undecided: before.undecided.subtract(seen.vanished).subtract(outOfView),
		reused: usedAgain(before.reused, arrived.below(before.uidNext)),
		unfinished: true,
		missing: false,
		present: undefined,
		flags: undefined,
		matching: undefined,
	};
	if (!watchesKnown(wants)) return { state, work: noWork };
	state.present = known.subtract(forgotten).union(seen.arrived).union(intoView);
	// A folder whose messages were not known until now is taken as it is: `seen.listing` holds everything.
	if (before.present === undefined && seen.listing) state.present = seen.listing;
	if (wants.updates) {
		const silently = before.flags
			? seen.rows.filter(({ uid }) => absorbed.has(uid) || (handedOver.has(uid) && !ofInterest.has(uid)))
			: seen.rows;
		state.flags = withoutUids(withRows(before.flags ?? seen.flags ?? {}, silently), forgotten);
		if (before.flags && seen.flags) state.flags = adopt(state.flags, seen.flags, absorbed.union(handedOver.subtract(ofInterest)));
	}
	if (wants.filter) {
		const matchingBefore = before.matching ?? UidSet.empty;
		state.matching = (
			seen.matching && seen.listing && !seen.asked
				? seen.matching.union(deletions)
				: matchingBefore.union(seen.matching ?? UidSet.empty)
		).intersect(state.present);
	}
	return { state, work: { updates, deletions } };
}

/**
 * Moves the state over what was handed over, and over nothing else. Only when all changes and deletions went out does the
 * cursor move to the snapshot of the opening (RFC 7162 section 6); else they are found again next time, and those that went out
 * are no changes any more.
 */
export function settle(applied: Applied, snapshot: FolderSnapshot, done: Done, wants: Wants): FolderState {
	const { state, work } = applied;
	const finished = UidSet.of(done.delivered.map(({ uid }) => uid))
		.union(done.redelivered)
		.union(done.passedOver)
		.union(done.gone)
		.union(done.givenUp);
	const tried = UidSet.of(done.failed.map(({ uid }) => uid));
	const seenTo = finished.union(done.unmatching).union(done.stillMatching);
	const allOut =
		!work.cutBack &&
		!work.held &&
		done.updated.length === work.updates.length &&
		done.deleted.size === work.deletions.size &&
		(work.matched ?? UidSet.empty).union(work.unmatched ?? UidSet.empty).subtract(seenTo).isEmpty;
	const next: FolderState = {
		...state,
		arrivals: state.arrivals.subtract(finished).subtract(tried),
		backfill: state.backfill.subtract(finished).subtract(tried),
		failed: [...state.failed.filter(({ uid }) => !finished.has(uid) && !tried.has(uid)), ...done.failed].sort(
			(a, b) => a.uid - b.uid,
		),
		unfinished: !allOut,
	};
	next.undecided = state.undecided.intersect(next.arrivals);
	const { from } = state.fingerprints ?? noFingerprints;
	const described = done.described.filter(({ uid }) => uid >= from);
	next.fingerprints = withMarks(state.fingerprints ?? noFingerprints, described, markLimits(wants));
	if (done.awaiting) next.awaiting = done.awaiting;
	if (allOut) {
		next.exists = snapshot.exists;
		next.highestModseq = snapshot.highestModseq;
	}
	const left = done.gone.union(done.deleted);
	next.fingerprints = withoutMarks(next.fingerprints, left);
	if (state.present) next.present = state.present.subtract(left);
	if (state.flags) next.flags = withoutUids(withRows(state.flags, [...done.delivered, ...done.updated]), left);
	if (state.matching && wants.filter) {
		next.matching = state.matching
			.subtract(done.unmatching)
			.union(UidSet.of(done.delivered.map(({ uid }) => uid)))
			.subtract(left);
	}
	return next;
}

/** The UIDs of failed messages whose time has come, ascending. */
export const dueAgain = (state: FolderState, now: number): UidSet =>
	UidSet.of(state.failed.filter(({ retryAt }) => retryAt <= now).map(({ uid }) => uid));

/** The UIDs of failed messages whose time has not come yet. */
export const notDueYet = (state: FolderState, now: number): UidSet =>
	UidSet.of(state.failed.filter(({ retryAt }) => retryAt > now).map(({ uid }) => uid));
