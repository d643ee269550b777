/** How fast a push trigger goes about things. Tests put a faster pace in the place of this file. */

/** What the fields call a minute, in milliseconds. */
export const MINUTE_MS = 60_000;

/** What a lease adds to the timeout of the workflow. */
export const ABOVE_TIMEOUT_MS = 30_000;

/** A burst is gathered for this long after a look, then taken at once. */
export const GATHER_MS = 100;

/** How often to look where the server does not report news by itself. */
export const SHORT_POLL_MS = 15_000;

/** When to look again for messages that left a folder, and may have turned up in another one meanwhile. */
export const DEPARTURE_MS = 5_000;

/** How long what is done to messages afterwards is gathered: until nothing ended for the first time, and never longer than the second. */
export const FINISH_MS = 500;
export const FINISH_AT_LATEST_MS = 5_000;

/** How often a refused credential is read again: somebody may have changed it. */
export const CREDENTIAL_MS = 20_000;

/** Commands of a standing connection answer within this time; it may be quiet for longer. */
export const COMMAND_MS = 30_000;
export const QUIET_MS = 28 * 60_000;

/** Messages that this much older than the look were in the folder, and the server did not say so. */
export const UNTOLD_MS = 20_000;

/** A first look this soon after the start is the start. */
export const BEGUN_JUST_NOW_MS = 2_000;

/** How long after the last execution its outcome is saved, where no other one follows. */
export const SAVE_AT_REST_MS = 3_000;

/** A connection that is lost after this time was a good one; where one is lost sooner, the next one is made later, up to the second time. */
export const STEADY_MS = 60_000;
export const LONGEST_AFTER_LOSS_MS = 60_000;
