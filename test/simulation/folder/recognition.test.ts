import { told, type Ask } from '../../support/account';
import { FakeAccount, type FakeOptions } from '../../support/fakeMailServer';
import { followFake, kindsOfServer } from '../../support/followFake';
import { mail } from '../../support/mail';

/** What is known again after a folder got a new UIDVALIDITY, over the mail server in memory. */
const onlyNew: Ask = { events: ['messageNew', 'folderReset'] };

function followed(options: FakeOptions & { ask?: Ask }, messages: number) {
	const account = new FakeAccount();
	for (let i = 1; i <= messages; i++) account.append('INBOX', mail(`m${i}`), { internalDate: new Date(Date.UTC(2026, 0, i)) });
	return followFake({ ...options, account });
}

/** The folder is rebuilt: the same messages get new UIDs, in the order given. */
function rebuild(account: FakeAccount, numbers?: (messages: number) => number[]): void {
	const folder = account.folder('INBOX');
	const messages = [...folder.messages];
	account.setUidValidity('INBOX', folder.uidValidity + 1_000);
	folder.uidNext = 1;
	folder.messages = [];
	const order = numbers?.(messages.length) ?? messages.map((_, i) => i);
	for (const i of order) account.append('INBOX', messages[i].source, { ...messages[i], flags: [...messages[i].flags] });
}

describe.each(kindsOfServer)('with %s', (_, kind) => {
	test('a rebuilt folder emits nothing again, and says how much was known again', async () => {
		const { account, followed: node } = followed(kind, 30);
		await node.run();
		rebuild(account);
		const { events } = await node.run();
		expect(told(events)).toEqual(['folderReset INBOX']);
		expect(events[0].reset).toMatchObject({ messages: 30, matched: 30, arrived: 0, gone: 0 });
		expect(told((await node.run()).events)).toEqual([]);
	});

	test.each([3, 30, 700])('only what truly differs is told, of %i messages', async (count) => {
		const { account, followed: node } = followed(kind, count);
		await node.run();
		account.setFlags('INBOX', [count], { add: ['\\Seen'] });
		account.expunge('INBOX', [count - 1]);
		account.append('INBOX', mail('late'), { internalDate: new Date('2001-01-01') });
		rebuild(account);
		const { events } = await node.run();
		expect(told(events)).toEqual([
			'folderReset INBOX',
			`messageNew INBOX/${count}`,
			`messageUpdated INBOX/${count - 1} +\\Seen`,
			`messageDeleted INBOX/${count - 1}`,
		]);
		expect(events[3].uidValidity).not.toBe(events[1].uidValidity);
		expect(events[0].reset).toMatchObject({ arrived: 1, gone: 1 });
		expect(told((await node.run()).events)).toEqual([]);
	});

	test('the differences also come when the limits spread them over many runs', async () => {
		const { account, followed: node } = followed(kind, 8);
		await node.run();
		account.setFlags('INBOX', [3, 4, 5], { add: ['\\Seen'] });
		account.expunge('INBOX', [1, 2]);
		account.append('INBOX', mail('x'));
		account.append('INBOX', mail('y'));
		rebuild(account);
		const events: string[] = [];
		for (let run = 1; run <= 12; run++) events.push(...told((await node.run({ limits: { messages: 1 } })).events));
		expect(events.sort()).toEqual([
			'folderReset INBOX',
			'messageDeleted INBOX/1',
			'messageDeleted INBOX/2',
			'messageNew INBOX/7',
			'messageNew INBOX/8',
			'messageUpdated INBOX/1 +\\Seen',
			'messageUpdated INBOX/2 +\\Seen',
			'messageUpdated INBOX/3 +\\Seen',
		]);
	});

	test('mail that came between the last run and the change is not lost where only new mail is wanted', async () => {
		const { account, followed: node } = followed({ ...kind, ask: onlyNew }, 40);
		await node.run();
		account.append('INBOX', mail('seen'));
		await node.run();
		account.append('INBOX', mail('late'), { internalDate: new Date('2001-01-01') });
		account.append('INBOX', mail('later'));
		rebuild(account);
		expect(told((await node.run()).events)).toEqual(['folderReset INBOX', 'messageNew INBOX/42', 'messageNew INBOX/43']);
		expect(told((await node.run()).events)).toEqual([]);
	});

	test.each([
		['some wait', 4, 0],
		['some came meanwhile', 0, 3],
	])('of messages that look alike, where %s, none is lost', async (_what, waiting, came) => {
		const { account, followed: node } = followed(kind, 8);
		await node.run();
		const scan = (i: number): void => {
			const text = `Subject: scan ${i}\r\n\r\nhello\r\n`;
			account.append('INBOX', text, { internalDate: new Date('2026-03-01T08:00:00Z') });
		};
		for (let i = 0; i <= waiting; i++) scan(i);
		const seen = new Set<string>();
		const unmarked: string[] = [];
		const take = async (limits?: Ask['limits']): Promise<void> => {
			const { events } = await node.run({ ...onlyNew, limits });
			for (const { event, uid, possibleDuplicate } of events) {
				if (event !== 'messageNew') continue;
				const subject = /Subject: (.*)\r/.exec(
					account
						.folder('INBOX')
						.messages.find((one) => one.uid === uid)!
						.source.toString(),
				)![1];
				if (seen.has(subject) && !possibleDuplicate) unmarked.push(subject);
				seen.add(subject);
			}
		};
		await take({ messages: 1 });
		for (let i = 0; i < came; i++) scan(waiting + 1 + i);
		rebuild(account);
		await take();
		expect([...seen].sort()).toEqual(Array.from({ length: 1 + waiting + came }, (_none, i) => `scan ${i}`));
		expect(unmarked).toEqual([]);
	});

	test('of messages that come in another order nobody knows which are new: those without fingerprint come again', async () => {
		const { account, followed: node } = followed({ ...kind, ask: onlyNew }, 20);
		await node.run();
		account.append('INBOX', mail('late'), { internalDate: new Date('2001-01-01') });
		rebuild(account, (count) => [...Array(count).keys()].reverse());
		const { events } = await node.run();
		const news = events.filter(({ event }) => event === 'messageNew');
		expect(news).toHaveLength(13);
		expect(news.map(({ uid }) => uid)).toContain(1);
		expect(news.every(({ possibleDuplicate, origin }) => possibleDuplicate === true && origin === 'resync')).toBe(true);
		expect((await node.run()).events).toEqual([]);
	});

	test('a restored older copy repeats a few messages, in doubt, and says which are gone', async () => {
		const { account, followed: node } = followed(kind, 100);
		await node.run();
		account.expunge(
			'INBOX',
			[...Array(60).keys()].map((i) => i + 41),
		);
		rebuild(account);
		const { events } = await node.run();
		// Of the messages above the newest that is known again nobody can say whether they came since.
		const again = events.filter(({ event }) => event === 'messageNew');
		expect(events[0].reset).toMatchObject({ messages: 40, arrived: again.length });
		expect(again.length).toBeLessThan(8);
		expect(again.every(({ possibleDuplicate, uid = 0 }) => possibleDuplicate && uid > 32)).toBe(true);
	});

	test('a folder that was made anew is new, all of it', async () => {
		const { account, followed: node } = followed(kind, 30);
		await node.run();
		account.folder('INBOX').messages = [];
		for (let i = 1; i <= 3; i++) account.append('INBOX', mail(`other${i}`), { internalDate: new Date('2001-01-01') });
		rebuild(account);
		const { events } = await node.run();
		expect(told(events)).toEqual(['folderReset INBOX', 'messageNew INBOX/1', 'messageNew INBOX/2', 'messageNew INBOX/3']);
		expect(events[0].reset).toMatchObject({ matched: 0, arrived: 3, gone: 30 });
	});

	test.each([
		['all events', {}],
		['new mail only', onlyNew],
	])('what came into an empty folder meanwhile is new, with %s', async (_name, ask) => {
		const { account, followed: node } = followed({ ...kind, ask }, 0);
		account.append('INBOX', mail('worked off'));
		await node.run();
		account.expunge('INBOX', [1]);
		for (let run = 1; run <= 3; run++) await node.run();
		account.append('INBOX', mail('late'), { internalDate: new Date('2001-01-01') });
		account.append('INBOX', mail('young'), { internalDate: new Date('2026-06-01') });
		rebuild(account);
		expect(told((await node.run()).events)).toEqual(['folderReset INBOX', 'messageNew INBOX/1', 'messageNew INBOX/2']);
		expect((await node.run()).events).toEqual([]);
	});

	test('a folder of which nothing is known again comes again, as what may have been reported', async () => {
		const { account, followed: node } = followed({ ...kind, ask: onlyNew }, 60);
		await node.run();
		account.folder('INBOX').messages.forEach((message, i) => (message.source = Buffer.from(mail(`changed${i}`))));
		rebuild(account);
		const [reset, ...news] = [...(await node.run({ limits: { messages: 40 } })).events, ...(await node.run()).events];
		expect([reset.event, news.length]).toEqual(['folderReset', 60]);
		expect(news.every(({ event, possibleDuplicate }) => event === 'messageNew' && possibleDuplicate)).toBe(true);
		expect((await node.run()).events).toEqual([]);
	});

	test('messages that waited still wait, and what had been given out is not given out again', async () => {
		const { account, followed: node } = followed({ ...kind, ask: { startFrom: { kind: 'all' } } }, 6);
		expect(told((await node.run({ limits: { messages: 2 } })).events)).toEqual(['messageNew INBOX/6', 'messageNew INBOX/5']);
		account.append('INBOX', mail('n'));
		rebuild(account);
		const events = told((await node.run()).events);
		expect(events).toEqual(['folderReset INBOX', 'messageNew INBOX/7', ...[4, 3, 2, 1].map((uid) => `messageNew INBOX/${uid}`)]);
	});
});

test('another MAILBOXID says that a folder is another one, and what is in it was never reported', async () => {
	const { account, followed: node } = followed({ objectIds: true }, 3);
	await node.run();
	const inDoubt: unknown[] = [];
	for (const [round, mailboxId] of [account.folder('INBOX').mailboxId, 'F99'].entries()) {
		account.folder('INBOX').mailboxId = mailboxId;
		account.folder('INBOX').messages.forEach((message, i) => (message.source = Buffer.from(mail(`changed ${round} ${i}`))));
		rebuild(account);
		const [reset, ...news] = (await node.run()).events;
		expect([reset.event, ...told(news)]).toEqual(['folderReset', ...[1, 2, 3].map((uid) => `messageNew INBOX/${uid}`)]);
		inDoubt.push(news.map(({ possibleDuplicate }) => possibleDuplicate));
	}
	expect(inDoubt).toEqual([
		[true, true, true],
		[undefined, undefined, undefined],
	]);
});

describe('a folder under another name', () => {
	const all: Ask = { selection: { kind: 'all' } };
	test.each<[string, FakeOptions]>([...kindsOfServer, ['OBJECTID', { objectIds: true }]])(
		'is told from one made in the same second, with %s',
		async (_, kind) => {
			const { account, followed: node } = followFake({ ...kind, ask: all });
			account.createFolder('Old', { uidValidity: 777 });
			account.append('Old', mail('a'));
			await node.run();
			account.deleteFolder('Old');
			account.createFolder('New', { uidValidity: 777 });
			account.append('New', mail('b'));
			expect(told((await node.run()).events)).toEqual(['folderCreated New', 'messageNew New/1']);
			expect(told((await node.run()).events)).toEqual(['folderDeleted Old']);
			account.renameFolder('New', 'Newer');
			expect(told((await node.run()).events)).toEqual(['folderRenamed New -> Newer']);
		},
	);

	test('of two that share their UIDVALIDITY each is found by its messages', async () => {
		const { account, followed: node } = followFake({ ask: all });
		for (const name of ['A', 'B']) {
			account.createFolder(name, { uidValidity: 777 });
			account.append(name, mail(name));
		}
		await node.run();
		account.renameFolder('A', 'C');
		account.renameFolder('B', 'D');
		expect(told((await node.run()).events)).toEqual(['folderRenamed A -> C', 'folderRenamed B -> D']);
	});
});

test('of two new folders that are looked at at once and may be the same lost one, one is', async () => {
	const { account, server, followed: node } = followFake({ ask: { selection: { kind: 'all' } } });
	account.createFolder('Old', { uidValidity: 777 });
	account.append('Old', mail('a'));
	await node.run();
	account.deleteFolder('Old');
	// From eight folders on several are opened at once.
	for (let i = 1; i <= 8; i++) account.createFolder(`O${i}`);
	for (const path of ['New1', 'New2']) {
		account.createFolder(path, { uidValidity: 777 });
		account.append(path, mail('a'));
	}
	// Both are compared with the lost one at the same time.
	const compared = new Set<string>();
	server.hooks.before = async ({ method, path = '' }) => {
		if (method !== 'fetch' || !path.startsWith('New') || compared.has(path)) return;
		compared.add(path);
		for (let turn = 0; turn < 1_000 && compared.size < 2; turn++) await Promise.resolve();
	};
	const { events, problems, state } = await node.run();
	expect(problems).toEqual([]);
	const [other] = [...compared].filter((path) =>
		events.some(({ event, folder }) => event === 'folderCreated' && folder === path),
	);
	const taken = other === 'New1' ? 'New2' : 'New1';
	expect(
		told(events)
			.filter((line) => / (Old|New\d)/.test(line))
			.sort(),
	).toEqual([`folderCreated ${other}`, `folderRenamed Old -> ${taken}`, `messageNew ${other}/1`]);
	expect([state.folders.New1.uidValidity, state.folders.New2.uidValidity]).toEqual(['777', '777']);
	expect((await node.run()).events).toEqual([]);
});
