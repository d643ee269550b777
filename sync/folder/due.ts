/** The longest that a failed message waits for its next try, in minutes: a day. */
export const LONGEST_RETRY_MINUTES = 24 * 60;

/**
 * Whether a time that was set at most `longestWait` milliseconds ahead has come. One that lies further ahead was set by a clock
 * that was wrong: it would hold for as long as that clock was ahead.
 */
export const isDue = (at: number, now: number, longestWait: number): boolean => at <= now || at > now + longestWait;

/** Whether a failed message is to be tried again. */
export const isRetryDue = ({ retryAt }: { retryAt: number }, now: number): boolean =>
	isDue(retryAt, now, LONGEST_RETRY_MINUTES * 60_000);
