/** How events are handed to the workflow, and what becomes of one whose execution failed. */
export interface PushPolicy {
	/** Executions at once. */
	concurrency: number;
	/** Events of one execution. */
	batchSize: number;
	/** What is handed over one after the other: the events of a folder, those of a conversation, or nothing. */
	order: 'folder' | 'conversation' | 'none';
	/** Failed executions of one event after which it is given up. */
	maxAttempts: number;
	/** Milliseconds before the second attempt; doubled before each further one. */
	retryAfter: number;
	/** Milliseconds after which an execution that has said nothing no longer counts as running. */
	lease: number;
}

/** No event waits longer for its next attempt. */
const LONGEST_RETRY = 24 * 60 * 60_000;

/** Milliseconds until the next attempt, after so many failures. */
export const retryDelay = (retryAfter: number, failures: number): number =>
	Math.min(retryAfter * 2 ** Math.min(Math.max(failures - 1, 0), 30), LONGEST_RETRY);

/**
 * Milliseconds until a server that could not be reached is tried again: half a second, doubled up to five minutes, with a third
 * added or taken away so that many triggers do not come back in the same moment. `chance` is between 0 and 1.
 */
export function reconnectDelay(failures: number, chance: number): number {
	const delay = Math.min(500 * 2 ** Math.min(failures - 1, 20), 5 * 60_000);
	return Math.round(delay * (2 / 3 + (2 / 3) * chance));
}
