import { createHash, randomBytes, scrypt } from 'node:crypto';

/**
 * The key of the notes of an account. It is derived from the password, which only processes that work in the account have. An
 * operator, a backup or a delegate may read the notes, so guessing passwords from them has to cost as much as from a stolen table
 * of good hashes: 32 MB and a tenth of a second each (OWASP's minimum for scrypt is N=2^15, p=3).
 */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };

/** Maximum keys cached, as each takes a while to derive. */
const MOST_KEYS = 50;

const keys = new Map<string, Promise<Buffer>>();

/** Keeps the cache from being matched with guessed passwords. */
const pepper = randomBytes(16);

/** The key of an account; independent of its server's name. */
export async function noteKey({ user, password }: { user: string; password: string }): Promise<Buffer> {
	const salt = `n8n-nodes-imap-sync notes 1\n${user.toLowerCase()}`;
	const id = createHash('sha256')
		.update(pepper)
		.update(JSON.stringify([salt, password]))
		.digest('hex');
	let key = keys.get(id);
	if (!key) {
		key = new Promise((resolve, reject) => {
			scrypt(password, salt, 32, COST, (error, derived) => (error ? reject(error) : resolve(derived)));
		});
		keys.set(id, key);
		key.catch(() => keys.delete(id));
		if (keys.size > MOST_KEYS) keys.delete([...keys.keys()][0]);
	}
	return await key;
}
