/**
 * The keyword that says "a workflow is done with this message" where nothing else was chosen. Without a leading "$": RFC 5788 keeps
 * those for registered keywords. The trigger waits for it, the action sets it.
 */
export const ACKNOWLEDGED_KEYWORD = 'n8n-done';

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
