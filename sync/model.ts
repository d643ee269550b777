import type { Suspicion } from './distrust';
import type { Fingerprints, Mark } from './folder/fingerprint';
import type { FlagSets } from './folder/flagSets';
import type { OwnChanges } from './ownChanges/ownChanges';
import type { FactsOfFolders } from './search/readFacts';
import type { Reused } from './folder/reusedUids';
import type { Uid } from './uid';
import type { UidSet } from './uidSet';

/** Everything that can be told about a mailbox. The names are the values of the parameter `triggerOn` and of the item field `event`. */
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

/** How much of a message is read: identity and flags; plus header fields and attachment list; plus text and html; or the whole source. */
export type OutputLevel = 'reference' | 'metadata' | 'content' | 'raw';

/** What a mail server can do, as far as the core decides by it. */
export interface ServerAbilities {
	/** RFC 7162: one SELECT tells new, changed and vanished messages. */
	qresync: boolean;
	/** RFC 7162: FETCH CHANGEDSINCE tells new and changed messages. */
	condstore: boolean;
	/** RFC 5819: one LIST tells the status of every folder. */
	listStatus: boolean;
	/** RFC 4731: SEARCH answers in ranges. */
	esearch: boolean;
	/** X-GM-EXT-1: labels, message and thread ids of Gmail. */
	gmail: boolean;
	/** The server shows only about so many of the newest messages of a folder; absent where it shows all. */
	window?: number;
}

/** The account a state belongs to. `name` is what people read; `user` and `host` tell accounts apart. */
export interface Account {
	/** e.g. "alice@example.com"; the item field `account` */
	name: string;
	user: string;
	/** host:port */
	host: string;
}

/** A folder as LIST shows it. */
export interface FolderListing {
	path: string;
	/** Can be opened: neither \Noselect nor \NonExistent. */
	selectable: boolean;
	/** e.g. "\Sent" (RFC 6154), or "\Inbox" */
	specialUse?: string;
	delimiter?: string;
	status?: FolderStatus;
}

/** What STATUS tells of a folder without opening it. A value the server did not send is absent. */
export interface FolderStatus {
	uidValidity?: string;
	uidNext?: number;
	messages?: number;
	/** Decimal string: mod-sequences have 63 bits. Absent also where the server sends 0, which means "not for this folder". */
	highestModseq?: string;
}

/**
 * A folder in the moment it was opened. Frozen then: the library's own object moves with every answer, and a cursor taken
 * from it later would skip changes (RFC 7162 section 6).
 */
export interface FolderSnapshot {
	path: string;
	uidValidity: string;
	uidNext: number;
	exists: number;
	/** Absent when the folder has no mod-sequences (NOMODSEQ, 0, or a server without CONDSTORE). */
	highestModseq?: string;
	mailboxId?: string;
	/** Keywords the folder knows, without system flags. */
	keywords: string[];
	/** Whether the server answered the QRESYNC question that came with opening. */
	qresyncAnswered: boolean;
}

/** Flags of one message as a server reported them. System flags keep their backslash; \Recent is never among them. */
export interface FlagRow {
	uid: Uid;
	flags: string[];
	/** Labels of Gmail; absent on other servers. */
	labels?: string[];
	modseq?: string;
}

/** What is known of a message without reading it. */
export interface MessageDescriptor extends FlagRow {
	/** RFC822.SIZE in bytes */
	size: number;
	/** INTERNALDATE: when the server received it */
	internalDate?: Date;
	emailId?: string;
	threadId?: string;
	/** As it stands in the header; absent where there is none, and where the descriptor came with more of the message. */
	messageId?: string;
}

/** A node of BODYSTRUCTURE, names in lower case. `part` is what BODY[part] asks for. */
export interface BodyPart {
	part: string;
	/** e.g. "text/plain" */
	type: string;
	parameters: Record<string, string>;
	disposition?: string;
	dispositionParameters: Record<string, string>;
	encoding?: string;
	/** bytes, as encoded */
	size?: number;
	contentId?: string;
	children: BodyPart[];
}

/** A message as fetched; what was not asked for is absent. */
export interface FetchedMessage extends MessageDescriptor {
	/** the whole message, RFC 5322 */
	source?: Buffer;
	/** the header block of the message, or those fields of it that were asked for */
	header?: Buffer;
	structure?: BodyPart;
	/** part number -> its bytes, still encoded, as BODY[part] gives them */
	parts?: ReadonlyMap<string, Buffer>;
	/** Reads a further part piece by piece, still encoded, or with '' the whole message; only while the sink has the message. */
	readPart?: (part: string) => AsyncIterable<Buffer>;
}

/** How a large message is read: whole, or as header, structure and these parts. */
export type PartChoice = 'source' | string[];

/** What a FETCH asks for: the descriptor with the Message-ID, or the descriptor and more of the message instead. `outline`:
 * of the header only outlineFields. */
export type FetchParts = 'descriptor' | 'outline' | 'structure' | 'headerAndStructure' | 'source';

/** One thing that happened, as the nodes hand it out. */
export interface SyncEvent {
	event: EventName;
	/** The same happening gives the same id after a crash or a restart. */
	eventId: string;
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
	/** messageNew with acknowledgement: which hand-over of the message this is, from 1. */
	attempt?: number;
	/** folderRenamed: what it was called before. messageMoved: where the message was. */
	previous?: { folder: string; uid?: Uid; uidValidity?: string };
	/** messageFailed: why, and how often it was tried. */
	error?: { message: string; attempts: number };
	reset?: FolderReset;
}

/** folderReset: what it was, what it is now, and what became of the messages that were known. */
export interface FolderReset {
	previousUidValidity: string;
	/** messages in the folder now */
	messages: number;
	/** messages known again one by one; those older than the ones whose marks are kept are taken as known */
	matched: number;
	/** messages that were not there before */
	arrived: number;
	/** messages that were there before and are not any more */
	gone: number;
}

/** A message that left a folder and may turn up in another one: it is told as deleted one run later. */
export interface DepartedMessage {
	uid: Uid;
	uidValidity: string;
	mark: Mark;
	/** The runs that did not find it anywhere. */
	runs: number;
	/** That it left was its acknowledgement: nothing is told of it, wherever it turns up. */
	silent?: boolean;
	/** How often its UID had been used before it: see reusedUids.ts. */
	reuse?: number;
}

/** A message that could not be handed over, and when it is tried again. */
export interface FailedMessage {
	uid: Uid;
	attempts: number;
	/** milliseconds since 1970 */
	retryAt: number;
	reason: string;
}

/** Messages handed over equally often that are due at the same time. */
export interface AwaitingGroup {
	/** how often they were handed over */
	attempts: number;
	/** When they are handed over again, in milliseconds since 1970, on a whole minute. */
	dueAt: number;
	uids: UidSet;
}

/** The messages that were handed over and wait for their acknowledgement. */
export interface Awaiting {
	/** What they wait for: see markName(). */
	mark: string;
	groups: AwaitingGroup[];
}

/** What the core remembers of a folder between two runs. */
export interface FolderState {
	uidValidity: string;
	/** Every UID at or above is news. */
	uidNext: number;
	exists: number;
	/** HIGHESTMODSEQ of the opening all of whose changes were handed over. */
	highestModseq?: string;
	mailboxId?: string;
	/** UIDs that existed when last looked; only when deletions or updates are wanted. */
	present?: UidSet;
	/** Flag or keyword -> which of `present` carry it, as last handed over; only when updates are wanted. */
	flags?: FlagSets;
	/** Of `present`, those that passed the filter, as last told; only with a filter, and when more than new messages is wanted. */
	matching?: UidSet;
	/** Of `present`, those that a rule ignores; only where ignored messages that leave would be told of otherwise. */
	ignored?: UidSet;
	/** New messages not handed over yet. */
	arrivals: UidSet;
	/** Older messages still to be handed over (startFrom all or date). */
	backfill: UidSet;
	failed: FailedMessage[];
	/** By what messages are known again where their UIDs mean nothing. */
	fingerprints?: Fingerprints;
	/** Messages that left, and are not told as deleted yet; only when moves are wanted. */
	departed: DepartedMessage[];
	/** Of `arrivals`, those that may have been moved here from a folder that did not show it yet; they wait one run. */
	undecided: UidSet;
	/** What was handed over and is not acknowledged yet; only with acknowledgement. */
	awaiting?: Awaiting;
	/** Whether changes were seen that did not fit into the last run: the folder must be looked at whatever its status says. */
	unfinished: boolean;
	/** Whether the folder was gone when last looked: all that is in it when it comes back anew is new. */
	missing: boolean;
	/** When all of it was last read, in milliseconds since 1970; only when deletions or updates are wanted. */
	auditedAt?: number;
	/** UIDs that were used more than once, for events that happen to a UID more than once: see reusedUids.ts. */
	reused?: Reused;
	/** Until when own changes of flags are known, where mod-sequences do not tell: see ownChanges.ts. */
	ownUntil?: number;
	/** Under which name the folder was first known, where it was renamed since: see eventAt(). */
	firstName?: string;
}

/** What the core remembers between two runs: one value, bound to one account. */
export interface SyncState {
	/** Hashes: a state travels with an exported workflow, a mail address should not. */
	account: { user: string; host: string };
	/** Counts the runs that handed something over: tells two equal changes at different times apart. */
	deliveries: number;
	/** Hash of the folder selection: with the same selection a folder not seen before was created since. */
	selectionKey: string;
	/** Hash of the filter that `matching` was computed with; absent without a filter. */
	filterKey?: string;
	/** Hash of the rules that `ignored` was found with; absent without rules. */
	ignoreKey?: string;
	/** The folder that the last run had no room for goes first. */
	startWith?: string;
	/** Selected folders that could not be opened yet; they are no new folders when they can. */
	unopened: string[];
	folders: Record<string, FolderState>;
	/** What is held against the server: see distrust.ts. */
	suspicions?: readonly Suspicion[];
	/** States of accounts that the credential pointed to before, as stored; switching back goes on from there. */
	earlierAccounts: unknown[];
}

export type FolderSelection =
	| { kind: 'chosen'; folders: readonly string[] }
	| { kind: 'pattern'; include: readonly string[]; exclude: readonly string[] }
	| { kind: 'all' };

export type StartFrom = { kind: 'now' } | { kind: 'all' } | { kind: 'date'; date: Date };

/** What to search for: all conditions must hold. An empty text is no condition. */
export interface SearchCriteria {
	from?: string;
	to?: string;
	cc?: string;
	bcc?: string;
	subject?: string;
	body?: string;
	/** header or body */
	text?: string;
	header?: Array<{ name: string; value: string }>;
	/** Its Message-ID holds one of these texts. */
	messageIds?: string[];
	/** received on or after */
	since?: Date;
	/** received before */
	before?: Date;
	/** bytes */
	larger?: number;
	smaller?: number;
	/** Flag or keyword -> must be set (true) or must not be set (false). */
	flags?: Record<string, boolean>;
	/** Gmail's own query language (X-GM-RAW) */
	gmailQuery?: string;
	/** A UID set as IMAP writes it, with its end spelled out: "7,12:4294967295" */
	uids?: string;
	/** The provider's id of a conversation (OBJECTID, Gmail). */
	threadId?: string;
	/** In the conversation of the message with this Message-ID, or with this id of the provider; see threadCriteria.ts. */
	thread?: string;
	/** Whether somebody attached a file; the mail server cannot search for it. */
	hasAttachment?: boolean;
	/** At least one of these holds. */
	anyOf?: SearchCriteria[];
	/** None of these holds. */
	noneOf?: SearchCriteria[];
}

/** Which messages are ignored: those that one of the rules means. As ignoreRules.ts writes them. */
export interface IgnoreRules {
	senders: readonly string[];
	subjects: readonly string[];
	/** Everything in these conversations. */
	threads: readonly string[];
}

/** How a workflow says that it is done with a message: by a mark on the mail server, or by the message leaving the folder. */
export interface Acknowledge {
	by: 'keyword' | 'seen' | 'leavesFolder';
	/** The mark with `by: 'keyword'`. */
	keyword: string;
	/** A message without the mark is handed over again after so many milliseconds. */
	redeliverAfter: number;
	/** How often a message is handed over before it is reported as messageFailed. */
	maxAttempts: number;
}

/** What a run bounds itself to. What is left comes with the next run. */
export interface RunLimits {
	/** messages handed over */
	messages: number;
	/** bytes of message data fetched */
	bytes: number;
	/** when to stop, in milliseconds since 1970 */
	deadline: number;
	/** Largest message read whole, in bytes; of a larger one the header is read. */
	messageSize: number;
}

/** Everything a run is asked to do. */
export interface SyncRequest {
	account: Account;
	events: ReadonlySet<EventName>;
	selection: FolderSelection;
	startFrom: StartFrom;
	output: OutputLevel;
	/** Whether attachments are handed over too. */
	attachments: boolean;
	/**
	 * Chooses what to read of a message too large to be read whole without looking (`size` in bytes). Without it every message
	 * is read whole.
	 */
	chooseParts?: (size: number, structure: BodyPart) => PartChoice;
	filter?: SearchCriteria;
	/** Where an expression computes dates of the filter: its text. They move on from run to run, and it stays the same filter. */
	filterDates?: string;
	/** Of messages that a rule means nothing is told. */
	ignore?: IgnoreRules;
	/** With it a new message is handed over again until it is acknowledged. */
	acknowledge?: Acknowledge;
	/** With it, what this package itself changed is known silently. */
	own?: OwnChanges;
	/** What was read of messages in earlier runs, so that the filter does not take reading them again. */
	facts?: FactsOfFolders;
	/** A folder in which this package keeps notes, as people name it: never looked at as mail, whatever the selection says. */
	notesFolder?: string;
	limits: RunLimits;
}
