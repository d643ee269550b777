/**
 * The keyword that says "a workflow is done with this message" where nothing else was chosen. Without a leading "$": RFC 5788 keeps
 * those for registered keywords. The trigger waits for it, the action sets it.
 */
export const ACKNOWLEDGED_KEYWORD = 'n8n-done';
