import { FINISH_AT_LATEST_MS, FINISH_MS } from './pace';

/** After failures, the next try is made after twice the time, up to this. */
const LONGEST_WAIT_MS = 60 * 60_000;

/** When what is to be done to messages after their executions is done: many at once, none much later than its execution. */
export class FinishClock {
	/** When it is to be done next, in milliseconds since 1970. */
	at = 0;
	/** Since when something is to be done; undefined while nothing is. */
	private since: number | undefined;
	private notBefore = 0;
	private failures = 0;

	/** An execution ended, and something is to be done. */
	grew(now: number): void {
		this.since ??= now;
		this.at = Math.max(this.notBefore, Math.min(now + FINISH_MS, this.since + FINISH_AT_LATEST_MS));
	}

	/** It was tried just now. */
	tried(now: number, { isLeft, failed }: { isLeft: boolean; failed: boolean }): void {
		this.failures = failed ? this.failures + 1 : 0;
		this.notBefore = failed ? now + Math.min(1_000 * 2 ** this.failures, LONGEST_WAIT_MS) : 0;
		this.since = undefined;
		if (isLeft) this.grew(now);
	}
}
