import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks `condition` again and again until it gives something truthy, and gives that.
 *
 * @template T
 * @param {() => T | Promise<T>} condition a throw ends the wait at once
 * @param {{ what: string, withinMs: number, everyMs?: number, detail?: () => string, signal?: AbortSignal }} options
 * @returns {Promise<NonNullable<T>>}
 */
export async function waitUntil(condition, { what, withinMs, everyMs = 500, detail, signal }) {
	const deadline = Date.now() + withinMs;
	for (;;) {
		const found = await condition();
		if (found) return found;
		if (Date.now() > deadline) {
			throw new Error(`Waited ${Math.round(withinMs / 1000)} s for ${what}${detail ? `. ${detail()}` : ''}`);
		}
		await delay(everyMs, undefined, { signal });
	}
}
