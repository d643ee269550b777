import { changeMessages, type Changed, type MessageChange } from '../../sync/changing/changeMessages';
import { connectSession } from '../../sync/session/connectSession';
import { knownChangesOf } from '../../sync/session/ownChangesOf';
import type { ConnectionSettings } from '../../sync/imap/settings';
import { asUid } from '../../sync/uids/uid';
import { FollowedAccount, told, type Ask } from '../support/account';
import { mail } from '../support/mail';
import type { MailHost } from '../support/mailHost';
import { mailServersByKind } from '../support/mailServers';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/**
 * What this package itself changes is no event, and what others do to the same messages is, on real servers: the changes go through
 * the writer of the action node, those of others over connections of their own.
 */

for (const [name, describeHere, start, mask] of mailServersByKind) {
	describeHere(`own changes on ${name}`, () => {
		let host: MailHost;
		let proxy: CountingProxy;
		let user: string;
		let work: string;
		let settings: ConnectionSettings;

		beforeAll(async () => {
			host = await start();
			proxy = await startProxy(host, { mask });
		});
		afterAll(async () => {
			await proxy?.stop();
			await host?.stop();
		});
		beforeEach(async () => {
			user = host.newUser();
			work = host.folder('Work');
			await host.createFolder(user, work);
			settings = {
				user,
				password: host.password,
				host: proxy.host,
				port: proxy.port,
				security: 'none',
				allowUnauthorizedCerts: false,
			};
		});

		/** Follows INBOX and Work; with `own` as the option ignoreOwnChanges has it. */
		const follow = (ask: Ask = {}, own = true): FollowedAccount =>
			FollowedAccount.on(settings, {
				selection: { kind: 'chosen', folders: ['INBOX', work] },
				...(own ? { ownChanges: knownChangesOf(settings) } : {}),
				...ask,
			});
		const events = async (account: FollowedAccount): Promise<string[]> => told((await account.run()).events);
		/** Changes messages as the action node does. */
		const act = async (uids: number[], task: MessageChange, folder = 'INBOX'): Promise<Changed[]> => {
			const session = await connectSession(settings);
			const done: Changed[] = [];
			try {
				const tasks = uids.map((uid) => ({ address: { folder, uid: asUid(uid) }, task }));
				const onResult = (_index: number, outcome: Changed | Error): void => {
					if (outcome instanceof Error) throw outcome;
					done.push(outcome);
				};
				await changeMessages(session.writer, tasks, { onResult });
			} finally {
				await session.close();
			}
			return done;
		};
		const seen: MessageChange = { kind: 'flags', mode: 'add', flags: ['\\Seen'] };

		test('flags: ours are no event, those of others on the same message are', async () => {
			await host.fill(user, 'INBOX', 4, mail('x'));
			const ours = follow();
			const all = follow({}, false);
			await ours.run();
			await all.run();
			await act([1, 2], seen);
			await host.flags(user, 'INBOX', [2], { add: ['\\Flagged'] });
			await host.flags(user, 'INBOX', [3], { add: ['\\Seen'] });
			expect(await events(ours)).toEqual(['messageUpdated INBOX/2 +\\Flagged', 'messageUpdated INBOX/3 +\\Seen']);
			expect(await events(all)).toEqual([
				'messageUpdated INBOX/1 +\\Seen',
				'messageUpdated INBOX/2 +\\Flagged +\\Seen',
				'messageUpdated INBOX/3 +\\Seen',
			]);
			expect(await events(ours)).toEqual([]);
			// The same change once more is somebody else's: ours was seen already.
			await host.flags(user, 'INBOX', [1], { remove: ['\\Seen'] });
			expect(await events(ours)).toEqual(['messageUpdated INBOX/1 -\\Seen']);
			await host.flags(user, 'INBOX', [1], { add: ['\\Seen'] });
			expect(await events(ours)).toEqual(['messageUpdated INBOX/1 +\\Seen']);
			await act([1, 4], { kind: 'flags', mode: 'set', flags: ['\\Draft'] });
			expect(await events(ours)).toEqual([]);
			await host.flags(user, 'INBOX', [4], { remove: ['\\Draft'] });
			expect(await events(ours)).toEqual(['messageUpdated INBOX/4 -\\Draft']);
		});

		test('moves, copies, deletions and stored messages: ours are no event, whoever else does so gives one', async () => {
			await host.fill(user, 'INBOX', 6, mail('x'));
			const ours = follow();
			await ours.run();
			const [moved] = await act([1], { kind: 'move', to: work });
			await act([2], { kind: 'copy', to: work });
			await act([3], { kind: 'remove' });
			const session = await connectSession(settings);
			const stored = await session.writer.append(work, { source: Buffer.from(mail('stored')), flags: [] });
			await session.close();
			// Only a server that tells where a message went lets anybody know that it is ours.
			expect([moved.target?.uid, stored.uid]).toEqual([1, 3]);
			await host.expunge(user, 'INBOX', [4]);
			await host.append(user, work, mail('by somebody'));
			const seenNow = (await events(ours)).concat(await events(ours)).sort();
			expect(seenNow).toEqual(['messageDeleted INBOX/4', `messageNew ${work}/4`]);
			// What came by our hand is followed like any other message from then on.
			await host.flags(user, work, [1, 3], { add: ['\\Flagged'] });
			await host.expunge(user, work, [2]);
			expect((await events(ours)).concat(await events(ours)).sort()).toEqual([
				`messageDeleted ${work}/2`,
				`messageUpdated ${work}/1 +\\Flagged`,
				`messageUpdated ${work}/3 +\\Flagged`,
			]);
		});

		test('a search folder: our flag makes no match, and what somebody makes match is told', async () => {
			await host.fill(user, 'INBOX', 3, mail('x'));
			const ours = follow({
				events: ['messageNew', 'messageMatched', 'messageUnmatched'],
				filter: { flags: { '\\Flagged': true } },
				selection: { kind: 'chosen', folders: ['INBOX'] },
			});
			await ours.run();
			await act([1], { kind: 'flags', mode: 'add', flags: ['\\Flagged'] });
			await host.flags(user, 'INBOX', [2], { add: ['\\Flagged'] });
			expect(await events(ours)).toEqual(['messageMatched INBOX/2']);
			await act([2], { kind: 'flags', mode: 'remove', flags: ['\\Flagged'] });
			expect(await events(ours)).toEqual([]);
			await host.flags(user, 'INBOX', [1], { remove: ['\\Flagged'] });
			expect(await events(ours)).toEqual(['messageUnmatched INBOX/1']);
		});

		test('a run that is cut short forgets no change of others and tells none of ours', async () => {
			await host.fill(user, 'INBOX', 6, mail('x'));
			const ours = follow();
			await ours.run();
			await act([1, 3, 5], seen);
			await host.flags(user, 'INBOX', [2, 4, 6], { add: ['\\Seen'] });
			const cut = told((await ours.run({ limits: { messages: 1 } })).events);
			expect(cut.concat(await events(ours)).sort()).toEqual([2, 4, 6].map((uid) => `messageUpdated INBOX/${uid} +\\Seen`));
		});
	});
}
