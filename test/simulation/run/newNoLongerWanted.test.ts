import { told, type Ask } from '../../support/account';
import type { FakeOptions } from '../../support/fakeMailServer';
import { followFake, kindsOfServer, type FollowedFake } from '../../support/followFake';
import { mail } from '../../support/mail';

/**
 * Messages wait to be told as new, and then nobody asks for new ones any more: they are known messages from then on, with the flags that
 * they had when they were first seen.
 */
const changes: Ask = { events: ['messageUpdated', 'messageDeleted'] };

/** Six messages from before, three that come then, of which one is told; what waits is two to seven. */
async function waiting(options: FakeOptions, ask: Ask = {}): Promise<FollowedFake> {
	const fake = followFake({ ...options, ask: { events: ['messageNew', 'messageUpdated', 'messageDeleted'], ...ask } });
	for (let i = 1; i <= 6; i++) fake.account.append('INBOX', mail(`old ${i}`), { flags: i % 2 ? ['\\Seen'] : [] });
	await fake.followed.run({ limits: { messages: 2 } });
	for (let i = 7; i <= 9; i++) fake.account.append('INBOX', mail(`new ${i}`), { flags: i % 2 ? ['\\Seen'] : [] });
	await fake.followed.run({ limits: { messages: 1 } });
	return fake;
}

const all = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const each = (event: string, uids: number[], change = ''): string[] => uids.map((uid) => `${event} INBOX/${uid}${change}`);

describe.each(kindsOfServer)('with %s', (_kind, options) => {
	test.each(['now', 'all'] as const)('what waits is updated and deleted as any other message, startFrom %s', async (kind) => {
		const fake = await waiting(options, { startFrom: { kind } });
		for (const [what, change] of [
			['add', ' +\\Flagged'],
			['remove', ' -\\Flagged'],
		] as const) {
			fake.account.setFlags('INBOX', all, { [what]: ['\\Flagged'] });
			expect(told((await fake.followed.run(changes)).events)).toEqual(each('messageUpdated', all, change));
		}
		expect((await fake.followed.run(changes)).events).toEqual([]);
		fake.account.expunge('INBOX', all);
		expect(told((await fake.followed.run(changes)).events)).toEqual(each('messageDeleted', all));
	});

	test('a change that nobody made is not told, and one that was taken back neither', async () => {
		const fake = await waiting(options, { startFrom: { kind: 'all' } });
		fake.account.setFlags('INBOX', [8, 9], { add: ['\\Flagged'] });
		await fake.followed.run({ limits: { messages: 0 } });
		fake.account.setFlags('INBOX', [8, 9], { remove: ['\\Flagged'] });
		expect((await fake.followed.run(changes)).events).toEqual([]);
	});

	test('a change is told that runs saw and had no room for the message', async () => {
		const fake = await waiting(options, { startFrom: { kind: 'all' } });
		fake.account.setFlags('INBOX', [4, 8, 9], { add: ['todo'], remove: ['\\Seen'] });
		await fake.followed.run({ limits: { messages: 0 } });
		expect(told((await fake.followed.run(changes)).events)).toEqual([
			'messageUpdated INBOX/4 +todo',
			'messageUpdated INBOX/8 +todo',
			'messageUpdated INBOX/9 +todo -\\Seen',
		]);
	});

	test('what is deleted before the first run that does not want it as new is told', async () => {
		const fake = await waiting(options);
		fake.account.expunge('INBOX', [3, 8]);
		expect(told((await fake.followed.run({ events: ['messageDeleted'] })).events)).toEqual(each('messageDeleted', [3, 8]));
	});

	test('a message that failed so far is one of them', async () => {
		const fake = await waiting(options, { startFrom: { kind: 'all' } });
		const fails: Ask['onEvent'] = ({ event, uid }) => {
			if (event === 'messageNew' && (uid === 9 || uid === 3)) throw new Error('no');
		};
		await fake.followed.run({ onEvent: fails });
		fake.account.setFlags('INBOX', [3, 9], { add: ['\\Flagged'] });
		expect(told((await fake.followed.run(changes)).events)).toEqual(each('messageUpdated', [3, 9], ' +\\Flagged'));
	});

	test('with a filter, what passes it is told of from then on', async () => {
		const fake = await waiting(options, { filter: { subject: 'e' } });
		const asked: Ask = { ...changes, filter: { subject: 'e' } };
		fake.account.setFlags('INBOX', [8], { add: ['\\Flagged'] });
		await fake.followed.run(asked);
		fake.account.setFlags('INBOX', [8, 9], { add: ['todo'] });
		expect(told((await fake.followed.run(asked)).events)).toEqual(each('messageUpdated', [8, 9], ' +todo'));
		fake.account.expunge('INBOX', [8]);
		expect(told((await fake.followed.run(asked)).events)).toEqual(each('messageDeleted', [8]));
	});

	test('older ones also where moves are still wanted', async () => {
		const selection = { kind: 'all' } as const;
		const fake = await waiting(options, { startFrom: { kind: 'all' }, selection });
		fake.account.setFlags('INBOX', [2, 3], { add: ['\\Flagged'] });
		fake.account.expunge('INBOX', [4]);
		const withMoves: Ask = { events: ['messageUpdated', 'messageMoved', 'messageDeleted'] };
		const seen = [...(await fake.followed.run(withMoves)).events, ...(await fake.followed.run(withMoves)).events];
		expect(told(seen)).toEqual([...each('messageUpdated', [2, 3], ' +\\Flagged'), 'messageDeleted INBOX/4']);
	});

	test('over a change of UIDVALIDITY too', async () => {
		const fake = await waiting(options);
		fake.account.setUidValidity('INBOX', 77);
		await fake.followed.run({ limits: { messages: 1 } });
		const uids = fake.account.folder('INBOX').messages.map(({ uid }) => uid);
		fake.account.setFlags('INBOX', uids, { add: ['\\Flagged'] });
		expect(told((await fake.followed.run(changes)).events)).toEqual(each('messageUpdated', uids, ' +\\Flagged'));
	});

	test('in a folder that was made since', async () => {
		const ask: Ask = { events: ['messageNew', 'messageUpdated', 'messageDeleted'], selection: { kind: 'all' } };
		const fake = followFake({ ...options, ask });
		await fake.followed.run();
		fake.account.createFolder('Later');
		for (let i = 1; i <= 3; i++) fake.account.append('Later', mail(`later ${i}`));
		await fake.followed.run({ limits: { messages: 1 } });
		fake.account.setFlags('Later', [1, 2, 3], { add: ['\\Flagged'] });
		expect(told((await fake.followed.run(changes)).events)).toEqual(
			[1, 2, 3].map((uid) => `messageUpdated Later/${uid} +\\Flagged`),
		);
	});

	test('of a position that was kept without their flags, nothing false is told', async () => {
		const fake = await waiting(options);
		const stored = fake.followed.stored as { f: { INBOX: { N?: unknown } } };
		expect(stored.f.INBOX.N).toBe(1);
		delete stored.f.INBOX.N;
		expect((await fake.followed.run(changes)).events).toEqual([]);
		fake.account.setFlags('INBOX', all, { add: ['\\Flagged'] });
		expect(told((await fake.followed.run(changes)).events)).toEqual(each('messageUpdated', all, ' +\\Flagged'));
	});
});
