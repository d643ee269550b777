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
