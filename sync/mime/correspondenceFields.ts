/** Where a message goes, as seen from the account: from others to us, from us to others, or among ourselves. */
export type Direction = 'in' | 'out' | 'internal';

/**
 * How likely it is that an automatic answer to a message starts or keeps up a loop. `high`: do not answer by program. `low`: answer
 * once, with care.
 */
export type LoopRisk = 'none' | 'low' | 'high';

/** Which conversation a message belongs to, why, and how sure that is. */
export interface Conversation {
	/** The same for all messages of a conversation, as far as it is known. */
	key: string;
	reason: ConversationReason;
	confidence: 'high' | 'medium' | 'low';
}

/**
 * `providerThread`: the mail provider's own thread. `references`: the header names a message of it. `original`: a report about a
 * message of it. `outlookThread`: Outlook's Thread-Index. `ticketNumber`: one that was seen in it, with the same people or subject.
 * `quotedText`: it quotes a message of it, under the same subject. `subject`: an answer under its subject, of the same people.
 * `new`: none of these.
 */
type ConversationReason =
	'providerThread' | 'references' | 'original' | 'outlookThread' | 'ticketNumber' | 'quotedText' | 'subject' | 'new';

/** What a message is to the account that it lies in. */
export interface Correspondence {
	direction: Direction;
	loopRisk: LoopRisk;
	/** Absent for a message without any id. */
	conversation?: Conversation;
}
