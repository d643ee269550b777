import type { Uid } from '../uids/uid';
import type { UidSet } from '../uids/uidSet';
import type { FolderSnapshot } from './folderSnapshot';
import type { Contents, ContentParts, FetchedMessage, MessageFlags } from './message';

/** What is to be read of one folder, together with others. */
export interface FolderReading {
	path: string;
	/** As for FolderConnection.open(). */
	since?: { uidValidity: string; modseq: string };
	uids: UidSet;
	parts: 'descriptor' | 'source';
	/** What of these, which are among `uids`, comes at once with the descriptor, as far as they are small. */
	contents?: Contents;
	/** Whether it is asked too which of `uids` exist: a message may be left out of an answer. */
	search: boolean;
	/** Messages whose flags are asked for: of all, or as changedSince() and flagsOf() do, of those that changed since a mod-sequence. */
	flags?: { uids: UidSet; changedSince?: string };
	/** Bytes that were announced for `uids`, where `parts` is `source`. */
	announced?: number;
}

/** What was read of one folder. */
export interface FolderRead {
	/** The folder in the moment it was opened. */
	snapshot: FolderSnapshot;
	/** As for OpenFolder. */
	sinceLastTime?: { rows: MessageFlags[]; vanished: UidSet };
	/** By UID: each as OpenFolder.fetch() gives it. One that has to be looked at more closely is missing. */
	messages: ReadonlyMap<Uid, FetchedMessage>;
	/** Those of `contents` that are small: each as OpenFolder.fetch() gives these parts. */
	contents?: ReadonlyMap<Uid, FetchedMessage>;
	/** What came of `flags`: rows of the messages that are there, or that changed. */
	flags?: MessageFlags[];
	/** Which of the UIDs exist; absent where it was not asked, or not answered. */
	existing?: UidSet;
	/** Messages that the server has expunged since it opened the folder. */
	expunged: number;
}

/** What was read of several folders. */
export interface FoldersRead {
	/** Only folders whose answers are whole and without contradiction. */
	folders: Map<string, FolderRead>;
	/** Whether the connection ended before all was answered. */
	brokeOff?: boolean;
	/** What was being read then, and had not come. */
	lost?: { snapshot: FolderSnapshot; parts: FolderReading['parts'] | ContentParts; uids: UidSet };
}
