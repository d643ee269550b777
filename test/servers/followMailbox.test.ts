import type { SyncEvent } from '../../sync/events/syncEvent';
import { SyncError } from '../../sync/errors/syncError';
import { everyEvent, FollowedAccount, told, type Ask } from '../support/account';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

const mail = (subject: string, body = 'hello\r\n') =>
	`Message-ID: <${subject.replace(/\W/g, '')}@example.com>\r\nSubject: ${subject}\r\n\r\n${body}`;

/** What a run emits, on real Dovecot, for each kind of server that its capabilities can be made to look like. */
describe.each([
	['QRESYNC', []],
	['CONDSTORE only', ['QRESYNC']],
	['neither CONDSTORE nor QRESYNC', ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS']],
])('following a mailbox with %s', (_, mask) => {
	let dovecot: Dovecot;
	let proxy: CountingProxy;
	let user: string;

	beforeAll(async () => {
		dovecot = await startDovecot();
		proxy = await startProxy(dovecot, { mask });
	});
	afterAll(async () => {
		await proxy?.stop();
		await dovecot?.stop();
	});
	beforeEach(() => {
		user = dovecot.newUser();
		proxy.onServerLine = undefined;
		proxy.onClientLine = undefined;
	});

	const settings = (name = user) => ({
		user: name,
		password: dovecot.password,
		host: proxy.host,
		port: proxy.port,
		security: 'none' as const,
		allowUnauthorizedCerts: false,
	});
	const follow = (ask: Ask = {}) => FollowedAccount.on(settings(), ask);
	const failure = async (promise: Promise<unknown>): Promise<SyncError> => {
		const error = await promise.then(
			() => undefined,
			(reason: unknown) => reason,
		);
		expect(error).toBeInstanceOf(SyncError);
		return error as SyncError;
	};

	test('tells all deletions of a folder that is emptied, and a large part of one, once, within the limits of its runs', async () => {
		await dovecot.fill(user, 'INBOX', 400);
		const account = follow({ limits: { messages: 150 } });
		await account.run();
		const events: string[] = [];
		const everything = async (): Promise<void> => {
			for (let left = 10; ; left--) {
				const run = await account.run();
				expect(run.problems).toEqual([]);
				events.push(...told(run.events));
				if (!run.unfinished) return;
				expect(left).toBeGreaterThan(0);
			}
		};
		const uids = (first: number, last: number) => Array.from({ length: last - first + 1 }, (__, i) => first + i);
		await dovecot.expunge(user, 'INBOX', uids(101, 300));
		await everything();
		expect(events.splice(0)).toEqual(uids(101, 300).map((uid) => `messageDeleted INBOX/${uid}`));
		await dovecot.expunge(user, 'INBOX', [...uids(1, 100), ...uids(301, 400)]);
		await dovecot.append(user, 'INBOX', mail('the last one'));
		await everything();
		expect(events.splice(0)).toEqual([
			'messageNew INBOX/401',
			...[...uids(1, 100), ...uids(301, 400)].map((uid) => `messageDeleted INBOX/${uid}`),
		]);
		await everything();
		expect(events).toEqual([]);
	});

	test('begins with nothing from now on, then tells new, changed and deleted messages once', async () => {
		await dovecot.append(user, 'INBOX', mail('old one'));
		await dovecot.append(user, 'INBOX', mail('old two'));
		const account = follow();
		expect(told((await account.run()).events)).toEqual([]);
		await dovecot.append(user, 'INBOX', mail('new'), { internalDate: new Date('1999-01-01') });
		await dovecot.flags(user, 'INBOX', [1], { add: ['\\Seen', '$Label1'] });
		await dovecot.expunge(user, 'INBOX', [2]);
		expect(told((await account.run()).events)).toEqual([
			'messageNew INBOX/3',
			'messageUpdated INBOX/1 +$Label1 +\\Seen',
			'messageDeleted INBOX/2',
		]);
		expect(told((await account.run()).events)).toEqual([]);
		await dovecot.flags(user, 'INBOX', [3], { add: ['\\Flagged'] });
		await dovecot.flags(user, 'INBOX', [1], { remove: ['$Label1'] });
		expect(told((await account.run()).events)).toEqual(['messageUpdated INBOX/1 -$Label1', 'messageUpdated INBOX/3 +\\Flagged']);
	});

	test('tells of a message that changed and went only that it went, and of one that came and went nothing', async () => {
		await dovecot.append(user, 'INBOX', mail('there'));
		const account = follow();
		await account.run();
		await dovecot.flags(user, 'INBOX', [1], { add: ['\\Seen'] });
		await dovecot.expunge(user, 'INBOX', [1]);
		await dovecot.append(user, 'INBOX', mail('short-lived'));
		await dovecot.expunge(user, 'INBOX', [2]);
		expect(told((await account.run()).events)).toEqual(['messageDeleted INBOX/1']);
	});

	test('hands over what was there, newest first, in portions, and new mail before the rest of it', async () => {
		for (let i = 1; i <= 7; i++) await dovecot.append(user, 'INBOX', mail(`message ${i}`));
		const account = follow({ startFrom: { kind: 'all' }, limits: { messages: 3 }, output: 'content' });
		expect(told((await account.run()).events)).toEqual([7, 6, 5].map((uid) => `messageNew INBOX/${uid}`));
		await dovecot.append(user, 'INBOX', mail('fresh'));
		await dovecot.expunge(user, 'INBOX', [2]);
		await dovecot.flags(user, 'INBOX', [3, 7], { add: ['\\Seen'] });
		// Of 3, which waits, neither the flag is told; it comes with it. Of 2 nothing is told at all.
		expect(told((await account.run()).events)).toEqual([
			'messageNew INBOX/8',
			'messageUpdated INBOX/7 +\\Seen',
			'messageNew INBOX/4',
		]);
		const last = await account.run();
		expect(told(last.events)).toEqual(['messageNew INBOX/3', 'messageNew INBOX/1']);
		expect(last.events[0].flags).toEqual(['\\Seen']);
		expect(last.unfinished).toBe(false);
		expect(told((await account.run()).events)).toEqual([]);
	});

	test('hands over what was received since a date, to the moment', async () => {
		const at = (time: string) => ({ internalDate: new Date(time) });
		await dovecot.append(user, 'INBOX', mail('much older'), at('2026-01-01T00:00:00Z'));
		await dovecot.append(user, 'INBOX', mail('the same morning'), at('2026-03-10T09:59:59Z'));
		await dovecot.append(user, 'INBOX', mail('at the moment'), at('2026-03-10T10:00:00Z'));
		await dovecot.append(user, 'INBOX', mail('later'), at('2026-03-11T00:00:00Z'));
		const account = follow({ startFrom: { kind: 'date', date: new Date('2026-03-10T10:00:00Z') } });
		expect(told((await account.run()).events)).toEqual(['messageNew INBOX/4', 'messageNew INBOX/3']);
		// What enters afterwards is new whatever its date.
		await dovecot.append(user, 'INBOX', mail('moved in'), at('1999-01-01T00:00:00Z'));
		expect(told((await account.run()).events)).toEqual(['messageNew INBOX/5']);
	});

	test('takes a UIDVALIDITY change for one folderReset, emits nothing again and goes on', async () => {
		for (let i = 1; i <= 6; i++) await dovecot.append(user, 'INBOX', mail(`message ${i}`));
		const account = follow({ startFrom: { kind: 'all' }, limits: { messages: 4 } });
		expect(told((await account.run()).events)).toEqual([6, 5, 4, 3].map((uid) => `messageNew INBOX/${uid}`));
		await dovecot.setUidValidity(user, 'INBOX', 1_900_000_000);
		const { events } = await account.run();
		// The two that still waited are not lost.
		expect(told(events)).toEqual(['folderReset INBOX', 'messageNew INBOX/2', 'messageNew INBOX/1']);
		expect(events[0]).toMatchObject({ uidValidity: '1900000000', reset: { messages: 6 } });
		expect(told((await account.run()).events)).toEqual([]);
		await dovecot.append(user, 'INBOX', mail('after'));
		await dovecot.flags(user, 'INBOX', [1], { add: ['\\Seen'] });
		expect(told((await account.run()).events)).toEqual(['messageNew INBOX/7', 'messageUpdated INBOX/1 +\\Seen']);
	});

	test('repeats under the same event ids when a run was handed over and not saved', async () => {
		await dovecot.append(user, 'INBOX', mail('one'));
		await dovecot.append(user, 'INBOX', mail('two'));
		const account = follow();
		await account.run();
		await dovecot.append(user, 'INBOX', mail('three'));
		await dovecot.flags(user, 'INBOX', [1], { add: ['\\Seen'] });
		await dovecot.expunge(user, 'INBOX', [2]);
		const lost = await account.runWithoutKeeping();
		const again = await account.run();
		const withoutTime = (events: SyncEvent[]) => events.map((event) => ({ ...event, detectedAt: '' }));
		expect(withoutTime(again.events)).toEqual(withoutTime(lost.events));
		expect(told(again.events)).toEqual(['messageNew INBOX/3', 'messageUpdated INBOX/1 +\\Seen', 'messageDeleted INBOX/2']);
		// The same change a second time is another happening.
		await dovecot.flags(user, 'INBOX', [1], { remove: ['\\Seen'] });
		await account.run();
		await dovecot.flags(user, 'INBOX', [1], { add: ['\\Seen'] });
		const later = await account.run();
		expect(told(later.events)).toEqual(['messageUpdated INBOX/1 +\\Seen']);
		expect(later.events[0].eventId).not.toBe(again.events[1].eventId);
	});

	test('follows many folders, and in all folders new mail comes before older mail', async () => {
		for (const folder of ['A', 'B', 'C']) {
			await dovecot.createFolder(user, folder);
			for (let i = 0; i < 3; i++) await dovecot.append(user, folder, mail(`${folder} ${i}`));
		}
		const account = follow({ selection: { kind: 'all' }, startFrom: { kind: 'all' }, limits: { messages: 4 } });
		const all: string[] = [];
		for (let left = 5; left > 0; left--) {
			const { events, unfinished } = await account.run();
			all.push(...told(events));
			if (!unfinished) break;
		}
		expect([...all].sort()).toEqual(['A', 'B', 'C'].flatMap((folder) => [1, 2, 3].map((uid) => `messageNew ${folder}/${uid}`)));
		await dovecot.append(user, 'C', mail('late'));
		expect(told((await account.run()).events)).toEqual(['messageNew C/4']);
	});

	test('takes a folder made since the last run as new mail, and a renamed one as the old one', async () => {
		await dovecot.createFolder(user, 'Work');
		await dovecot.append(user, 'Work', mail('known'));
		const account = follow({ selection: { kind: 'all' } });
		expect(told((await account.run()).events)).toEqual([]);
		await dovecot.renameFolder(user, 'Work', 'Office');
		expect(told((await account.run()).events)).toEqual(['folderRenamed Work -> Office']);
		await dovecot.append(user, 'Office', mail('in the renamed one'));
		await dovecot.createFolder(user, 'Made');
		await dovecot.append(user, 'Made', mail('in the new one'));
		expect(told((await account.run()).events).sort()).toEqual(['folderCreated Made', 'messageNew Made/1', 'messageNew Office/2']);
		await dovecot.deleteFolder(user, 'Made');
		expect(told((await account.run()).events)).toEqual([]);
		expect(told((await account.run()).events)).toEqual(['folderDeleted Made']);
	});

	test('hands over only what passes the filter, and tells changes and deletions of these only', async () => {
		await dovecot.append(user, 'INBOX', mail('invoice 1'));
		await dovecot.append(user, 'INBOX', mail('lunch'));
		const account = follow({ filter: { subject: 'invoice' } });
		await account.run();
		await dovecot.append(user, 'INBOX', mail('invoice 2'));
		await dovecot.append(user, 'INBOX', mail('dinner'));
		expect(told((await account.run()).events)).toEqual(['messageNew INBOX/3']);
		await dovecot.flags(user, 'INBOX', [1, 2, 3, 4], { add: ['\\Seen'] });
		expect(told((await account.run()).events)).toEqual(['messageUpdated INBOX/1 +\\Seen', 'messageUpdated INBOX/3 +\\Seen']);
		await dovecot.expunge(user, 'INBOX', [1, 2, 3, 4]);
		expect(told((await account.run()).events)).toEqual(['messageDeleted INBOX/1', 'messageDeleted INBOX/3']);
	});

	test('begins to watch deletions and changes of known messages when they become wanted later', async () => {
		await dovecot.append(user, 'INBOX', mail('one'));
		const account = follow();
		await account.run({ events: ['messageNew'] });
		await dovecot.append(user, 'INBOX', mail('two'));
		expect(told((await account.run()).events)).toEqual(['messageNew INBOX/2']);
		await dovecot.flags(user, 'INBOX', [1], { add: ['\\Seen'] });
		await dovecot.expunge(user, 'INBOX', [2]);
		expect(told((await account.run()).events)).toEqual(['messageUpdated INBOX/1 +\\Seen', 'messageDeleted INBOX/2']);
	});

	describe('bad input', () => {
		test('an unknown folder is named, with the folders that there are', async () => {
			await dovecot.createFolder(user, 'Archive');
			for (const folders of [['Archiv'], ['INBOX', 'Archiv']]) {
				const account = follow({ selection: { kind: 'chosen', folders } });
				const problem =
					folders.length === 1
						? await failure(account.run().then(({ problems }) => Promise.reject(problems[0])))
						: (await account.run()).problems[0];
				expect(problem).toMatchObject({ code: 'folderNotFound', scope: 'folder' });
				expect(problem.message).toContain('"Archiv"');
			}
		});

		test('a folder that only holds folders is refused by name', async () => {
			await dovecot.createFolder(user, 'Clients/Acme');
			await dovecot.deleteFolder(user, 'Clients').catch(() => undefined);
			const { problems } = await follow({ selection: { kind: 'chosen', folders: ['INBOX', 'Clients'] } }).run();
			expect(problems).toHaveLength(1);
			expect(problems[0].message).toContain('"Clients"');
			expect(['folderNotSelectable', 'folderNotFound']).toContain(problems[0].code);
		});

		test('folder names in any script work', async () => {
			const folder = 'Überweisungen & 請求書';
			await dovecot.createFolder(user, folder);
			for (const selection of [
				{ kind: 'chosen', folders: [folder] } as const,
				{ kind: 'pattern', include: ['über*'], exclude: [] } as const,
			]) {
				const account = follow({ selection });
				await account.run();
				await dovecot.append(user, folder, mail('Grüße'));
				const { events } = await account.run();
				expect(events.map(({ event, folder: where }) => `${event} ${where}`)).toEqual([`messageNew ${folder}`]);
			}
		});

		test('an empty folder is followed from its first message on', async () => {
			const account = follow();
			expect((await account.run()).problems).toEqual([]);
			await dovecot.append(user, 'INBOX', mail('first'));
			expect(told((await account.run()).events)).toEqual(['messageNew INBOX/1']);
			await dovecot.expunge(user, 'INBOX', [1]);
			expect(told((await account.run()).events)).toEqual(['messageDeleted INBOX/1']);
		});

		test('a broken state stops the run with an error and stays as it is', async () => {
			const account = follow();
			account.stored = { v: 1, folders: 'INBOX:17' };
			expect(await failure(account.run())).toMatchObject({ code: 'stateUnreadable' });
			expect(account.stored).toEqual({ v: 1, folders: 'INBOX:17' });
		});

		test('the state of another account is put aside, not mixed up, and used again when the credential is switched back', async () => {
			const other = dovecot.newUser();
			await dovecot.append(user, 'INBOX', mail('mine'));
			for (let i = 0; i < 3; i++) await dovecot.append(other, 'INBOX', mail(`theirs ${i}`));
			const mine = follow();
			await mine.run();
			const theirs = FollowedAccount.on(settings(other));
			theirs.stored = mine.stored;
			const switched = await theirs.run();
			expect(switched.accountChanged).toBe(true);
			expect(told(switched.events)).toEqual([]);
			await dovecot.append(other, 'INBOX', mail('theirs, new'));
			await dovecot.append(user, 'INBOX', mail('mine, meanwhile'));
			expect(told((await theirs.run()).events)).toEqual(['messageNew INBOX/4']);
			mine.stored = theirs.stored;
			expect(told((await mine.run()).events)).toEqual(['messageNew INBOX/2']);
		});

		// A message of 0 bytes is in test/sync/syncAccount.test.ts: Dovecot does not take one.
		test('messages without header, without date, of 2038 and of nothing but a line end all come', async () => {
			const account = follow({ output: 'content' });
			await account.run();
			await dovecot.append(user, 'INBOX', '\r\nno header at all\r\n');
			await dovecot.append(user, 'INBOX', 'Subject: no date\r\n\r\nhello\r\n');
			await dovecot.append(user, 'INBOX', 'Subject: far away\r\nDate: Tue, 19 Jan 2038 03:14:08 +0000\r\n\r\nhello\r\n');
			await dovecot.append(user, 'INBOX', '\r\n');
			const { events, messages } = await account.run();
			expect(told(events)).toEqual([1, 2, 3, 4].map((uid) => `messageNew INBOX/${uid}`));
			expect(events.map((event) => messages.get(event)?.source?.length)).toEqual([20, 27, 67, 2]);
		});

		test('a message larger than the limit comes with its header only', async () => {
			const account = follow({ output: 'content', messageSize: 1_000 });
			await account.run();
			await dovecot.append(user, 'INBOX', mail('large', `${'x'.repeat(70)}\r\n`.repeat(40)));
			await dovecot.append(user, 'INBOX', mail('small'));
			const { events, messages } = await account.run();
			expect(told(events)).toEqual(['messageNew INBOX/1', 'messageNew INBOX/2']);
			expect(messages.get(events[0])?.source).toBeUndefined();
			expect(messages.get(events[0])?.header?.toString()).toContain('Subject: large');
			expect(messages.get(events[1])?.source?.toString()).toContain('hello');
		});

		test('a message expunged between listing and fetch is passed over, and no deletion of it is told', async () => {
			const account = follow({ output: 'content' });
			await account.run();
			for (const name of ['a', 'b', 'c']) await dovecot.append(user, 'INBOX', mail(name));
			let expunged: Promise<void> | undefined;
			proxy.onClientLine = (line) => {
				if (/UID FETCH .*BODY\.PEEK\[\]/.test(line)) expunged ??= dovecot.expunge(user, 'INBOX', [2]);
			};
			// The proxy passes the command on at once; hold the answer back until the other client is through.
			const first = await account.run();
			await expunged;
			proxy.onClientLine = undefined;
			const rest = await account.run();
			const all = [...told(first.events), ...told(rest.events)];
			expect(all.filter((line) => line !== 'messageNew INBOX/2' && line !== 'messageDeleted INBOX/2')).toEqual([
				'messageNew INBOX/1',
				'messageNew INBOX/3',
			]);
			expect(all.includes('messageNew INBOX/2')).toBe(all.includes('messageDeleted INBOX/2'));
		});

		test('one message that cannot be made into an item is tried again later, reported in the end, and stops nothing', async () => {
			let clock = Date.now();
			const broken: Ask = {
				now: () => clock,
				events: everyEvent,
				onEvent: ({ event, uid }) => {
					if (event === 'messageNew' && uid === 2) throw new Error('part 1.2 has no end');
				},
			};
			const account = follow(broken);
			await account.run();
			for (const name of ['a', 'b', 'c']) await dovecot.append(user, 'INBOX', mail(name));
			expect(told((await account.run()).events)).toEqual(['messageNew INBOX/1', 'messageNew INBOX/3']);
			expect(told((await account.run()).events)).toEqual([]);
			const reported = [];
			for (let tries = 0; tries < 6; tries++) {
				clock += 24 * 60 * 60_000;
				reported.push(...(await account.run()).events);
			}
			expect(told(reported)).toEqual(['messageFailed INBOX/2']);
			expect(reported[0].error).toEqual({ message: 'part 1.2 has no end', attempts: 6 });
		});
	});
});
