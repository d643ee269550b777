import fc from 'fast-check';
import { SyncError } from '../../../sync/errors/syncError';
import type { FolderConnection } from '../../../sync/server/mailServer';
import { UidSet } from '../../../sync/uids/uidSet';
import { told, type Ask } from '../../support/account';
import { histories, seedFrom } from '../../support/chance';
import { FakeMailServer, type FakeOptions } from '../../support/fakeMailServer';
import { followFake, kindsOfServer } from '../../support/followFake';
import { mail } from '../../support/mail';
import { Replica } from '../../support/replica';
import type { SyncEvent } from '../../../sync/events/syncEvent';

/**
 * The core over the mail server in memory: what a real server does not do on demand. What real ones do is in
 * test/servers/followMailbox.test.ts.
 */

const qresync: FakeOptions = {};
const condstore: FakeOptions = { capabilities: { qresync: false } };
describe.each(kindsOfServer)('with %s', (_, kind) => {
	test('a message of 0 bytes comes like any other', async () => {
		const { account, followed } = followFake({ ...kind, ask: { output: 'content' } });
		await followed.run();
		account.append('INBOX', '');
		const { events, messages } = await followed.run();
		expect(told(events)).toEqual(['messageNew INBOX/1']);
		expect(messages.get(events[0])?.source?.length).toBe(0);
	});

	test('a message expunged between listing and fetch is passed over and never told of', async () => {
		const { account, server, followed } = followFake({ ...kind, ask: { output: 'content' } });
		await followed.run();
		// Too large to come with its descriptor.
		for (const text of [mail('a'), mail('b') + 'x'.repeat(40_000), mail('c')]) account.append('INBOX', text);
		let fetches = 0;
		server.hooks.before = ({ method }) => {
			if (method === 'fetch' && ++fetches === 2) account.expunge('INBOX', [2]);
		};
		expect(told((await followed.run()).events)).toEqual(['messageNew INBOX/1', 'messageNew INBOX/3']);
		server.hooks.before = undefined;
		expect(told((await followed.run()).events)).toEqual([]);
		account.expunge('INBOX', [1]);
		expect(told((await followed.run()).events)).toEqual(['messageDeleted INBOX/1']);
	});

	test('a message that the server lists and does not return waits, and stops nothing (Exchange)', async () => {
		const { account, server, followed } = followFake({ ...kind, ask: { output: 'content' } });
		await followed.run();
		for (const name of ['a', 'b', 'c']) account.append('INBOX', mail(name));
		server.hooks.row = (row) => (row.uid === 2 ? undefined : row);
		const first = await followed.run();
		expect(told(first.events)).toEqual(['messageNew INBOX/1', 'messageNew INBOX/3']);
		expect(first.state.folders.INBOX.failed).toMatchObject([{ uid: 2, attempts: 1 }]);
		server.hooks.row = undefined;
		expect(told((await followed.run({ now: () => Date.now() + 120_000 })).events)).toEqual(['messageNew INBOX/2']);
	});

	test('a message that makes the server refuse every FETCH of texts with it stops no other (Yahoo)', async () => {
		const { account, server, followed } = followFake({ ...kind, ask: { output: 'content' } });
		await followed.run();
		for (const name of ['a', 'b', 'c']) account.append('INBOX', mail(name));
		server.hooks.row = (row, { parts }) => {
			if (row.uid === 2 && parts === 'source')
				throw new SyncError('commandRefused', { reason: 'refused', host: 'h', answer: 'NO', folder: 'INBOX' });
			return row;
		};
		const { events, state } = await followed.run();
		expect(told(events)).toEqual(['messageNew INBOX/1', 'messageNew INBOX/3']);
		expect(state.folders.INBOX.failed).toMatchObject([{ uid: 2, attempts: 1 }]);
	});

	test('a connection that breaks in the middle keeps what was handed over, and the rest comes next time', async () => {
		const { account, server, followed, later } = followFake({ ...kind, ask: { output: 'content' } });
		await followed.run();
		for (let i = 0; i < 300; i++) account.append('INBOX', mail(`m${i}`));
		let fetches = 0;
		server.hooks.before = ({ method }) => {
			if (method === 'fetch' && ++fetches >= 2)
				throw new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' });
		};
		const cut = await followed.run({ limits: { messages: 1_000 } });
		expect(cut.problems.map(({ code }) => code)).toEqual(['connectionLost']);
		expect(cut.events.length).toBeGreaterThan(0);
		server.hooks.before = undefined;
		const rest = await followed.run({ limits: { messages: 1_000 } });
		// A few were taken for the cause, and wait a minute.
		later(2);
		const late = await followed.run({ limits: { messages: 1_000 } });
		expect(late.events.length).toBeLessThan(6);
		expect([...told(cut.events), ...told(late.events), ...told(rest.events)]).toEqual(
			Array.from({ length: 300 }, (__, i) => `messageNew INBOX/${i + 1}`),
		);
	});

	test('a run out of time ends with at least one message, and loses none', async () => {
		const { account, followed } = followFake({ ...kind, ask: { output: 'content', limits: { deadline: 0 } } });
		await followed.run();
		for (let i = 0; i < 3; i++) account.append('INBOX', mail(`m${i}`));
		const all: string[] = [];
		for (let left = 10; left > 0; left--) {
			const run = await followed.run();
			all.push(...told(run.events));
			if (!run.unfinished) break;
			expect(run.events.length).toBeGreaterThan(0);
		}
		expect(all).toEqual([1, 2, 3].map((uid) => `messageNew INBOX/${uid}`));
	});

	test('a run ends at its byte limit', async () => {
		const { account, followed } = followFake({ ...kind, ask: { output: 'content', limits: { bytes: 50_000 } } });
		await followed.run();
		for (let i = 0; i < 20; i++) account.append('INBOX', `Subject: ${i}\r\n\r\n${'x'.repeat(10_000)}`);
		const sizes: number[] = [];
		for (let left = 10; left > 0; left--) {
			const run = await followed.run();
			sizes.push(run.events.length);
			if (!run.unfinished) break;
		}
		expect(Math.max(...sizes)).toBeLessThanOrEqual(6);
		expect(sizes.reduce((a, b) => a + b, 0)).toBe(20);
	});

	test('a gap of millions of UIDs is crossed at once', async () => {
		const { account, followed } = followFake(kind);
		account.append('INBOX', mail('before'));
		await followed.run();
		account.skipUids('INBOX', 4_000_000_000);
		account.append('INBOX', mail('after'));
		expect(told((await followed.run()).events)).toEqual([`messageNew INBOX/${4_000_000_002}`]);
	});

	test('changes that do not fit are told in the next runs, each once', async () => {
		const { account, followed } = followFake({ ...kind, ask: { limits: { messages: 4 } } });
		for (let i = 0; i < 10; i++) account.append('INBOX', mail(`m${i}`));
		await followed.run();
		account.setFlags('INBOX', [1, 2, 3, 4, 5, 6], { add: ['\\Seen'] });
		account.expunge('INBOX', [8, 9]);
		account.append('INBOX', mail('new'));
		const all: string[] = [];
		for (let left = 10; left > 0; left--) {
			const run = await followed.run();
			all.push(...told(run.events));
			if (!run.unfinished) break;
		}
		expect(all).toEqual([
			'messageNew INBOX/11',
			...[1, 2, 3, 4, 5, 6].map((uid) => `messageUpdated INBOX/${uid} +\\Seen`),
			'messageDeleted INBOX/8',
			'messageDeleted INBOX/9',
		]);
	});

	test('the folder that had to wait goes first next time', async () => {
		const { account, followed } = followFake({ ...kind, ask: { selection: { kind: 'all' }, limits: { messages: 2 } } });
		for (const folder of ['A', 'B']) account.createFolder(folder);
		await followed.run();
		for (let i = 0; i < 2; i++) for (const folder of ['INBOX', 'A', 'B']) account.append(folder, mail(`${folder}${i}`));
		expect(told((await followed.run()).events)).toEqual(['messageNew INBOX/1', 'messageNew INBOX/2']);
		for (let i = 2; i < 4; i++) account.append('INBOX', mail(`INBOX${i}`));
		expect(told((await followed.run()).events)).toEqual(['messageNew A/1', 'messageNew A/2']);
		expect(told((await followed.run()).events)).toEqual(['messageNew B/1', 'messageNew B/2']);
		expect(told((await followed.run()).events)).toEqual(['messageNew INBOX/3', 'messageNew INBOX/4']);
	});

	const everything: Ask = { selection: { kind: 'all' } };
	const pattern: Ask = { selection: { kind: 'pattern', include: ['INBOX', 'Made', 'Work'], exclude: [] } };
	const chosen: Ask = { selection: { kind: 'chosen', folders: ['INBOX', 'Made', 'Work'] } };
	const fewer: Ask = { selection: { kind: 'chosen', folders: ['INBOX', 'Made'] } };

	test.each([
		['a pattern, then all', pattern, everything],
		['all, then a pattern', everything, pattern],
		['all, then chosen ones', everything, chosen],
		['chosen ones, then all', chosen, everything],
		['chosen ones, then fewer', chosen, fewer],
	])('a folder that was created and had to wait is told whole, whatever is selected next: %s', async (_name, first, next) => {
		const { account, followed } = followFake({ ...kind, ask: { events: ['messageNew'] } });
		account.createFolder('Work');
		await followed.run(first);
		account.createFolder('Made');
		for (const path of ['Made', 'INBOX']) for (let i = 0; i < 2; i++) account.append(path, mail(`${path} ${i}`));
		expect(told((await followed.run({ ...first, limits: { messages: 1 } })).events)).toEqual(['messageNew INBOX/1']);
		expect(told((await followed.run(next)).events).sort()).toEqual([
			'messageNew INBOX/2',
			'messageNew Made/1',
			'messageNew Made/2',
		]);
		// Nothing is kept in mind of it then.
		expect(followed.stored).not.toHaveProperty('m');
	});

	test.each([
		['a pattern, then all', pattern, everything, true],
		['a pattern, then chosen ones', pattern, chosen, true],
		['all, then a pattern', everything, pattern, true],
		['all, then chosen ones', everything, chosen, true],
		[
			'a pattern that does not mean it, then all',
			{ selection: { kind: 'pattern', include: ['*'], exclude: ['Ma*'] } },
			everything,
			false,
		],
		['chosen ones without it, then all', { selection: { kind: 'chosen', folders: ['INBOX', 'Work'] } }, everything, false],
	] as Array<[string, Ask, Ask, boolean]>)(
		'a folder that is created between two runs with other selections is told whole if it was watched: %s',
		async (_name, first, next, isTold) => {
			const { account, followed } = followFake({ ...kind, ask: { events: ['messageNew'] } });
			account.createFolder('Work');
			await followed.run(first);
			account.createFolder('Made');
			account.append('Made', mail('made'));
			expect(told((await followed.run(next)).events)).toEqual(isTold ? ['messageNew Made/1'] : []);
		},
	);

	test('a folder that could not be opened since the beginning begins as that one, whatever is selected next', async () => {
		const { account, followed } = followFake({ ...kind, ask: { events: ['messageNew'] } });
		account.createFolder('Made', { readable: false });
		account.append('Made', mail('made'));
		await followed.run(everything);
		account.folder('Made').readable = true;
		expect(told((await followed.run(pattern)).events)).toEqual([]);
	});

	test('a folder that was created while it was watched, and left out since, is no news when it is selected again', async () => {
		const { account, followed } = followFake({ ...kind, ask: { events: ['messageNew'] } });
		await followed.run(everything);
		account.createFolder('Made', { readable: false });
		account.append('Made', mail('made'));
		await followed.run(everything);
		await followed.run({ selection: { kind: 'chosen', folders: ['INBOX'] } });
		account.folder('Made').readable = true;
		expect(told((await followed.run(everything)).events)).toEqual([]);
	});

	test('a folder that cannot be opened is a problem of its own; the others flow', async () => {
		const { account, followed } = followFake({ ...kind, ask: { selection: { kind: 'all' } } });
		account.createFolder('Locked');
		account.folder('Locked').readable = false;
		await followed.run();
		account.append('INBOX', mail('a'));
		const { events, problems } = await followed.run();
		expect(told(events)).toEqual(['messageNew INBOX/1']);
		expect(problems.map(({ code }) => code)).toEqual(['folderForbidden']);
		// When it opens at last, what lies in it is not new.
		account.append('Locked', mail('hidden'));
		account.folder('Locked').readable = true;
		expect(told((await followed.run()).events)).toEqual([]);
		account.append('Locked', mail('seen'));
		expect(told((await followed.run()).events)).toEqual(['messageNew Locked/2']);
	});

	test('a folder made since that cannot be opened at first is still new when it can', async () => {
		const { account, followed } = followFake({ ...kind, ask: { selection: { kind: 'all' } } });
		await followed.run();
		account.createFolder('Made', { readable: false });
		account.append('Made', mail('a'));
		expect((await followed.run()).problems).toHaveLength(1);
		account.folder('Made').readable = true;
		expect(told((await followed.run()).events)).toEqual(['folderCreated Made', 'messageNew Made/1']);
	});

	test('an empty folder whose UIDVALIDITY is another each time says nothing of it, and loses no mail (Courier)', async () => {
		const { account, followed } = followFake(kind);
		await followed.run();
		account.setUidValidity('INBOX', 2001);
		expect(told((await followed.run()).events)).toEqual([]);
		account.setUidValidity('INBOX', 2002);
		account.append('INBOX', mail('a'));
		expect(told((await followed.run()).events)).toEqual(['messageNew INBOX/1']);
		expect(told((await followed.run()).events)).toEqual([]);
	});

	test('a deleted folder that is made again begins as new', async () => {
		const { account, followed } = followFake({ ...kind, ask: { selection: { kind: 'all' } } });
		account.createFolder('Work');
		account.append('Work', mail('a'));
		await followed.run();
		account.deleteFolder('Work');
		// One listing without it proves nothing.
		expect(told((await followed.run()).events)).toEqual([]);
		expect(told((await followed.run()).events)).toEqual(['folderDeleted Work']);
		expect(told((await followed.run()).events)).toEqual([]);
		account.createFolder('Work');
		account.append('Work', mail('b'));
		expect(told((await followed.run()).events)).toEqual(['folderCreated Work', 'messageNew Work/1']);
		expect(told((await followed.run()).events)).toEqual([]);
	});

	test('a folder that is away for a while goes on where it was', async () => {
		const { account, followed } = followFake({ ...kind, ask: { selection: { kind: 'chosen', folders: ['INBOX', 'Work'] } } });
		account.createFolder('Work');
		account.append('Work', mail('a'));
		await followed.run();
		account.renameFolder('Work', 'Elsewhere');
		const away = await followed.run();
		expect(told(away.events)).toEqual(['folderDeleted Work']);
		expect(away.problems.map(({ code }) => code)).toEqual(['folderNotFound']);
		if (kind.capabilities?.listStatus !== false)
			expect(away.problems[0].data).toEqual({ reason: 'renamed', folder: 'Work', newName: 'Elsewhere' });
		account.append('Elsewhere', mail('b'));
		account.renameFolder('Elsewhere', 'Work');
		expect(told((await followed.run()).events)).toEqual(['folderCreated Work', 'messageNew Work/2']);
		expect(told((await followed.run()).events)).toEqual([]);
	});

	test.each([1, 4])('changes have their turn while more new messages come than a run may deliver: %i', async (messages) => {
		const { account, followed } = followFake(kind);
		for (const name of ['a', 'b', 'c']) account.append('INBOX', mail(name));
		await followed.run();
		account.setFlags('INBOX', [1, 2], { add: ['\\Seen'] });
		account.expunge('INBOX', [3]);
		const changes: string[] = [];
		for (let run = 1; run <= 8; run++) {
			for (let i = 0; i < 5; i++) account.append('INBOX', mail(`new ${run} ${i}`));
			const { events } = await followed.run({ limits: { messages } });
			expect(events).toHaveLength(messages);
			changes.push(...told(events.filter(({ event }) => event !== 'messageNew')));
		}
		expect(changes.sort()).toEqual([
			'messageDeleted INBOX/3',
			'messageUpdated INBOX/1 +\\Seen',
			'messageUpdated INBOX/2 +\\Seen',
		]);
	});

	test('where new messages are not wanted any more, those that waited are known, and change like others', async () => {
		const { account, followed } = followFake({ ...kind, ask: { startFrom: { kind: 'all' } } });
		for (const name of ['a', 'b', 'c']) account.append('INBOX', mail(name));
		await followed.run({ limits: { messages: 1 } });
		for (const name of ['d', 'e']) account.append('INBOX', mail(name), { flags: ['\\Seen'] });
		expect(told((await followed.run({ limits: { messages: 1 } })).events)).toEqual(['messageNew INBOX/4']);
		account.setFlags('INBOX', [1, 2, 3, 4], { add: ['\\Flagged'] });
		const events: SyncEvent['event'][] = ['messageUpdated', 'messageDeleted'];
		const first = await followed.run({ events });
		expect([told(first.events), first.unfinished]).toEqual([
			[1, 2, 3, 4].map((uid) => `messageUpdated INBOX/${uid} +\\Flagged`),
			false,
		]);
		account.setFlags('INBOX', [5], { add: ['\\Flagged'] });
		expect(told((await followed.run({ events })).events)).toEqual(['messageUpdated INBOX/5 +\\Flagged']);
		account.expunge('INBOX', [2, 5]);
		expect(told((await followed.run({ events })).events)).toEqual(['messageDeleted INBOX/2', 'messageDeleted INBOX/5']);
	});

	test('a renamed folder keeps what is known of it, and a folder made in its place is new', async () => {
		const { account, followed } = followFake({ ...kind, ask: { selection: { kind: 'all' } } });
		account.createFolder('Work');
		account.append('Work', mail('a'));
		await followed.run();
		account.renameFolder('Work', 'Office');
		account.append('Office', mail('b'));
		const { events } = await followed.run();
		expect(told(events)).toEqual(['folderRenamed Work -> Office', 'messageNew Office/2']);
		account.setFlags('Office', [1], { add: ['\\Seen'] });
		account.createFolder('Work');
		account.append('Work', mail('c'));
		expect(told((await followed.run()).events)).toEqual([
			'messageUpdated Office/1 +\\Seen',
			'folderCreated Work',
			'messageNew Work/1',
		]);
	});

	test('a renamed folder that had to wait is not told of as deleted', async () => {
		const { account, followed } = followFake({ ...kind, ask: { selection: { kind: 'all' } } });
		account.append('INBOX', mail('a'));
		account.createFolder('Work');
		account.append('Work', mail('b'));
		await followed.run();
		account.renameFolder('Work', 'Office');
		account.append('INBOX', mail('c'));
		account.append('Office', mail('d'));
		const events = [];
		for (let run = 1; run <= 4; run++) events.push(...told((await followed.run({ limits: { messages: 1 } })).events));
		expect(events.sort()).toEqual(['folderRenamed Work -> Office', 'messageNew INBOX/2', 'messageNew Office/2']);
	});

	test('a folder taken out of the selection is forgotten, and no folder event is told of it', async () => {
		const { account, followed } = followFake({ ...kind });
		account.createFolder('Work');
		await followed.run({ selection: { kind: 'chosen', folders: ['INBOX', 'Work'] } });
		account.append('Work', mail('a'));
		const run = await followed.run({ selection: { kind: 'chosen', folders: ['INBOX'] } });
		expect(told(run.events)).toEqual([]);
		expect(Object.keys(run.state.folders)).toEqual(['INBOX']);
		expect(told((await followed.run({ selection: { kind: 'chosen', folders: ['INBOX', 'Work'] } })).events)).toEqual([]);
	});

	test('a run in which nothing happened changes nothing in the state', async () => {
		const { account, followed } = followFake({ ...kind, ask: { selection: { kind: 'all' } } });
		account.append('INBOX', mail('a'));
		expect((await followed.run()).changed).toBe(true);
		expect((await followed.run()).changed).toBe(false);
	});
});

describe('a server that lies', () => {
	test('about vanished messages is not believed: living ones stay (Cyrus)', async () => {
		const { account, server, followed } = followFake(qresync);
		for (let i = 0; i < 5; i++) account.append('INBOX', mail(`m${i}`));
		await followed.run();
		account.expunge('INBOX', [2]);
		server.hooks.vanished = () => UidSet.range(1, 5);
		expect(told((await followed.run()).events)).toEqual(['messageDeleted INBOX/2']);
		server.hooks.vanished = undefined;
		expect(told((await followed.run()).events)).toEqual([]);
	});

	test('by leaving vanished messages out is found out (Cyrus with open ranges)', async () => {
		const { account, server, followed } = followFake(qresync);
		for (let i = 0; i < 5; i++) account.append('INBOX', mail(`m${i}`));
		await followed.run();
		account.expunge('INBOX', [2, 5]);
		server.hooks.vanished = () => UidSet.empty;
		expect(told((await followed.run()).events)).toEqual(['messageDeleted INBOX/2', 'messageDeleted INBOX/5']);
	});

	test('a server without history names every UID that is not there; unknown ones mean nothing', async () => {
		const { account, followed } = followFake({ remembersExpunges: false });
		account.append('INBOX', mail('a'));
		account.skipUids('INBOX', 1_000_000);
		account.append('INBOX', mail('b'));
		await followed.run();
		account.expunge('INBOX', [1]);
		expect(told((await followed.run()).events)).toEqual(['messageDeleted INBOX/1']);
	});

	test('a listing that disagrees with the message count deletes nothing', async () => {
		const { account, server, followed } = followFake(condstore);
		for (let i = 0; i < 300; i++) account.append('INBOX', mail(`m${i}`));
		await followed.run();
		account.expunge('INBOX', [7]);
		const { last } = server;
		expect(last).toBeDefined();
		server.hooks.before = ({ method }) => {
			if (method === 'search' || method === 'uidsAt')
				throw new SyncError('searchFailed', { reason: 'refusedSilently', host: 'mail.example.com:993' });
		};
		const run = await followed.run();
		expect(told(run.events)).toEqual([]);
		expect(run.problems.map(({ code }) => code)).toEqual(['searchFailed']);
		server.hooks.before = undefined;
		expect(told((await followed.run()).events)).toEqual(['messageDeleted INBOX/7']);
	});

	test('a mod-sequence that went back, as after a restored backup, loses no change', async () => {
		const { account, followed } = followFake(condstore);
		for (let i = 0; i < 3; i++) account.append('INBOX', mail(`m${i}`));
		await followed.run();
		account.setFlags('INBOX', [1], { add: ['\\Seen'] });
		account.folder('INBOX').highestModseq = 1n;
		for (const message of account.folder('INBOX').messages) message.modseq = 1n;
		const run = await followed.run();
		expect(told(run.events)).toEqual(['messageUpdated INBOX/1 +\\Seen']);
		expect(run.folders).toEqual([{ path: 'INBOX', kind: 'compare', reason: 'modseqLost' }]);
	});
});

describe('Gmail', () => {
	test('labels are told apart from flags', async () => {
		const { account, followed } = followFake({ capabilities: { qresync: false, gmail: true } });
		account.append('INBOX', mail('a'), { labels: ['Work'] });
		await followed.run();
		const [message] = account.folder('INBOX').messages;
		message.labels.push('Urgent');
		account.setFlags('INBOX', [1], { add: ['\\Seen'] });
		const { events } = await followed.run();
		expect(events).toMatchObject([
			{ event: 'messageUpdated', flagsAdded: ['\\Seen'], labelsAdded: ['Urgent'], labels: ['Urgent', 'Work'] },
		]);
	});
});

/** Random histories in memory: many more than against a real server, with every step able to fail. */
describe('random histories in memory', () => {
	const flags = ['\\Seen', '\\Flagged', '\\Answered', 'todo'];
	type Act = { act: string; which: number; count: number; add: string[]; remove: string[] };
	const acts = fc.array(
		fc.record({
			act: fc.constantFrom('append', 'append', 'flag', 'flag', 'expunge', 'run', 'run', 'cutRun', 'lostRun', 'skip'),
			which: fc.nat({ max: 100 }),
			count: fc.integer({ min: 1, max: 4 }),
			add: fc.subarray(flags),
			remove: fc.subarray(flags),
		}),
		{ maxLength: 40 },
	);
	const seed = seedFrom('HISTORY_SEED');
	const numRuns = histories(150);

	test.each(kindsOfServer)(
		`with %s end in the same mailbox (seed ${seed})`,
		async (_, kind) => {
			await fc.assert(
				fc.asyncProperty(acts, fc.boolean(), fc.boolean(), async (history, all, remembersExpunges) =>
					play(history, all, { ...kind, remembersExpunges }),
				),
				{ seed, numRuns },
			);
		},
		60_000 + numRuns * 200,
	);

	async function play(history: Act[], all: boolean, kind: FakeOptions): Promise<void> {
		const { account, server, followed, later } = followFake({ ...kind, ask: { startFrom: { kind: all ? 'all' : 'now' } } });
		for (let i = 0; i < 4; i++) account.append('INBOX', mail(`first${i}`));
		const replica = new Replica();
		const rows = () => account.folder('INBOX').messages.map(({ uid, flags: set }) => ({ uid, flags: [...set] }));
		if (!all) replica.know('INBOX', rows());
		const take = ({ events }: { events: SyncEvent[] }): void => replica.apply(events);
		take(await followed.run({ limits: { messages: 2 } }));
		for (const { act, which, count, add, remove } of history) {
			const uids = account.folder('INBOX').messages.map(({ uid }) => uid);
			const uid = uids.length > 0 ? uids[which % uids.length] : 0;
			if (act === 'append') for (let i = 0; i < count; i++) account.append('INBOX', mail('x'), { flags: add });
			if (act === 'flag' && uid) account.setFlags('INBOX', [uid], { add, remove: remove.filter((flag) => !add.includes(flag)) });
			if (act === 'expunge' && uid) account.expunge('INBOX', [uid]);
			if (act === 'skip') account.skipUids('INBOX', which);
			if (act === 'run') take(await followed.run({ limits: { messages: count } }));
			if (act === 'lostRun') await followed.runWithoutKeeping({ limits: { messages: count } });
			if (act === 'cutRun') {
				let calls = 0;
				server.hooks.before = () => {
					if (++calls > count) throw new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' });
				};
				await followed.run({ limits: { messages: 5 } }).then(take, (error: unknown) => {
					if (!(error instanceof SyncError)) throw error;
				});
				server.hooks.before = undefined;
			}
		}
		for (let left = 60; ; left--) {
			const run = await followed.run();
			expect(run.problems).toEqual([]);
			take(run);
			if (!run.unfinished && run.state.folders.INBOX.failed.length === 0) break;
			expect(left).toBeGreaterThan(0);
			// A message that was being read when two cuts came is taken for their cause, and waits.
			later(5);
		}
		expect(replica.messages('INBOX')).toEqual(
			Object.fromEntries(rows().map(({ uid, flags: set }) => [uid, set.sort().join(' ')])),
		);
		expect(told((await followed.run()).events)).toEqual([]);
	}
});

describe('a server that refuses a whole batch because of one message (Yahoo)', () => {
	test('gives all the others, and the one is tried again alone', async () => {
		const { account, followed } = followFake({ ...condstore, ask: { output: 'content' } });
		await followed.run();
		for (let i = 0; i < 9; i++) account.append('INBOX', mail(`m${i}`));
		const refused: UidSet[] = [];
		const original = FakeMailServer.prototype.visitFolders;
		const spy = jest.spyOn(FakeMailServer.prototype, 'visitFolders').mockImplementation(function (
			this: FakeMailServer,
			paths,
			visit,
		) {
			return original.call(this, paths, async (path: string, connection: FolderConnection) => {
				const open = connection.open.bind(connection);
				const refusing: FolderConnection = {
					keepsFlag: connection.keepsFlag.bind(connection),
					open: async (name, since) => {
						const folder = await open(name, since);
						const fetch = folder.fetch.bind(folder);
						folder.fetch = (uids, parts) => {
							if (parts !== 'source' || !uids.has(4)) return fetch(uids, parts);
							refused.push(uids);
							throw new SyncError('commandRefused', {
								reason: 'refused',
								host: 'mail.example.com:993',
								answer: 'NO [UNAVAILABLE] UID FETCH',
							});
						};
						return folder;
					},
				};
				return visit(path, refusing);
			}) as never;
		});
		// A folder that is refused in a flight is missing in it.
		const flight = jest.spyOn(FakeMailServer.prototype, 'readFolders').mockResolvedValue({ folders: new Map() });
		try {
			const run = await followed.run();
			expect(told(run.events).sort()).toEqual([1, 2, 3, 5, 6, 7, 8, 9].map((uid) => `messageNew INBOX/${uid}`));
			expect(run.state.folders.INBOX.failed).toMatchObject([
				{ uid: 4, attempts: 1, reason: expect.stringContaining('NO [UNAVAILABLE] UID FETCH') },
			]);
			expect(refused.map(({ size }) => size)).toEqual([9, 5, 2, 1]);
		} finally {
			spy.mockRestore();
			flight.mockRestore();
		}
		expect(told((await followed.run({ now: () => Date.now() + 120_000 })).events)).toEqual(['messageNew INBOX/4']);
	});
});
