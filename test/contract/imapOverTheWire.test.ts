import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';

import { SyncError } from '../../sync/errors/syncError';
import { connectMailServer } from '../../sync/imap/ImapMailServer';
import type { ConnectionSettings } from '../../sync/imap/settings';
import type { FolderConnection, MailServer, OpenFolder } from '../../sync/server/mailServer';
import { asUid } from '../../sync/uids/uid';
import { UidSet } from '../../sync/uids/uidSet';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';
import { encodeFolderName } from '../support/wire/modifiedUtf7';
import type { FetchedMessage, FetchParts } from '../../sync/server/message';

const mail = (subject: string): string => `From: a@example.com\r\nSubject: ${subject}\r\n\r\n${subject}\r\n`;

async function failure(promise: Promise<unknown>): Promise<SyncError> {
	const error: unknown = await promise.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	expect(error).toBeInstanceOf(SyncError);
	return error as SyncError;
}

async function fetchAll(folder: OpenFolder, uids: UidSet, parts: FetchParts): Promise<FetchedMessage[]> {
	const messages: FetchedMessage[] = [];
	for await (const message of folder.fetch(uids, parts)) messages.push(message);
	return messages;
}

/** What the adapter does on the wire, and with servers that lie, stall or hang up. The proxy plays them in front of Dovecot. */
describe('imapflow on the wire', () => {
	let dovecot: Dovecot;
	let proxy: CountingProxy;
	let user: string;
	let settings: ConnectionSettings;
	const servers: MailServer[] = [];

	beforeAll(async () => {
		dovecot = await startDovecot();
	});
	afterAll(() => dovecot?.stop());
	beforeEach(async () => {
		user = dovecot.newUser('wire');
		proxy = await startProxy(dovecot);
		settings = {
			user,
			password: dovecot.password,
			host: proxy.host,
			port: proxy.port,
			security: 'none',
			allowUnauthorizedCerts: false,
		};
		await dovecot.appendMany(user, 'INBOX', ['one', 'two', 'three', 'four', 'five'].map(mail));
	});
	afterEach(async () => {
		await Promise.all(servers.splice(0).map((server) => server.close()));
		await proxy.stop();
	});

	const connect = async (changes: Partial<ConnectionSettings> = {}): Promise<MailServer> => {
		const server = await connectMailServer({ ...settings, ...changes });
		servers.push(server);
		return server;
	};
	const inFolder = async <T>(
		server: MailServer,
		path: string,
		work: (folder: OpenFolder, connection: FolderConnection) => Promise<T>,
		since?: { uidValidity: string; modseq: string },
	): Promise<T> => {
		const [result] = await server.visitFolders([path], async (_path, connection) =>
			work(await connection.open(path, since), connection),
		);
		if (result.status === 'rejected') throw result.reason;
		return result.value;
	};
	const work = (): { commands: number; roundTrips: number } => proxy.totals().work;
	const sinceStart = async (server: MailServer): Promise<{ uidValidity: string; modseq: string }> =>
		await inFolder(server, 'INBOX', async ({ snapshot }) => ({
			uidValidity: snapshot.uidValidity,
			modseq: snapshot.highestModseq ?? '',
		}));

	describe('round trips', () => {
		it('opens a folder by one EXAMINE, also when it was never listed', async () => {
			const server = await connect();
			proxy.reset();
			await inFolder(server, 'INBOX', async () => undefined);
			expect({ ...work(), transcript: proxy.transcript() }).toMatchObject({
				commands: 1,
				roundTrips: 1,
				transcript: expect.stringContaining('EXAMINE INBOX'),
			});
			expect(proxy.transcript()).not.toMatch(/ SELECT /);
		});

		it('lists all folders with their status by one LIST, subscribed or not', async () => {
			await dovecot.createFolder(user, 'Entwürfe');
			const server = await connect();
			proxy.reset();
			expect(await server.listFolders({ status: true })).toHaveLength(2);
			expect({ ...work(), transcript: proxy.transcript() }).toMatchObject({ commands: 1, roundTrips: 1 });
		});

		it('lists without status by one LIST where status would cost a command for each folder', async () => {
			proxy.mask = ['LIST-STATUS', 'LIST-EXTENDED'];
			await dovecot.createFolder(user, 'Work');
			const server = await connect();
			proxy.reset();
			expect((await server.listFolders({ status: true })).every(({ status }) => status === undefined)).toBe(true);
			expect(work()).toMatchObject({ commands: 1 });
		});

		it('finds the UIDs of many places by one command of few bytes', async () => {
			await dovecot.fill(user, 'INBOX', 995);
			const server = await connect();
			await inFolder(server, 'INBOX', async (folder) => {
				proxy.reset();
				const places = Array.from({ length: 240 }, (_none, i) => 1 + i * 4);
				expect(await folder.uidsAt(places)).toEqual(places);
				const { commands, toClient } = proxy.totals().work;
				expect(commands).toBe(1);
				expect(toClient).toBeLessThan(240 * 12);
			});
		});

		it('reads many messages by one FETCH', async () => {
			const server = await connect();
			await inFolder(server, 'INBOX', async (folder) => {
				proxy.reset();
				expect(await fetchAll(folder, UidSet.range(1, 5), 'source')).toHaveLength(5);
				expect(work()).toMatchObject({ commands: 1 });
			});
		});

		it('never asks for an open range, nor for anything that marks a message as read', async () => {
			const server = await connect();
			await inFolder(server, 'INBOX', async (folder) => {
				await fetchAll(folder, await folder.search({}), 'source');
				await fetchAll(folder, UidSet.range(1, 5), 'headerAndStructure');
				await folder.changedSince('1', asUid(5));
			});
			const sent = proxy.transcript().split('\n').filter((line) => line.includes('C:')); // prettier-ignore
			expect(sent.filter((line) => /FETCH|SEARCH/.test(line)).join()).not.toMatch(/:\*|\*:/);
			expect(sent.join()).not.toMatch(/BODY\[|RFC822\.TEXT/);
		});
	});

	describe('servers that do not do as they say', () => {
		it('asks in the plain form after an ESEARCH without ALL, from then on', async () => {
			proxy.onServerLine = (line) => (line.startsWith('* ESEARCH') ? line.replace(/ ALL \S+/, '') : undefined);
			const server = await connect();
			await inFolder(server, 'INBOX', async (folder) => {
				expect((await folder.search({})).toString()).toBe('1:5');
				proxy.reset();
				expect((await folder.search({ subject: 'two' })).toString()).toBe('2');
				expect(work()).toMatchObject({ commands: 1 });
			});
		});

		it('notes what an answer to a search gave away, for the next runs', async () => {
			const server = await connect();
			const all = async (): Promise<string> => inFolder(server, 'INBOX', async (folder) => (await folder.search({})).toString());
			expect([await all(), server.faults]).toEqual(['1:5', []]);
			proxy.onServerLine = (line) => (line.startsWith('* ESEARCH') ? line.replace(/ ALL \S+/, '') : undefined);
			expect([await all(), await all(), server.faults]).toEqual(['1:5', '1:5', ['searchWithoutSet']]);
			const other = await connect();
			proxy.onServerLine = (line) =>
				line.startsWith('* ESEARCH') ? line.replace('ALL 1:5 COUNT 5', 'ALL 1:4 COUNT 4') : undefined;
			expect(await inFolder(other, 'INBOX', async (folder) => (await folder.search({})).toString())).toBe('1:5');
			expect(other.faults).toEqual(['searchMiscounted']);
			const refusing = await connect();
			const since = await sinceStart(refusing);
			proxy.onServerLine = undefined;
			proxy.onClientLine = (line) => line.replace(/\(QRESYNC \(.*\)\)$/, '(NONSENSE)');
			for (let i = 0; i < 2; i++) await inFolder(refusing, 'INBOX', async ({ snapshot }) => snapshot.exists, since);
			expect(refusing.faults).toEqual(['qresyncRefused']);
		});

		it('finds folders and messages by names that are not ASCII where UTF8=ACCEPT is on (RFC 6855)', async () => {
			// Dovecot 2.3 does not have it: the proxy promises it, and translates the names of folders.
			const utf8 = (text: string): string => Buffer.from(text).toString('latin1');
			const names = ['Entwürfe & Co', '日本語'];
			for (const name of names) await dovecot.createFolder(user, name);
			await dovecot.append(user, names[0], mail('inside'));
			const sent: string[] = [];
			proxy.onServerLine = (line) => {
				if (/^\* ENABLED|CAPABILITY /.test(line)) return line.replace(/(ENABLED|CAPABILITY)\b/, '$1 UTF8=ACCEPT');
				return names.reduce((said, name) => said.replace(encodeFolderName(name), utf8(name)), line);
			};
			proxy.onClientLine = (line) => {
				sent.push(line);
				return names.reduce((said, name) => said.replace(utf8(name), encodeFolderName(name)), line);
			};
			const server = await connect();
			expect((await server.listFolders({ status: false })).map(({ path }) => path).sort()).toEqual([names[0], 'INBOX', names[1]]);
			expect(await inFolder(server, names[0], async ({ snapshot }) => snapshot.exists)).toBe(1);
			await inFolder(server, 'INBOX', async (folder) => folder.search({ subject: 'Grüße' })).catch(() => undefined);
			expect(sent.filter((line) => / UID SEARCH /.test(line))).toEqual([expect.not.stringContaining('CHARSET')]);
		});

		it('does not take an ESEARCH that tells nothing for an empty folder', async () => {
			proxy.onServerLine = (line) => (line.startsWith('* ESEARCH') ? line.replace(/ (ALL|COUNT) \S+/g, '') : undefined);
			const server = await connect();
			await inFolder(server, 'INBOX', async (folder) => {
				expect((await folder.search({ from: 'a@' })).size).toBe(5);
			});
		});

		it('does not take a listing that lacks messages for the folder', async () => {
			proxy.mask = ['ESEARCH'];
			proxy.onServerLine = (line) => (line.startsWith('* SEARCH') ? '* SEARCH 1 2' : undefined);
			const server = await connect();
			expect(await failure(inFolder(server, 'INBOX', async (folder) => folder.search({})))).toMatchObject({
				code: 'folderInconsistent',
			});
		});

		it('makes an error of a refused search, never an empty answer', async () => {
			proxy.onServerLine = (line, { command }) =>
				command?.name === 'UID SEARCH' && line.startsWith(command.tag) ? `${command.tag} NO [SERVERBUG] no` : undefined;
			const server = await connect();
			expect(await failure(inFolder(server, 'INBOX', async (folder) => folder.search({ from: 'a' })))).toMatchObject({
				code: 'searchFailed',
				scope: 'folder',
			});
			expect(await failure(inFolder(server, 'INBOX', async (folder) => folder.searchAnyFlag(['\\Seen'])))).toMatchObject({
				code: 'searchFailed',
			});
			expect(await failure(inFolder(server, 'INBOX', async (folder) => folder.uidsAt([1])))).toMatchObject({
				code: 'searchFailed',
			});
		});

		it('opens without QRESYNC where the question is refused as unknown, from then on', async () => {
			const server = await connect();
			const since = await sinceStart(server);
			let refused = 0;
			proxy.onClientLine = (line, context) => {
				if (!/EXAMINE.*QRESYNC/.test(line)) return undefined;
				refused++;
				context.toClient(`${line.split(' ')[0]} BAD unexpected parameter`);
				return null;
			};
			for (let i = 0; i < 2; i++) {
				expect(await inFolder(server, 'INBOX', async ({ snapshot }) => snapshot, since)).toMatchObject({
					exists: 5,
					qresyncAnswered: false,
				});
			}
			expect(refused).toBe(1);
		});

		it('does not believe a QRESYNC answer with a malformed VANISHED', async () => {
			const server = await connect();
			const since = await sinceStart(server);
			await dovecot.expunge(user, 'INBOX', [2]);
			proxy.onServerLine = (line) => (line.startsWith('* VANISHED (EARLIER)') ? '* VANISHED (EARLIER) 2:*' : undefined);
			const folder = await inFolder(server, 'INBOX', async (opened) => opened, since);
			expect(folder.snapshot).toMatchObject({ exists: 4, qresyncAnswered: false });
			expect(folder.sinceLastTime).toBeUndefined();
		});

		it('takes a VANISHED of millions of UIDs in no time', async () => {
			const server = await connect();
			const since = await sinceStart(server);
			await dovecot.expunge(user, 'INBOX', [2]);
			proxy.onServerLine = (line) =>
				line.startsWith('* VANISHED (EARLIER)') ? '* VANISHED (EARLIER) 2,6:4000000000' : undefined;
			const folder = await inFolder(server, 'INBOX', async (opened) => opened, since);
			expect(folder.sinceLastTime?.vanished.toString()).toBe('2,6:4000000000');
		});

		it('does not count what is still said about the folder before', async () => {
			await dovecot.createFolder(user, 'Other');
			await dovecot.append(user, 'Other', mail('other'));
			const server = await connect();
			const since = await inFolder(server, 'Other', async ({ snapshot }) => ({
				uidValidity: snapshot.uidValidity,
				modseq: snapshot.highestModseq ?? '',
			}));
			await inFolder(server, 'INBOX', async (_inbox, connection) => {
				proxy.onServerLine = (line) =>
					line.includes('[CLOSED]') ? ['* 3 FETCH (UID 3 MODSEQ (999) FLAGS (\\Deleted))', '* VANISHED 4', line] : undefined;
				const other = await connection.open('Other', since);
				expect(other.snapshot).toMatchObject({ exists: 1, qresyncAnswered: true });
				expect([other.sinceLastTime?.rows, other.sinceLastTime?.vanished.size, other.expungedMeanwhile()]).toEqual([[], 0, 0]);
			});
		});

		it('finds UIDNEXT where EXAMINE does not tell it', async () => {
			await dovecot.createFolder(user, 'Empty');
			proxy.onServerLine = (line) => (line.includes('[UIDNEXT') ? null : undefined);
			const server = await connect();
			expect(await inFolder(server, 'INBOX', async ({ snapshot }) => snapshot.uidNext)).toBe(6);
			proxy.onServerLine = (line, { command }) => {
				if (line.includes('[UIDNEXT') || line.startsWith('* STATUS')) return null;
				return command?.name === 'STATUS' && line.startsWith(command.tag) ? `${command.tag} NO not now` : undefined;
			};
			expect(await inFolder(server, 'INBOX', async ({ snapshot }) => snapshot.uidNext)).toBe(6);
			expect(await inFolder(server, 'Empty', async ({ snapshot }) => snapshot.uidNext)).toBe(1);
		});

		it('does without mod-sequences where a folder has none', async () => {
			proxy.onServerLine = (line) => (line.includes('[HIGHESTMODSEQ') ? '* OK [NOMODSEQ] none' : undefined);
			const server = await connect();
			await inFolder(server, 'INBOX', async (folder) => {
				expect(folder.snapshot.highestModseq).toBeUndefined();
				expect(await failure(folder.changedSince('1', asUid(5)))).toMatchObject({ code: 'commandRefused' });
			});
			proxy.onServerLine = (line) => line.replace(/HIGHESTMODSEQ \d+/, 'HIGHESTMODSEQ 0');
			expect((await server.listFolders({ status: true }))[0].status).not.toHaveProperty('highestModseq');
			expect(await inFolder(server, 'INBOX', async ({ snapshot }) => snapshot.highestModseq)).toBeUndefined();
		});

		it('believes in no ability that ENABLE did not confirm, as with iCloud', async () => {
			proxy.onServerLine = (line) => (line.startsWith('* ENABLED') ? null : undefined);
			expect((await connect()).capabilities).toMatchObject({ qresync: false, condstore: false });
		});

		it('skips rows that lack what was asked for, and takes an empty message', async () => {
			const server = await connect();
			await inFolder(server, 'INBOX', async (folder) => {
				proxy.onServerLine = (line) => {
					if (line.startsWith('* 1 FETCH')) return '* 1 FETCH (UID 1 FLAGS (\\Seen))';
					if (line.startsWith('* 2 FETCH'))
						return '* 2 FETCH (UID 2 FLAGS () RFC822.SIZE 0 INTERNALDATE " 1-Jan-2020 00:00:00 +0000" BODY[] "")';
					if (line.startsWith('* 3 FETCH'))
						return '* 3 FETCH (UID 3 FLAGS () RFC822.SIZE 0 INTERNALDATE " 1-Jan-2020 00:00:00 +0000" BODY[] NIL)';
					if (line.startsWith('* 4 FETCH'))
						return '* 4 FETCH (UID 4 FLAGS () RFC822.SIZE 44 INTERNALDATE " 1-Jan-2020 00:00:00 +0000" BODY[] NIL)';
					return undefined;
				};
				const messages = await fetchAll(folder, UidSet.range(1, 5), 'source');
				expect(messages.map(({ uid, source }) => [uid, source?.length])).toEqual([
					[2, 0],
					[3, 0],
					[5, mail('five').length],
				]);
			});
		});

		it('takes a FETCH that is refused because messages are gone for one that lacks them', async () => {
			proxy.onServerLine = (line, { command }) =>
				command?.name === 'UID FETCH' && line.startsWith(`${command.tag} OK`)
					? `${command.tag} NO [EXPUNGEISSUED] gone`
					: undefined;
			const server = await connect();
			expect(await inFolder(server, 'INBOX', async (folder) => (await folder.flagsOf(UidSet.range(1, 5))).length)).toBe(5);
		});

		it('tells a FETCH that is refused for its messages from a server that is busy', async () => {
			const server = await connect();
			const refuse = (code: string): void => {
				proxy.onServerLine = (line, { command }) =>
					command?.name === 'UID FETCH' && line.startsWith(`${command.tag} OK`) ? `${command.tag} NO ${code}` : undefined;
			};
			refuse('[UNAVAILABLE] UID FETCH failed');
			expect(await failure(inFolder(server, 'INBOX', async (folder) => folder.flagsOf(UidSet.range(1, 5))))).toMatchObject({
				code: 'commandRefused',
				scope: 'folder',
			});
			refuse('[LIMIT] later');
			expect(await failure(inFolder(server, 'INBOX', async (folder) => folder.flagsOf(UidSet.range(1, 5))))).toMatchObject({
				code: 'serverBusy',
				scope: 'connection',
			});
		});

		it.each(['THROTTLED', 'UNAVAILABLE', 'LIMIT', 'OVERQUOTA', 'INUSE'])(
			'tells a search that is refused with [%s] from one that cannot be done',
			async (code) => {
				const server = await connect();
				const search = () => failure(inFolder(server, 'INBOX', async (folder) => folder.search({})));
				proxy.onServerLine = (line, { command }) =>
					command?.name === 'UID SEARCH' && line.startsWith(`${command.tag} OK`) ? `${command.tag} NO [${code}] no` : undefined;
				expect(await search()).toMatchObject({ code: 'serverBusy', scope: 'connection' });
				proxy.onServerLine = (line, { command }) =>
					command?.name === 'UID SEARCH' && line.startsWith(`${command.tag} OK`) ? `${command.tag} NO no` : undefined;
				expect(await search()).toMatchObject({ code: 'searchFailed', scope: 'folder' });
			},
		);

		it.each(['THROTTLED', 'UNAVAILABLE', 'LIMIT', 'OVERQUOTA'])(
			'takes a hang-up with BYE [%s] for a busy server',
			async (code) => {
				const server = await connect();
				for (const name of ['UID FETCH', 'UID SEARCH']) {
					proxy.onServerLine = (_line, { command }) => (command?.name === name ? `* BYE [${code}] good bye` : undefined);
					const asked = inFolder(server, 'INBOX', async (folder) =>
						name === 'UID FETCH' ? folder.flagsOf(UidSet.range(1, 5)) : folder.search({}),
					);
					expect(await failure(asked)).toMatchObject({ code: 'serverBusy', message: expect.stringContaining('good bye') });
				}
				proxy.onServerLine = (line) => (/^\* OK.*Dovecot/.test(line) ? `* BYE [${code}] not now` : undefined);
				expect(await failure(connect())).toMatchObject({ code: 'serverBusy', message: expect.stringContaining('not now') });
			},
		);

		it('gives up a throttled command at once and says how long to wait', async () => {
			const throttled = (name: string): void => {
				proxy.onServerLine = (line, { command }) =>
					command?.name === name && line.startsWith(`${command.tag} OK`)
						? `${command.tag} BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds`
						: undefined;
			};
			const server = await connect();
			throttled('UID SEARCH');
			expect(await failure(inFolder(server, 'INBOX', async (folder) => folder.search({})))).toMatchObject({
				code: 'serverBusy',
				retryAfterMs: 92_415,
			});
			throttled('UID FETCH');
			expect(await failure(inFolder(server, 'INBOX', async (folder) => folder.flagsOf(UidSet.range(1, 5))))).toMatchObject({
				code: 'serverBusy',
				retryAfterMs: 92_415,
			});
		});

		it('says when a folder may not be read', async () => {
			proxy.onServerLine = (line, { command }) =>
				command?.name === 'EXAMINE' && line.startsWith(command.tag) ? `${command.tag} NO [NOPERM] not yours` : undefined;
			expect(await failure(inFolder(await connect(), 'INBOX', async () => undefined))).toMatchObject({
				code: 'folderForbidden',
				data: { folder: 'INBOX' },
			});
		});
	});

	describe('connections that break', () => {
		it('fails only the visit under way and makes the next on a fresh connection', async () => {
			const server = await connect();
			const results = await server.visitFolders(['INBOX', 'INBOX'], async (_path, connection) => {
				const folder = await connection.open('INBOX');
				if (proxy.connections.length === 1) proxy.cut();
				return (await folder.search({})).size;
			});
			expect(results.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as SyncError).code))).toEqual(
				['connectionLost', 5],
			);
			expect(proxy.connections).toHaveLength(2);
		});

		it('leaves the server alone after two failures in a row', async () => {
			const server = await connect();
			let visits = 0;
			const results = await server.visitFolders(['INBOX', 'a', 'b', 'c', 'd'], async (_path, connection) => {
				visits++;
				proxy.cut();
				return await connection.open('INBOX');
			});
			expect(results.map((result) => result.status === 'rejected' && (result.reason as SyncError).code)).toEqual(
				Array.from({ length: 5 }, () => 'connectionLost'),
			);
			expect([visits, proxy.connections.length]).toEqual([2, 2]);
			expect((results[4] as PromiseRejectedResult).reason).toBe((results[1] as PromiseRejectedResult).reason);
		});

		it('survives a cut in the middle of a message', async () => {
			await dovecot.append(user, 'INBOX', `${mail('large')}${'x'.repeat(200_000)}\r\n`);
			const server = await connect();
			const read: number[] = [];
			proxy.cutAfter({ direction: 'toClient', bytes: 100_000 });
			const error = await failure(
				inFolder(server, 'INBOX', async (folder) => {
					for await (const { uid } of folder.fetch(UidSet.range(1, 6), 'source')) read.push(uid);
				}),
			);
			expect(error).toMatchObject({ code: 'connectionLost', data: { folder: 'INBOX' } });
			expect(read).toEqual([1, 2, 3, 4, 5]);
		});

		it('ends a command that the server does not answer', async () => {
			const server = await connect({ commandTimeoutMs: 300 });
			const error = await failure(
				inFolder(server, 'INBOX', async (folder) => {
					proxy.stall();
					await folder.search({});
				}),
			);
			expect(error).toMatchObject({ code: 'commandTimedOut', scope: 'connection', data: { folder: 'INBOX' } });
			proxy.resume();
			expect(await inFolder(server, 'INBOX', async (folder) => (await folder.search({})).size)).toBe(5);
		});

		it('waits as long as a FETCH makes progress, and its reader may be slow', async () => {
			const server = await connect({ commandTimeoutMs: 300 });
			const started = Date.now();
			await inFolder(server, 'INBOX', async (folder) => {
				for await (const { uid } of folder.fetch(UidSet.range(1, 5), 'source')) {
					// The reader's own time: longer than the deadline in all, and no waiting for anything else.
					if (uid <= 2) while (Date.now() - started < uid * 250) await new Promise(setImmediate);
				}
			});
			expect(Date.now() - started).toBeGreaterThan(400);
		});

		it('closes within its bound when the server is silent', async () => {
			const server = await connect();
			proxy.stall();
			const started = Date.now();
			await server.close();
			expect(Date.now() - started).toBeLessThan(4_000);
		});

		it('says why the server hung up', async () => {
			proxy.onServerLine = (line) => (/^\* OK.*Dovecot/.test(line) ? '* BYE Too many connections for this user' : undefined);
			// It is asked again for as long as connecting may take.
			expect(await failure(connect({ connectTimeoutMs: 300 }))).toMatchObject({
				code: 'serverBusy',
				message: expect.stringContaining('Too many connections'),
			});
		});

		it('uses more connections for many folders, and no more than the account has', async () => {
			const paths = Array.from({ length: 9 }, (_none, i) => `F${i}`);
			for (const path of paths) await dovecot.createFolder(user, path);
			const [server, other] = [await connect(), await connect()];
			proxy.reset();
			await Promise.all(
				[server, other].map((each) =>
					each.visitFolders(paths, async (path, connection) => (await connection.open(path)).snapshot.exists),
				),
			);
			// Two were open and three are all there may be.
			expect(proxy.connections).toHaveLength(3);
		});

		it('waits for a connection of the account to become free, then says that there is none', async () => {
			await connect();
			await connect();
			const third = await connect();
			expect(await failure(connect({ connectTimeoutMs: 200 }))).toMatchObject({
				code: 'serverBusy',
				data: { reason: 'connectionsInUse' },
			});
			const fourth = connect();
			await third.close();
			expect(await inFolder(await fourth, 'INBOX', async ({ snapshot }) => snapshot.exists)).toBe(5);
		});
	});

	describe('logging in', () => {
		it.each([
			['there is no such host', { host: 'no-such-host.invalid' }, 'hostNotFound', { name: 'no-such-host.invalid' }],
			['nothing listens', { port: 1 }, 'connectionRefused', { reason: 'refused', host: '127.0.0.1:1' }],
			['the server speaks no TLS', { security: 'tls' as const }, 'tlsFailed', { reason: 'noTls' }],
			['STARTTLS is not offered', { security: 'starttls' as const }, 'startTlsNotOffered', {}],
			['the password is wrong', { password: 'hunter22' }, 'loginRefused', { reason: 'credentials' }],
			['a setting is missing', { user: '' }, 'settingsInvalid', { field: 'User', problem: 'empty' }],
		])('says so when %s', async (_when, changes, code, data) => {
			expect(await failure(connect(changes))).toMatchObject({ code, data });
		});

		it('says so when nothing answers', async () => {
			const sockets: Socket[] = [];
			const silent = createServer((socket) => sockets.push(socket));
			await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
			const { port } = silent.address() as AddressInfo;
			const changes = { host: '127.0.0.1', port, connectTimeoutMs: 200 };
			expect(await failure(connect({ ...changes, security: 'none' }))).toMatchObject({
				code: 'tlsFailed',
				data: { reason: 'tlsExpected' },
			});
			expect(await failure(connect({ ...changes, security: 'tls' }))).toMatchObject({ code: 'connectionTimedOut' });
			for (const socket of sockets) socket.destroy();
			await new Promise((resolve) => silent.close(resolve));
		});

		it('never shows the password, even when the server does', async () => {
			const password = 'p"ass\\w0rd ä';
			proxy.onServerLine = (line, { command }) =>
				command !== undefined && line.startsWith(`${command.tag} NO`)
					? `${command.tag} NO [AUTHENTICATIONFAILED] no: ${password} ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`
					: undefined;
			const error = await failure(connect({ password }));
			const shown = [error.message, error.stack, String(error.cause), JSON.stringify(error), (error.cause as Error).stack].join(
				'\n',
			);
			expect(error.code).toBe('loginRefused');
			expect(shown).not.toContain('w0rd');
			expect(shown).not.toContain(Buffer.from(password).toString('base64').slice(3, -4));
		});

		it('shows what the server wants people to read', async () => {
			proxy.onServerLine = (line, { command }) =>
				command?.name === 'AUTHENTICATE' && line.startsWith(`${command.tag} `)
					? `${command.tag} NO [ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)`
					: undefined;
			expect(await failure(connect())).toMatchObject({
				code: 'loginRefused',
				data: { answer: expect.stringContaining('Application-specific password required'), hint: 'appPassword' },
			});
		});

		it('says that the server wants encryption first', async () => {
			proxy.onServerLine = (line) => line.replace(/ AUTH=(PLAIN|LOGIN)/g, '').replace('IMAP4rev1', 'IMAP4rev1 LOGINDISABLED');
			expect(await failure(connect())).toMatchObject({ code: 'loginRefused', data: { reason: 'encryptionRequired' } });
		});

		it('says that there is no way to log in with a password', async () => {
			proxy.onServerLine = (line) =>
				line.replace(/ AUTH=(PLAIN|LOGIN)/g, '').replace('IMAP4rev1', 'IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED');
			expect(await failure(connect())).toMatchObject({ code: 'loginRefused', scope: 'account' });
		});

		it('tells a busy server from a refused login', async () => {
			proxy.onServerLine = (line, { command }) =>
				command?.name === 'AUTHENTICATE' && line.startsWith(`${command.tag} `)
					? `${command.tag} NO [UNAVAILABLE] Temporary authentication failure`
					: undefined;
			expect(await failure(connect())).toMatchObject({ code: 'serverBusy', scope: 'connection', passing: true });
		});

		it('lists below no prefix, with the folders as they are named', async () => {
			proxy.onServerLine = (line) => (line.startsWith('* NAMESPACE') ? '* NAMESPACE (("INBOX." ".")) NIL NIL' : undefined);
			await dovecot.createFolder(user, 'Work');
			const server = await connect();
			proxy.reset();
			expect((await server.listFolders({ status: false })).map(({ path }) => path).sort()).toEqual(['INBOX', 'Work']);
			expect(work()).toMatchObject({ commands: 1 });
			expect(await inFolder(server, 'Work', async ({ snapshot }) => snapshot.path)).toBe('Work');
		});
	});

	describe('TLS', () => {
		let encrypted: Dovecot;
		beforeAll(async () => {
			encrypted = await startDovecot({ tls: true, compress: true });
		});
		afterAll(() => encrypted?.stop());

		const tls = (changes: Partial<ConnectionSettings>): Partial<ConnectionSettings> => ({
			user: 'tls',
			host: '127.0.0.1',
			port: encrypted.tlsPort,
			security: 'tls',
			...changes,
		});
		const authority = (): string => readFileSync(encrypted.caFile ?? '', 'utf8');

		it('refuses a certificate that is not trusted and says which way there is', async () => {
			expect(await failure(connect(tls({})))).toMatchObject({
				code: 'tlsNotTrusted',
				data: { problem: expect.stringMatching(/SELF_SIGNED|VERIFY|ISSUER/) },
			});
			expect(await failure(connect(tls({ port: encrypted.port, security: 'starttls' })))).toMatchObject({
				code: 'tlsNotTrusted',
			});
		});

		it('refuses a certificate of another name', async () => {
			const error = await failure(connect(tls({ ca: authority(), servername: 'imap.example.org' })));
			expect(error).toMatchObject({ code: 'tlsNotTrusted', data: { problem: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
		});

		it('takes the authority of the settings, or any certificate where allowed', async () => {
			for (const changes of [{ ca: authority() }, { allowUnauthorizedCerts: true }]) {
				for (const way of [{}, { port: encrypted.port, security: 'starttls' as const }]) {
					const server = await connect(tls({ ...changes, ...way }));
					expect(await inFolder(server, 'INBOX', async ({ snapshot }) => snapshot.path)).toBe('INBOX');
					await server.close();
				}
			}
		});

		it('works compressed', async () => {
			await encrypted.append('tls', 'INBOX', mail('squeezed'));
			const server = await connect(tls({ ca: authority(), compression: true }));
			expect(
				await inFolder(server, 'INBOX', async (folder) =>
					(await fetchAll(folder, UidSet.range(1, 10), 'source')).map(({ source }) => source?.toString()),
				),
			).toContain(mail('squeezed'));
		});

		it('says that the port expects TLS from the start', async () => {
			const error = await failure(connect(tls({ security: 'none', connectTimeoutMs: 300 })));
			expect(error).toMatchObject({ code: 'tlsFailed', data: { reason: 'tlsExpected' } });
		});
	});
});
