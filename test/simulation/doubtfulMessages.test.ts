import { DoubtfulMessages } from '../../sync/reading/doubtfulMessages';
import { WatchedFolder } from '../../sync/reading/watchedFolder';
import { asUid } from '../../sync/uids/uid';
import { UidSet } from '../../sync/uids/uidSet';
import { SyncError } from '../../sync/errors/syncError';
import type { SyncEvent } from '../../sync/events/syncEvent';
import { told } from '../support/account';
import { FakeMailServer, type FakeHooks } from '../support/fakeMailServer';
import { followFake, kindsOfServer, type FollowedFake } from '../support/followFake';

/** Messages that end the connection when they are read stop themselves, and nothing else. */

const source = (name: string): string => `Subject: ${name}\r\nMessage-ID: <${name}@example.com>\r\n\r\nhello\r\n`;
const lost = new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' });
const stalled = new SyncError('commandTimedOut', { host: 'mail.example.com:993', seconds: 30 });

/** Ends the connection when one of these UIDs of the folder is to be sent: with its header, or only with its body. */
const poison =
	(folder: string, uids: number[], when: 'always' | 'body', error = lost): FakeHooks['row'] =>
	(row, { method, path, parts }) => {
		const reads = method === 'fetch' && (when === 'always' || parts !== 'descriptor');
		if (reads && path === folder && uids.includes(row.uid)) throw error;
		return row;
	};

function fill({ account }: FollowedFake, folder: string, ...names: string[]): void {
	for (const name of names) account.append(folder, source(name));
}

const news = (run: { events: SyncEvent[] }): string[] => told(run.events).sort();

describe.each(kindsOfServer)('with %s', (_kind, options) => {
	describe.each([
		['reference', 'always'],
		['content', 'always'],
		['content', 'body'],
	] as const)('output %s, a message that ends the connection: %s', (output, when) => {
		test.each([
			['the first', [1]],
			['one in the middle', [3]],
			['the last', [5]],
			['two', [2, 4]],
			['all', [1, 2, 3, 4, 5]],
		])('%s of five: the others are told in the same run', async (_which, bad) => {
			const fake = followFake({ ...options, ask: { output } });
			await fake.followed.run();
			fill(fake, 'INBOX', 'a', 'b', 'c', 'd', 'e');
			fake.server.hooks.row = poison('INBOX', bad, when);
			const run = await fake.followed.run();
			const good = [1, 2, 3, 4, 5].filter((uid) => !bad.includes(uid));
			expect([news(run), run.problems]).toEqual([good.map((uid) => `messageNew INBOX/${uid}`), []]);
			expect(run.state.folders.INBOX.failed.map(({ uid }) => uid)).toEqual(bad);
		});
	});

	test('it is tried again with patience, then told as failed with its UID, and mail after it comes at once', async () => {
		const fake = followFake({ ...options, ask: { output: 'content' } });
		await fake.followed.run();
		fill(fake, 'INBOX', 'bad');
		fake.server.hooks.row = poison('INBOX', [1], 'body');
		const all: string[] = [];
		for (let hour = 0; hour < 12; hour++) {
			fill(fake, 'INBOX', `good${hour}`);
			all.push(...news(await fake.followed.run()));
			fake.later(300);
		}
		const good = Array.from({ length: 12 }, (__, i) => `messageNew INBOX/${i + 2}`);
		expect(all.sort()).toEqual(['messageFailed INBOX/1', ...good].sort());
	});

	test('one that is mended in the meantime is told as new', async () => {
		const fake = followFake({ ...options, ask: { output: 'content' } });
		await fake.followed.run();
		fill(fake, 'INBOX', 'bad', 'good');
		fake.server.hooks.row = poison('INBOX', [1], 'always');
		expect(news(await fake.followed.run())).toEqual(['messageNew INBOX/2']);
		fake.server.hooks.row = undefined;
		fake.later(2);
		expect(news(await fake.followed.run())).toEqual(['messageNew INBOX/1']);
	});

	test('among the messages that are there when the trigger is switched on: it starts, and tells what comes', async () => {
		const fake = followFake(options);
		fill(fake, 'INBOX', 'a', 'bad', 'c');
		fake.server.hooks.row = poison('INBOX', [2], 'always');
		expect((await fake.followed.run()).problems).toEqual([]);
		fill(fake, 'INBOX', 'd');
		expect(news(await fake.followed.run())).toEqual(['messageNew INBOX/4']);
	});

	test('in one folder: older mail of the others goes on, and so do deletions', async () => {
		const ask = { startFrom: { kind: 'all' as const }, selection: { kind: 'all' as const }, limits: { messages: 2 } };
		const fake = followFake({ ...options, ask });
		fake.account.createFolder('Bad');
		fill(fake, 'INBOX', 'a', 'b', 'c', 'd');
		fill(fake, 'Bad', 'bad');
		fake.server.hooks.row = poison('Bad', [1], 'always');
		const seen: string[] = [];
		for (let i = 0; i < 4; i++) seen.push(...news(await fake.followed.run()));
		expect(seen.sort()).toEqual([1, 2, 3, 4].map((uid) => `messageNew INBOX/${uid}`));
		fake.account.expunge('INBOX', [3]);
		const after = [...news(await fake.followed.run()), ...news(await fake.followed.run())];
		expect(after).toEqual(['messageDeleted INBOX/3']);
	});

	test('one that stalls until the time is over is found by the next runs, from what the state says', async () => {
		const fake = followFake({ ...options, ask: { output: 'content' } });
		await fake.followed.run();
		fill(fake, 'INBOX', 'a', 'b', 'bad', 'd');
		const stall = poison('INBOX', [3], 'body', stalled);
		fake.server.hooks.row = (row, call) => {
			try {
				return stall!(row, call);
			} catch (error) {
				fake.later(2);
				throw error;
			}
		};
		const seen: string[] = [];
		for (let i = 0; i < 3; i++) seen.push(...news(await fake.followed.run()));
		expect(seen.sort()).toEqual([1, 2, 4].map((uid) => `messageNew INBOX/${uid}`));
	});

	test('one loss alone blames no message', async () => {
		const fake = followFake({ ...options, ask: { output: 'content' } });
		await fake.followed.run();
		fill(fake, 'INBOX', 'a', 'b');
		let once = true;
		fake.server.hooks.row = (row, { parts }) => {
			if (once && parts === 'source' && row.uid === 2) {
				once = false;
				throw lost;
			}
			return row;
		};
		const run = await fake.followed.run();
		expect([news(run), run.state.folders.INBOX.failed]).toEqual([['messageNew INBOX/1', 'messageNew INBOX/2'], []]);
		expect(run.state.inDoubt?.size).toBe(0);
	});

	test('two folders that end the connection keep no other from its turn', async () => {
		const fake = followFake({ ...options, ask: { selection: { kind: 'all' } } });
		for (const name of ['A1', 'A2', 'B', 'C']) fake.account.createFolder(name);
		await fake.followed.run();
		for (const name of ['A1', 'A2', 'B', 'C', 'INBOX']) fill(fake, name, name);
		fake.server.hooks.before = ({ method, path }) => {
			if (method === 'open' && (path === 'A1' || path === 'A2')) throw lost;
		};
		expect(news(await fake.followed.run())).toEqual(['messageNew B/1', 'messageNew C/1', 'messageNew INBOX/1']);
	});
});

describe('a message that ends the connection while it is streamed', () => {
	test('is not asked for again after two losses, and its reader learns why', async () => {
		const { account } = followFake();
		account.append('INBOX', source('bad'));
		const doubts = new DoubtfulMessages();
		const read = async (): Promise<unknown> => {
			let calls = 0;
			const server = new FakeMailServer(account, {
				hooks: {
					before: ({ method }) => {
						if (method !== 'readPart') return;
						calls++;
						throw lost;
					},
				},
			});
			const [visit] = await server.visitFolders(['INBOX'], async (path, connection) => {
				const folder = new WatchedFolder(await connection.open(path), doubts);
				for await (const piece of folder.readPart(asUid(1), '')) expect(piece).toBeDefined();
			});
			return [calls, visit.status === 'rejected' ? visit.reason.code : 'read'];
		};
		expect([await read(), await read(), await read()]).toEqual([
			[1, 'connectionLost'],
			[1, 'connectionLost'],
			[0, 'messageNotReturned'],
		]);
	});
});

describe('what the state says of messages in doubt', () => {
	test('is gone with the folder, and with its UIDs', () => {
		const known = () =>
			new Map([['Work', { uidValidity: '17', suspects: new Map([['source' as const, UidSet.of([3])]]), culprits: new Map() }]]);
		const none = () => UidSet.empty;
		expect([...new DoubtfulMessages(known()).inDoubt(['Work'], none).keys()]).toEqual(['Work']);
		expect([...new DoubtfulMessages(known()).inDoubt(['INBOX'], none).keys()]).toEqual([]);
		const rebuilt = new DoubtfulMessages(known());
		rebuilt.opened({ path: 'Work', uidValidity: '18' });
		expect([...rebuilt.inDoubt(['Work'], none).keys()]).toEqual([]);
	});
});

describe('a defect of our own', () => {
	test('is told as one, for its folder alone, and the others go on', async () => {
		const fake = followFake({ ask: { selection: { kind: 'all' } } });
		fake.account.createFolder('Work');
		await fake.followed.run();
		fill(fake, 'Work', 'a');
		fill(fake, 'INBOX', 'b');
		fake.server.hooks.before = ({ method, path }) => {
			if (method === 'fetch' && path === 'Work') throw new TypeError('x is not a function');
		};
		const run = await fake.followed.run();
		expect(news(run)).toEqual(['messageNew INBOX/1']);
		expect(run.problems.map(({ code, scope, passing, data, cause }) => [code, scope, passing, data.folder, cause])).toEqual([
			['internalError', 'folder', false, 'Work', expect.any(TypeError)],
		]);
		fake.server.hooks.before = undefined;
		expect(news(await fake.followed.run())).toEqual(['messageNew Work/1']);
	});
});

describe('the limit of events holds over all connections', () => {
	const folders = Array.from({ length: 12 }, (__, i) => `F${i}`);
	const filled = async (ask: object): Promise<FollowedFake> => {
		const fake = followFake({ ask: { selection: { kind: 'all' }, output: 'content', ...ask } });
		for (const name of folders) {
			fake.account.createFolder(name);
			fill(fake, name, 'a', 'b', 'c');
		}
		await fake.followed.run();
		return fake;
	};

	test.each<[string, object, (fake: FollowedFake, folder: string) => void]>([
		['new messages', {}, (fake, folder) => fill(fake, folder, 'd', 'e', 'f')],
		['updates', {}, ({ account }, folder) => account.setFlags(folder, [1, 2, 3], { add: ['\\Seen'] })],
		['deletions', {}, ({ account }, folder) => account.expunge(folder, [1, 2])],
		[
			'matches',
			{ filter: { flags: { '\\Flagged': true } } },
			({ account }, folder) => account.setFlags(folder, [1, 2, 3], { add: ['\\Flagged'] }),
		],
	])('%s', async (_what, ask, act) => {
		for (const messages of [1, 2, 5, 7]) {
			const fake = await filled({ events: ['messageNew', 'messageUpdated', 'messageDeleted', 'messageMatched'], ...ask });
			for (const name of folders) act(fake, name);
			expect((await fake.followed.run({ limits: { messages } })).events).toHaveLength(messages);
		}
	});
});
