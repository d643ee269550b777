/** How fast a push trigger goes about things. Tests put a faster pace in the place of this file. */

/** What the fields call a minute, in milliseconds. */
export const MINUTE_MS = 60_000;

/** What a lease adds to the timeout of the workflow. */
export const ABOVE_TIMEOUT_MS = 30_000;

/** A burst is gathered for this long after a look, then taken at once. */
export const GATHER_MS = 100;

/** How often to look where the server does not tell news by itself. */
export const SHORT_POLL_MS = 15_000;

/** When to look again for messages that left a folder, and may have turned up in another one meanwhile. */
export const DEPARTURE_MS = 5_000;

/** How long what is done to messages afterwards is gathered. */
export const FINISH_MS = 500;

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
