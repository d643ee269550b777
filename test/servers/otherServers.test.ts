import { connectMailServer } from '../../sync/imap/ImapMailServer';
import { UidSet } from '../../sync/uids/uidSet';
import { FollowedAccount, told, type Ask, type Run } from '../support/account';
import { startCourier } from '../support/courier';
import { startCyrus } from '../support/cyrus';
import type { MailHost } from '../support/mailHost';
import { describeServer, type RootedServer } from '../support/roots/serverRoot';

const mail = (subject: string): string =>
	`Message-ID: <${subject.replace(/\W/g, '')}@example.com>\r\nSubject: ${subject}\r\n\r\nhello\r\n`;

const servers: Array<[name: string, server: RootedServer, start: () => Promise<MailHost>]> = [
	['Cyrus', 'cyrus', startCyrus],
	['Courier', 'courier', startCourier],
];

/** What a run emits on real servers of other makers, as they are: Cyrus knows everything, Courier neither QRESYNC nor CONDSTORE. */
for (const [name, server, start] of servers) {
	describeServer(server)(`following a mailbox on ${name}`, () => {
		let host: MailHost;
		let user: string;
		let work: string;

		beforeAll(async () => {
			host = await start();
		});
		afterAll(async () => {
			await host?.stop();
		});
		beforeEach(() => {
			user = host.newUser();
			work = host.folder('Work');
		});

		const follow = (ask: Ask = {}): FollowedAccount =>
			FollowedAccount.on(
				{ user, password: host.password, host: host.host, port: host.port, security: 'none', allowUnauthorizedCerts: false },
				ask,
			);
		/** Runs until nothing waits, and says what the runs told. */
		const runAll = async (account: FollowedAccount): Promise<string[]> => {
			const all: string[] = [];
			for (let left = 10; left > 0; left--) {
				const run: Run = await account.run();
				expect(run.problems).toEqual([]);
				all.push(...told(run.events));
				if (!run.unfinished) return all;
			}
			throw new Error('the runs did not come to an end');
		};

		test('the harness does what it says', async () => {
			await host.createFolder(user, work);
			expect(await host.list(user, 'INBOX')).toEqual([]);
			expect(
				await host.append(user, 'INBOX', mail('first'), { flags: ['\\Seen', 'todo'], internalDate: new Date('1999-01-01') }),
			).toBe(1);
			await host.fill(user, 'INBOX', 5);
			await host.flags(user, 'INBOX', [2, 3], { add: ['\\Deleted', '$Label1'] });
			await host.copy(user, 'INBOX', [2], work);
			await host.move(user, 'INBOX', [1, 3], work);
			await host.expunge(user, 'INBOX', [4]);
			expect(await host.list(user, 'INBOX')).toEqual([
				{ uid: 2, flags: ['$Label1', '\\Deleted'] },
				{ uid: 5, flags: [] },
				{ uid: 6, flags: [] },
			]);
			expect((await host.list(user, work)).map(({ uid }) => uid)).toEqual([1, 2, 3]);
			const validity = await host.uidValidity(user, work);
			await host.changeUidValidity(user, work);
			expect(await host.uidValidity(user, work)).not.toBe(validity);
			expect(await host.list(user, work)).toHaveLength(3);
			await host.skipUids?.(user, work, 10);
			expect(await host.append(user, work, mail('last'))).toBe(host.skipUids ? 14 : 4);
			await host.renameFolder(user, work, host.folder('Office'));
			expect(await host.list(user, host.folder('Office'))).toHaveLength(4);
			await host.deleteFolder(user, host.folder('Office'));
			await host.createFolder(user, host.folder('Office'));
			expect(await host.list(user, host.folder('Office'))).toEqual([]);
		});

		test('takes nothing for a message that somebody else removed while the folder is open', async () => {
			for (const subject of ['one', 'two', 'three']) await host.append(user, 'INBOX', mail(subject));
			const { password, port } = host;
			const login = { user, password, host: host.host, port, security: 'none' as const, allowUnauthorizedCerts: false };
			const mailServer = await connectMailServer(login);
			try {
				const [visit] = await mailServer.visitFolders(['INBOX'], async (path, { open }) => {
					const folder = await open(path);
					await host.expunge(user, 'INBOX', [2]);
					const read: string[] = [];
					for (const parts of ['source', 'headerAndStructure'] as const)
						for await (const { uid, source, header } of folder.fetch(UidSet.parse('1:3'), parts))
							read.push(`${uid} ${/Subject: (.*)/.exec(String(source ?? header))?.[1]}`);
					return read;
				});
				if (visit.status === 'rejected') throw visit.reason;
				// Cyrus still has it for some commands of whoever has the folder open.
				expect([...new Set(visit.value)].filter((read) => read !== '2 two')).toEqual(['1 one', '3 three']);
			} finally {
				await mailServer.close();
			}
		});

		test('begins with nothing from now on, then tells new, changed and deleted messages once', async () => {
			await host.append(user, 'INBOX', mail('old one'));
			await host.append(user, 'INBOX', mail('old two'));
			const account = follow();
			expect(told((await account.run()).events)).toEqual([]);
			await host.append(user, 'INBOX', mail('new'), { internalDate: new Date('1999-01-01') });
			await host.flags(user, 'INBOX', [1], { add: ['\\Seen', '$Label1'] });
			await host.expunge(user, 'INBOX', [2]);
			expect(told((await account.run()).events)).toEqual([
				'messageNew INBOX/3',
				'messageUpdated INBOX/1 +$Label1 +\\Seen',
				'messageDeleted INBOX/2',
			]);
			expect(told((await account.run()).events)).toEqual([]);
			await host.flags(user, 'INBOX', [3], { add: ['\\Flagged'] });
			await host.flags(user, 'INBOX', [1], { remove: ['$Label1'] });
			expect(told((await account.run()).events)).toEqual([
				'messageUpdated INBOX/1 -$Label1',
				'messageUpdated INBOX/3 +\\Flagged',
			]);
		});

		test('hands over what was there, newest first, in portions, with its content', async () => {
			await host.appendMany(
				user,
				'INBOX',
				[1, 2, 3, 4, 5].map((i) => mail(`message ${i}`)),
			);
			const account = follow({ startFrom: { kind: 'all' }, limits: { messages: 3 }, output: 'content' });
			const { events, messages } = await account.run();
			expect(told(events)).toEqual([5, 4, 3].map((uid) => `messageNew INBOX/${uid}`));
			expect(messages.get(events[0])?.source?.toString()).toBe(mail('message 5'));
			await host.append(user, 'INBOX', mail('fresh'));
			await host.expunge(user, 'INBOX', [2]);
			await host.flags(user, 'INBOX', [1, 5], { add: ['\\Seen'] });
			// Of 1, which waits, the flag is not told; it comes with it. Of 2 nothing is told at all.
			expect(await runAll(account)).toEqual(['messageNew INBOX/6', 'messageUpdated INBOX/5 +\\Seen', 'messageNew INBOX/1']);
		});

		test('hands over what was received since a date, to the moment', async () => {
			const at = (time: string): { internalDate: Date } => ({ internalDate: new Date(time) });
			await host.append(user, 'INBOX', mail('much older'), at('2026-01-01T00:00:00Z'));
			await host.append(user, 'INBOX', mail('the same morning'), at('2026-03-10T09:59:59Z'));
			await host.append(user, 'INBOX', mail('at the moment'), at('2026-03-10T10:00:00Z'));
			await host.append(user, 'INBOX', mail('later'), at('2026-03-11T00:00:00Z'));
			const account = follow({ startFrom: { kind: 'date', date: new Date('2026-03-10T10:00:00Z') } });
			expect(told((await account.run()).events)).toEqual(['messageNew INBOX/4', 'messageNew INBOX/3']);
		});

		test('hands over only what passes the filter, and tells changes and deletions of these only', async () => {
			await host.append(user, 'INBOX', mail('invoice 1'));
			await host.append(user, 'INBOX', mail('lunch'));
			const account = follow({ filter: { subject: 'invoice' } });
			await account.run();
			await host.append(user, 'INBOX', mail('invoice 2'));
			await host.append(user, 'INBOX', mail('dinner'));
			expect(told((await account.run()).events)).toEqual(['messageNew INBOX/3']);
			await host.flags(user, 'INBOX', [1, 2, 3, 4], { add: ['\\Seen'] });
			expect(told((await account.run()).events)).toEqual(['messageUpdated INBOX/1 +\\Seen', 'messageUpdated INBOX/3 +\\Seen']);
			await host.expunge(user, 'INBOX', [1, 2, 3, 4]);
			expect(told((await account.run()).events)).toEqual(['messageDeleted INBOX/1', 'messageDeleted INBOX/3']);
		});

		test('folder names in any script work', async () => {
			const folder = host.folder('Überweisungen & 請求書');
			await host.createFolder(user, folder);
			for (const selection of [
				{ kind: 'chosen', folders: [folder] } as const,
				{ kind: 'pattern', include: [host.folder('über*').toLowerCase()], exclude: [] } as const,
			]) {
				const account = follow({ selection });
				expect((await account.run()).problems).toEqual([]);
				await host.append(user, folder, mail('hello'));
				const { events } = await account.run();
				expect(events.map(({ event, folder: where }) => `${event} ${where}`)).toEqual([`messageNew ${folder}`]);
			}
		});

		test('follows many folders, made since the last run and renamed ones too', async () => {
			const [a, b, c, made, other] = ['A', 'B', 'C', 'Made', 'Other'].map((one) => host.folder(one));
			for (const folder of [a, b, c]) {
				await host.createFolder(user, folder);
				await host.fill(user, folder, 3);
			}
			const account = follow({ selection: { kind: 'all' }, startFrom: { kind: 'all' }, limits: { messages: 4 } });
			expect((await runAll(account)).sort()).toEqual(
				[a, b, c].flatMap((folder) => [1, 2, 3].map((uid) => `messageNew ${folder}/${uid}`)),
			);
			await host.append(user, c, mail('late'));
			await host.createFolder(user, made);
			await host.append(user, made, mail('in the new one'));
			expect((await runAll(account)).sort()).toEqual([`folderCreated ${made}`, `messageNew ${c}/4`, `messageNew ${made}/1`]);
			await host.renameFolder(user, made, other);
			expect(await runAll(account)).toEqual([`folderRenamed ${made} -> ${other}`]);
			await host.append(user, other, mail('in the renamed one'));
			expect(await runAll(account)).toEqual([`messageNew ${other}/2`]);
			await host.deleteFolder(user, other);
			// One listing without it proves nothing: the second one does.
			expect(await runAll(account)).toEqual([]);
			expect(await runAll(account)).toEqual([`folderDeleted ${other}`]);
		});

		test('takes a UIDVALIDITY change for one folderReset, emits nothing again and goes on', async () => {
			await host.createFolder(user, work);
			for (let i = 1; i <= 6; i++) await host.append(user, work, mail(`message ${i}`));
			const account = follow({
				selection: { kind: 'chosen', folders: [work] },
				startFrom: { kind: 'all' },
				limits: { messages: 4 },
			});
			expect(told((await account.run()).events)).toEqual([6, 5, 4, 3].map((uid) => `messageNew ${work}/${uid}`));
			await host.changeUidValidity(user, work);
			// The two that still waited are not lost.
			expect(await runAll(account)).toEqual([`folderReset ${work}`, `messageNew ${work}/2`, `messageNew ${work}/1`]);
			await host.append(user, work, mail('after'));
			await host.flags(user, work, [1], { add: ['\\Seen'] });
			expect(await runAll(account)).toEqual([`messageNew ${work}/7`, `messageUpdated ${work}/1 +\\Seen`]);
		});

		test('takes the first mail of an empty mailbox for new, also where UIDVALIDITY is the time until then', async () => {
			const account = follow();
			await account.run();
			const before = await host.uidValidity(user, 'INBOX');
			// On Courier a second is enough; where UIDVALIDITY stays there is nothing to wait for.
			const deadline = Date.now() + (host.kind === 'Courier' ? 5_000 : 0);
			while ((await host.uidValidity(user, 'INBOX')) === before && Date.now() < deadline);
			expect(told((await account.run()).events)).toEqual([]);
			await host.append(user, 'INBOX', mail('first'));
			expect(told((await account.run()).events)).toEqual(['messageNew INBOX/1']);
		});

		test('finds a few deletions in a large folder', async () => {
			await host.fill(user, 'INBOX', 2_000);
			const account = follow();
			await account.run();
			await host.expunge(user, 'INBOX', [7, 900, 901, 1_999]);
			await host.flags(user, 'INBOX', [1_500], { add: ['todo'] });
			expect(told((await account.run()).events)).toEqual([
				'messageUpdated INBOX/1500 +todo',
				...[7, 900, 901, 1_999].map((uid) => `messageDeleted INBOX/${uid}`),
			]);
			expect(told((await account.run()).events)).toEqual([]);
		});
	});
}
