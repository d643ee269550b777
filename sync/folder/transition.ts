import type { FlagChange } from './diff';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageFlags, MessageSummary } from '../server/message';
import type { FolderReset } from '../events/syncEvent';
import type { Unacknowledged, FailedMessage, FolderState } from './folderState';

/** What is to be handed over besides arrivals and back-fill, which the state holds. */
export interface PendingEvents {
	updates: FlagChange[];
	deletions: UidSet;
	/** Messages known before that pass the filter now. */
	matched?: UidSet;
	/** Messages that passed the filter and do not any more. */
	unmatched?: UidSet;
	reset?: FolderReset;
	/** The folder was not there at the last run. */
	created?: boolean;
	/** The known UIDs end before those of today, which are used again: the next run looks at what has them. */
	uidsRewound?: boolean;
	/** Something was found that has to wait for the next run, which is to find it again. */
	deferred?: boolean;
}

/** What became of the work. */
export interface DeliveryResult {
	/** Messages handed over as new, with their flags as handed over. */
	delivered: MessageFlags[];
	/** New messages that were looked at, handed over or not: their marks are kept. */
	inspected: MessageSummary[];
	/** New messages that may have come from another folder: what they are is decided when all folders were looked at. */
	moveCandidates: MessageSummary[];
	/** Messages handed over as moved: where they were. */
	moved: Array<{ folder: string; uidValidity: string; uid: Uid }>;
	/** Messages handed over once more, because nobody acknowledged them. */
	redelivered: UidSet;
	/** What waits for its acknowledgement now; absent where nothing of it changed. */
	unacknowledged?: Unacknowledged;
	/** Messages that are of no interest after all: they do not pass the filter, or are older than the start date. */
	passedOver: UidSet;
	/** Messages that went before they could be handed over. */
	gone: UidSet;
	/** Messages that were tried and failed: replaces what was known of them. */
	failed: FailedMessage[];
	/** Messages given up and reported as failed. */
	exhausted: UidSet;
	/** Updates handed over. */
	updated: FlagChange[];
	/** Deletions handed over. */
	deleted: UidSet;
	/** Messages that do not pass the filter. */
	unmatching: UidSet;
	/** Messages that a rule ignores. */
	ignored: UidSet;
	/** Messages about which the search was wrong: they pass the filter as before, or are gone. */
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
	/** The state with everything that was seen, and nothing yet of what was handed over. */
	state: FolderState;
	pending: PendingEvents;
}

/** Nothing but what the state holds is to be delivered. */
export const nothingPending: PendingEvents = { updates: [], deletions: UidSet.empty };
