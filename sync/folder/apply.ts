import { unacknowledgedUids, applyAcknowledgements } from './unacknowledged';
import { changesInRows, changesInSets, type FlagChange } from './diff';
import { fingerprintLimits, noFingerprints, withFingerprintsOf, withFingerprints, withoutFingerprints } from './fingerprint';
import { adopt, withoutUids, withRows } from './flagSets';
import type { Plan } from './plan';
import { stillOwnsUid, uidGeneration, usedAgain } from './uidReuse';
import { applyMatches } from './filterMatches';
import { MAX_UID, type Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FolderSnapshot } from '../server/folderSnapshot';
import { inspectsNew, tracksExisting, type InitialSync, type SyncNeeds } from './syncNeeds';
import type { Tombstone, FolderState } from './folderState';
import type { Observation } from './observation';
import { nothingPending, type DeliveryResult, type Transition } from './transition';

/**
 * Takes in what was seen. New messages join `arrivals`, so nothing is lost when the run ends here; what changed and what went
 * becomes work. The cursor (mod-sequence, message count) does not move yet: see settle().
 */
export function applyObservation(
	before: FolderState | undefined,
	snapshot: FolderSnapshot,
	plan: Plan,
	observation: Observation,
	needs: SyncNeeds,
	initialSync: InitialSync,
): Transition {
	const created = plan.reason === 'folderCreated' || before?.missing === true;
	if (plan.kind === 'seed' || !before) {
		const state = seed(snapshot, observation, needs, plan.reason === 'firstRun' ? initialSync : 'created');
		return applyAcknowledgements(undefined, { state, pending: { ...nothingPending, created } }, observation, needs.acknowledge);
	}
	if (plan.kind === 'reset') {
		return applyAcknowledgements(
			before,
			reset(before, snapshot, plan, observation, needs),
			observation,
			needs.acknowledge,
			observation.recognition?.same ?? new Map(),
		);
	}
	const { reusedFrom } = observation;
	const valid = reusedFrom === undefined ? observation : truncatedAt(observation, reusedFrom);
	const updated = update(before, reusedFrom === undefined ? snapshot : { ...snapshot, uidNext: reusedFrom }, valid, needs);
	const transition = reusedFrom === undefined ? updated : rewindUids(updated, before, reusedFrom);
	const matched = applyMatches(before, transition, valid, needs, plan.reason === 'filterChanged' || plan.otherFilter === true);
	return applyAcknowledgements(before, { ...matched, pending: { ...matched.pending, created } }, valid, needs.acknowledge);
}

/** What was seen of a folder, as if it ended before this UID: the known messages above are gone, and what is there now comes with the next run. */
function truncatedAt(observation: Observation, uid: Uid): Observation {
	const upTo = (uids: UidSet | undefined): UidSet | undefined => uids?.below(uid);
	return {
		...observation,
		listing: upTo(observation.listing),
		appeared: observation.appeared.below(uid),
		vanished: observation.vanished.union(UidSet.range(uid, MAX_UID)),
		rows: observation.rows.filter((row) => row.uid < uid),
		flags: observation.flags && withoutUids(observation.flags, UidSet.range(uid, MAX_UID)),
		matching: upTo(observation.matching),
		asked: upTo(observation.asked),
		outOfView: upTo(observation.outOfView),
		intoView: upTo(observation.intoView),
	};
}

/** UIDs from this one on are used once more from now on; nothing is kept of what had them. */
function rewindUids({ state, pending }: Transition, before: FolderState, from: Uid): Transition {
	const { fingerprints } = state;
	return {
		state: {
			...state,
			// Mod-sequences were given out again too.
			highestModseq: undefined,
			...(from < before.uidNext ? { reused: usedAgain(state.reused, UidSet.range(from, before.uidNext - 1)) } : {}),
			...(fingerprints ? { fingerprints: { ...fingerprints, from: Math.min(fingerprints.from, from) } } : {}),
		},
		pending: { ...pending, uidsRewound: true },
	};
}

function seed(snapshot: FolderSnapshot, observation: Observation, needs: SyncNeeds, initialSync: InitialSync): FolderState {
	const there = observation.listing ?? UidSet.empty;
	const offered = !handsOver(needs, initialSync)
		? UidSet.empty
		: initialSync === 'date'
			? (observation.sinceStartDate ?? UidSet.empty)
			: there;
	const wanted = observation.matching ? offered.intersect(observation.matching) : offered;
	return {
		...knowledge(there, observation, needs),
		uidValidity: snapshot.uidValidity,
		uidNext: snapshot.uidNext,
		exists: snapshot.exists,
		highestModseq: snapshot.highestModseq,
		mailboxId: snapshot.mailboxId,
		fingerprints: observation.fingerprints ?? noFingerprints,
		tombstones: [],
		moveCandidates: UidSet.empty,
		newUids: initialSync === 'created' ? wanted : UidSet.empty,
		backfill: initialSync === 'created' ? UidSet.empty : wanted,
		failed: [],
		unfinished: false,
		missing: false,
	};
}

/** Of a folder that was made since, also to see what was moved there. */
const handsOver = (needs: SyncNeeds, initialSync: InitialSync): boolean =>
	initialSync !== 'now' && (needs.newMessages || needs.matches?.started === true || (needs.moves && initialSync === 'created'));

/** What is kept of a folder whose every message is known at once. */
function knowledge(
	there: UidSet,
	observation: Observation,
	needs: SyncNeeds,
): Pick<FolderState, 'knownUids' | 'flags' | 'matching'> {
	if (!tracksExisting(needs)) return {};
	return {
		knownUids: there,
		...(needs.updates ? { flags: observation.flags ?? {} } : {}),
		...(needs.filter ? { matching: (observation.matching ?? UidSet.empty).intersect(there) } : {}),
	};
}

/**
 * The server gave all messages new UIDs. Those that are known again are the ones they were: only their true differences are told.
 * What is not known again and cannot be shown to have come since is taken as known, so nothing is emitted again. What was still to
 * be handed over, or acknowledged, and has no mark is found again by its place: waiting new messages were the newest ones, waiting
 * older ones the oldest. What was handed over and is known again goes on waiting for its acknowledgement.
 */
function reset(
	before: FolderState,
	snapshot: FolderSnapshot,
	plan: Plan,
	observation: Observation,
	needs: SyncNeeds,
): Transition {
	const there = observation.listing ?? UidSet.empty;
	const { same, arrived, gone } = observation.recognition ?? {
		same: new Map<Uid, Uid>(),
		arrived: UidSet.empty,
		gone: UidSet.empty,
	};
	const today = (uids: UidSet): UidSet => UidSet.of([...uids].flatMap((uid) => same.get(uid) ?? []));
	const recognised = UidSet.of(same.values());
	const unmarked = (uids: UidSet): number => [...uids].filter((uid) => !before.fingerprints?.byUid.has(uid)).length;
	const unacknowledged = needs.acknowledge ? unacknowledgedUids(before.unacknowledged) : UidSet.empty;
	const failed = UidSet.of(before.failed.map(({ uid }) => uid)).subtract(unacknowledged);
	const waiting = before.newUids.union(failed);
	const state = seed(snapshot, observation, needs, 'now');
	const newest = there.highest(unmarked(waiting.union(unacknowledged))).subtract(recognised);
	state.newUids = inspectsNew(needs) ? today(waiting).union(arrived).union(newest) : UidSet.empty;
	const oldest = there.lowest(unmarked(before.backfill)).subtract(recognised);
	state.backfill = today(before.backfill).union(oldest).subtract(state.newUids);

	const told = (before.knownUids ?? UidSet.empty).subtract(waiting).subtract(before.backfill);
	const ofInterest = needs.filter && before.matching ? told.intersect(before.matching) : told;
	// The second fact about what is gone: the message count. Where nothing was known again it is another folder, which
	// folderReset tells.
	const counts = before.knownUids !== undefined && before.knownUids.size - gone.size + arrived.size === there.size;
	const left = counts && same.size > 0 && (needs.deletions || needs.moves) ? gone.intersect(ofInterest) : UidSet.empty;
	state.tombstones = [...before.tombstones, ...marked(before, left)];

	let updates: FlagChange[] = [];
	if (needs.updates && before.flags && observation.flags) {
		const among = today(ofInterest).subtract(state.newUids).subtract(state.backfill);
		const then: Record<string, UidSet> = {};
		for (const [flag, uids] of Object.entries(before.flags)) then[flag] = today(uids);
		updates = changesInSets(then, observation.flags, among);
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
		knownUids: before.knownUids && today(before.knownUids),
		matching: before.matching && today(before.matching),
		newUids: state.newUids,
		backfill: state.backfill,
		failed: [],
	};
	const found: Observation = { appeared: UidSet.empty, vanished: UidSet.empty, rows: [], matching: observation.matching };
	const transition = applyMatches(
		renumbered,
		{ state, pending: { ...nothingPending, updates, reset: tidings } },
		found,
		needs,
		plan.otherFilter === true,
	);
	const { matched = UidSet.empty, unmatched = UidSet.empty } = transition.pending;
	// Until all of it is told everything is compared again, whatever the mod-sequence says.
	if (updates.length > 0 || !matched.isEmpty || !unmatched.isEmpty) transition.state.highestModseq = undefined;
	return transition;
}

/** Of the messages that vanished, those that may turn up elsewhere. */
const departedMessages = (before: FolderState, vanished: UidSet, needs: SyncNeeds): Tombstone[] =>
	needs.moves ? marked(before, vanished) : [];

function marked({ fingerprints, uidValidity, reused }: FolderState, uids: UidSet): Tombstone[] {
	return [...uids].flatMap((uid) => {
		const fingerprint = fingerprints?.byUid.get(uid);
		if (fingerprint === undefined) return [];
		const generation = uidGeneration(reused, uid);
		return [{ uid, uidValidity, fingerprint, runs: 0, ...(generation > 0 ? { uidGeneration: generation } : {}) }];
	});
}

function update(before: FolderState, snapshot: FolderSnapshot, observation: Observation, needs: SyncNeeds): Transition {
	const failed = UidSet.of(before.failed.map(({ uid }) => uid)).subtract(unacknowledgedUids(before.unacknowledged));
	const waiting = before.newUids.union(before.backfill).union(failed);
	const known = before.knownUids ?? UidSet.empty;
	const arrived = inspectsNew(needs) ? observation.appeared : UidSet.empty;
	const { outOfView = UidSet.empty, intoView = UidSet.empty } = observation;
	const absorbed = observation.appeared.subtract(arrived).union(intoView);
	// Of a message that waits to be handed over nothing else is told: it comes with the flags it has then, or not at all.
	const handedOver = known.subtract(waiting);
	const ofInterest = needs.filter && before.matching ? handedOver.intersect(before.matching) : handedOver;
	const left = ofInterest.subtract(observation.vanished).subtract(outOfView);
	const flagsBefore = before.flags ?? {};
	const updates =
		!needs.updates || !before.flags
			? []
			: observation.flags
				? changesInSets(flagsBefore, observation.flags, left)
				: changesInRows(flagsBefore, observation.rows, left);
	const tombstones = departedMessages(before, observation.vanished.intersect(ofInterest), needs);
	const departedUids = UidSet.of(tombstones.map(({ uid }) => uid));
	const deletions = needs.deletions ? observation.vanished.intersect(ofInterest).subtract(departedUids) : UidSet.empty;
	const forgotten = observation.vanished.subtract(deletions).union(outOfView);

	const isBack = (message: Tombstone): boolean => intoView.has(message.uid) && stillOwnsUid(before, message);
	const marks = withoutFingerprints(
		observation.fingerprints ?? before.fingerprints ?? noFingerprints,
		observation.vanished.union(outOfView),
	);

	const state: FolderState = {
		...before,
		uidNext: snapshot.uidNext,
		mailboxId: snapshot.mailboxId ?? before.mailboxId,
		newUids: before.newUids.subtract(observation.vanished).subtract(outOfView).union(arrived),
		backfill: before.backfill.subtract(observation.vanished).subtract(outOfView),
		failed: before.failed.filter(({ uid }) => !observation.vanished.has(uid) && !outOfView.has(uid)),
		fingerprints: withFingerprints(marks, before.tombstones.filter(isBack)),
		tombstones: [...before.tombstones.filter((message) => !isBack(message)), ...tombstones],
		moveCandidates: before.moveCandidates.subtract(observation.vanished).subtract(outOfView),
		reused: usedAgain(before.reused, arrived.below(before.uidNext)),
		unfinished: true,
		missing: false,
		knownUids: undefined,
		flags: undefined,
		matching: undefined,
	};
	if (!tracksExisting(needs)) return { state, pending: nothingPending };
	state.knownUids = known.subtract(forgotten).union(observation.appeared).union(intoView);
	// A folder whose messages were not known until now is taken as it is: `seen.listing` holds everything.
	if (before.knownUids === undefined && observation.listing) state.knownUids = observation.listing;
	if (needs.updates) {
		const silently = before.flags
			? observation.rows.filter(({ uid }) => absorbed.has(uid) || (handedOver.has(uid) && !ofInterest.has(uid)))
			: observation.rows;
		state.flags = withoutUids(withRows(before.flags ?? observation.flags ?? {}, silently), forgotten);
		if (before.flags && observation.flags)
			state.flags = adopt(state.flags, observation.flags, absorbed.union(handedOver.subtract(ofInterest)));
	}
	if (needs.filter) {
		const matchingBefore = before.matching ?? UidSet.empty;
		state.matching = (
			observation.matching && observation.listing && !observation.asked
				? observation.matching.union(deletions)
				: matchingBefore.union(observation.matching ?? UidSet.empty)
		).intersect(state.knownUids);
	}
	return { state, pending: { updates, deletions } };
}

/**
 * Moves the state over what was handed over, and over nothing else. Only when all changes and deletions went out does the
 * cursor move to the snapshot of the opening (RFC 7162 section 6); else they are found again next time, and those that went out
 * are no changes any more.
 */
export function commit(transition: Transition, snapshot: FolderSnapshot, done: DeliveryResult, needs: SyncNeeds): FolderState {
	const { state, pending } = transition;
	const finished = UidSet.of(done.delivered.map(({ uid }) => uid))
		.union(done.redelivered)
		.union(done.passedOver)
		.union(done.gone)
		.union(done.exhausted);
	const tried = UidSet.of(done.failed.map(({ uid }) => uid));
	const seenTo = finished.union(done.unmatching).union(done.stillMatching);
	const allOut =
		!pending.uidsRewound &&
		!pending.deferred &&
		done.updated.length === pending.updates.length &&
		done.deleted.size === pending.deletions.size &&
		(pending.matched ?? UidSet.empty).union(pending.unmatched ?? UidSet.empty).subtract(seenTo).isEmpty;
	const next: FolderState = {
		...state,
		newUids: state.newUids.subtract(finished).subtract(tried),
		backfill: state.backfill.subtract(finished).subtract(tried),
		failed: [...state.failed.filter(({ uid }) => !finished.has(uid) && !tried.has(uid)), ...done.failed].sort(
			(a, b) => a.uid - b.uid,
		),
		unfinished: !allOut,
	};
	next.moveCandidates = state.moveCandidates.intersect(next.newUids);
	const { from } = state.fingerprints ?? noFingerprints;
	const described = done.inspected.filter(({ uid }) => uid >= from);
	next.fingerprints = withFingerprintsOf(state.fingerprints ?? noFingerprints, described, fingerprintLimits(needs));
	if (done.unacknowledged) next.unacknowledged = done.unacknowledged;
	if (allOut) {
		next.exists = snapshot.exists;
		next.highestModseq = snapshot.highestModseq;
	}
	const left = done.gone.union(done.deleted);
	next.fingerprints = withoutFingerprints(next.fingerprints, left);
	if (state.knownUids) next.knownUids = state.knownUids.subtract(left);
	if (state.flags) next.flags = withoutUids(withRows(state.flags, [...done.delivered, ...done.updated]), left);
	if (state.matching && needs.filter) {
		next.matching = state.matching
			.subtract(done.unmatching)
			.union(UidSet.of(done.delivered.map(({ uid }) => uid)))
			.subtract(left);
	}
	return next;
}

/** The UIDs of failed messages whose time has come, ascending. */
export const failedAndDue = (state: FolderState, now: number): UidSet =>
	UidSet.of(state.failed.filter(({ retryAt }) => retryAt <= now).map(({ uid }) => uid));

/** The UIDs of failed messages whose time has not come yet. */
export const failedNotDue = (state: FolderState, now: number): UidSet =>
	UidSet.of(state.failed.filter(({ retryAt }) => retryAt > now).map(({ uid }) => uid));
