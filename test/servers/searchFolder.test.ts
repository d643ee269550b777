import { ContentMatchesByFolder } from '../../sync/search/contentMatches';
import { FollowedAccount, told, type Ask } from '../support/account';
import { startCourier } from '../support/courier';
import { startCyrus } from '../support/cyrus';
import { startDovecot } from '../support/dovecot';
import { mail } from '../support/mail';
import { mailHostOf, type MailHost } from '../support/mailHost';
import { describeServer } from '../support/roots/serverRoot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';
import type { SearchCriteria } from '../../sync/server/searchCriteria';

/** Search folders on real servers, each also as the poorer ones that the proxy can make of it. */
const flagged: SearchCriteria = { flags: { '\\Flagged': true } };

const dovecot = async (): Promise<MailHost> => mailHostOf(await startDovecot());
const kinds: Array<[string, jest.Describe, () => Promise<MailHost>, string[], boolean]> = [
	['Dovecot with QRESYNC', describe, dovecot, [], true],
	['Dovecot with CONDSTORE', describe, dovecot, ['QRESYNC'], true],
	['Dovecot with neither', describe, dovecot, ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS'], false],
	['Cyrus', describeServer('cyrus'), startCyrus, [], true],
	['Cyrus with neither', describeServer('cyrus'), startCyrus, ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS'], false],
	['Courier', describeServer('courier'), startCourier, [], false],
];

for (const [name, describeHere, start, mask, hasModseq] of kinds) {
	describeHere(`a search folder on ${name}`, () => {
		let host: MailHost;
		let proxy: CountingProxy;
		let user: string;

		beforeAll(async () => {
			host = await start();
			proxy = await startProxy(host, { mask });
		});
		afterAll(async () => {
			await proxy?.stop();
			await host?.stop();
		});
		beforeEach(() => {
			user = host.newUser();
			proxy.onServerLine = undefined;
			proxy.onClientLine = undefined;
		});

		const follow = (ask: Ask = {}): FollowedAccount =>
			FollowedAccount.on(
				{ user, password: host.password, host: proxy.host, port: proxy.port, security: 'none', allowUnauthorizedCerts: false },
				{ filter: flagged, ...ask },
			);
		const tell = async (account: FollowedAccount): Promise<string[]> => {
			const run = await account.run();
			expect(run.problems).toEqual([]);
			return told(run.events);
		};

		test('tells what starts and stops to match, new, updated and deleted ones among them', async () => {
			await host.appendMany(user, 'INBOX', ['a', 'b', 'c', 'd'].map(mail));
			await host.flags(user, 'INBOX', [4], { add: ['\\Flagged'] });
			const account = follow();
			expect(await tell(account)).toEqual([]);
			await host.flags(user, 'INBOX', [1], { add: ['\\Flagged', 'todo'] });
			await host.flags(user, 'INBOX', [2], { add: ['\\Seen'] });
			await host.append(user, 'INBOX', mail('e'), { flags: ['\\Flagged'] });
			await host.append(user, 'INBOX', mail('f'));
			expect(await tell(account)).toEqual(['messageNew INBOX/5', 'messageMatched INBOX/1']);
			await host.flags(user, 'INBOX', [6], { add: ['\\Flagged'] });
			await host.flags(user, 'INBOX', [4], { remove: ['\\Flagged'] });
			await host.expunge(user, 'INBOX', [1, 2]);
			expect(await tell(account)).toEqual([
				'messageUpdated INBOX/4 -\\Flagged',
				'messageMatched INBOX/6',
				'messageUnmatched INBOX/4',
				'messageDeleted INBOX/1',
			]);
			expect(await tell(account)).toEqual([]);
		});

		test('follows keywords, and texts together with flags', async () => {
			await host.appendMany(user, 'INBOX', ['invoice', 'lunch', 'invoice2'].map(mail));
			const account = follow({
				filter: { subject: 'invoice', flags: { todo: true, '\\Seen': false } },
				events: ['messageMatched', 'messageUnmatched'],
				output: 'content',
			});
			expect(await tell(account)).toEqual([]);
			await host.flags(user, 'INBOX', [1, 2, 3], { add: ['todo'] });
			const { events, messages } = await account.run();
			expect(told(events)).toEqual(['messageMatched INBOX/1', 'messageMatched INBOX/3']);
			expect(messages.get(events[1])?.source?.toString()).toBe(mail('invoice2'));
			await host.flags(user, 'INBOX', [1, 2], { add: ['\\Seen'] });
			await host.flags(user, 'INBOX', [3], { remove: ['todo'] });
			expect(await tell(account)).toEqual(['messageUnmatched INBOX/1', 'messageUnmatched INBOX/3']);
			expect(await tell(account)).toEqual([]);
		});

		test('any condition, exceptions and attached files, of new and of known messages', async () => {
			const file = (subject: string): string =>
				[
					...[
						`Message-ID: <${subject}@example.com>`,
						`Subject: ${subject}`,
						'MIME-Version: 1.0',
						'Content-Type: multipart/mixed; boundary=b',
						'',
						'--b',
					],
					...[
						'Content-Type: text/plain',
						'',
						'see',
						'--b',
						'Content-Type: application/pdf',
						'Content-Disposition: attachment; filename=a.pdf',
					],
					...['', 'pdf', '--b--', ''],
				].join('\r\n');
			await host.appendMany(user, 'INBOX', [file('a'), mail('b'), mail('Invoice'), file('d')]);
			const account = follow({
				filter: { anyOf: [{ subject: 'invoice' }, { hasAttachment: true, ...flagged }], noneOf: [{ flags: { todo: true } }] },
				contentMatches: new ContentMatchesByFolder(),
			});
			expect(await tell(account)).toEqual([]);
			await host.flags(user, 'INBOX', [1, 2], { add: ['\\Flagged'] });
			await host.flags(user, 'INBOX', [3], { add: ['todo'] });
			await host.append(user, 'INBOX', file('e'), { flags: ['\\Flagged'] });
			await host.append(user, 'INBOX', mail('f'), { flags: ['\\Flagged'] });
			await host.append(user, 'INBOX', mail('invoice two'));
			await host.append(user, 'INBOX', mail('invoice three'), { flags: ['todo'] });
			expect(await tell(account)).toEqual([
				'messageNew INBOX/5',
				'messageNew INBOX/7',
				'messageUpdated INBOX/3 +todo',
				'messageMatched INBOX/1',
				'messageUnmatched INBOX/3',
			]);
			await host.flags(user, 'INBOX', [1, 7], { remove: ['\\Flagged'], add: ['\\Seen'] });
			await host.flags(user, 'INBOX', [8], { remove: ['todo'] });
			await host.expunge(user, 'INBOX', [4, 5]);
			expect(await tell(account)).toEqual([
				'messageUpdated INBOX/1 +\\Seen -\\Flagged',
				'messageUpdated INBOX/7 +\\Seen',
				'messageMatched INBOX/8',
				'messageUnmatched INBOX/1',
				'messageDeleted INBOX/5',
			]);
			expect(await tell(account)).toEqual([]);
		});

		test('a text that the server refuses to search for is looked for here, in new and in known messages', async () => {
			proxy.onClientLine = (line, { command, continued, toClient }) => {
				if (continued || command?.name !== 'UID SEARCH' || !/SUBJECT/.test(line)) return undefined;
				// The server's own refusal where the client waits to be asked for the text.
				if (/\{\d+\}$/.test(line)) return line.replace('UTF-8', 'X-UNKNOWN');
				toClient(`${command.tag} NO [BADCHARSET] not in this language`);
				return null;
			};
			const umlaut = 'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\r\nhello\r\n';
			await host.appendMany(user, 'INBOX', [umlaut, mail('x')]);
			const account = follow({ filter: { subject: 'GRÜßE', ...flagged } });
			expect(await tell(account)).toEqual([]);
			await host.append(user, 'INBOX', umlaut, { flags: ['\\Flagged'] });
			await host.append(user, 'INBOX', mail('x'), { flags: ['\\Flagged'] });
			await host.flags(user, 'INBOX', [1, 2], { add: ['\\Flagged'] });
			expect(await tell(account)).toEqual(['messageNew INBOX/3', 'messageMatched INBOX/1']);
		});

		test('moved in and out of it, by hand', async () => {
			const other = host.folder('Other');
			await host.createFolder(user, other);
			await host.append(user, other, mail('moves'), { flags: ['\\Flagged'] });
			const account = follow({ events: ['messageMatched', 'messageUnmatched', 'messageDeleted'] });
			await tell(account);
			await host.move(user, other, [1], 'INBOX');
			expect(await tell(account)).toEqual(['messageMatched INBOX/1']);
			await host.move(user, 'INBOX', [1], other);
			expect(await tell(account)).toEqual(['messageDeleted INBOX/1']);
		});

		test(`costs ${hasModseq ? 'one round trip' : 'one search more'} where nothing changed`, async () => {
			await host.fill(user, 'INBOX', 50);
			const account = follow({ events: ['messageNew', 'messageMatched', 'messageUnmatched'] });
			await tell(account);
			await tell(account);
			proxy.reset();
			expect(await tell(account)).toEqual([]);
			const commands = [...proxy.transcript().matchAll(/^C: \S+ (UID \w+|SELECT|EXAMINE|LIST|NOOP)/gm)].map(
				([, command]) => command,
			);
			expect(commands).toEqual(hasModseq ? ['EXAMINE'] : ['EXAMINE', 'UID SEARCH']);
		});

		test('a refused search stops the folder with an error; an empty answer is no end of a match', async () => {
			await host.appendMany(user, 'INBOX', ['a', 'b'].map(mail));
			await host.flags(user, 'INBOX', [1], { add: ['\\Flagged'] });
			const account = follow();
			await tell(account);
			await host.flags(user, 'INBOX', [2], { add: ['\\Seen'] });
			proxy.onClientLine = (_line, { command, toClient }) => {
				if (command?.name !== 'UID SEARCH') return undefined;
				toClient(`${command.tag} NO search is out of order`);
				return null;
			};
			const refused = await account.run();
			expect(refused.events).toEqual([]);
			expect(refused.problems).toMatchObject([{ scope: 'folder', data: { folder: 'INBOX' } }]);
			proxy.onClientLine = (_line, { command, toClient }) => {
				if (command?.name !== 'UID SEARCH') return undefined;
				toClient(`* ESEARCH (TAG "${command.tag}") UID COUNT 0`);
				toClient('* SEARCH');
				toClient(`${command.tag} OK done`);
				return null;
			};
			expect((await account.run()).events).toEqual([]);
			proxy.onClientLine = undefined;
			await host.flags(user, 'INBOX', [2], { add: ['\\Flagged'] });
			await host.flags(user, 'INBOX', [1], { remove: ['\\Flagged'] });
			expect(await tell(account)).toEqual([
				'messageUpdated INBOX/1 -\\Flagged',
				'messageMatched INBOX/2',
				'messageUnmatched INBOX/1',
			]);
		});
	});
}
