import type { Acknowledge } from '../settings/acknowledge';

/** Which kinds of knowledge the wanted events need. */
export interface SyncNeeds {
	newMessages: boolean;
	updates: boolean;
	deletions: boolean;
	/** Whether a message that leaves one folder and turns up in another is to be told as one happening. */
	moves: boolean;
	/** Whether only messages that pass a filter are of interest. */
	filter: boolean;
	/** Which starts and ends of passing the filter are told; absent where none are. */
	matches?: WantedMatches;
	/** How new messages are acknowledged; absent where they are not. */
	acknowledge?: Acknowledge;
}

/** How a folder is begun that is not in the state. */
export type InitialSync =
	/** What is there is known and of no interest. */
	| 'now'
	/** What is there is handed over, newest first, as time allows. */
	| 'all'
	/** As `all`, for what was received since a date. */
	| 'date'
	/** The folder is younger than the last run: what is there is new. */
	| 'created';

/** Of so many of the newest messages of a folder it is kept by what they are known again, where moves are wanted. */
export const FINGERPRINTS_FOR_MOVES = 2_000;

/** Whether messages that are already known matter: then their UIDs are kept. */
export const tracksExisting = (needs: SyncNeeds): boolean =>
	needs.updates || needs.deletions || needs.moves || needs.matches !== undefined;

/** Whether messages that come are looked at one by one: to tell them as new, as matching, or as moved. */
export const inspectsNew = (needs: SyncNeeds): boolean => needs.newMessages || needs.moves || needs.matches?.started === true;

/**
 * Search folders: telling when a message that is there already starts or stops to pass the filter. Pure. What is told rests on two
 * facts: the server's search, and what is known of the message itself.
 */
export interface WantedMatches {
	/** messageMatched */
	started: boolean;
	/** messageUnmatched */
	stopped: boolean;
	/**
	 * By what a message that is there may start or stop to match. What it says and when it came never changes, so for some filters
	 * the answer is: by nothing. `time`: without anything happening in the folder.
	 */
	by: 'nothing' | 'flags' | 'time';
	/** Whether messages have to be read to answer, by the server or here, which takes long in a large folder. */
	takesReading: boolean;
}
