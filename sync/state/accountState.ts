import { createHash, randomBytes } from 'node:crypto';
import type { Account } from '../server/account';
import { isKeyOf, isSalted, saltedKey } from './saltedKey';
import { decodeState, encodeState } from './state';
import { emptyByName } from '../uids/byName';
import type { SyncState } from './syncState';

/** How many earlier accounts' states are kept, in case the credential is switched back. */
const EARLIER_ACCOUNTS = 3;

/**
 * The state to go on from. The same user under another host name is the same account: a mailbox that moved to another server
 * shows by its UIDVALIDITY, folder by folder. Another user is another account, begun as `startFrom` says. The earlier state is
 * kept in case the credential is switched back. `salt` is for an account that has none yet.
 */
export function resumeState(
	owner: Account,
	before: SyncState | undefined,
	salt = randomBytes(8).toString('hex'),
): { state: SyncState; accountChanged: boolean } {
	const keys = accountKeys(owner);
	const account = { user: saltedKey(keys.user, salt), host: saltedKey(keys.host, salt) };
	const empty: SyncState = {
		account,
		deliveries: 0,
		selectionKey: '',
		unopened: [],
		folders: emptyByName(),
		earlierAccounts: [],
	};
	if (!before) return { state: empty, accountChanged: false };
	// The faults of a server count for that server only.
	const isSameHost = isKeyOf(before.account.host, keys.host);
	const faultScores = isSameHost ? before.faultScores : undefined;
	if (isKeyOf(before.account.user, keys.user)) {
		const isKept = isSameHost && isSalted(before.account.user);
		return { state: { ...before, account: isKept ? before.account : account, faultScores }, accountChanged: false };
	}
	const earlier = before.earlierAccounts.map((stored) => ({ stored, state: decodeState(stored) }));
	const again = earlier.find(({ state }) => isKeyOf(state?.account.user, keys.user));
	const others = earlier.filter((one) => one !== again).map(({ stored }) => stored);
	const earlierAccounts = [encodeState({ ...before, earlierAccounts: [] }), ...others].slice(0, EARLIER_ACCOUNTS);
	return { state: { ...(again?.state ?? empty), account, earlierAccounts }, accountChanged: true };
}

/** Hashes that distinguish accounts without naming them. Event ids are made of them; what is stored has a salt besides (saltedKey.ts). */
export function accountKeys(account: Account): { user: string; host: string } {
	return { user: settingKey(account.user.toLowerCase()), host: settingKey(account.host.toLowerCase()) };
}

/** A short hash of a setting, which shows whether it changed. */
export const settingKey = (value: unknown): string =>
	createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
