import { SyncError } from '../../../sync/errors/syncError';
import { told, type Ask, type FollowedAccount } from '../../support/account';
import { FakeAccount, type FakeOptions } from '../../support/fakeMailServer';
import { followFake, kindsOfServer } from '../../support/followFake';
import { mail } from '../../support/mail';
import type { EventName } from '../../../sync/events/syncEvent';

/** Messages that go from one watched folder to another, over the mail server in memory. */
const both: Ask = { selection: { kind: 'chosen', folders: ['INBOX', 'Work'] } };

function twoFolders(options: FakeOptions & { ask?: Ask } = {}) {
	const account = new FakeAccount();
	account.createFolder('Work');
	for (const name of ['a', 'b', 'c']) account.append('INBOX', mail(name));
	account.append('Work', mail('w'));
	return followFake({ ...options, account, ask: { ...both, ...options.ask } });
}

/** Runs until nothing is held back any more. */
async function settleAll(followed: FollowedAccount): Promise<string[]> {
	const events: string[] = [];
	for (let run = 1; run <= 4; run++) events.push(...told((await followed.run()).events));
	return events;
}

describe.each([...kindsOfServer, ['OBJECTID', { objectIds: true }] as [string, FakeOptions]])('with %s', (_, kind) => {
	test('a message moved between watched folders is told once, with where it was', async () => {
		const { account, followed } = twoFolders(kind);
		await followed.run();
		account.move('INBOX', [2], 'Work');
		const { events } = await followed.run();
		expect(told(events)).toEqual(['messageMoved INBOX/2 -> Work/2']);
		expect(events[0]).toMatchObject({
			previous: { folder: 'INBOX', uid: 2, uidValidity: String(account.folder('INBOX').uidValidity) },
		});
		expect(await settleAll(followed)).toEqual([]);
	});

	test('against the order of the folders too', async () => {
		const { account, followed } = twoFolders(kind);
		await followed.run();
		account.move('Work', [1], 'INBOX');
		expect(told((await followed.run()).events)).toEqual(['messageMoved Work/1 -> INBOX/4']);
		expect(await settleAll(followed)).toEqual([]);
	});

	test.each<[string, EventName[]]>([
		['new mail', ['messageNew']],
		['deletions', ['messageNew', 'messageDeleted']],
	])('wanted only after a while of %s alone, a move of an old message is told as one', async (_name, events) => {
		const { account, followed } = twoFolders(kind);
		for (let i = 1; i <= 100; i++) account.append('INBOX', mail(`more${i}`));
		await followed.run({ events });
		expect((await followed.run()).events).toEqual([]);
		account.move('INBOX', [2, 50], 'Work');
		expect(told((await followed.run()).events)).toEqual(['messageMoved INBOX/2 -> Work/2', 'messageMoved INBOX/50 -> Work/3']);
		expect(await settleAll(followed)).toEqual([]);
		const { folders } = await followed.run();
		expect(folders.map(({ reason }) => reason)).not.toContain('knowledgeMissing');
	});

	test('a copy is a new message', async () => {
		const { account, followed } = twoFolders(kind);
		await followed.run();
		account.copy('INBOX', [2], 'Work');
		expect(told((await followed.run()).events)).toEqual(['messageNew Work/2']);
		account.expunge('INBOX', [2]);
		expect(await settleAll(followed)).toEqual(['messageDeleted INBOX/2']);
	});

	test('a deleted message is told as deleted one run later', async () => {
		const { account, followed } = twoFolders(kind);
		await followed.run();
		account.expunge('INBOX', [1, 3]);
		expect(told((await followed.run()).events)).toEqual([]);
		expect(told((await followed.run()).events)).toEqual(['messageDeleted INBOX/1', 'messageDeleted INBOX/3']);
		expect(await settleAll(followed)).toEqual([]);
	});

	test('a message that is moved while the run looks is told once, by this run or the next', async () => {
		for (let at = 1; at <= 12; at++) {
			const { account, server, followed } = twoFolders(kind);
			await followed.run();
			account.append('INBOX', mail('d'));
			account.append('Work', mail('e'));
			let calls = 0;
			server.hooks.before = () => {
				if (++calls === at) account.move('INBOX', [2], 'Work');
			};
			const first = told((await followed.run()).events);
			server.hooks.before = undefined;
			if (calls < at) account.move('INBOX', [2], 'Work');
			const all = [...first, ...(await settleAll(followed))].map((text) => text.replace(/Work\/[23]/, 'Work'));
			expect({ at, all: all.sort() }).toEqual({
				at,
				all: ['messageMoved INBOX/2 -> Work', 'messageNew INBOX/4', 'messageNew Work'],
			});
		}
	});

	test('of two messages that are alike each is told once', async () => {
		const { account, followed } = twoFolders(kind);
		account.append('INBOX', mail('twin'), { emailId: 'T' });
		account.append('INBOX', mail('twin'), { emailId: 'T' });
		await followed.run();
		account.move('INBOX', [4], 'Work');
		account.expunge('INBOX', [5]);
		const events = await settleAll(followed);
		expect(events).toHaveLength(2);
		expect(events[0]).toMatch(/^messageMoved INBOX\/[45] -> Work\/2$/);
		expect(events[1]).toMatch(/^messageDeleted INBOX\/[45]$/);
	});

	test('a move that is told twice after a lost run has the same id, whichever of two that are alike it is said to be', async () => {
		const { account, followed } = twoFolders(kind);
		for (let i = 0; i < 2; i++) account.append('INBOX', mail('twin'), { emailId: 'T' });
		await followed.run();
		account.move('INBOX', [5], 'Work');
		const lost = await followed.runWithoutKeeping();
		account.move('INBOX', [4], 'Work');
		const { events } = await followed.run();
		expect(told(lost.events)).toEqual(['messageMoved INBOX/5 -> Work/2']);
		expect(events.map(({ folder, uid, eventId }) => ({ folder, uid, eventId }))).toContainEqual({
			folder: 'Work',
			uid: 2,
			eventId: lost.events[0].eventId,
		});
	});

	test('a move that the limits leave for the next run is still a move', async () => {
		const { account, followed } = twoFolders(kind);
		await followed.run();
		account.move('INBOX', [1, 2, 3], 'Work');
		const events: string[] = [];
		for (let run = 1; run <= 5; run++) events.push(...told((await followed.run({ limits: { messages: 1 } })).events));
		expect(events.sort()).toEqual([
			'messageMoved INBOX/1 -> Work/2',
			'messageMoved INBOX/2 -> Work/3',
			'messageMoved INBOX/3 -> Work/4',
		]);
	});

	test('what was not told of yet is new where it is moved to', async () => {
		const { account, followed } = twoFolders(kind);
		await followed.run();
		account.append('INBOX', mail('d'));
		account.append('INBOX', mail('e'));
		expect(told((await followed.run({ limits: { messages: 1 } })).events)).toEqual(['messageNew INBOX/4']);
		account.move('INBOX', [5], 'Work');
		expect(await settleAll(followed)).toEqual(['messageNew Work/2']);
	});

	test('what waited in a folder that is deleted is new where its copy is', async () => {
		const { account, followed } = twoFolders({ ...kind, ask: { selection: { kind: 'all' }, startFrom: { kind: 'all' } } });
		expect(told((await followed.run({ limits: { messages: 3 } })).events)).toEqual(
			[3, 2, 1].map((uid) => `messageNew INBOX/${uid}`),
		);
		account.move('Work', [1], 'INBOX');
		account.deleteFolder('Work');
		expect(told((await followed.run()).events)).toEqual(['messageNew INBOX/4']);
		expect(told((await followed.run()).events)).toEqual(['folderDeleted Work']);
	});

	test('out of a folder that is deleted afterwards', async () => {
		const { account, followed } = twoFolders({ ...kind, ask: { selection: { kind: 'all' } } });
		await followed.run();
		account.move('Work', [1], 'INBOX');
		account.deleteFolder('Work');
		// One listing without the folder proves nothing.
		expect(told((await followed.run()).events)).toEqual([]);
		expect(told((await followed.run()).events)).toEqual(['messageMoved Work/1 -> INBOX/4', 'folderDeleted Work']);
		expect(await settleAll(followed)).toEqual([]);
	});

	test('into a folder that was made for it', async () => {
		const { account, followed } = twoFolders({ ...kind, ask: { selection: { kind: 'all' } } });
		await followed.run();
		account.createFolder('New');
		account.move('INBOX', [1], 'New');
		expect(told((await followed.run()).events)).toEqual(['folderCreated New', 'messageMoved INBOX/1 -> New/1']);
		expect(await settleAll(followed)).toEqual([]);
	});

	test('moves alone may be wanted', async () => {
		const { account, followed } = twoFolders({ ...kind, ask: { events: ['messageMoved'] } });
		await followed.run();
		account.append('INBOX', mail('d'));
		account.expunge('INBOX', [1]);
		account.move('INBOX', [2], 'Work');
		expect(await settleAll(followed)).toEqual(['messageMoved INBOX/2 -> Work/2']);
		account.move('Work', [2], 'INBOX');
		expect(await settleAll(followed)).toEqual(['messageMoved Work/2 -> INBOX/5']);
	});

	test('a folder that cannot be opened holds no new mail back', async () => {
		const { account, followed } = twoFolders(kind);
		await followed.run();
		account.copy('INBOX', [1], 'Work');
		account.folder('INBOX').readable = false;
		expect(told((await followed.run()).events)).toEqual(['messageNew Work/2']);
	});

	test('a run that breaks off anywhere loses no move and tells none twice', async () => {
		for (let at = 1; at <= 14; at++) {
			const { account, server, followed } = twoFolders({ ...kind, ask: { output: 'content' } });
			await followed.run();
			account.move('INBOX', [2], 'Work');
			account.append('Work', mail('e'));
			let calls = 0;
			server.hooks.before = () => {
				if (++calls >= at) throw new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' });
			};
			const first = await followed.run().then(
				({ events }) => told(events),
				() => [],
			);
			server.hooks.before = undefined;
			const all = [...first, ...(await settleAll(followed))];
			expect({ at, all: all.sort() }).toEqual({ at, all: ['messageMoved INBOX/2 -> Work/2', 'messageNew Work/3'] });
		}
	});
});

describe('Gmail', () => {
	test('a label that is added is no move, nor is one that is taken away', async () => {
		const { account, followed } = twoFolders({ capabilities: { qresync: false, gmail: true } });
		await followed.run();
		const [{ emailId, source }] = account.folder('INBOX').messages;
		account.append('Work', source, { emailId });
		expect(told((await followed.run()).events)).toEqual(['messageNew Work/2']);
		account.expunge('Work', [2]);
		expect(await settleAll(followed)).toEqual(['messageDeleted Work/2']);
	});
});

test('with one folder a deletion is told at once', async () => {
	const { account, followed } = twoFolders({ ask: { selection: { kind: 'chosen', folders: ['INBOX'] } } });
	await followed.run();
	account.move('INBOX', [2], 'Work');
	expect(told((await followed.run()).events)).toEqual(['messageDeleted INBOX/2']);
});
