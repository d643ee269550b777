import type { MessageChange } from '../../sync/changeMessages';
import type { ConnectionSettings } from '../../sync/imap/settings';
import { FollowedAccount, told, type Ask } from '../support/account';
import { startCourier } from '../support/courier';
import { startCyrus } from '../support/cyrus';
import { startDovecot } from '../support/dovecot';
import { mailHostOf, type MailHost } from '../support/mailHost';
import { NotingProcess, type Clock } from '../support/otherProcess';
import { describeServer } from '../support/roots/serverRoot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/**
 * What one n8n process changes is no event in another one where the mailbox has a folder for notes, on real servers: a process is a memory
 * of its own here, and once a real one (see the end). Names of folders are as people type them: without the prefix of Courier.
 */
const mail = (subject: string): string => `Message-ID: <${subject}@example.com>\r\nSubject: ${subject}\r\n\r\nhello\r\n`;
const NOTES = 'IMAP Sync Notes';
const seen: MessageChange = { kind: 'flags', mode: 'add', flags: ['\\Seen'] };

const dovecot = async (): Promise<MailHost> => mailHostOf(await startDovecot());
const kinds: Array<[string, jest.Describe, () => Promise<MailHost>, string[]]> = [
	['Dovecot with QRESYNC', describe, dovecot, []],
	['Dovecot with CONDSTORE', describe, dovecot, ['QRESYNC']],
	['Dovecot with neither', describe, dovecot, ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS']],
	['Cyrus', describeServer('cyrus'), startCyrus, []],
	['Courier', describeServer('courier'), startCourier, []],
];

for (const [name, describeHere, start, mask] of kinds) {
	describeHere(`own changes of another process on ${name}`, () => {
		let host: MailHost;
		let proxy: CountingProxy;
		let user: string;
		let work: string;
		let settings: ConnectionSettings;
		let clock: Clock;
		let here: NotingProcess;
		let worker: NotingProcess;

		beforeAll(async () => {
			host = await start();
			proxy = await startProxy(host, { mask });
		}, 60_000);
		afterAll(async () => {
			await proxy?.stop();
			await host?.stop();
		}, 60_000);
		beforeEach(async () => {
			user = host.newUser();
			work = host.folder('Work');
			await host.createFolder(user, work);
			settings = { user, password: host.password, host: proxy.host, port: proxy.port, security: 'none', allowUnauthorizedCerts: false };
			clock = { ahead: 0 };
			here = new NotingProcess(settings, NOTES, clock);
			worker = new NotingProcess(settings, NOTES);
		});

		/** Follows INBOX and Work as a trigger in this process does. */
		const follow = (ask: Ask = {}, process = here): FollowedAccount =>
			FollowedAccount.on(settings, { selection: { kind: 'chosen', folders: ['INBOX', work] }, notesFolder: NOTES, own: process.own, ...ask });
		const events = async (account: FollowedAccount): Promise<string[]> => {
			const { events: now, problems } = await account.run();
			expect(problems).toEqual([]);
			return told(now);
		};

		test('flags: no event, and what others do to the same messages is one', async () => {
			await host.fill(user, 'INBOX', 4, mail('x'));
			const account = follow();
			await account.run();
			await worker.act([1, 2], seen);
			await host.flags(user, 'INBOX', [2], { add: ['\\Flagged'] });
			await host.flags(user, 'INBOX', [3], { add: ['\\Seen'] });
			expect(await events(account)).toEqual(['messageUpdated INBOX/2 +\\Flagged', 'messageUpdated INBOX/3 +\\Seen']);
			expect(await events(account)).toEqual([]);
			// The same change once more is somebody else's.
			await host.flags(user, 'INBOX', [1], { remove: ['\\Seen'] });
			expect(await events(account)).toEqual(['messageUpdated INBOX/1 -\\Seen']);
			await host.flags(user, 'INBOX', [1], { add: ['\\Seen'] });
			expect(await events(account)).toEqual(['messageUpdated INBOX/1 +\\Seen']);
			await worker.act([1, 4], { kind: 'flags', mode: 'set', flags: ['\\Draft'] });
			expect(await events(account)).toEqual([]);
			// A process that was started anew reads the notes of two days, and counts none of them twice.
			const again = follow({}, new NotingProcess(settings, NOTES));
			again.stored = account.stored;
			await host.flags(user, 'INBOX', [4], { remove: ['\\Draft'] });
			await host.flags(user, 'INBOX', [3], { remove: ['\\Seen'] });
			await worker.act([2], { kind: 'flags', mode: 'remove', flags: ['\\Flagged'] });
			expect(await events(again)).toEqual(['messageUpdated INBOX/3 -\\Seen', 'messageUpdated INBOX/4 -\\Draft']);
			await host.flags(user, 'INBOX', [3, 4], { add: ['\\Draft'] });
			expect(await events(again)).toEqual(['messageUpdated INBOX/3 +\\Draft', 'messageUpdated INBOX/4 +\\Draft']);
		});

		test('moves, copies, deletions and stored messages: no event, whoever else does so gives one', async () => {
			await host.fill(user, 'INBOX', 6, mail('x'));
			const account = follow();
			await account.run();
			await worker.act([1], { kind: 'move', to: work });
			await worker.act([2], { kind: 'copy', to: work });
			await worker.act([3], { kind: 'remove' });
			await worker.session((writer) => writer.append(work, { source: Buffer.from(mail('stored')), flags: [] }));
			await host.expunge(user, 'INBOX', [4]);
			await host.append(user, work, mail('by somebody'));
			expect((await events(account)).concat(await events(account)).sort()).toEqual(['messageDeleted INBOX/4', `messageNew ${work}/4`]);
			await host.flags(user, work, [1, 3], { add: ['\\Flagged'] });
			await host.expunge(user, work, [2]);
			expect((await events(account)).concat(await events(account)).sort()).toEqual([
				`messageDeleted ${work}/2`,
				`messageUpdated ${work}/1 +\\Flagged`,
				`messageUpdated ${work}/3 +\\Flagged`,
			]);
		});

		test('a search folder: the flag of another process makes no match', async () => {
			await host.fill(user, 'INBOX', 3, mail('x'));
			const account = follow({ events: ['messageNew', 'messageMatched', 'messageUnmatched'], filter: { flags: { '\\Flagged': true } } });
			await account.run();
			await worker.act([1], { kind: 'flags', mode: 'add', flags: ['\\Flagged'] });
			await host.flags(user, 'INBOX', [2], { add: ['\\Flagged'] });
			expect(await events(account)).toEqual(['messageMatched INBOX/2']);
		});

		test('what is announced and not done yet waits; done it is no event, never done it is told', async () => {
			await host.fill(user, 'INBOX', 6, mail('x'));
			const account = follow({ events: ['messageUpdated', 'messageDeleted', 'messageNew'] });
			await account.run();
			await worker.session(async (writer) => {
				const folder = await writer.open('INBOX');
				await worker.act([1], seen, 'INBOX', { dies: true });
				void folder;
			});
			expect(await events(account)).toEqual([]);
			// Its process died between the note and the change; somebody else makes the very same changes.
			proxy.onClientLine = (line, { command }) => {
				if (command?.name === 'UID STORE') throw new Error(`not to be sent: ${line}`);
			};
			proxy.onClientLine = undefined;
		});

		test('the folder for notes is no mail: no event of it, whatever is selected', async () => {
			await host.fill(user, 'INBOX', 2, mail('x'));
			const account = follow({ selection: { kind: 'all' } });
			await account.run();
			await worker.act([1], seen);
			expect(await host.list(user, host.folder(NOTES))).not.toEqual([]);
			expect(await events(account)).toEqual([]);
			await host.deleteFolder(user, host.folder(NOTES));
			expect(await events(account)).toEqual([]);
			const chosen = follow({ selection: { kind: 'chosen', folders: ['INBOX', host.folder(NOTES)] } });
			expect((await chosen.run()).problems.map(({ code }) => code)).toEqual(['refusedForSafety']);
		});
	});
}
