import type { Acknowledge } from '../settings/acknowledge';

/** What the wanted events require to be known. */
export interface SyncNeeds {
	newMessages: boolean;
	updates: boolean;
	/** Whether what a machine says of a message by a keyword is an update too. */
	machineKeywords?: boolean;
	deletions: boolean;
	/** Whether a message that leaves one folder and turns up in another is reported as one event. */
	moves: boolean;
	/** Whether the deletion of a folder is reported. */
	folderDeletions?: boolean;
	/** Whether only messages that pass a filter are of interest. */
	filter: boolean;
	/** Which changes of matching the filter are reported; absent where none are. */
	matches?: WantedMatches;
	/** How new messages are acknowledged; absent where they are not. */
	acknowledge?: Acknowledge;
}

/** How a folder begins that is not in the state. */
export type InitialSync =
	/** Existing messages are taken as known. */
	| 'now'
	/** Existing messages are delivered, newest first, as time allows. */
	| 'all'
	/** As `all`, for messages received since a date. */
	| 'date'
	/** The folder was created after the last run: its messages are new. */
	| 'created';

/** Number of newest messages per folder whose fingerprints are kept when moves are tracked. */
export const FINGERPRINTS_FOR_MOVES = 2_000;

/** Whether known messages matter: then their UIDs are kept. */
export const tracksExisting = (needs: SyncNeeds): boolean =>
	needs.updates || needs.deletions || needs.moves || needs.matches !== undefined;

/** Whether a new message is an event by itself, wherever it came from. */
export const emitsNew = (needs: SyncNeeds): boolean => needs.newMessages || needs.matches?.started === true;

/** Whether new messages are inspected one by one: to emit them as new, matching or moved. */
export const inspectsNew = (needs: SyncNeeds): boolean => emitsNew(needs) || needs.moves;

/**
 * When an existing message starts or stops matching the filter. Pure. An event rests on two facts: the server's search, and what
 * is known of the message itself.
 */
export interface WantedMatches {
	/** messageMatched */
	started: boolean;
	/** messageUnmatched */
	stopped: boolean;
	/**
	 * What can make an existing message start or stop matching. Its content and date never change, so for some filters nothing can.
	 * `time`: even when nothing happens in the folder.
	 */
	by: 'nothing' | 'flags' | 'time';
	/** Whether the server or this package has to read messages to answer, which takes long in a large folder. */
	takesReading: boolean;
}
