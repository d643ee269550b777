import { withoutFingerprints, type Fingerprint, type Fingerprints } from './fingerprint';
import { mapSets, withoutUids, type FlagSets } from './flagSets';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { SyncNeeds } from './syncNeeds';

/** A message that left a folder and may turn up in another one. Its deletion is emitted one run later. */
export interface Tombstone {
	uid: Uid;
	uidValidity: string;
	fingerprint: Fingerprint;
	/** The runs that did not find it anywhere. */
	runs: number;
	/** It produces no event, wherever it turns up: its leaving was its acknowledgement, or it was ignored. */
	silent?: boolean;
	/** How often its UID was used before it: see uidReuse.ts. */
	uidGeneration?: number;
	/** The name with which its ids are made, where the folder has another one since it was renumbered: see idNameOf(). */
	idName?: string;
}

/** A message whose delivery failed, and when it is tried again. */
export interface FailedMessage {
	uid: Uid;
	attempts: number;
	/** milliseconds since 1970 */
	retryAt: number;
	reason: string;
}

/** Unacknowledged messages with the same attempts and the same deadline. */
export interface UnacknowledgedGroup {
	/** how often they were delivered */
	attempts: number;
	/** When they are delivered again, in milliseconds since 1970, on a whole minute. */
	ackDeadline: number;
	uids: UidSet;
}

/** The messages that were delivered and not acknowledged yet. */
export interface Unacknowledged {
	/** What acknowledges them: see ackName(). */
	ack: string;
	groups: UnacknowledgedGroup[];
}

/** What the core remembers of a folder between two runs. */
export interface FolderState {
	uidValidity: string;
	/** Every UID at or above is new. */
	uidNext: number;
	exists: number;
	/** HIGHESTMODSEQ of the last opening whose changes were all delivered. */
	highestModseq?: string;
	mailboxId?: string;
	/** UIDs that existed at the last run; only when more than new messages is wanted. */
	knownUids?: UidSet;
	/** Flag or keyword -> which of `knownUids` carry it, as last delivered; only when updates are wanted. */
	flags?: FlagSets;
	/** Which of `knownUids` matched the filter, as last reported; only with a filter, when more than new messages is wanted. */
	matching?: UidSet;
	/** Which of `knownUids` a rule ignores; only where the leaving of a message is an event. */
	ignored?: UidSet;
	/** New messages not delivered yet. */
	newUids: UidSet;
	/** Of which new messages, failed ones too, `flags` holds what they had when they were first seen; only when updates are wanted. */
	described?: UidSet;
	/** Older messages still to be delivered (startFrom all or date). */
	backfill: UidSet;
	failed: FailedMessage[];
	/** What recognises messages where their UIDs mean nothing. */
	fingerprints?: Fingerprints;
	/** UIDNEXT was lower than before at the last run, and nothing else showed that UIDs were taken back. */
	uidNextWentBack?: true;
	/** Messages that left and are not reported as deleted yet; only when moves are wanted. */
	tombstones: Tombstone[];
	/** Which of `newUids` may have been moved from a folder that did not show it yet; they wait one run. */
	moveCandidates: UidSet;
	/** Delivered and not acknowledged yet; only with acknowledgement. */
	unacknowledged?: Unacknowledged;
	/** Whether the last run left changes undelivered: the folder must be visited whatever its status says. */
	unfinished: boolean;
	/** Whether the folder is gone: two runs in a row did not find it, or it could not be opened. */
	missing: boolean;
	/** The last run did not find the folder: a listing may have left it out. */
	mayBeMissing?: true;
	/** It began by its status alone: its fingerprints are still to be read. */
	begunByStatus?: true;
	/** When all of it was last read, in milliseconds since 1970; only when more than new messages is wanted. */
	auditedAt?: number;
	/** UIDs that were used more than once, so that events of a UID stay distinct: see uidReuse.ts. */
	reused?: Reused;
	/** Time up to which own flag changes are applied, where mod-sequences do not show it: see ownChanges.ts. */
	ownUntil?: number;
	/** Which of the pending messages may have been reported before, under another UID or as another folder's. */
	maybeReported?: UidSet;
	/** The number of the last event of the folder; absent before the first. */
	sequence?: number;
	/** The name with which the ids of its events are made, where it is not the one it has: see idNameOf(). */
	idName?: string;
}

/** UIDs in the first set were used twice, those also in the second three times, and so on. See uidReuse.ts. */
export type Reused = readonly UidSet[];

/** All messages that were delivered and not acknowledged yet. */
export function unacknowledgedUids(unacknowledged: Unacknowledged | undefined): UidSet {
	return (unacknowledged?.groups ?? []).reduce((all, { uids }) => all.union(uids), UidSet.empty);
}

/**
 * Pending messages: not delivered yet, be they new, older, or failed so far. A pending message produces no other event. It is
 * delivered with the flags it has then, or dropped if it is gone. An unacknowledged message is not pending.
 */
export function pendingUids({ newUids, backfill, failed, unacknowledged }: FolderState): UidSet {
	const neverDelivered = UidSet.of(failed.map(({ uid }) => uid)).subtract(unacknowledgedUids(unacknowledged));
	return newUids.union(backfill).union(neverDelivered);
}

/** The state without these messages, wherever it names them; unacknowledged ones are left alone. */
export function withoutMessages(state: FolderState, gone: UidSet): FolderState {
	if (gone.isEmpty) return state;
	return {
		...state,
		newUids: state.newUids.subtract(gone),
		described: state.described?.subtract(gone),
		backfill: state.backfill.subtract(gone),
		moveCandidates: state.moveCandidates.subtract(gone),
		maybeReported: state.maybeReported?.subtract(gone),
		failed: state.failed.filter(({ uid }) => !gone.has(uid)),
		fingerprints: state.fingerprints && withoutFingerprints(state.fingerprints, gone),
		knownUids: state.knownUids?.subtract(gone),
		flags: state.flags && withoutUids(state.flags, gone),
		matching: state.matching?.subtract(gone),
		ignored: state.ignored?.subtract(gone),
	};
}

/**
 * The state where nobody wants new messages any more: what waited is a known message. The flags of older ones are known since the
 * folder was begun, and so are those of new ones as they were first seen. Where nobody saw them, or a filter is still to be asked about
 * the message, the next look finds it again, with the flags it has, whatever the mod-sequence says. Where moves are wanted, new ones go
 * on waiting: they may come from another folder.
 */
export function withoutPending(state: FolderState, needs: Pick<SyncNeeds, 'moves' | 'updates' | 'filter'>): FolderState {
	const settled = needs.moves ? state.backfill.subtract(state.newUids) : pendingUids(state);
	if (settled.isEmpty) return state;
	const { knownUids, flags, matching } = state;
	const known = needs.filter ? UidSet.empty : needs.updates ? (state.described ?? UidSet.empty) : settled;
	const unread = settled.subtract(state.backfill).subtract(known);
	return {
		...state,
		newUids: state.newUids.subtract(settled),
		described: undefined,
		backfill: UidSet.empty,
		moveCandidates: state.moveCandidates.subtract(settled),
		failed: state.failed.filter(({ uid }) => !settled.has(uid)),
		knownUids: knownUids?.subtract(unread),
		flags: flags && withoutUids(flags, unread),
		matching: matching?.subtract(unread),
		highestModseq: undefined,
		unfinished: true,
	};
}

/** What is known of messages, under their current UIDs; those without one are dropped. */
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

/** The current UIDs of these messages. */
export const uidsToday = (uids: UidSet, today: ReadonlyMap<Uid, Uid>): UidSet =>
	UidSet.of([...uids].flatMap((uid) => today.get(uid) ?? []));
