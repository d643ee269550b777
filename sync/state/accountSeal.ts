import { randomBytes, scrypt } from 'node:crypto';

/**
 * What the keys of an account's seals cost. They are made of the password, which only processes that work in the account have. An
 * operator, a backup or a delegate may read sealed messages, so guessing passwords from them has to cost as much as from a stolen
 * table of good hashes: 32 MB and a tenth of a second each (OWASP's minimum for scrypt is N=2^15, p=3).
 */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };

/** Maximum keys kept of one login. */
const MOST_KEYS = 50;

/**
 * Maximum keys made for one reading. Each process begins with a salt of its own and takes over one that it finds, so there are few;
 * but anybody may write any number of salts into a message, and each costs a tenth of a second.
 */
const MOST_NEW_KEYS = 8;

/** By what an account seals messages, and knows its own. The host goes without the port: one server has several. */
export interface AccountSeal {
	readonly user: string;
	readonly host: string;
	/** The key for new seals, and its salt. */
	current(): Promise<{ salt: string; key: Buffer }>;
	/** The key of a salt; undefined once too many were asked for. */
	keyOf(salt: string): Promise<Buffer | undefined>;
	/** A seal with this salt was the account's own: new seals have it too, so that all processes come to use one. */
	proven(salt: string): void;
}

/** The keys of one login, for as long as the process lives. The password comes with each call and stays nowhere. */
export class SealKeys {
	private salt = randomBytes(16).toString('hex');
	private readonly keys = new Map<string, Promise<Buffer>>();

	/** For one reading, or one session. */
	sealFor({ user, host, password }: { user: string; host: string; password: string }): AccountSeal {
		let left = MOST_NEW_KEYS;
		return {
			user: user.toLowerCase(),
			host: host.toLowerCase(),
			current: async () => {
				const { salt } = this;
				return { salt, key: await this.key(salt, password) };
			},
			keyOf: async (salt) => (this.keys.has(salt) || left-- > 0 ? await this.key(salt, password) : undefined),
			proven: (salt) => {
				this.salt = salt;
			},
		};
	}

	private async key(salt: string, password: string): Promise<Buffer> {
		let key = this.keys.get(salt);
		if (!key) {
			key = new Promise((resolve, reject) => {
				scrypt(password, Buffer.from(salt, 'hex'), 32, COST, (error, derived) => (error ? reject(error) : resolve(derived)));
			});
			key.catch(() => this.keys.delete(salt));
		}
		// Moved to the end of the map: keys of salts that somebody made up go first, for the account's own is used again and again.
		this.keys.delete(salt);
		this.keys.set(salt, key);
		if (this.keys.size > MOST_KEYS) this.keys.delete([...this.keys.keys()][0]);
		return await key;
	}
}
