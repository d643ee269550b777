/**
 * The default keyword for "a workflow is done with this message". Without a leading "$": RFC 5788 reserves that for registered
 * keywords. The trigger waits for it, the action sets it.
 */
export const ACKNOWLEDGED_KEYWORD = 'n8n-done';

/** How a workflow says that it is done with a message: by an acknowledgement flag, or by the message leaving the folder. */
export interface Acknowledge {
	by: 'keyword' | 'seen' | 'leavesFolder';
	/** The acknowledgement flag with `by: 'keyword'`. */
	keyword: string;
	/** Milliseconds after which an unacknowledged message is delivered again. */
	redeliverAfter: number;
	/** How often a message is delivered before it is reported as messageFailed. */
	maxAttempts: number;
}
