import type { Login } from '../imap/login';

/** Maximum credentials; the one that was used least recently is forgotten first. */
const MOST_CREDENTIALS = 5_000;

/**
 * Maximum logins of one credential: its fields may be expressions, and then a workflow makes as many logins as it likes. They push
 * out each other, and nobody else's.
 */
const MOST_LOGINS = 500;

/** What this process remembers by login. Bounded; who makes many logins loses only his own. */
export class LoginMemory<T> {
	private readonly credentials = new Map<string, Map<string, T>>();

	/** `forgotten` is called with each login that made room for another. */
	constructor(
		private readonly make: () => T,
		private readonly forgotten: (key: string) => void = () => undefined,
	) {}

	/** What is remembered of a login, made where there is nothing. */
	of({ credential, key }: Pick<Login, 'credential' | 'key'>): T {
		const logins = this.credentials.get(credential) ?? new Map<string, T>();
		const value = logins.get(key) ?? this.make();
		// Moved to the end of their maps: the first entry is forgotten first.
		logins.delete(key);
		logins.set(key, value);
		this.credentials.delete(credential);
		this.credentials.set(credential, logins);
		if (logins.size > MOST_LOGINS) {
			const [oldest] = logins.keys();
			logins.delete(oldest);
			this.forgotten(oldest);
		}
		if (this.credentials.size > MOST_CREDENTIALS) {
			const [[oldest, theirs]] = this.credentials;
			this.credentials.delete(oldest);
			for (const one of theirs.keys()) this.forgotten(one);
		}
		return value;
	}
}
