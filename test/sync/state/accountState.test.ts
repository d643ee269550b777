import { accountKeys, resumeState, settingKey } from '../../../sync/state/accountState';
import { isKeyOf, saltedKey } from '../../../sync/state/saltedKey';
import { decodeState, encodeState } from '../../../sync/state/state';
import type { FaultScore } from '../../../sync/server/serverFaults';
import type { SyncState } from '../../../sync/state/syncState';
import { folderState } from '../../support/folderState';

const HOST = 'mail.example.com:993';
const account = (name: string, host = HOST) => ({ name, user: name, host });
const faultScores: FaultScore[] = [{ capability: 'qresync', weight: 1, fault: 'vanishedMissing', at: 60_000 }];

const saltedKeys = (name: string, host = HOST, salt = 'salt') => {
	const keys = accountKeys(account(name, host));
	return { user: saltedKey(keys.user, salt), host: saltedKey(keys.host, salt) };
};

/** The state of an account, as the version before stored it, known by how often it delivered. */
const stateOf = (name: string, deliveries: number, more: Partial<SyncState> = {}): SyncState => ({
	account: accountKeys(account(name)),
	deliveries,
	selectionKey: 'key',
	unopened: [],
	folders: { INBOX: folderState() },
	earlierAccounts: [],
	...more,
});

/** Whose states are kept for later, newest first: by how often they delivered. */
const earlier = ({ earlierAccounts }: SyncState): number[] => earlierAccounts.map((stored) => (stored as { n: number }).n);

test('without a state an account begins', () => {
	expect(resumeState(account('alice'), undefined, 'salt')).toEqual({
		accountChanged: false,
		state: {
			account: saltedKeys('alice'),
			deliveries: 0,
			selectionKey: '',
			unopened: [],
			folders: {},
			earlierAccounts: [],
		},
	});
});

describe('the same account', () => {
	test.each<[string, string, string, boolean]>([
		['under the same name', 'alice', HOST, true],
		['in other letters', 'ALICE', 'MAIL.example.com:993', true],
		['under another host name: its faults are not the other server’s', 'alice', 'new.example.com:993', false],
	])('%s', (_name, user, host, keepsFaults) => {
		const before = stateOf('alice', 5, { faultScores, startWith: 'Work' });
		const { state, accountChanged } = resumeState(account(user, host), before, 'salt');
		expect(accountChanged).toBe(false);
		expect(state).toEqual({
			...before,
			account: saltedKeys('alice', host),
			faultScores: keepsFaults ? faultScores : undefined,
		});
	});
});

describe('another account', () => {
	test.each<[string, SyncState, string, { deliveries: number; folders: string[]; earlier: number[] }]>([
		['begins, and the one before is kept', stateOf('alice', 5), 'bob', { deliveries: 0, folders: [], earlier: [5] }],
		[
			'goes on where it was when it is switched back',
			stateOf('alice', 5, { earlierAccounts: [encodeState(stateOf('bob', 3))] }),
			'bob',
			{ deliveries: 3, folders: ['INBOX'], earlier: [5] },
		],
		[
			'and the others stay kept',
			stateOf('alice', 5, { earlierAccounts: [encodeState(stateOf('bob', 3)), encodeState(stateOf('carol', 2))] }),
			'bob',
			{ deliveries: 3, folders: ['INBOX'], earlier: [5, 2] },
		],
		[
			'begins, and no more than three are kept, the oldest go',
			stateOf('alice', 5, { earlierAccounts: [4, 3, 2].map((n) => encodeState(stateOf(`user${n}`, n))) }),
			'bob',
			{ deliveries: 0, folders: [], earlier: [5, 4, 3] },
		],
	])('%s', (_name, before, user, expected) => {
		const { state, accountChanged } = resumeState(account(user), before);
		expect(accountChanged).toBe(true);
		expect({ deliveries: state.deliveries, folders: Object.keys(state.folders), earlier: earlier(state) }).toEqual(expected);
		expect(isKeyOf(state.account.user, accountKeys(account(user)).user)).toBe(true);
	});

	test('the one that is kept keeps no others', () => {
		const before = stateOf('alice', 5, { earlierAccounts: [encodeState(stateOf('bob', 3))] });
		const { state } = resumeState(account('carol'), before);
		expect(state.earlierAccounts[0]).not.toHaveProperty('e');
	});

	test('begins without what is held against the server of the one before', () => {
		expect(resumeState(account('bob'), stateOf('alice', 5, { faultScores })).state.faultScores).toBeUndefined();
	});

	test('switched there and back, nothing is lost', () => {
		const before = stateOf('alice', 5);
		const away = resumeState(account('bob'), before).state;
		const { state } = resumeState(account('alice'), away, 'salt');
		const back = encodeState({ ...state, earlierAccounts: [] });
		expect(JSON.stringify(back)).toBe(JSON.stringify(encodeState({ ...before, account: saltedKeys('alice') })));
	});
});

describe('keys', () => {
	test.each<[string, unknown, unknown, boolean]>([
		['the same setting', { kind: 'all' }, { kind: 'all' }, true],
		['another setting', { kind: 'all' }, { kind: 'chosen', folders: [] }, false],
		['another order', ['a', 'b'], ['b', 'a'], false],
	])('of %s', (_name, one, other, same) => {
		expect(settingKey(one) === settingKey(other)).toBe(same);
	});

	test('do not name the account', () => {
		expect(accountKeys(account('alice@example.com'))).toEqual({
			user: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
			host: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
		});
	});
});

describe('what is stored of an account', () => {
	const begun = () => resumeState(account('alice'), undefined).state;

	test('has a salt of its own, and keeps it', () => {
		const [one, other] = [begun(), begun()];
		expect(one.account.user).not.toBe(other.account.user);
		expect(JSON.stringify(encodeState(one))).not.toContain(accountKeys(account('alice')).user);
		const next = resumeState(account('alice'), decodeState(encodeState(one)));
		expect(next).toEqual({ state: one, accountChanged: false });
	});

	test('is that of this user and no other', () => {
		const { user } = begun().account;
		expect(isKeyOf(user, accountKeys(account('alice')).user)).toBe(true);
		expect(isKeyOf(user, accountKeys(account('bob')).user)).toBe(false);
		expect(isKeyOf(undefined, accountKeys(account('bob')).user)).toBe(false);
	});

	test('is known again when another account was in between', () => {
		const alice = { ...begun(), deliveries: 7 };
		const bob = resumeState(account('bob'), decodeState(encodeState(alice))).state;
		const again = resumeState(account('alice'), decodeState(encodeState(bob)));
		expect(again).toMatchObject({ accountChanged: true, state: { deliveries: 7 } });
	});

	test('a version that knows no salt refuses it, in place of taking it for another account', () => {
		expect(encodeState(begun()).v).toBe(2);
		expect(encodeState(stateOf('alice', 1)).v).toBe(1);
	});
});
