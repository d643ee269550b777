import type { OptionalCapability, ServerFault } from './serverFaults';
import type { Uid } from '../uids/uid';
import type { UidSet } from '../uids/uidSet';
import type { Capabilities } from './capabilities';
import type { FolderListing, FolderStatus, Hierarchy } from './folderListing';
import type { FolderReading, FoldersRead } from './folderReading';
import type { FolderSnapshot } from './folderSnapshot';
import type { Contents, FetchedMessage, FetchParts, MessageFlags } from './message';
import type { SearchCriteria } from './searchCriteria';

/**
 * The mail server as the core sees it: all I/O of a run goes through here. Implemented by sync/imap over imapflow and by the
 * in-memory fake of the tests; one contract suite (test/contract) holds both. Every method throws SyncError only, and a
 * command that the server refused is an error, never an empty answer.
 */
export interface MailServer {
	/** What the server showed of itself when the session began; absent where there is no real one. */
	readonly peer?: ServerPeer;

	/** Known once connected. */
	readonly capabilities: Capabilities;

	/** Prefix of the account's own folders ("INBOX." on Courier), and the delimiter between the parts of a path. */
	readonly hierarchy: Hierarchy;

	/** What the server was caught at in this run by its answers alone, such as a search that contradicts itself. */
	readonly faults: readonly ServerFault[];

	/** Disables these capabilities from the next opening on, because of server faults. */
	disableCapabilities(capabilities: readonly OptionalCapability[]): void;

	/**
	 * All folders of the account. With `status` each selectable one carries its status, in one round trip where the server has
	 * LIST-STATUS; without LIST-STATUS no status is asked for at all.
	 */
	listFolders(options: { status: boolean }): Promise<FolderListing[]>;

	/**
	 * The status of these folders, in one round trip, for servers without LIST-STATUS. A folder is missing where the server refused
	 * or said nothing of it: only opening it shows why. No folder may be open.
	 */
	folderStatuses(paths: readonly string[]): Promise<Map<string, FolderStatus>>;

	/**
	 * Opens folders and reads messages of each, all in one flight; absent where that cannot be done. A folder is missing where the
	 * server refused, or where its answers leave any doubt: visiting it shows why. No folder may be open, and none is afterwards.
	 * Where the connection ends meanwhile, what came whole counts, and no error is thrown. It ends with a server that is silent for
	 * `patienceMs`, or for as long as a command may take, and after twice that at the latest.
	 */
	readFolders?(readings: readonly FolderReading[], patienceMs: number): Promise<FoldersRead>;

	/**
	 * Runs `visit` once for each path, several at once on connections of their own where that pays. A visit that rejects does
	 * not stop the others: the answers come back in the order of `paths`, as Promise.allSettled gives them.
	 */
	visitFolders<T>(
		paths: string[],
		visit: (path: string, connection: FolderConnection) => Promise<T>,
	): Promise<Array<PromiseSettledResult<T>>>;

	/** Ends all connections; never throws and never hangs. */
	close(): Promise<void>;
}

/** What a server shows of itself before the login. */
export interface ServerPeer {
	/** SHA-256 of its certificate, as 32 pairs of digits with colons. */
	fingerprint?: string;
	/** e.g. TLSv1.3 */
	tlsVersion?: string;
}

/** A connection that belongs to one visit for its duration. */
export interface FolderConnection {
	/**
	 * Opens a folder read-only (EXAMINE). With `since` a QRESYNC server is asked for everything that changed since then in the
	 * same round trip. Opening another folder, or the same one again, ends the use of the one before. After the connection ended,
	 * this makes a new one.
	 */
	open(path: string, since?: { uidValidity: string; modseq: string }): Promise<OpenFolder>;

	/**
	 * Whether a flag or keyword that is set on a message of the folder stays set (PERMANENTFLAGS). A server reports that only for
	 * a folder that is opened for writing (SELECT; to EXAMINE Dovecot 2.3, Cyrus 3.6 and Courier 5.0 all answer "none"), so this
	 * is the one method that does; it changes nothing but \Recent. Ends the use of the folder opened before.
	 */
	keepsFlag(path: string, flag: string): Promise<boolean>;
}

/** A folder that is open on one connection. One command at a time: await each call before the next. */
export interface OpenFolder {
	readonly snapshot: FolderSnapshot;

	/** What the QRESYNC answer held, present only when `snapshot.qresyncAnswered`: rows of changed and new messages, and vanished UIDs. */
	readonly sinceLastTime?: { rows: MessageFlags[]; vanished: UidSet };

	/**
	 * Rows of the messages up to `upTo` whose mod-sequence is above `modseq` (FETCH CHANGEDSINCE). Only with CONDSTORE and
	 * `snapshot.highestModseq`.
	 */
	changedSince(modseq: string, upTo: Uid): Promise<MessageFlags[]>;

	/**
	 * UIDs that match all of the criteria, of the whole folder or of `within`. `{}` gives every UID. Of what the server cannot decide
	 * (dates to the second, attachments) the answer may hold too many and never too few.
	 */
	search(criteria: SearchCriteria, within?: UidSet): Promise<UidSet>;

	/** UIDs of the messages that carry at least one of the flags or keywords. */
	searchAnyFlag(flags: string[]): Promise<UidSet>;

	/**
	 * UIDs at these sequence numbers, ascending. Throws folderInconsistent when the server does not give exactly one UID for
	 * each number, for instance because messages were expunged meanwhile.
	 */
	uidsAt(sequenceNumbers: number[]): Promise<Uid[]>;

	/** Flags, and labels on Gmail, of these messages; a message that is gone gives no row. */
	flagsOf(uids: UidSet): Promise<MessageFlags[]>;

	/**
	 * Reads messages, one FETCH for all of `uids`, as they arrive. A message that is gone, that the server leaves out, or of which it
	 * returns less than it announced, gives no row. A server that refuses the whole batch because of one message gives commandRefused.
	 * With descriptors, `contents` come at once: each in the `content` of its message, or not, where it is not small or in any doubt; the
	 * rows are in no order then. No other call on this folder until the iteration ended; leaving the loop early is allowed only right before
	 * the connection is closed.
	 */
	fetch(uids: UidSet, parts: FetchParts, contents?: Contents): AsyncIterable<FetchedMessage>;

	/**
	 * Reads the same parts (BODY[part], as they are encoded) of some messages, one FETCH for all of `uids`. A part that a message
	 * does not have is absent or, as Dovecot has it, empty. The rules of fetch() hold.
	 */
	fetchParts(uids: UidSet, parts: string[]): AsyncIterable<{ uid: Uid; parts: Map<string, Buffer> }>;

	/**
	 * Reads one part of a message piece by piece, as it is encoded, one round trip a piece: for what is too large to be held. The
	 * part '' is the whole message. `announced` is its size as the server announced it, where it did.
	 * Throws messageNotReturned when the message or the part is not there, or has not all of its bytes.
	 */
	readPart(uid: Uid, part: string, announced?: number): AsyncIterable<Buffer>;

	/** How many messages the server has expunged from the open folder since it was opened, as far as it reported. */
	expungedMeanwhile(): number;
}
