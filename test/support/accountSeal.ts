import type { AccountSeal } from '../../sync/state/accountSeal';

/** A seal whose key costs nothing to make: another `secret` stands for another password. */
export const sealBy = (secret: string, user = 'alice@example.com', host = 'imap.example.com'): AccountSeal => ({
	user,
	host,
	current: async () => ({ salt: '0'.repeat(32), key: Buffer.from(secret) }),
	keyOf: async () => Buffer.from(secret),
	proven: () => undefined,
});
