/**
 * Reads parts of what was stored, which somebody may have edited: each throws TypeError, which names the part, for what it cannot be.
 */

export const MINUTE_MS = 60_000;

/** Times are stored in whole minutes since 1970. */
export const minutes = (time: number): number => Math.floor(time / MINUTE_MS);

/** What may be left out. */
export function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
	return value === undefined ? undefined : read(value);
}

/** An object. */
export function record(value: unknown, what: string): Record<string, unknown> {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError(`${what} is not an object`);
	return value as Record<string, unknown>;
}

/** A list. */
export function list(value: unknown, what: string): unknown[] {
	if (!Array.isArray(value)) throw new TypeError(`its ${what} is not a list`);
	return value;
}

/** Text. */
export function text(value: unknown, what: string): string {
	if (typeof value !== 'string') throw new TypeError(`its ${what} is not text`);
	return value;
}

/** A number of up to 20 digits, as text. */
export function digits(value: unknown, what: string): string {
	if (typeof value !== 'string' || !/^\d{1,20}$/.test(value)) throw new TypeError(`its ${what} is not a number in text`);
	return value;
}

/** A whole number from 0 on. */
export function whole(value: unknown, what: string): number {
	if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
		throw new TypeError(`its ${what} is not a whole number`);
	return value;
}

/**
 * The key under which a name is stored. `__proto__` is no key that every copy of an object keeps: n8n's deepCopy() assigns it to an
 * ordinary object, which sets the prototype instead. It gets a "=" in front, and so does what would read like that.
 */
export const storedName = (name: string): string => (/^=*__proto__$/.test(name) ? `=${name}` : name);

/** The name that storedName() made a key of. */
export const nameStored = (stored: string): string => (/^=+__proto__$/.test(stored) ? stored.slice(1) : stored);
