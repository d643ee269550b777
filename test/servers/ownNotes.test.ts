import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeChangeNote } from '../../sync/ownChanges/changeNote';
import type { MessageChange } from '../../sync/changing/changeMessages';
import { knownChangesOf } from '../../sync/session/ownChangesOf';
import type { ConnectionSettings } from '../../sync/imap/settings';
import { FollowedAccount, told, type Ask } from '../support/account';
import { sealBy } from '../support/accountSeal';
import { buildIfStale, root } from '../support/build';
import { credentialFor, runNode } from '../support/executeContext';
import { startDovecot } from '../support/dovecot';
import { mail } from '../support/mail';
import { mailHostOf, type MailHost } from '../support/mailHost';
import { mailServersByKind } from '../support/mailServers';
import { NotingProcess, type Clock } from '../support/otherProcess';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/**
 * What one n8n process changes is no event in another one where the mailbox has a folder for notes, on real servers: a process is a memory
 * of its own here, and once a real one (see the end). Names of folders are as people type them: without the prefix of Courier.
 */
const NOTES = 'IMAP Sync Notes';
const seen: MessageChange = { kind: 'flags', mode: 'add', flags: ['\\Seen'] };

for (const [name, describeHere, start, mask] of mailServersByKind) {
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
			clock = { ahead: 0 };
			here = new NotingProcess(settings, NOTES, clock);
			worker = new NotingProcess(settings, NOTES);
		});

		/** Follows INBOX and Work as a trigger in this process does. */
		const follow = (ask: Ask = {}, process = here): FollowedAccount =>
			FollowedAccount.on(settings, {
				selection: { kind: 'chosen', folders: ['INBOX', work] },
				notesFolder: NOTES,
				ownChanges: process.ownChanges,
				...ask,
			});
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
			expect((await events(account)).concat(await events(account)).sort()).toEqual([
				'messageDeleted INBOX/4',
				`messageNew ${work}/4`,
			]);
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
			const account = follow({
				events: ['messageNew', 'messageMatched', 'messageUnmatched'],
				filter: { flags: { '\\Flagged': true } },
			});
			await account.run();
			await worker.act([1], { kind: 'flags', mode: 'add', flags: ['\\Flagged'] });
			await host.flags(user, 'INBOX', [2], { add: ['\\Flagged'] });
			expect(await events(account)).toEqual(['messageMatched INBOX/2']);
		});

		test('a process that dies between the note and the change hides nothing that others do', async () => {
			await host.fill(user, 'INBOX', 6, mail('x'));
			const account = follow({ events: ['messageUpdated', 'messageDeleted', 'messageNew'] });
			await account.run();
			for (const [uid, task] of [
				[1, seen],
				[2, { kind: 'remove' }],
			] as Array<[number, MessageChange]>) {
				proxy.onClientLine = (_line, { command, connection }) => {
					if (command?.name !== 'UID STORE') return undefined;
					connection.cut();
					return null;
				};
				await expect(worker.act([uid], task, 'INBOX', { dies: true })).rejects.toThrow(/connection/i);
				proxy.onClientLine = undefined;
			}
			await host.flags(user, 'INBOX', [1], { add: ['\\Seen'] });
			await host.flags(user, 'INBOX', [3], { add: ['\\Flagged'] });
			await host.expunge(user, 'INBOX', [2, 4]);
			expect(await events(account)).toEqual(['messageUpdated INBOX/3 +\\Flagged', 'messageDeleted INBOX/4']);
			expect(await events(account)).toEqual([]);
			clock.ahead = 3 * 60_000;
			expect(await events(account)).toEqual(['messageUpdated INBOX/1 +\\Seen', 'messageDeleted INBOX/2']);
		});

		test('old notes are removed by who writes new ones, and nothing else', async () => {
			await host.fill(user, 'INBOX', 2, mail('x'));
			const notes = host.folder(NOTES);
			await host.createFolder(user, notes);
			const threeDays = new Date(Date.now() - 72 * 60 * 60_000);
			const old = await writeChangeNote(
				{ process: 'p', session: 's', number: 1, at: threeDays.getTime(), announced: [], settled: [], came: [] },
				{ seal: sealBy('somebody'), folder: notes },
			);
			await host.append(user, notes, old.toString('latin1'), { internalDate: threeDays });
			await host.append(user, notes, mail('of somebody'), { internalDate: threeDays });
			await host.append(user, notes, old.toString('latin1'));
			await worker.act([1], seen, 'INBOX', { mayTidy: true });
			expect(worker.problem).toBeUndefined();
			const left = await host.list(user, notes);
			expect(left.map(({ uid }) => uid)).toEqual([2, 3, 4, 5]);
			expect(left.slice(2).map(({ flags }) => flags)).toEqual([['\\Seen'], ['\\Seen']]);
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

describe('at the wire, on Dovecot', () => {
	let host: MailHost;
	let proxy: CountingProxy;
	let user: string;
	let settings: ConnectionSettings;

	beforeAll(async () => {
		buildIfStale();
		host = mailHostOf(await startDovecot());
		proxy = await startProxy(host);
	});
	afterAll(async () => {
		await proxy?.stop();
		await host?.stop();
	});
	beforeEach(() => {
		user = host.newUser();
		settings = {
			user,
			password: host.password,
			host: proxy.host,
			port: proxy.port,
			security: 'none',
			allowUnauthorizedCerts: false,
		};
		proxy.onClientLine = undefined;
	});

	const sent: string[] = [];
	/** Forgets what was counted, and notes the commands from now on; logging in and out is none. */
	const reset = (): void => {
		proxy.reset();
		sent.length = 0;
		proxy.onClientLine = (line, { command, continued }) => {
			if (!command || continued || !/^(EXAMINE|SELECT|APPEND|CREATE|UID .*)$/.test(command.name)) return undefined;
			const folder = /^\S+ (?:EXAMINE|SELECT|APPEND|CREATE) (?:"([^"]*)"|([^ ]*))/.exec(line);
			sent.push([command.name, ...(folder ? [folder[1] ?? folder[2]] : [])].join(' '));
			return undefined;
		};
	};
	const workflow = async (operation: string, parameters: object, count: number) =>
		await runNode({
			items: Array.from({ length: count }, (_, i) => ({ folder: 'INBOX', uid: 2 * i + 1 })),
			parameters: { resource: 'message', operation, ...parameters },
			credential: { ...credentialFor(proxy, user), notesFolder: NOTES },
		});

	test.each([1, 500])('%i messages are flagged with one note before and one after, and moved likewise', async (count) => {
		await host.fill(user, 'INBOX', 2 * count, mail('x'));
		await host.createFolder(user, 'Work');
		// The folder is there, and old notes were looked for.
		await workflow('markRead', {}, 1);
		reset();
		expect((await workflow('addFlags', { flags: ['\\Flagged'] }, count)).hints).toEqual([]);
		expect(sent).toEqual(['SELECT INBOX', `APPEND ${NOTES}`, 'UID STORE', `APPEND ${NOTES}`]);
		reset();
		await workflow('move', { toFolder: 'Work' }, count);
		expect(sent).toEqual(['SELECT INBOX', 'UID SEARCH', `APPEND ${NOTES}`, 'UID MOVE', `APPEND ${NOTES}`]);
	});

	test('without a folder for notes, nothing is written; nothing changed costs one round trip with one too; a change of others two or three more', async () => {
		await host.fill(user, 'INBOX', 10, mail('x'));
		reset();
		await runNode({
			items: [{ folder: 'INBOX', uid: 1 }],
			parameters: { resource: 'message', operation: 'markRead' },
			credential: credentialFor(proxy, user),
		});
		expect(sent).toEqual(['SELECT INBOX', 'UID STORE']);
		const here = new NotingProcess(settings, NOTES);
		const worker = new NotingProcess(settings, NOTES);
		const account = FollowedAccount.on(settings, {
			notesFolder: NOTES,
			ownChanges: here.ownChanges,
			events: ['messageNew', 'messageUpdated', 'messageDeleted'],
		});
		const run = async (): Promise<string[]> => {
			reset();
			return told((await account.run()).events);
		};
		await run();
		expect(await run()).toEqual([]);
		expect(proxy.totals().work).toMatchObject({ roundTrips: 1, commands: 1 });
		await worker.act([2], seen);
		expect(await run()).toEqual([]);
		expect(sent).toEqual(['EXAMINE INBOX', `EXAMINE ${NOTES}`, 'UID SEARCH', 'UID FETCH', 'EXAMINE INBOX']);
		expect(proxy.totals().work.roundTrips).toBe(5);
		await worker.act([3], seen);
		await host.flags(user, 'INBOX', [4], { add: ['\\Seen'] });
		expect(await run()).toEqual(['messageUpdated INBOX/4 +\\Seen']);
		await host.flags(user, 'INBOX', [5], { add: ['\\Seen'] });
		expect(await run()).toEqual(['messageUpdated INBOX/5 +\\Seen']);
		expect(sent).toEqual(['EXAMINE INBOX', `EXAMINE ${NOTES}`, 'EXAMINE INBOX']);
		expect(await run()).toEqual([]);
		expect(proxy.totals().work).toMatchObject({ roundTrips: 1, commands: 1 });
	});

	test('nothing changed in 100 folders costs one round trip', async () => {
		const folders = Array.from({ length: 99 }, (_, i) => `Project ${i}`);
		for (const folder of folders) await host.createFolder(user, folder);
		await host.fill(user, 'INBOX', 3, mail('x'));
		const worker = new NotingProcess(settings, NOTES);
		const account = FollowedAccount.on(settings, {
			selection: { kind: 'all' },
			notesFolder: NOTES,
			ownChanges: new NotingProcess(settings, NOTES).ownChanges,
		});
		await account.run();
		await worker.act([1], seen);
		expect(told((await account.run()).events)).toEqual([]);
		reset();
		expect(told((await account.run()).events)).toEqual([]);
		expect(proxy.totals().work).toMatchObject({ roundTrips: 1, commands: 1 });
	});

	test('a note that is refused keeps nothing from being done, and is told in one hint', async () => {
		await host.fill(user, 'INBOX', 4, mail('x'));
		let refused = 0;
		proxy.onClientLine = (_line, { command, toClient }) => {
			if (command?.name !== 'APPEND') return undefined;
			refused++;
			toClient(`${command.tag} NO [OVERQUOTA] no room`);
			return null;
		};
		const flagged = await workflow('addFlags', { flags: ['\\Flagged'] }, 2);
		expect(flagged.items.map(({ json }) => json.flags)).toEqual([['\\Flagged'], ['\\Flagged']]);
		expect(flagged.hints).toEqual([expect.stringMatching(/IMAP Sync Notes.*no room.*Folder for Notes/s) as string]);
		expect(refused).toBeGreaterThan(0);
	});

	test('what a real second process does is no event here, and what somebody else does is', async () => {
		await host.createFolder(user, 'Work');
		await host.fill(user, 'INBOX', 5, mail('x'));
		const credential = { ...credentialFor(proxy, user), notesFolder: NOTES };
		const settingsHere = { ...settings, notesFolder: NOTES };
		const account = FollowedAccount.on(settings, {
			selection: { kind: 'all' },
			notesFolder: NOTES,
			ownChanges: knownChangesOf(settingsHere),
		});
		await account.run();
		const act = async (operation: string, parameters: object): Promise<void> => {
			const all = { resource: 'message', operation, messageFrom: 'uid', folder: 'INBOX', ...parameters };
			const settings = JSON.stringify({ credential, parameters: all, dist: join(root, 'dist') });
			// With this environment its keys are those of this process.
			const { env } = process;
			await promisify(execFile)(process.execPath, [join(root, 'test/support/actionProcess.mjs'), settings], { env });
		};
		await act('addFlags', { uid: '1:2', flags: ['\\Flagged'] });
		await act('move', { uid: '3', toFolder: 'Work' });
		await host.flags(user, 'INBOX', [2, 4], { add: ['\\Seen'] });
		expect(told((await account.run()).events)).toEqual(['messageUpdated INBOX/2 +\\Seen', 'messageUpdated INBOX/4 +\\Seen']);
		expect(told((await account.run()).events)).toEqual([]);
		expect((await host.list(user, 'Work')).map(({ uid }) => uid)).toEqual([1]);
	});
});
