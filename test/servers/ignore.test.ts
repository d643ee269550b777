import { FollowedAccount, told, type Ask } from '../support/account';
import type { IgnoreRules } from '../../sync/settings/watchSettings';
import type { MailHost } from '../support/mailHost';
import { mailServers } from '../support/mailServers';

/** Ignored messages on real servers. */
const mail = (id: string, from: string, ...lines: string[]): string =>
	[`Message-ID: <${id}@example.com>`, `From: ${from}`, ...lines, '', 'hello', ''].join('\r\n');
const news = (id: string): string =>
	mail(id, 'News <noreply@news.exämple.com>'.replace('exämple', 'xn--exmple-cua'), `Subject: ${id}`);
const kept = (id: string): string => mail(id, 'Bob <bob@example.com>', `Subject: ${id}`);
const ignore: IgnoreRules = { senders: ['*@*.exämple.com'], subjects: ['grüße'], threads: ['<root@example.com>'] };

for (const [name, describeHere, start] of mailServers) {
	describeHere(`ignored messages on ${name}`, () => {
		let host: MailHost;
		let user: string;

		beforeAll(async () => {
			host = await start();
		});
		afterAll(async () => {
			await host?.stop();
		});
		beforeEach(() => {
			user = host.newUser();
		});

		const follow = (ask: Ask = {}): FollowedAccount =>
			FollowedAccount.on(
				{ user, password: host.password, host: host.host, port: host.port, security: 'none', allowUnauthorizedCerts: false },
				{ ignore, ...ask },
			);
		const tell = async (account: FollowedAccount, ask: Ask = {}): Promise<string[]> => {
			const run = await account.run(ask);
			expect(run.problems).toEqual([]);
			return told(run.events);
		};

		test('by sender, subject and conversation, whatever becomes of them, and without repetition when the rules go', async () => {
			const work = host.folder('Work');
			await host.createFolder(user, work);
			await host.appendMany(user, 'INBOX', [news('a'), kept('b'), news('c')]);
			const account = follow({ selection: { kind: 'chosen', folders: ['INBOX', work] } });
			expect(await tell(account)).toEqual([]);
			await host.append(user, 'INBOX', mail('d', 'bob@example.com', 'Subject: =?iso-8859-1?Q?Sch=F6ne_Gr=FC=DFe?='));
			await host.append(user, 'INBOX', mail('e', 'bob@example.com', 'References: <other@example.com>', ' <root@example.com>'));
			await host.append(user, 'INBOX', kept('f'));
			await host.append(user, 'INBOX', news('g'));
			await host.flags(user, 'INBOX', [1, 2], { add: ['\\Seen'] });
			expect(await tell(account)).toEqual(['messageNew INBOX/6', 'messageUpdated INBOX/2 +\\Seen']);
			await host.expunge(user, 'INBOX', [1, 4]);
			await host.move(user, 'INBOX', [3, 6], work);
			const moved = [...(await tell(account)), ...(await tell(account))];
			expect(moved).toEqual([`messageMoved INBOX/6 -> ${work}/2`]);
			await host.flags(user, work, [1, 2], { add: ['\\Flagged'] });
			expect(await tell(account)).toEqual([`messageUpdated ${work}/2 +\\Flagged`]);
			expect(await tell(account, { ignore: undefined })).toEqual([]);
			await host.flags(user, 'INBOX', [5], { add: ['\\Seen'] });
			expect(await tell(account, { ignore: undefined })).toEqual(['messageUpdated INBOX/5 +\\Seen']);
			expect(await tell(account)).toEqual([]);
			await host.expunge(user, 'INBOX', [5, 7, 2]);
			expect((await tell(account)).concat(await tell(account))).toEqual(['messageDeleted INBOX/2']);
		});

		test('in a large folder they are found by a search', async () => {
			await host.fill(user, 'INBOX', 1_100);
			await host.append(user, 'INBOX', news('a'));
			await host.append(user, 'INBOX', kept('b'));
			const account = follow();
			expect(await tell(account)).toEqual([]);
			await host.expunge(user, 'INBOX', [1_101, 1_102]);
			expect(await tell(account)).toEqual(['messageDeleted INBOX/1102']);
		});
	});
}
