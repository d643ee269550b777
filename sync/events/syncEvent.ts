import type { Uid } from '../uids/uid';

/**
 * Everything that can be reported about a mailbox. The names are the values of the parameter `triggerOn` and of the item field
 * `event`.
 */
export type EventName =
	| 'messageNew'
	| 'messageUpdated'
	| 'messageMoved'
	| 'messageDeleted'
	| 'messageMatched'
	| 'messageUnmatched'
	| 'messageFailed'
	| 'folderCreated'
	| 'folderRenamed'
	| 'folderDeleted'
	| 'folderReset';

/** The version of the shape below: another one as soon as a field means something else, or is gone. */
export const EVENT_VERSION = 1;

/**
 * How the core came to an event: it just happened, it is a message from before the trigger, it was found when a folder had to be
 * recognised anew, it was found by the periodic audit, or it is handed out once more because nobody acknowledged it.
 */
export type Origin = 'live' | 'backfill' | 'resync' | 'audit' | 'redelivery';

/** One thing that happened. nodes/shared/items.ts makes the item of it. */
export interface SyncEvent {
	version: typeof EVENT_VERSION;
	event: EventName;
	/** The same event gives the same id after a crash or a restart. */
	eventId: string;
	origin: Origin;
	/** Nobody can say whether this message was reported before; then `messageKey` is the same as it was. */
	possibleDuplicate?: true;
	/** Of the message itself: see messageKeyOf(). Absent where the message was not read. */
	messageKey?: string;
	/** Counts the events of the folder from 1, without gaps. */
	sequence: number;
	/** When it was noticed, ISO 8601. */
	detectedAt: string;
	account: string;
	folder: string;
	uidValidity: string;
	uid?: Uid;
	emailId?: string;
	threadId?: string;
	labels?: string[];
	flags?: string[];
	/** messageUpdated: what changed, system flags and keywords; labels apart. */
	flagsAdded?: string[];
	flagsRemoved?: string[];
	labelsAdded?: string[];
	labelsRemoved?: string[];
	/** messageNew with acknowledgement: which delivery of the message this is, from 1. */
	attempt?: number;
	/** folderRenamed: what it was called before. messageMoved: where the message was. */
	previous?: { folder: string; uid?: Uid; uidValidity?: string };
	/** messageFailed: why, and how often it was tried. */
	error?: { message: string; attempts: number };
	reset?: FolderReset;
}

/** An event that is not handed out yet: its number and time come with that. */
export type PreparedEvent = Omit<SyncEvent, 'sequence' | 'detectedAt'>;

/** folderReset: what it was, what it is now, and what became of the messages that were known. */
export interface FolderReset {
	previousUidValidity: string;
	/** messages in the folder now */
	messages: number;
	/** messages known again one by one; those older than the ones whose fingerprints are kept are taken as known */
	matched: number;
	/** messages that were not there before */
	arrived: number;
	/** messages that were there before and are not any more */
	gone: number;
}
