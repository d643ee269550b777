import type { Uid } from '../uids/uid';
import type { UidSet } from '../uids/uidSet';
import type { MessageFlags } from '../server/message';

/**
 * The mail server as what changes a mailbox sees it: the other half of server/mailServer.ts, which only reads. Every method
 * throws SyncError only; what the server refused is an error, never an empty answer. Nothing here tries a command a second time:
 * whether that is harmless only the caller knows. One command at a time: await each call before the next.
 */
export interface MailboxWriter {
	/** Known once connected. */
	readonly capabilities: WritingCapabilities;

	/** Prefix of the account's own folders ("INBOX." on Courier), and the delimiter between the parts of a path. */
	readonly hierarchy: { prefix: string; delimiter: string };

	/**
	 * Opens a folder for changes (SELECT), on a fresh connection where the last one was lost. Opening another one, here or by the
	 * reader of the same session, ends the use of the one before. A folder that is open already costs nothing.
	 */
	open(path: string): Promise<WritableFolder>;

	/** Stores one message (APPEND). Throws folderNotFound, folderFull, folderForbidden, commandRefused; outcomeUnknown when the connection was lost. */
	append(path: string, message: NewMessage): Promise<Appended>;

	/** Stores many messages in a folder, several under way at once where the server takes them so. Nothing else until it ended. */
	appendMany(path: string): Appending;

	/** All folders, with the counts of STATUS and with subscriptions as asked for. */
	folders(options?: { counts?: boolean; subscribed?: boolean }): Promise<FolderDetails[]>;

	/** The counts that STATUS returns for a folder. Throws folderNotFound, folderNotSelectable, folderForbidden. */
	status(path: string): Promise<FolderCounts>;

	/**
	 * Creates a folder, and subscribes to it so that mail programs show it. Returns whether it was created; false only with
	 * `mayExist`. Throws folderExists, folderForbidden, commandRefused.
	 */
	createFolder(path: string, options?: { mayExist?: boolean }): Promise<boolean>;
	/** Throws folderNotFound, folderExists, folderForbidden, commandRefused. */
	renameFolder(path: string, newPath: string): Promise<void>;
	/** Deletes a folder with all that is in it. Throws folderNotFound, folderForbidden, commandRefused. */
	deleteFolder(path: string): Promise<void>;
	setSubscribed(path: string, subscribed: boolean): Promise<void>;

	/** The quota of a folder; undefined where there is none. Throws notOffered on a server without QUOTA. */
	quota(path: string): Promise<Quota | undefined>;
}

/** What a mail server can do, as far as changing goes. */
export interface WritingCapabilities {
	/** RFC 6851 */
	move: boolean;
	/** RFC 4315: expunging chosen messages only, and returning the new UIDs of copies (COPYUID). */
	uidPlus: boolean;
	/** X-GM-EXT-1: labels instead of folders. */
	gmailLabels: boolean;
	/** RFC 9208 */
	quota: boolean;
	/** Longest UID set in one command, in characters. */
	maxSetLength: number;
}

/** A folder that is open for changes. None of these may be given an empty set. */
export interface WritableFolder {
	readonly path: string;
	readonly uidValidity: string;
	/** When it was opened: messages that arrived since have this UID or higher ones. Absent where the server did not say. */
	readonly uidNext?: number;
	/** Opened read-only: nothing can be stored in it either. */
	readonly readOnly: boolean;

	/** Existing messages cannot be changed, though new ones may perhaps be stored. */
	readonly changesNothing: boolean;

	/**
	 * Throws where the folder would not keep all of these flags: folderReadOnly, folderForbidden where the account lacks a right, notOffered
	 * where the server has no such flag there; as far as the server reported (PERMANENTFLAGS).
	 */
	assertStorable(flags: string[]): void;

	/** Throws folderReadOnly or folderForbidden where the server reported that the account may not remove messages. */
	assertExpungeable(): void;

	/** Which of these messages exist. */
	existing(uids: UidSet): Promise<UidSet>;

	/** Changes flags and keywords; returns the FETCH rows the server sent, which may be fewer than the messages changed. */
	store(uids: UidSet, change: FlagChange): Promise<MessageFlags[]>;

	/** Changes Gmail's labels. Throws notOffered elsewhere. */
	storeLabels(uids: UidSet, change: FlagChange): Promise<void>;

	/** Copies messages. Throws folderNotFound and folderFull about the folder they should go to. */
	copy(uids: UidSet, to: string): Promise<Transferred>;

	/** Moves messages. Only with `capabilities.move`. */
	move(uids: UidSet, to: string): Promise<Transferred>;

	/**
	 * Removes these messages for good, and no others: flags them \Deleted and expunges them by UID. Only with
	 * `capabilities.uidPlus`.
	 */
	remove(uids: UidSet): Promise<void>;
}

export interface FlagChange {
	mode: 'add' | 'remove' | 'set';
	flags: string[];
}

/** Where messages went, as far as the server reported (COPYUID). */
export interface Transferred {
	uidValidity?: string;
	/** old UID -> new UID; empty where the server does not report them. */
	uids: ReadonlyMap<number, Uid>;
}

/** Where a message was stored, as far as the server reported (APPENDUID). */
export interface Appended {
	uid?: Uid;
	uidValidity?: string;
}

/** Messages that are being stored in one folder. */
export interface Appending {
	/**
	 * Sends a message as soon as there is room for it. `answered` is called once, with what append() would have returned or thrown,
	 * perhaps long after this resolved.
	 */
	add(message: NewMessage, answered: (outcome: Appended | Error) => void): Promise<void>;

	/** Waits until every message is answered. To be called in any case. */
	end(): Promise<void>;
}

export interface NewMessage {
	/** RFC 5322, with CRLF */
	source: Buffer;
	flags: string[];
	/** INTERNALDATE; absent: now */
	date?: Date;
}

/** What STATUS returned. A value the server did not send is absent. */
export interface FolderCounts {
	messages?: number;
	unseen?: number;
	recent?: number;
	uidNext?: number;
	uidValidity?: string;
	highestModseq?: string;
}

/** A folder as LIST shows it, with what was asked for besides. */
export interface FolderDetails {
	path: string;
	/** The last part of the path. */
	name: string;
	delimiter?: string;
	/** Can be opened: neither \Noselect nor \NonExistent. */
	selectable: boolean;
	/** e.g. "\Sent" (RFC 6154) */
	specialUse?: string;
	subscribed?: boolean;
	counts?: FolderCounts;
}

/** Bytes for `storage`, numbers for the others. */
export interface Quota {
	root?: string;
	resources: Record<string, { used: number; limit?: number }>;
}
