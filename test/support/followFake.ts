import { FollowedAccount, type Ask } from './account';
import { FakeAccount, FakeMailServer, type FakeHooks, type FakeOptions } from './fakeMailServer';

/** An account in memory, followed as a node follows it, with a clock that the test sets. */
export interface FollowedFake {
	account: FakeAccount;
	followed: FollowedAccount;
	/** May be set between runs. */
	hooks: FakeHooks;
	/** The server of the last run. */
	last(): FakeMailServer;
	/** Lets time pass. */
	later(minutes: number): void;
	now(): number;
}

/** Follows an account in memory; `options` are those of its server, `ask` what each run asks for. */
export function followFake(options: FakeOptions = {}, ask: Ask = {}): FollowedFake {
	const account = new FakeAccount();
	let now = Date.parse('2026-11-22T12:00:00Z');
	let last: FakeMailServer | undefined;
	const fake: FollowedFake = {
		account,
		hooks: {},
		followed: new FollowedAccount(
			async () => (last = new FakeMailServer(account, { ...options, hooks: fake.hooks })),
			'alice@example.com',
			'mail.example.com:993',
			{ now: () => now, ...ask },
		),
		last: () => {
			if (!last) throw new Error('there was no run yet');
			return last;
		},
		later: (minutes) => {
			now += minutes * 60_000;
		},
		now: () => now,
	};
	return fake;
}
