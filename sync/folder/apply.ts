import { changesInRows, changesInSets, type FlagUpdate } from './diff';
import { applyMatches } from './filterMatches';
import { noFingerprints, withFingerprints, withoutFingerprints } from './fingerprint';
import { adopt, noFlags, withoutUids, withRows, type FlagSets } from './flagSets';
import { pendingUids, renumbered, uidsToday, withoutMessages, type FolderState, type Tombstone } from './folderState';
import { machineKeywordSuppression } from './machineKeywords';
import type { Observation } from './observation';
import type { Plan } from './plan';
import type { Recognition } from './recognition';
import { suppress } from './suppress';
import { emitsNew, inspectsNew, tracksExisting, type InitialSync, type SyncNeeds } from './syncNeeds';
import { nothingPending, type Transition } from './transition';
import { stillOwnsUid, uidGeneration, usedAgain, type ReusedUids } from './uidReuse';
import { applyAcknowledgements } from './unacknowledged';
import type { FolderReset } from '../events/syncEvent';
import type { FolderSnapshot } from '../server/folderSnapshot';
import { MAX_UID, type Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';

/**
 * Applies an observation to the state. New messages join `newUids`, so nothing is lost if the run ends here. Changes and
 * deletions become pending events. The cursor (mod-sequence, message count) does not move yet: see commit().
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
	if (plan.kind === 'reset' && before.missing && needs.folderDeletions && observation.recognition) {
		// Its deletion was reported with all that was in it: what is there now is new, also what was there then.
		const state = seed(snapshot, observation, needs, 'created');
		const maybeReported = UidSet.of(observation.recognition.same.values()).intersect(state.newUids);
		const again: Transition = { state: { ...state, maybeReported }, pending: { ...nothingPending, created } };
		return applyAcknowledgements(undefined, again, observation, needs.acknowledge);
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
	const { reused } = observation;
	if (!reused && snapshot.uidNext < before.uidNext && !before.uidNextWentBack)
		return { state: { ...before, uidNextWentBack: true }, pending: { ...nothingPending, held: true } };
	const valid = reused ? truncatedAt(observation, reused.from) : observation;
	const updated = update(before, reused ? { ...snapshot, uidNext: reused.from } : snapshot, valid, needs);
	const transition = reused ? rewindUids(updated, before, observation, reused) : updated;
	const matched = applyMatches(before, transition, valid, needs, plan.reason === 'filterChanged' || plan.otherFilter === true);
	return applyAcknowledgements(before, { ...matched, pending: { ...matched.pending, created } }, valid, needs.acknowledge);
}

/**
 * The observation as if the folder ended before this UID: known messages above are gone, and the next run finds those there now.
 */
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

/**
 * UIDs from one on are used once more; nothing is kept of their earlier owners. Where nobody can say whether a message is the same,
 * it is reported again, and its deletion is not.
 */
function rewindUids(
	updated: Transition,
	before: FolderState,
	{ unverified }: Observation,
	{ from, replaced }: ReusedUids,
): Transition {
	const departures = unverified ?? UidSet.empty;
	const { state, pending } = suppress(updated, {
		departures,
		tombstone: (message) => (departures.has(message.uid) && stillOwnsUid(before, message) ? undefined : message),
	});
	const { fingerprints } = state;
	// Those noted before are still to come.
	const noted = before.maybeReported?.from(before.uidNext) ?? UidSet.empty;
	const inDoubt = noted.union(from < before.uidNext ? UidSet.range(from, before.uidNext - 1).subtract(replaced) : UidSet.empty);
	return {
		state: {
			...state,
			...(inDoubt.isEmpty ? {} : { maybeReported: (state.maybeReported ?? UidSet.empty).union(inDoubt) }),
			// Mod-sequences are reused too.
			highestModseq: undefined,
			...(from < before.uidNext ? { reused: usedAgain(state.reused, UidSet.range(from, before.uidNext - 1)) } : {}),
			...(fingerprints ? { fingerprints: { ...fingerprints, from: Math.min(fingerprints.from, from) } } : {}),
		},
		pending: { ...pending, uidsRewound: true },
	};
}

function seed(snapshot: FolderSnapshot, observation: Observation, needs: SyncNeeds, initialSync: InitialSync): FolderState {
	const there = observation.listing ?? UidSet.empty;
	const offered = !deliversExisting(needs, initialSync)
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
		described: needs.updates && initialSync === 'created' ? unlessEmpty(wanted) : undefined,
		backfill: initialSync === 'created' ? UidSet.empty : wanted,
		failed: [],
		unfinished: false,
		missing: false,
	};
}

/** Whether existing messages are delivered; of a folder created since, also to find moves to it. */
const deliversExisting = (needs: SyncNeeds, initialSync: InitialSync): boolean =>
	initialSync !== 'now' && (emitsNew(needs) || (needs.moves && initialSync === 'created'));

/** What is kept of a folder that was read whole. */
function knowledge(
	there: UidSet,
	observation: Observation,
	needs: SyncNeeds,
): Pick<FolderState, 'knownUids' | 'flags' | 'matching'> {
	if (!tracksExisting(needs)) return {};
	return {
		knownUids: there,
		...(needs.updates ? { flags: observation.flags ?? noFlags } : {}),
		...(needs.filter ? { matching: (observation.matching ?? UidSet.empty).intersect(there) } : {}),
	};
}

/**
 * The server gave all messages new UIDs. Of recognised messages only real differences are reported, and what waited under its old
 * UID waits under its new one; what the others are is for recognise(). A recognised unacknowledged message stays unacknowledged.
 */
function reset(
	before: FolderState,
	snapshot: FolderSnapshot,
	plan: Plan,
	observation: Observation,
	needs: SyncNeeds,
): Transition {
	const { same, arrived, gone } = observation.recognition ?? nothingRecognised;
	const pending = pendingAfterReset(before, observation, needs);
	const described = needs.updates ? unlessEmpty(pending.newUids) : undefined;
	const state: FolderState = { ...seed(snapshot, observation, needs, 'now'), ...pending, described };
	state.fingerprints = withFingerprints(state.fingerprints ?? noFingerprints, fingerprintsToday(before, same));
	const reported = (before.knownUids ?? UidSet.empty).subtract(pendingUids(before));
	const ofInterest = needs.filter && before.matching ? reported.intersect(before.matching) : reported;
	state.tombstones = [...before.tombstones, ...tombstonesOf(before, leftBeforeReset(before, observation, ofInterest, needs))];

	const known = renumbered(before, same);
	let updates: FlagUpdate[] = [];
	if (needs.updates && known.flags && observation.flags) {
		const among = uidsToday(ofInterest, same).subtract(state.newUids).subtract(state.backfill);
		updates = changesInSets(known.flags, observation.flags, among);
		state.flags = adopt(state.flags ?? noFlags, known.flags, among);
	}
	const counts: FolderReset = {
		previousUidValidity: before.uidValidity,
		messages: snapshot.exists,
		matched: same.size,
		arrived: arrived.size,
		gone: gone.size,
	};
	const heard = suppress({ state, pending: { ...nothingPending, updates, reset: counts } }, machineKeywordSuppression(needs));
	const transition = applyMatches(
		{ ...before, ...known, newUids: state.newUids, backfill: state.backfill, failed: [] },
		heard,
		{ appeared: UidSet.empty, vanished: UidSet.empty, rows: [], matching: observation.matching },
		needs,
		plan.otherFilter === true,
	);
	const { matched = UidSet.empty, unmatched = UidSet.empty } = transition.pending;
	// Until all of it is delivered, everything is compared again, whatever the mod-sequence says.
	if (heard.pending.updates.length > 0 || !matched.isEmpty || !unmatched.isEmpty) transition.state.highestModseq = undefined;
	return transition;
}

const nothingRecognised: Recognition = {
	same: new Map(),
	arrived: UidSet.empty,
	older: UidSet.empty,
	maybeReported: UidSet.empty,
	gone: UidSet.empty,
};

/** Pending messages under their current UIDs, those that came since, and those that may be either. */
function pendingAfterReset(
	before: FolderState,
	observation: Observation,
	needs: SyncNeeds,
): Pick<FolderState, 'newUids' | 'backfill' | 'maybeReported'> {
	if (!inspectsNew(needs)) return { newUids: UidSet.empty, backfill: UidSet.empty };
	const { same, arrived, older, maybeReported } = observation.recognition ?? nothingRecognised;
	const pendingNew = pendingUids(before).subtract(before.backfill.subtract(before.newUids));
	const newUids = uidsToday(pendingNew, same).union(arrived);
	const backfill = uidsToday(before.backfill, same).union(older).subtract(newUids);
	return { newUids, backfill, maybeReported: maybeReported.union(uidsToday(before.maybeReported ?? UidSet.empty, same)) };
}

/**
 * Messages that left before the UIDs changed. The second fact is the message count. If nothing was recognised, it is another
 * folder, which folderReset reports.
 */
function leftBeforeReset(before: FolderState, observation: Observation, ofInterest: UidSet, needs: SyncNeeds): UidSet {
	const { same, arrived, gone } = observation.recognition ?? nothingRecognised;
	if (before.knownUids === undefined || same.size === 0 || !(needs.deletions || needs.moves)) return UidSet.empty;
	const isCountRight = before.knownUids.size - gone.size + arrived.size === (observation.listing ?? UidSet.empty).size;
	return isCountRight ? gone.intersect(ofInterest) : UidSet.empty;
}

/** Fingerprints of recognised messages under their current UIDs: those that wait may need them again. */
const fingerprintsToday = ({ fingerprints }: FolderState, same: ReadonlyMap<Uid, Uid>) =>
	[...same].flatMap(([then, uid]) => {
		const fingerprint = fingerprints?.byUid.get(then);
		return fingerprint === undefined ? [] : [{ uid, fingerprint }];
	});

/** Tombstones of messages that left, as far as they have fingerprints: they may turn up elsewhere. */
function tombstonesOf({ fingerprints, uidValidity, reused }: FolderState, uids: UidSet): Tombstone[] {
	return [...uids].flatMap((uid) => {
		const fingerprint = fingerprints?.byUid.get(uid);
		if (fingerprint === undefined) return [];
		const generation = uidGeneration(reused, uid);
		return [{ uid, uidValidity, fingerprint, runs: 0, ...(generation > 0 ? { uidGeneration: generation } : {}) }];
	});
}

function update(before: FolderState, snapshot: FolderSnapshot, observation: Observation, needs: SyncNeeds): Transition {
	const { appeared, vanished, outOfView = UidSet.empty, intoView = UidSet.empty } = observation;
	const newUids = inspectsNew(needs) ? appeared : UidSet.empty;
	const gone = vanished.union(outOfView);
	const reported = (before.knownUids ?? UidSet.empty).subtract(pendingUids(before));
	const ofInterest = needs.filter && before.matching ? reported.intersect(before.matching) : reported;
	const tombstones = needs.moves ? tombstonesOf(before, gone.intersect(ofInterest)) : [];
	const mayTurnUp = UidSet.of(tombstones.map(({ uid }) => uid));
	const deletions = needs.deletions ? gone.intersect(ofInterest).subtract(mayTurnUp) : UidSet.empty;

	const isBack = (message: Tombstone): boolean => intoView.has(message.uid) && stillOwnsUid(before, message);
	// A deleted message stays known until its deletion is delivered.
	const forgotten = gone.subtract(deletions);
	const left = withoutMessages(before, forgotten);
	const fingerprints = withoutFingerprints(observation.fingerprints ?? before.fingerprints ?? noFingerprints, gone);
	const state: FolderState = {
		...left,
		uidNext: snapshot.uidNext,
		mailboxId: snapshot.mailboxId ?? before.mailboxId,
		newUids: left.newUids.union(newUids),
		described: needs.updates
			? unlessEmpty(describedAmong(newUids, observation).union(left.described ?? UidSet.empty))
			: undefined,
		fingerprints: withFingerprints(fingerprints, before.tombstones.filter(isBack)),
		tombstones: [...before.tombstones.filter((message) => !isBack(message)), ...tombstones],
		reused: usedAgain(before.reused, newUids.below(before.uidNext)),
		unfinished: true,
		missing: false,
		mayBeMissing: undefined,
		begunByStatus: observation.fingerprints ? undefined : before.begunByStatus,
		uidNextWentBack: undefined,
		...knowledgeAfter(before, left, observation, needs, { reported, ofInterest, forgotten, deletions }),
	};
	if (!tracksExisting(needs)) return { state, pending: nothingPending };
	const updates = updatesAmong(before, observation, ofInterest.subtract(gone), needs);
	return suppress(
		{ state, pending: { updates, deletions } },
		{
			...machineKeywordSuppression(needs),
			departures: outOfView,
			tombstone: (message) => (outOfView.has(message.uid) && tombstones.includes(message) ? undefined : message),
		},
	);
}

const unlessEmpty = (uids: UidSet): UidSet | undefined => (uids.isEmpty ? undefined : uids);

/** Of which of these messages the observation has the flags. */
const describedAmong = (uids: UidSet, { flags, rows }: Observation): UidSet =>
	flags ? uids : uids.intersect(UidSet.of(rows.map(({ uid }) => uid)));

function updatesAmong(before: FolderState, observation: Observation, among: UidSet, needs: SyncNeeds): FlagUpdate[] {
	if (!needs.updates || !before.flags) return [];
	return observation.flags
		? changesInSets(before.flags, observation.flags, among)
		: changesInRows(before.flags, observation.rows, among);
}

/** UIDs, flags and matches after the observation. Flags whose change is an event stay as they were reported. */
function knowledgeAfter(
	before: FolderState,
	left: FolderState,
	observation: Observation,
	needs: SyncNeeds,
	{ reported, ofInterest, forgotten, deletions }: Record<'reported' | 'ofInterest' | 'forgotten' | 'deletions', UidSet>,
): Pick<FolderState, 'knownUids' | 'flags' | 'matching'> {
	if (!tracksExisting(needs)) return { knownUids: undefined, flags: undefined, matching: undefined };
	const { appeared, intoView = UidSet.empty, listing, rows, asked } = observation;
	// If the messages of the folder were not known until now, the listing is taken as it is.
	const knownUids =
		before.knownUids === undefined && listing ? listing : (left.knownUids ?? UidSet.empty).union(appeared).union(intoView);
	const silently = (inspectsNew(needs) ? intoView : appeared.union(intoView)).union(reported.subtract(ofInterest));
	let flags: FlagSets | undefined;
	if (needs.updates) {
		// A new message is delivered with the flags it has then; those with which it came are kept for who wants no new messages any more.
		const firstSeen = silently.union(appeared);
		const known = before.flags ? rows.filter(({ uid }) => firstSeen.has(uid)) : rows;
		flags = withoutUids(withRows(before.flags ?? observation.flags ?? noFlags, known), forgotten);
		if (before.flags && observation.flags) flags = adopt(flags, observation.flags, firstSeen);
	}
	let matching: UidSet | undefined;
	if (needs.filter) {
		const now = observation.matching ?? UidSet.empty;
		const isWhole = observation.matching !== undefined && listing !== undefined && asked === undefined;
		matching = (isWhole ? now.union(deletions) : (before.matching ?? UidSet.empty).union(now)).intersect(knownUids);
	}
	return { knownUids, flags, matching };
}
