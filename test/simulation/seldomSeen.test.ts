import { told, type Ask } from '../support/account';
import type { FakeAccount } from '../support/fakeMailServer';
import { followFake, kindsOfServer } from '../support/followFake';
import { mail } from '../support/mail';
import { MAX_UNACKNOWLEDGED } from '../../sync/folder/unacknowledged';

/** What happens seldom, and was told wrong once: listings that leave a folder out, limits over several connections, moves in doubt. */
const everything: Ask = { selection: { kind: 'all' } };

function fill(account: FakeAccount, path: string, count: number): void {
	account.createFolder(path);
	for (let i = 1; i <= count; i++) account.append(path, mail(`${path} ${i}`));
}

/** The next listing leaves a folder out, as that of a server that lags behind may. */
function leaveOutOnce(account: FakeAccount, path: string): void {
	const spy = jest.spyOn(account, 'all', 'get').mockImplementationOnce(() => {
		spy.mockRestore();
		return account.all.filter((folder) => folder.path !== path);
	});
}

describe.each(kindsOfServer)('with %s', (_kind, options) => {
	test.each([
		['nothing', 0],
		['what came', 2],
	])('a folder that one listing leaves out is not told of; the next tells %s', async (_what, came) => {
		const { account, followed } = followFake({ ...options, ask: everything });
		fill(account, 'Work', 3);
		await followed.run();
		leaveOutOnce(account, 'Work');
		for (let i = 1; i <= came; i++) account.append('Work', mail(`came ${i}`));
		const away = await followed.run();
		const back = [...(await followed.run()).events, ...(await followed.run()).events];
		expect(away.events).toEqual([]);
		expect(told(back)).toEqual([4, 5].slice(0, came).map((uid) => `messageNew Work/${uid}`));
	});

	test('a copy of a message whose folder a listing leaves out is no move', async () => {
		const { account, followed } = followFake({ ...options, ask: everything });
		for (const path of ['Archive', 'Work']) fill(account, path, 2);
		await followed.run();
		leaveOutOnce(account, 'Work');
		account.copy('Work', [1], 'Archive');
		const events = [];
		for (let run = 1; run <= 3; run++) events.push(...(await followed.run()).events);
		expect(told(events)).toEqual(['messageNew Archive/3']);
	});

	test.each([1, 20, 50])('%i messages are the limit of all connections together', async (messages) => {
		const { account, followed } = followFake({ ...options, ask: { ...everything, events: ['messageNew'], output: 'content' } });
		const paths = Array.from({ length: 15 }, (_none, i) => `F${i + 10}`);
		for (const path of paths) fill(account, path, 1);
		await followed.run();
		for (const path of paths) for (let i = 1; i <= 20; i++) account.append(path, mail(`${path} came ${i}`));
		const { events, unfinished } = await followed.run({ limits: { messages } });
		expect([events.length, unfinished]).toEqual([messages, true]);
	});

	test.each([
		['INBOX', 'A'],
		['A', 'INBOX'],
	])('of two messages that nothing tells apart, one goes from %s and another comes to %s: no move', async (from, to) => {
		const { account, followed } = followFake({ ...options, ask: everything });
		account.createFolder('A');
		const scan = (text: string): string => `Subject: ${text}\r\n\r\nhello\r\n`;
		const internalDate = new Date('2026-11-20T10:00:00Z');
		account.append(from, scan('scan 1'), { internalDate });
		await followed.run();
		account.expunge(from, [1]);
		account.append(to, scan('scan 2'), { internalDate });
		const events = [...(await followed.run()).events, ...(await followed.run()).events];
		expect(told(events).sort()).toEqual([`messageDeleted ${from}/1`, `messageNew ${to}/1`]);
	});

	test('while as many messages wait for their acknowledgement as may, moves stay moves', async () => {
		const acknowledge = { by: 'keyword', keyword: 'done', redeliverAfter: 30 * 60_000, maxAttempts: 3 } as const;
		const { account, followed } = followFake({ ...options, ask: { ...everything, acknowledge } });
		fill(account, 'Work', 0);
		await followed.run();
		const limits = { messages: 2 * MAX_UNACKNOWLEDGED };
		for (let i = 1; i <= MAX_UNACKNOWLEDGED + 5; i++) account.append('INBOX', mail(`m${i}`));
		expect((await followed.run({ limits })).events).toHaveLength(MAX_UNACKNOWLEDGED);
		const moved = [MAX_UNACKNOWLEDGED - 2, MAX_UNACKNOWLEDGED - 1, MAX_UNACKNOWLEDGED];
		account.move('INBOX', moved, 'Work');
		const events = [];
		for (let run = 1; run <= 3; run++) events.push(...(await followed.run({ limits })).events);
		const ofMoved = events.filter(({ folder, uid = 0 }) => folder === 'Work' || moved.includes(uid));
		expect(told(ofMoved)).toEqual(moved.map((uid, i) => `messageMoved INBOX/${uid} -> Work/${i + 1}`));
	});
});
