import { told, type Ask } from '../../support/account';
import type { FakeAccount, FakeOptions } from '../../support/fakeMailServer';
import { followFake, kindsOfServer } from '../../support/followFake';
import { mail } from '../../support/mail';
import { SyncError } from '../../../sync/errors/syncError';
import type { SyncEvent } from '../../../sync/events/syncEvent';

const all: Ask = { selection: { kind: 'all' } };
const kinds: Array<[string, FakeOptions]> = [...kindsOfServer, ['OBJECTID', { objectIds: true }]];

function fill(account: FakeAccount, path: string, count: number): void {
	account.createFolder(path);
	for (let i = 1; i <= count; i++) account.append(path, mail(`${path} ${i}`));
}

describe.each(kinds)('with %s', (name, kind) => {
	const hasStatus = name !== 'neither';

	test('a folder whose old name was taken by a new one in the meantime is renamed, and the new one is new', async () => {
		const { account, followed } = followFake({ ...kind, ask: all });
		fill(account, '2025', 50);
		await followed.run();
		account.renameFolder('2025', 'Archive');
		account.append('Archive', mail('late'));
		fill(account, '2025', 2);
		expect(told((await followed.run()).events).sort()).toEqual([
			'folderCreated 2025',
			'folderRenamed 2025 -> Archive',
			'messageNew 2025/1',
			'messageNew 2025/2',
			'messageNew Archive/51',
		]);
		expect(told((await followed.run()).events)).toEqual([]);
	});

	test('a chain of names moves on by one', async () => {
		const { account, followed } = followFake({ ...kind, ask: all });
		for (const [path, count] of [
			['this', 3],
			['last', 4],
		] as const)
			fill(account, path, count);
		await followed.run();
		account.renameFolder('last', 'before');
		account.renameFolder('this', 'last');
		fill(account, 'this', 1);
		const events = told((await followed.run()).events).sort();
		// Where no status is asked for, a name that moved on to another known folder shows only when it is opened.
		if (hasStatus)
			expect(events).toEqual([
				'folderCreated this',
				'folderRenamed last -> before',
				'folderRenamed this -> last',
				'messageNew this/1',
			]);
		expect(told((await followed.run()).events)).toEqual([]);
	});

	test('a folder that takes the name of a deleted one is not that one', async () => {
		const { account, followed } = followFake({ ...kind, ask: all });
		fill(account, 'Old', 3);
		fill(account, 'New', 2);
		await followed.run();
		account.deleteFolder('Old');
		account.renameFolder('New', 'Old');
		account.append('Old', mail('late'));
		const events = [...(await followed.run()).events, ...(await followed.run()).events];
		const news = events.filter(({ event }) => event === 'messageNew');
		if (hasStatus) expect(told(events)).toEqual(['folderDeleted Old', 'folderRenamed New -> Old', 'messageNew Old/3']);
		// Else what is in it comes again, and says so.
		else expect(news.every(({ uid, possibleDuplicate }) => uid === 3 || possibleDuplicate)).toBe(true);
	});

	test('a copy of a folder is another folder', async () => {
		const { account, followed } = followFake({ ...kind, ask: all });
		fill(account, 'Work', 3);
		await followed.run();
		account.createFolder('Copy', { uidValidity: account.folder('Work').uidValidity });
		account.copy('Work', [1, 2, 3], 'Copy');
		expect(told((await followed.run()).events)).toEqual([
			'folderCreated Copy',
			...[1, 2, 3].map((uid) => `messageNew Copy/${uid}`),
		]);
		account.append('Work', mail('w'));
		expect(told((await followed.run()).events)).toEqual(['messageNew Work/4']);
	});

	test('a lost run is repeated with the same ids, also when the folder was renamed before', async () => {
		const { account, followed } = followFake({ ...kind, ask: { ...all, events: ['messageNew'] } });
		await followed.run();
		fill(account, 'N1', 2);
		const lost = (await followed.runWithoutKeeping()).events;
		account.renameFolder('N1', 'N2');
		const again = (await followed.run()).events;
		expect([told(lost), told(again)]).toEqual([
			['messageNew N1/1', 'messageNew N1/2'],
			['messageNew N2/1', 'messageNew N2/2'],
		]);
		if (hasStatus) expect(again.map(({ eventId }) => eventId)).toEqual(lost.map(({ eventId }) => eventId));
	});
});

test('two folders that swap their names are both renamed', async () => {
	const { account, followed } = followFake({ ask: all });
	fill(account, 'A', 3);
	fill(account, 'B', 5);
	await followed.run();
	account.renameFolder('A', 'C');
	account.renameFolder('B', 'A');
	account.renameFolder('C', 'B');
	account.append('B', mail('late'));
	expect(told((await followed.run()).events)).toEqual(['folderRenamed B -> A', 'folderRenamed A -> B', 'messageNew B/4']);
	account.setFlags('A', [5], { add: ['\\Seen'] });
	expect(told((await followed.run()).events)).toEqual(['messageUpdated A/5 +\\Seen']);
});

test.each([
	['with LIST-STATUS', {}],
	['with STATUS', { capabilities: { listStatus: false } }],
])('a folder that cannot be opened for the moment keeps what took its name from nothing, %s', async (_name, kind) => {
	const { account, server, followed } = followFake({ ...kind, ask: all });
	fill(account, '2025', 3);
	await followed.run();
	account.renameFolder('2025', 'Archive');
	fill(account, '2025', 1);
	server.hooks.before = ({ method, path }) => {
		if (method === 'open' && path === 'Archive')
			throw new SyncError('commandTimedOut', { host: 'mail.example.com:993', seconds: 30 });
	};
	// UIDVALIDITY says which folder it is, and that its old name is another one's.
	expect(told((await followed.run()).events).sort()).toEqual([
		'folderCreated 2025',
		'folderRenamed 2025 -> Archive',
		'messageNew 2025/1',
	]);
	server.hooks.before = undefined;
	account.append('Archive', mail('late'));
	expect(told((await followed.run()).events)).toEqual(['messageNew Archive/4']);
});

test('one whose name cannot be looked at when the selection changes to it is known at the next run', async () => {
	const { account, server, followed } = followFake({ ask: { events: ['messageNew'] } });
	fill(account, 'Work', 1);
	await followed.run({ selection: { kind: 'chosen', folders: ['INBOX', 'Work'] } });
	account.renameFolder('Work', 'Late');
	const after: Ask = { selection: { kind: 'chosen', folders: ['INBOX', 'Late'] } };
	server.hooks.before = ({ method, path }) => {
		if (method === 'open' && path === 'Late')
			throw new SyncError('commandTimedOut', { host: 'mail.example.com:993', seconds: 30 });
	};
	await followed.run(after);
	server.hooks.before = undefined;
	account.append('Late', mail('came'));
	expect(told((await followed.run(after)).events)).toEqual(['messageNew Late/2']);
});

test('while one that is shut may be either of two, what has their names waits', async () => {
	const { account, server, followed } = followFake({ ask: all });
	for (const path of ['A', 'B']) fill(account, path, 2);
	account.setUidValidity('B', account.folder('A').uidValidity);
	await followed.run();
	account.renameFolder('A', 'Archive');
	account.deleteFolder('B');
	for (const path of ['A', 'B']) fill(account, path, 1);
	server.hooks.before = ({ method, path }) => {
		if (method === 'open' && path === 'Archive')
			throw new SyncError('commandTimedOut', { host: 'mail.example.com:993', seconds: 30 });
	};
	expect((await followed.run()).events).toEqual([]);
	server.hooks.before = undefined;
	expect(told((await followed.run()).events)).toContain('folderRenamed A -> Archive');
});

describe.each(kinds)('a folder that was restored and renamed at once, with %s', (_name, kind) => {
	test.each([
		['fewer came than were lost', 2],
		['more', 30],
	])('is known under its new name: %s', async (_what, came) => {
		const { account, followed } = followFake({ ...kind, ask: { ...all, events: ['messageNew'] } });
		fill(account, 'Work', 8);
		await followed.run();
		account.keepCopy('Work');
		for (let i = 1; i <= 10; i++) account.append('Work', mail(`lost ${i}`));
		await followed.run();
		account.restoreCopy('Work');
		account.renameFolder('Work', 'Late');
		for (let i = 1; i <= came; i++) account.append('Late', mail(`came ${i}`));
		const events: SyncEvent[] = [];
		for (let run = 1; run <= 3; run++) events.push(...(await followed.run()).events);
		const [older, news] = [true, false].map((isOlder) => events.filter(({ uid }) => uid! <= 8 === isOlder));
		expect(told(news)).toEqual(Array.from({ length: came }, (__, i) => `messageNew Late/${9 + i}`));
		// What no fingerprint verifies may be told again, and says so.
		expect(older.every(({ possibleDuplicate }) => possibleDuplicate)).toBe(true);
	});
});

test.each([
	['patterns', { selection: { kind: 'all' } }],
	['chosen folders', { selection: { kind: 'chosen', folders: ['INBOX', 'A', 'B', 'C'] } }],
] as Array<[string, Ask]>)(
	'two that swap their names where nothing is listed with a status are both known: %s',
	async (_name, ask) => {
		const { account, followed } = followFake({
			capabilities: { listStatus: false },
			ask: { events: ['messageNew'], ...ask },
		});
		fill(account, 'A', 3);
		fill(account, 'B', 5);
		await followed.run();
		account.renameFolder('A', 'D');
		account.renameFolder('B', 'A');
		account.renameFolder('D', 'B');
		account.append('B', mail('late'));
		expect(told((await followed.run()).events)).toEqual(['messageNew B/4']);
	},
);

test('a message of a folder that gets another name in the middle of a run is marked where it is told again', async () => {
	const { account, server, followed } = followFake({
		capabilities: { listStatus: false, condstore: false, qresync: false },
		connections: 1,
		objectIds: true,
		ask: { ...all, events: ['messageNew', 'messageUpdated'] },
	});
	fill(account, 'A', 0);
	fill(account, 'B', 0);
	await followed.run();
	for (const path of ['A', 'B']) for (let i = 1; i <= 2; i++) account.append(path, mail(`${path} ${i}`));
	await followed.run();
	let swapped = false;
	server.hooks.before = ({ method, path }) => {
		if (method !== 'open' || path !== 'A' || swapped) return;
		swapped = true;
		account.renameFolder('A', 'C');
		account.renameFolder('B', 'A');
		account.renameFolder('C', 'B');
	};
	const events = [...(await followed.run()).events, ...(await followed.run()).events];
	expect(told(events).sort()).toEqual(['messageNew A/1', 'messageNew A/2', 'messageNew B/1', 'messageNew B/2']);
	expect(events.every(({ possibleDuplicate }) => possibleDuplicate)).toBe(true);
});

test('a folder that is archived between the listing and the statuses is marked where it is told again', async () => {
	const { account, server, followed } = followFake({
		capabilities: { listStatus: false },
		ask: { ...all, events: ['messageNew'] },
	});
	fill(account, 'Work', 0);
	await followed.run();
	for (let i = 1; i <= 3; i++) account.append('Work', mail(`Work ${i}`));
	await followed.run();
	let archived = false;
	server.hooks.before = ({ method }) => {
		if (method !== 'folderStatuses' || archived) return;
		archived = true;
		account.renameFolder('Work', 'Archive');
		account.createFolder('Work');
		account.append('Work', mail('another'));
	};
	const events = [...(await followed.run()).events, ...(await followed.run()).events];
	expect(told(events).sort()).toEqual([
		'messageNew Archive/1',
		'messageNew Archive/2',
		'messageNew Archive/3',
		'messageNew Work/1',
	]);
	const archive = events.filter(({ folder }) => folder === 'Archive');
	expect(archive.every(({ possibleDuplicate }) => possibleDuplicate)).toBe(true);
});

test.each([
	['one that another folder had', 1_001],
	['the one that it had before', 1_002],
])(
	'a folder that is renumbered, twice, and gets the UIDVALIDITY of another folder is known by its messages: %s',
	async (_name, last) => {
		const { account, followed } = followFake({
			capabilities: { listStatus: false, condstore: false, qresync: false },
			ask: { ...all, events: ['messageNew', 'messageUpdated'] },
		});
		fill(account, 'Work', 0);
		account.setUidValidity('INBOX', 1_001);
		account.setUidValidity('Work', 1_002);
		await followed.run();
		for (const path of ['INBOX', 'Work']) for (let i = 1; i <= 3; i++) account.append(path, mail(`${path} ${i}`));
		await followed.run();
		for (const uidValidity of [1_003, last]) {
			account.setUidValidity('Work', uidValidity);
			expect(told((await followed.run()).events)).toEqual([]);
		}
	},
);

describe('where only opening a folder shows that it is another one', () => {
	const poor: FakeOptions = { capabilities: { listStatus: false, condstore: false, qresync: false }, connections: 1 };
	const ask: Ask = { ...all, events: ['messageNew', 'messageUpdated'] };
	const newsOf = (events: SyncEvent[], path: string): SyncEvent[] =>
		events.filter(({ event, folder }) => event === 'messageNew' && folder === path);

	test('two that swap their names, with a message that is in both: all are marked, also what lies below it', async () => {
		const { account, followed } = followFake({ ...poor, ask });
		for (const path of ['A', 'B']) fill(account, path, 0);
		await followed.run();
		for (let i = 1; i <= 3; i++) account.append('A', mail(`A ${i}`));
		account.append('B', mail('B 1'));
		account.copy('B', [1], 'A');
		await followed.run();
		account.renameFolder('A', 'C');
		account.renameFolder('B', 'A');
		account.renameFolder('C', 'B');
		const { events } = await followed.run();
		expect(told(newsOf(events, 'B'))).toEqual([1, 2, 3, 4].map((uid) => `messageNew B/${uid}`));
		expect(newsOf(events, 'B').every(({ possibleDuplicate }) => possibleDuplicate)).toBe(true);
	});

	test('one that was renumbered and archived at once is marked also where it had to wait, and is opened first', async () => {
		const { account, followed } = followFake({ ...poor, ask });
		fill(account, 'Work', 0);
		await followed.run();
		for (let i = 1; i <= 3; i++) account.append('Work', mail(`Work ${i}`));
		await followed.run();
		account.setUidValidity('Work', 9_999);
		account.renameFolder('Work', 'Archive');
		account.createFolder('Work');
		for (const path of ['INBOX', 'Work']) account.append(path, mail(`came to ${path}`));
		const events: SyncEvent[] = [];
		for (let run = 1; run <= 8; run++)
			events.push(...(await followed.run({ limits: { messages: 1 }, output: 'metadata' })).events);
		const archived = newsOf(events, 'Archive');
		expect(archived.map(({ uid, possibleDuplicate }) => [uid, possibleDuplicate])).toEqual([1, 2, 3].map((uid) => [uid, true]));
	});

	test.each([
		['at once', 0, 200],
		['after others', 4, 1],
		['after it was shut', 0, 200],
	])('one that has the name of a folder that never had a message is marked: looked at %s', async (when, others, messages) => {
		const { account, followed } = followFake({ ...poor, ask });
		for (const path of ['A', 'B', 'C']) fill(account, path, 0);
		await followed.run();
		for (let i = 1; i <= 3; i++) account.append('A', mail(`A ${i}`));
		await followed.run();
		account.renameFolder('A', 'D');
		account.renameFolder('B', 'A');
		account.renameFolder('D', 'B');
		for (let i = 1; i <= others; i++) for (const path of ['INBOX', 'A', 'C']) account.append(path, mail(`${path} came ${i}`));
		account.folder('B').readable = when !== 'after it was shut';
		const events: SyncEvent[] = [];
		for (let run = 1; run <= 16; run++) {
			events.push(...(await followed.run({ limits: { messages } })).events);
			if (run === 2) account.folder('B').readable = true;
		}
		const news = newsOf(events, 'B');
		expect(news.map(({ uid, possibleDuplicate }) => [uid, possibleDuplicate])).toEqual([1, 2, 3].map((uid) => [uid, true]));
		expect(newsOf(events, 'C').some(({ possibleDuplicate }) => possibleDuplicate)).toBe(false);
		// Nothing of the lost one is kept then.
		expect(followed.stored).not.toHaveProperty('x');
	});

	test.each([0, 1, 2])(
		'one that swapped its name with that of a folder of copies is marked where it was lost some runs before: %i others waited',
		async (others) => {
			const { account, followed } = followFake({ ...poor, ask });
			for (const path of ['A', 'B']) fill(account, path, 0);
			await followed.run();
			account.append('A', mail('A 1'));
			for (let i = 1; i <= 3; i++) account.append('B', mail(`B ${i}`));
			await followed.run();
			account.copy('B', [1, 2, 3], 'A');
			await followed.run();
			account.renameFolder('A', 'C');
			account.renameFolder('B', 'A');
			account.renameFolder('C', 'B');
			for (let i = 1; i <= others; i++) for (const path of ['INBOX', 'A']) account.append(path, mail(`${path} came ${i}`));
			const events: SyncEvent[] = [];
			for (let run = 1; run <= 16; run++) events.push(...(await followed.run({ limits: { messages: 1 } })).events);
			const again = newsOf(events, 'B');
			expect(again.map(({ uid }) => uid)).toEqual([1, 2, 3, 4]);
			expect(again.every(({ possibleDuplicate }) => possibleDuplicate)).toBe(true);
		},
	);

	test.each([
		['an empty one', 0, all],
		['one with messages', 2, all],
		['an empty one, of chosen folders', 0, { selection: { kind: 'chosen', folders: ['INBOX', 'A', 'B'] } }],
	] as Array<[string, number, Ask]>)(
		'one that takes the name of a known folder that was deleted is renamed: %s',
		async (_which, count, selection) => {
			const acknowledge = { by: 'keyword' as const, keyword: 'done', redeliverAfter: 3_600_000, maxAttempts: 3 };
			const { account, followed, later } = followFake({
				...poor,
				ask: { ...selection, acknowledge, startFrom: { kind: 'all' } },
			});
			fill(account, 'A', 3);
			fill(account, 'B', count);
			await followed.run();
			account.deleteFolder('B');
			account.renameFolder('A', 'B');
			account.append('B', mail('late'));
			const { events } = await followed.run();
			expect(told(events)).toEqual(expect.arrayContaining(['folderRenamed A -> B', 'messageNew B/4']));
			expect(told(events).filter((text) => text.startsWith('messageNew') || text.startsWith('messageMoved'))).toEqual([
				'messageNew B/4',
			]);
			// What nobody acknowledged under the old name is still waited for.
			later(120);
			const again = (await followed.run()).events.filter(({ folder, attempt = 1 }) => folder === 'B' && attempt > 1);
			expect(again.map(({ uid }) => uid)).toEqual([1, 2, 3, 4]);
		},
	);

	test('one that was renumbered and archived at once is opened after the one that has its name', async () => {
		const { account, followed } = followFake({ ...poor, ask });
		fill(account, 'Work', 0);
		await followed.run();
		for (let i = 1; i <= 3; i++) account.append('Work', mail(`Work ${i}`));
		await followed.run();
		account.setUidValidity('Work', 9_999);
		account.renameFolder('Work', 'Archive');
		account.createFolder('Work');
		account.append('Work', mail('another'));
		const { events } = await followed.run();
		expect(newsOf(events, 'Archive').map(({ possibleDuplicate }) => possibleDuplicate)).toEqual([true, true, true]);
	});
});

test('one that is archived between the statuses and its opening is marked, if its new name was known not to be there', async () => {
	const { account, server, followed } = followFake({
		capabilities: { listStatus: false },
		ask: { events: ['messageNew'], selection: { kind: 'chosen', folders: ['INBOX', 'Work', 'Late'] } },
	});
	fill(account, 'Work', 0);
	await followed.run();
	for (let i = 1; i <= 3; i++) account.append('Work', mail(`Work ${i}`));
	await followed.run();
	let archived = false;
	server.hooks.before = ({ method }) => {
		if (method !== 'open' || archived) return;
		archived = true;
		account.renameFolder('Work', 'Late');
		account.createFolder('Work');
	};
	const events = [...(await followed.run()).events, ...(await followed.run()).events];
	expect(told(events)).toEqual(['messageNew Late/1', 'messageNew Late/2', 'messageNew Late/3']);
	expect(events.every(({ possibleDuplicate }) => possibleDuplicate)).toBe(true);
});

describe.each(kinds)('of chosen folders, with %s', (_name, kind) => {
	const chosen: Ask = { events: ['messageNew'], selection: { kind: 'chosen', folders: ['INBOX', 'Work', 'Late'] } };

	test('one that got another chosen name tells what came since', async () => {
		const { account, followed } = followFake({ ...kind, ask: chosen });
		fill(account, 'Work', 1);
		await followed.run();
		account.renameFolder('Work', 'Late');
		account.append('Late', mail('came'));
		expect(told((await followed.run()).events)).toEqual(['messageNew Late/2']);
	});

	test('one whose name is used again is known under its new name, if that is chosen too', async () => {
		const { account, followed } = followFake({ ...kind, ask: chosen });
		fill(account, 'Work', 3);
		await followed.run();
		account.renameFolder('Work', 'Late');
		fill(account, 'Work', 1);
		expect(told((await followed.run()).events)).toEqual(['messageNew Work/1']);
	});
});

describe.each(kinds)('a folder whose name is used again, with %s', (_name, kind) => {
	test.each([
		[
			'others, which have its new name and no longer its old one',
			{ kind: 'chosen', folders: ['INBOX', 'Work'] } as const,
			{ kind: 'chosen', folders: ['INBOX', 'Archive'] } as const,
		],
		['all folders instead of some', { kind: 'chosen', folders: ['INBOX', 'Work'] } as const, { kind: 'all' } as const],
		[
			'some instead of all',
			{ kind: 'pattern', include: ['*'], exclude: ['Archive'] } as const,
			{ kind: 'chosen', folders: ['INBOX', 'Work', 'Archive'] } as const,
		],
	])('is found under its new name also while the selection changes to %s', async (_to, before, after) => {
		const { account, followed } = followFake({ ...kind, ask: { events: ['messageNew'] } });
		fill(account, 'Work', 1);
		await followed.run({ selection: before });
		account.renameFolder('Work', 'Archive');
		account.append('Archive', mail('came'));
		fill(account, 'Work', 1);
		expect(told((await followed.run({ selection: after })).events)).toContain('messageNew Archive/2');
	});

	const closed = {
		connectionLost: new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' }),
		commandRefused: new SyncError('commandRefused', { reason: 'noModSequences', folder: 'Work' }),
		folderForbidden: new SyncError('folderForbidden', { reason: 'read', folder: 'Work', host: 'mail.example.com:993' }),
	};

	test.each(['connectionLost', 'commandRefused', 'folderForbidden'] as const)(
		'is told of also while what has its name stays shut (%s), and so are all others',
		async (code) => {
			const { account, server, followed } = followFake({ ...kind, ask: { ...all, events: ['messageNew', 'messageDeleted'] } });
			for (const path of ['Work', 'Zoo']) fill(account, path, 2);
			await followed.run();
			account.renameFolder('Work', 'Archive');
			fill(account, 'Work', 1);
			for (const path of ['INBOX', 'Archive', 'Zoo']) account.append(path, mail(`came to ${path}`));
			account.expunge('Zoo', [1]);
			server.hooks.before = ({ method, path }) => {
				if (method === 'open' && path === 'Work') throw closed[code];
			};
			expect(told((await followed.run()).events).sort()).toEqual([
				'messageDeleted Zoo/1',
				'messageNew Archive/3',
				'messageNew INBOX/1',
				'messageNew Zoo/3',
			]);
			server.hooks.before = undefined;
			expect(told((await followed.run()).events)).toEqual(['messageNew Work/1']);
		},
	);
});

describe('a folder that may be a lost one', () => {
	const marks = ({ events }: { events: SyncEvent[] }): Array<[string, boolean]> =>
		events.map(({ folder, uid, possibleDuplicate = false }) => [`${folder}/${uid}`, possibleDuplicate]);
	const news: Ask = { ...all, events: ['messageNew'] };

	test('one that was numbered anew under another name: what is in it is told, marked', async () => {
		const { account, followed } = followFake({ ask: news });
		account.createFolder('Work');
		await followed.run();
		for (let i = 1; i <= 3; i++) account.append('Work', mail(`Work ${i}`));
		await followed.run();
		account.renameFolder('Work', 'Moved');
		account.setUidValidity('Moved', 9_999);
		account.append('Moved', mail('came'));
		expect(marks(await followed.run())).toEqual([1, 2, 3, 4].map((uid) => [`Moved/${uid}`, true]));
	});

	test('so also where it had to wait since the lost one was seen to be lost', async () => {
		const { account, followed } = followFake({ ask: news });
		account.createFolder('Work');
		await followed.run();
		for (let i = 1; i <= 3; i++) account.append('Work', mail(`Work ${i}`));
		await followed.run();
		account.renameFolder('Work', 'Zoo');
		account.setUidValidity('Zoo', 9_999);
		for (const path of ['Moved', 'Work']) fill(account, path, 2);
		const seen: Array<[string, boolean]> = [];
		for (let run = 1; run <= 9; run++) seen.push(...marks(await followed.run({ limits: { messages: 1 } })));
		expect(seen.filter(([name]) => name.startsWith('Zoo'))).toEqual([1, 2, 3].map((uid) => [`Zoo/${uid}`, true]));
		expect(seen.filter(([name]) => name.startsWith('Moved'))).toEqual([1, 2].map((uid) => [`Moved/${uid}`, false]));
		// Nothing of it is kept then.
		expect(followed.stored).not.toHaveProperty('x');
	});

	test('its event ids are not those of the lost one, whose UIDs it uses for other messages', async () => {
		const { account, followed } = followFake({ ask: news });
		fill(account, 'Work', 0);
		await followed.run();
		account.keepCopy('Work');
		account.append('Work', mail('lost'));
		const [lost] = (await followed.run()).events;
		account.restoreCopy('Work');
		account.renameFolder('Work', 'Moved');
		account.append('Moved', mail('came'));
		const [came] = (await followed.run()).events;
		expect([came.folder, came.uid, came.uidValidity]).toEqual(['Moved', lost.uid, lost.uidValidity]);
		expect(came.eventId).not.toBe(lost.eventId);
	});

	test.each([
		['made anew', false],
		['made anew, where moves are looked for too', true],
	])('what left it has the same event id after a run that was lost, and when it was %s', async (_how, moves) => {
		const events: Ask['events'] = ['messageNew', 'messageDeleted', ...(moves ? (['messageMoved'] as const) : [])];
		const { account, followed } = followFake({ ask: { ...all, events } });
		fill(account, 'Work', 3);
		// Of two folders that were made in one second the name is part of the ids, of one that was made later it is not.
		for (const path of ['INBOX', 'Work']) account.setUidValidity(path, 7_777);
		await followed.run();
		account.expunge('Work', [2]);
		const gone = async (kept: boolean): Promise<string[]> => {
			const ids: string[] = [];
			for (let run = 1; run <= 3 && ids.length === 0; run++) {
				const { events: seen } = await (kept ? followed.run() : followed.runWithoutKeeping());
				ids.push(...seen.flatMap(({ event, uid, eventId }) => (event === 'messageDeleted' && uid === 2 ? [eventId] : [])));
				if (!kept && ids.length === 0) await followed.run();
			}
			return ids;
		};
		const lost = await gone(false);
		expect(lost).toHaveLength(1);
		account.deleteFolder('Work');
		fill(account, 'Work', 1);
		expect(await gone(true)).toEqual(lost);
	});

	test('one that is gone for good is kept in mind once, however long another one stays shut', async () => {
		const { account, followed } = followFake({ ask: { ...all, events: ['messageNew', 'messageDeleted'] } });
		for (const path of ['Gone', 'Shut']) fill(account, path, 2);
		await followed.run();
		account.folder('Shut').readable = false;
		account.append('Shut', mail('came'));
		account.deleteFolder('Gone');
		for (let run = 1; run <= 5; run++) await followed.run();
		expect((followed.stored as { x?: unknown[] }).x).toHaveLength(1);
	});

	test('a new folder, while another one is deleted, is no lost one', async () => {
		const { account, followed } = followFake({ ask: news });
		fill(account, 'Old', 1);
		await followed.run();
		account.append('Old', mail('told'));
		await followed.run();
		account.deleteFolder('Old');
		fill(account, 'New', 2);
		expect(marks(await followed.run())).toEqual([
			['New/1', false],
			['New/2', false],
		]);
	});
});
