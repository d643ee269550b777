import { withFingerprintsOf, fingerprintLimits, noFingerprints, type Fingerprints } from './fingerprint';
import { withRows } from './flagSets';
import { pendingUids, withoutMessages, type FolderState } from './folderState';
import type { SyncNeeds } from './syncNeeds';
import type { DeliveryResult, Transition } from './transition';
import { isRetryDue } from './due';
import type { FolderSnapshot } from '../server/folderSnapshot';
import { UidSet } from '../uids/uidSet';

/**
 * Commits what was delivered to the state, and nothing else. The cursor moves to the snapshot of the opening (RFC 7162 section 6)
 * only when all changes and deletions were delivered. Else the next run finds them again, without those that were delivered.
 */
export function commit(transition: Transition, snapshot: FolderSnapshot, done: DeliveryResult, needs: SyncNeeds): FolderState {
	const { state, pending } = transition;
	const finished = UidSet.of(done.delivered.map(({ uid }) => uid))
		.union(done.redelivered)
		.union(done.passedOver)
		.union(done.gone)
		.union(done.exhausted);
	const tried = UidSet.of(done.failed.map(({ uid }) => uid));
	const settled = finished.union(done.unmatching).union(done.stillMatching);
	const allDelivered =
		!pending.uidsRewound &&
		!pending.deferred &&
		done.updated.length === pending.updates.length &&
		done.deleted.size === pending.deletions.size &&
		(pending.matched ?? UidSet.empty).union(pending.unmatched ?? UidSet.empty).subtract(settled).isEmpty;
	const next: FolderState = {
		...state,
		newUids: state.newUids.subtract(finished).subtract(tried),
		backfill: state.backfill.subtract(finished).subtract(tried),
		failed: [...state.failed.filter(({ uid }) => !finished.has(uid) && !tried.has(uid)), ...done.failed].sort(
			(a, b) => a.uid - b.uid,
		),
		fingerprints: fingerprintsAfter(state, done, needs),
		flags: state.flags && withRows(state.flags, [...done.delivered, ...done.updated]),
		matching: needs.filter
			? state.matching?.subtract(done.unmatching).union(UidSet.of(done.delivered.map(({ uid }) => uid)))
			: state.matching,
		unfinished: !allDelivered,
		...(done.unacknowledged ? { unacknowledged: done.unacknowledged } : {}),
		...(allDelivered ? { exists: snapshot.exists, highestModseq: snapshot.highestModseq } : {}),
	};
	next.moveCandidates = state.moveCandidates.intersect(next.newUids);
	next.maybeReported = state.maybeReported?.intersect(pendingUids(next));
	return withoutMessages(next, done.gone.union(done.deleted));
}

/** The fingerprints with those of new messages that were inspected, delivered or not. */
function fingerprintsAfter(
	{ fingerprints = noFingerprints }: FolderState,
	{ inspected }: DeliveryResult,
	needs: SyncNeeds,
): Fingerprints {
	const newer = inspected.filter(({ uid }) => uid >= fingerprints.from);
	return withFingerprintsOf(fingerprints, newer, fingerprintLimits(needs));
}

/** The UIDs of failed messages that are due for a retry. */
export const failedAndDue = (state: FolderState, now: number): UidSet =>
	UidSet.of(state.failed.filter((failed) => isRetryDue(failed, now)).map(({ uid }) => uid));

/** The UIDs of failed messages that are not due yet. */
export const failedNotDue = (state: FolderState, now: number): UidSet =>
	UidSet.of(state.failed.filter((failed) => !isRetryDue(failed, now)).map(({ uid }) => uid));
