import type { FlagChange } from './diff';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FlagRow, MessageDescriptor } from '../server/message';
import type { FolderReset } from '../events/syncEvent';
import type { Awaiting, FailedMessage, FolderState } from './folderState';

/** What is to be handed over besides arrivals and back-fill, which the state holds. */
export interface Work {
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
	cutBack?: boolean;
	/** Something was found that has to wait for the next run, which is to find it again. */
	held?: boolean;
}

/** What became of the work. */
export interface Done {
	/** Messages handed over as new, with their flags as handed over. */
	delivered: FlagRow[];
	/** New messages that were looked at, handed over or not: their marks are kept. */
	described: MessageDescriptor[];
	/** New messages that may have come from another folder: what they are is decided when all folders were looked at. */
	suspects: MessageDescriptor[];
	/** Messages handed over as moved: where they were. */
	moved: Array<{ folder: string; uidValidity: string; uid: Uid }>;
	/** Messages handed over once more, because nobody acknowledged them. */
	redelivered: UidSet;
	/** What waits for its acknowledgement now; absent where nothing of it changed. */
	awaiting?: Awaiting;
	/** Messages that are of no interest after all: they do not pass the filter, or are older than the start date. */
	passedOver: UidSet;
	/** Messages that went before they could be handed over. */
	gone: UidSet;
	/** Messages that were tried and failed: replaces what was known of them. */
	failed: FailedMessage[];
	/** Messages given up and reported as failed. */
	givenUp: UidSet;
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

export const nothingDone: Done = {
	delivered: [],
	described: [],
	suspects: [],
	moved: [],
	redelivered: UidSet.empty,
	passedOver: UidSet.empty,
	gone: UidSet.empty,
	failed: [],
	givenUp: UidSet.empty,
	updated: [],
	deleted: UidSet.empty,
	unmatching: UidSet.empty,
	stillMatching: UidSet.empty,
	ignored: UidSet.empty,
};

export interface Applied {
	/** The state with everything that was seen, and nothing yet of what was handed over. */
	state: FolderState;
	work: Work;
}
