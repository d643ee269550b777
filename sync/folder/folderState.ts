import { withoutFingerprints, type Fingerprint, type Fingerprints } from './fingerprint';
import { mapSets, withoutUids, type FlagSets } from './flagSets';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';

/** A message that left a folder and may turn up in another one: it is told as deleted one run later. */
export interface Tombstone {
	uid: Uid;
	uidValidity: string;
	fingerprint: Fingerprint;
	/** The runs that did not find it anywhere. */
	runs: number;
	/** That it left was its acknowledgement: nothing is told of it, wherever it turns up. */
	silent?: boolean;
	/** How often its UID had been used before it: see reusedUids.ts. */
	uidGeneration?: number;
}

/** A message that could not be handed over, and when it is tried again. */
export interface FailedMessage {
	uid: Uid;
	attempts: number;
	/** milliseconds since 1970 */
	retryAt: number;
	reason: string;
}

/** Messages handed over equally often that are due at the same time. */
export interface UnacknowledgedGroup {
	/** how often they were handed over */
	attempts: number;
	/** When they are handed over again, in milliseconds since 1970, on a whole minute. */
	ackDeadline: number;
	uids: UidSet;
}

/** The messages that were handed over and wait for their acknowledgement. */
export interface Unacknowledged {
	/** What they wait for: see markName(). */
	ack: string;
	groups: UnacknowledgedGroup[];
}

/** What the core remembers of a folder between two runs. */
export interface FolderState {
	uidValidity: string;
	/** Every UID at or above is news. */
	uidNext: number;
	exists: number;
	/** HIGHESTMODSEQ of the opening all of whose changes were handed over. */
	highestModseq?: string;
	mailboxId?: string;
	/** UIDs that existed when last looked; only when deletions or updates are wanted. */
	knownUids?: UidSet;
	/** Flag or keyword -> which of `present` carry it, as last handed over; only when updates are wanted. */
	flags?: FlagSets;
	/** Of `present`, those that passed the filter, as last told; only with a filter, and when more than new messages is wanted. */
	matching?: UidSet;
	/** Of `present`, those that a rule ignores; only where ignored messages that leave would be told of otherwise. */
	ignored?: UidSet;
	/** New messages not handed over yet. */
	newUids: UidSet;
	/** Older messages still to be handed over (startFrom all or date). */
	backfill: UidSet;
	failed: FailedMessage[];
	/** By what messages are known again where their UIDs mean nothing. */
	fingerprints?: Fingerprints;
	/** Messages that left, and are not told as deleted yet; only when moves are wanted. */
	tombstones: Tombstone[];
	/** Of `arrivals`, those that may have been moved here from a folder that did not show it yet; they wait one run. */
	moveCandidates: UidSet;
	/** What was handed over and is not acknowledged yet; only with acknowledgement. */
	unacknowledged?: Unacknowledged;
	/** Whether changes were seen that did not fit into the last run: the folder must be looked at whatever its status says. */
	unfinished: boolean;
	/** Whether the folder was gone when last looked: all that is in it when it comes back anew is new. */
	missing: boolean;
	/** When all of it was last read, in milliseconds since 1970; only when deletions or updates are wanted. */
	auditedAt?: number;
	/** UIDs that were used more than once, for events that happen to a UID more than once: see reusedUids.ts. */
	reused?: Reused;
	/** Until when own changes of flags are known, where mod-sequences do not tell: see ownChanges.ts. */
	ownUntil?: number;
	/** Under which name the folder was first known, where it was renamed since: see eventAt(). */
	firstName?: string;
}

/** In a set once: its UIDs were used twice; in the next set too: three times; and so on. See uidReuse.ts. */
export type Reused = readonly UidSet[];

/** All messages that were delivered and wait for their acknowledgement. */
export function unacknowledgedUids(unacknowledged: Unacknowledged | undefined): UidSet {
	return (unacknowledged?.groups ?? []).reduce((all, { uids }) => all.union(uids), UidSet.empty);
}

/**
 * Messages that are pending: not delivered yet, be they new, older, or failed so far. A pending message produces no other event; it is
 * delivered with the flags it has then, or dropped if it is gone. One that was delivered and waits for its acknowledgement is not pending.
 */
export function pendingUids({ newUids, backfill, failed, unacknowledged }: FolderState): UidSet {
	const neverDelivered = UidSet.of(failed.map(({ uid }) => uid)).subtract(unacknowledgedUids(unacknowledged));
	return newUids.union(backfill).union(neverDelivered);
}

/** The state without these messages, wherever it names them; what waits for its acknowledgement is left alone. */
export function withoutMessages(state: FolderState, gone: UidSet): FolderState {
	if (gone.isEmpty) return state;
	return {
		...state,
		newUids: state.newUids.subtract(gone),
		backfill: state.backfill.subtract(gone),
		moveCandidates: state.moveCandidates.subtract(gone),
		failed: state.failed.filter(({ uid }) => !gone.has(uid)),
		fingerprints: state.fingerprints && withoutFingerprints(state.fingerprints, gone),
		knownUids: state.knownUids?.subtract(gone),
		flags: state.flags && withoutUids(state.flags, gone),
		matching: state.matching?.subtract(gone),
		ignored: state.ignored?.subtract(gone),
	};
}

/** What is known of messages, under the UIDs that they have today; of those that have none nothing is left. */
export function renumbered(
	{ knownUids, matching, flags, unacknowledged }: FolderState,
	today: ReadonlyMap<Uid, Uid>,
): Pick<FolderState, 'knownUids' | 'matching' | 'flags' | 'unacknowledged'> {
	const groups = unacknowledged?.groups.map((group) => ({ ...group, uids: uidsToday(group.uids, today) }));
	return {
		knownUids: knownUids && uidsToday(knownUids, today),
		matching: matching && uidsToday(matching, today),
		flags: flags && mapSets(flags, (uids) => uidsToday(uids, today)),
		unacknowledged: unacknowledged && { ...unacknowledged, groups: groups?.filter(({ uids }) => !uids.isEmpty) ?? [] },
	};
}

/** The UIDs that these messages have today. */
export const uidsToday = (uids: UidSet, today: ReadonlyMap<Uid, Uid>): UidSet =>
	UidSet.of([...uids].flatMap((uid) => today.get(uid) ?? []));
