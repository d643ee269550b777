import type { FlagUpdate } from './diff';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageFlags, MessageSummary } from '../server/message';
import type { FolderReset } from '../events/syncEvent';
import type { Unacknowledged, FailedMessage, FolderState } from './folderState';

/** What is to be delivered besides new messages and back-fill, which the state holds. */
export interface PendingEvents {
	updates: FlagUpdate[];
	deletions: UidSet;
	/** Known messages that match the filter now. */
	matched?: UidSet;
	/** Known messages that no longer match the filter. */
	unmatched?: UidSet;
	reset?: FolderReset;
	/** The folder was not there at the last run. */
	created?: boolean;
	/** The known UIDs end where reuse begins: the next run finds the messages that have the reused ones. */
	uidsRewound?: boolean;
	/** The server shows what may be an old view of the folder: nothing is delivered before the next run has looked again. */
	held?: boolean;
	/** Something has to wait for the next run, which finds it again. */
	deferred?: boolean;
}

/** What became of the pending messages and events. */
export interface DeliveryResult {
	/** Messages delivered as new, with the flags they were delivered with. */
	delivered: MessageFlags[];
	/** Messages that were inspected, delivered or not: fingerprints are kept of the newest, and of those that wait. */
	inspected: MessageSummary[];
	/** New messages that may have come from another folder: decided when all folders were visited. */
	moveCandidates: MessageSummary[];
	/** Where the messages delivered as moved came from. */
	moved: Array<{ folder: string; uidValidity: string; uid: Uid }>;
	/** Messages delivered again because nobody acknowledged them. */
	redelivered: UidSet;
	/** The unacknowledged messages now; absent where nothing changed. */
	unacknowledged?: Unacknowledged;
	/** Messages skipped: they do not match the filter, or are older than the start date. */
	passedOver: UidSet;
	/** Messages that were gone before they could be delivered. */
	gone: UidSet;
	/** Messages whose delivery failed: replaces what was known of them. */
	failed: FailedMessage[];
	/** Messages given up, and reported as failed. */
	exhausted: UidSet;
	/** Updates delivered. */
	updated: FlagUpdate[];
	/** Deletions delivered. */
	deleted: UidSet;
	/** Messages that do not match the filter. */
	unmatching: UidSet;
	/** Messages that a rule ignores. */
	ignored: UidSet;
	/** Messages that the search was wrong about: they match the filter as before, or are gone. */
	stillMatching: UidSet;
}

export const nothingDelivered: DeliveryResult = {
	delivered: [],
	inspected: [],
	moveCandidates: [],
	moved: [],
	redelivered: UidSet.empty,
	passedOver: UidSet.empty,
	gone: UidSet.empty,
	failed: [],
	exhausted: UidSet.empty,
	updated: [],
	deleted: UidSet.empty,
	unmatching: UidSet.empty,
	stillMatching: UidSet.empty,
	ignored: UidSet.empty,
};

export interface Transition {
	/** The state with everything observed, and nothing delivered yet. */
	state: FolderState;
	pending: PendingEvents;
}

/** No pending events; the state may hold pending messages. */
export const nothingPending: PendingEvents = { updates: [], deletions: UidSet.empty };
