/** What a mail server can do, as far as the core decides by it. */
export interface Capabilities {
	/** RFC 7162: one SELECT returns new, changed and vanished messages. */
	qresync: boolean;
	/** RFC 7162: FETCH CHANGEDSINCE returns new and changed messages. */
	condstore: boolean;
	/** RFC 5819: one LIST returns the status of every folder. */
	listStatus: boolean;
	/** RFC 4731: SEARCH answers in ranges. */
	esearch: boolean;
	/** X-GM-EXT-1: labels, message and thread ids of Gmail. */
	gmail: boolean;
	/** The server shows only about so many of the newest messages of a folder; absent where it shows all. */
	visibleMessages?: number;
	/** The sizes that it announces are estimates. */
	estimatesSizes?: boolean;
}
