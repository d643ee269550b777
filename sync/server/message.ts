import type { Uid } from '../uids/uid';
import type { UidSet } from '../uids/uidSet';
import type { BodyPart } from './bodyPart';

/** Flags of one message as a server reported them. System flags keep their backslash; \Recent is never among them. */
export interface MessageFlags {
	uid: Uid;
	flags: string[];
	/** Labels of Gmail; absent on other servers. */
	labels?: string[];
	modseq?: string;
	/** Absent where the server has none, and where a row of flags lacks it. */
	emailId?: string;
	threadId?: string;
}

/** What is known of a message without reading it. */
export interface MessageSummary extends MessageFlags {
	/** RFC822.SIZE in bytes */
	size: number;
	/** INTERNALDATE: when the server received it */
	internalDate?: Date;
	/** As it stands in the header; absent where there is none, and where more than the summary was fetched. */
	messageId?: string;
}

/** A message as fetched; what was not asked for is absent. */
export interface FetchedMessage extends MessageSummary {
	/** the whole message, RFC 5322 */
	source?: Buffer;
	/** the header block of the message, or those fields of it that were asked for */
	header?: Buffer;
	structure?: BodyPart;
	/** part number -> its bytes, still encoded, as BODY[part] gives them */
	parts?: ReadonlyMap<string, Buffer>;
	/** Reads a further part piece by piece, still encoded, or with '' the whole message; only while the sink has the message. */
	readPart?: (part: string) => AsyncIterable<Buffer>;
	/** With a descriptor: the same message as an item is made of it, where that was asked for too, and the message is small. */
	content?: FetchedMessage;
}

/** How a large message is read: whole, or as header, structure and these parts. */
export type PartChoice = 'source' | string[];

/** What a FETCH asks for: the summary with the Message-ID, or the summary and more of the message instead. `outline`:
 * of the header only outlineFields. */
export type FetchParts = 'descriptor' | 'outline' | 'structure' | ContentParts;

/** What an item is made of. */
export type ContentParts = 'headerAndStructure' | 'source';

/** What comes at once with descriptors: of these messages these parts, as far as they are small. */
export interface Contents {
	uids: UidSet;
	parts: ContentParts;
}
