import { createHash, randomBytes, scrypt } from 'node:crypto';

/**
 * The key of the notes of an account. It comes of the password, which every process that works in the account has and nobody else.
 * A note lies in a mailbox that an operator, a backup or a delegate may read, so guessing passwords by it has to cost as much as
 * guessing them by a stolen table of good hashes: 32 MB and a tenth of a second each (OWASP's minimum for scrypt is N=2^15, p=3).
 */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };

/** Keys that are kept, as each takes a while. */
const MOST_KEYS = 50;

const keys = new Map<string, Promise<Buffer>>();

/** So that what is kept cannot be matched with a guessed password. */
const pepper = randomBytes(16);

/** The key for an account; the same whatever name its server is reached by. */
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
