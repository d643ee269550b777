import { decodeState } from '../../../sync/state/state';
import { told, type Ask } from '../../support/account';
import { FakeAccount } from '../../support/fakeMailServer';
import { followFake, kindsOfServer, type FollowedFake } from '../../support/followFake';
import { mail } from '../../support/mail';

/** The first contact with folders of which only what comes from now on matters. */
const names = Array.from({ length: 30 }, (_, i) => `Project ${i}`);

function mailbox(): FakeAccount {
	const account = new FakeAccount();
	for (const name of names) account.createFolder(name);
	for (const name of names.slice(0, 20)) for (const subject of ['a', 'b']) account.append(name, mail(`${name} ${subject}`));
	return account;
}

describe.each(kindsOfServer)('the first contact with %s', (_, kind) => {
	const follow = (ask: Ask = {}): FollowedFake =>
		followFake({ ...kind, account: mailbox(), ask: { events: ['messageNew'], selection: { kind: 'all' }, ...ask } });
	const opened = (fake: FollowedFake): number => fake.server.last.count('open');

	test('opens no folder, and tells what comes from then on', async () => {
		const fake = follow();
		expect((await fake.followed.run()).events).toEqual([]);
		expect(opened(fake)).toBe(0);
		fake.account.append('Project 3', mail('new'));
		fake.account.append('Project 25', mail('first'));
		expect(told((await fake.followed.run()).events)).toEqual(['messageNew Project 25/1', 'messageNew Project 3/3']);
		expect((await fake.followed.run()).events).toEqual([]);
		expect(opened(fake)).toBe(0);
	});

	test.each<[string, Ask]>([
		['where existing messages matter', { events: ['messageNew', 'messageDeleted'] }],
		['where all is to be delivered', { startFrom: { kind: 'all' } }],
		[
			'where messages are acknowledged',
			{ acknowledge: { by: 'keyword', keyword: 'done', redeliverAfter: 60_000, maxAttempts: 3 } },
		],
		['where folders are chosen, for one of them may be shut', { selection: { kind: 'chosen', folders: names } }],
	])('opens each folder %s', async (_name, ask) => {
		const fake = follow(ask);
		await fake.followed.run();
		expect(opened(fake)).toBeGreaterThanOrEqual(names.length);
	});

	test('tells of a folder that cannot be read, and of no other', async () => {
		const fake = follow();
		fake.account.createFolder('Secret', { readable: false });
		expect((await fake.followed.run()).problems).toMatchObject([{ code: 'folderForbidden' }]);
		expect(opened(fake)).toBe(1);
	});

	test('is made up for within two hours: each folder gets its fingerprints, some in a run', async () => {
		const fake = follow();
		await fake.followed.run();
		let all = 0;
		for (let i = 0; i < 20; i++) {
			fake.later(7);
			expect((await fake.followed.run()).events).toEqual([]);
			expect(opened(fake)).toBeLessThanOrEqual(8);
			all += opened(fake);
		}
		// Those that hold a message.
		expect(all).toBe(20);
		const { folders } = decodeState(fake.followed.stored)!;
		expect(Object.values(folders).filter(({ begunByStatus }) => begunByStatus).length).toBe(names.length + 1 - 20);
		expect(folders['Project 3'].fingerprints?.byUid.size).toBe(2);
	});

	test.each([
		['rebuilt', 1],
		['rebuilt without what was deleted meanwhile', 30],
	])('opens a few folders at once, so that one which is away for a poll and comes back %s is no new one', async (_how, from) => {
		const account = new FakeAccount();
		account.createFolder('Work');
		for (let i = 0; i < 60; i++) account.append('Work', mail(`old ${i}`));
		const fake = followFake({ ...kind, account, ask: { events: ['messageNew'], selection: { kind: 'all' } } });
		await fake.followed.run();
		expect(opened(fake)).toBe(2);
		account.deleteFolder('Work');
		expect((await fake.followed.run()).events).toEqual([]);
		account.createFolder('Work');
		for (let i = from - 1; i < 60; i++) account.append('Work', mail(`old ${i}`));
		account.append('Work', mail('came meanwhile'));
		expect(told((await fake.followed.run()).events)).toEqual([`messageNew Work/${62 - from}`]);
	});
});
