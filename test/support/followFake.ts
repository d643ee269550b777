import { FollowedAccount, type Ask } from './account';
import { FakeAccount, FakeMailServer, type FakeHooks, type FakeOptions } from './fakeMailServer';

/** The kinds of servers that the core knows, in memory. */
export const kindsOfServer: Array<[string, FakeOptions]> = [
	['QRESYNC', {}],
	['CONDSTORE', { capabilities: { qresync: false } }],
	['neither', { capabilities: { qresync: false, condstore: false, esearch: false, listStatus: false } }],
];

/** An account in memory, followed as a node follows it, with a clock that the test sets. */
export interface FollowedFake {
	account: FakeAccount;
	followed: FollowedAccount;
	server: {
		/** Those of all connections from the next run on. */
		hooks: FakeHooks;
		/** The connection of the last run. */
		readonly last: FakeMailServer;
	};
	/** Lets time pass. */
	later(minutes: number): void;
	now(): number;
}

/** Follows an account in memory; `ask` is what each run asks for, all else says what its server can do. */
export function followFake({
	ask,
	account = new FakeAccount(),
	...options
}: FakeOptions & { ask?: Ask; account?: FakeAccount } = {}): FollowedFake {
	let now = Date.parse('2026-11-22T12:00:00Z');
	let last: FakeMailServer | undefined;
	const server = {
		hooks: {} as FakeHooks,
		get last() {
			if (!last) throw new Error('there was no run yet');
			return last;
		},
	};
	const followed = new FollowedAccount(
		async () => (last = new FakeMailServer(account, { ...options, hooks: server.hooks })),
		'alice@example.com',
		'mail.example.com:993',
		{ now: () => now, ...ask },
	);
	return { account, followed, server, later: (minutes) => void (now += minutes * 60_000), now: () => now };
}
