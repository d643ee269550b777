import { createHash } from 'node:crypto';

/**
 * Hashes of users and hosts are short texts of few possible names: with a salt of its own, a stored one is in no table of names, and
 * two stored states do not show that they are of one account. What is older stands there without a salt, and is taken as it is.
 */
const SEPARATOR = '$';

const proof = (salt: string, key: string): string =>
	createHash('sha256').update(`${salt}${SEPARATOR}${key}`).digest('hex').slice(0, 16);

/** The key of a user or a host as it is stored. */
export const saltedKey = (key: string, salt: string): string => `${salt}${SEPARATOR}${proof(salt, key)}`;

export const isSalted = (stored: string): boolean => stored.includes(SEPARATOR);

/** Whether what is stored is of this user, or of this host. */
export function isKeyOf(stored: string | undefined, key: string): boolean {
	if (stored === undefined || !isSalted(stored)) return stored === key;
	const [salt] = stored.split(SEPARATOR, 1);
	return stored === saltedKey(key, salt);
}
