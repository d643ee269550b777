import { withFingerprintsOf, fingerprintLimits, noFingerprints, type Fingerprints } from './fingerprint';
import { withRows } from './flagSets';
import { pendingUids, unacknowledgedUids, withoutMessages, type FolderState } from './folderState';
import type { SyncNeeds } from './syncNeeds';
import type { DeliveryResult, Transition } from './transition';
import { isRetryDue } from './due';
import type { FolderSnapshot } from '../server/folderSnapshot';
import { MAX_UID } from '../uids/uid';
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
		flags: state.flags && withRows(state.flags, [...done.delivered, ...done.updated]),
		matching: needs.filter
			? state.matching?.subtract(done.unmatching).union(UidSet.of(done.delivered.map(({ uid }) => uid)))
			: state.matching,
		unfinished: !allDelivered,
		...(done.unacknowledged ? { unacknowledged: done.unacknowledged } : {}),
		...(allDelivered ? { exists: snapshot.exists, highestModseq: snapshot.highestModseq } : {}),
	};
	next.fingerprints = fingerprintsAfter(next, done, needs);
	next.described = describedAfter(state, next);
	next.moveCandidates = state.moveCandidates.intersect(next.newUids);
	next.maybeReported = state.maybeReported?.intersect(pendingUids(next).union(UidSet.range(next.uidNext, MAX_UID)));
	return withoutMessages(next, done.gone.union(done.deleted));
}

/** Of which messages that go on waiting the first flags are known; of older ones, which failed now, they are since the folder began. */
function describedAfter({ described = UidSet.empty, backfill, flags }: FolderState, next: FolderState): UidSet | undefined {
	const waiting = pendingUids(next).subtract(next.backfill);
	const known = flags ? described.union(backfill).intersect(waiting) : UidSet.empty;
	return known.isEmpty ? undefined : known;
}

/**
 * The fingerprints with those of new messages that were inspected, delivered or not, of messages that wait from now on, and of the newest
 * one that does not wait: by that one is seen that UIDs were used again, also while newer messages wait.
 */
function fingerprintsAfter(next: FolderState, { inspected }: DeliveryResult, needs: SyncNeeds): Fingerprints {
	const { fingerprints = noFingerprints } = next;
	const waiting = unacknowledgedUids(next.unacknowledged)
		.union(UidSet.of(next.failed.map(({ uid }) => uid)))
		.union(next.newUids);
	const newest = UidSet.of([...fingerprints.byUid.keys(), ...inspected.map(({ uid }) => uid)])
		.subtract(pendingUids(next))
		.highest(1);
	const needed = waiting.union(newest.below(fingerprints.from));
	const kept = inspected.filter(({ uid }) => uid >= fingerprints.from || needed.has(uid));
	return withFingerprintsOf(fingerprints, kept, fingerprintLimits(needs), needed);
}

/** The UIDs of failed messages that are due for a retry. */
export const failedAndDue = (state: FolderState, now: number): UidSet =>
	UidSet.of(state.failed.filter((failed) => isRetryDue(failed, now)).map(({ uid }) => uid));

/** The UIDs of failed messages that are not due yet. */
export const failedNotDue = (state: FolderState, now: number): UidSet =>
	UidSet.of(state.failed.filter((failed) => !isRetryDue(failed, now)).map(({ uid }) => uid));
