import { hash } from 'node:crypto';

/**
 * The id of an event: the same for the same event after a crash or a restart, another one for every other. `parts` must
 * hold only what the server and the saved state say, never a clock or a counter that a lost run has moved.
 */
export function eventId(...parts: Array<string | number | readonly string[] | undefined>): string {
	return hash('sha256', JSON.stringify(parts), 'hex').slice(0, 32);
}
