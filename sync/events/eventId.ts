import { createHash } from 'node:crypto';

/**
 * The id of an event: the same for the same event after a crash or a restart, another one for every other. `parts` must
 * hold only what the server and the saved state say, never a clock or a counter that a lost run has moved.
 */
export function eventId(...parts: Array<string | number | readonly string[] | undefined>): string {
	return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
