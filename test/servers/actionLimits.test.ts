import type { IDataObject } from 'n8n-workflow';
import { startCourier } from '../support/courier';
import { startCyrus } from '../support/cyrus';
import { credentialFor, fieldsOf, runNode, type ExecuteOptions } from '../support/executeContext';
import type { MailHost } from '../support/mailHost';
import { describeServer } from '../support/roots/serverRoot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

const mail = (id: string, size = 0): string =>
	`Message-ID: <${id}@example.com>\r\nFrom: a@example.com\r\nSubject: ${id}\r\n\r\nHello\r\n${`${'y'.repeat(70)}\r\n`.repeat(size / 72)}`;

/** What these tests need that Dovecot's harness has in another way. */
type Limited = MailHost & Required<Pick<MailHost, 'setRights' | 'nameForOthers' | 'limitStorage'>>;

const servers: Array<[string, jest.Describe, () => Promise<MailHost>]> = [
	['Cyrus', describeServer('cyrus'), startCyrus],
	['Courier', describeServer('courier'), startCourier],
];

/** What an account may not do or has no room for on Cyrus and Courier; Dovecot is in actionFailures.test.ts. */
for (const [name, describeIt, start] of servers) {
	describeIt(`what the account may not do on ${name}`, () => {
		let host: Limited;
		let proxy: CountingProxy;
		let user: string;

		beforeAll(async () => {
			host = (await start()) as Limited;
			proxy = await startProxy(host);
		});
		afterAll(async () => {
			await proxy?.stop();
			await host?.stop();
		});
		beforeEach(async () => {
			user = host.newUser();
			await host.append(user, 'INBOX', mail('one'));
		});

		const act = async (
			operation: string,
			parameters: Record<string, unknown> = {},
			options: Partial<ExecuteOptions> = {},
			resource = 'message',
		): Promise<IDataObject[]> => {
			proxy.reset();
			const { items } = await runNode({
				parameters: { resource, operation, ...parameters },
				credential: credentialFor(proxy, user),
				continueOnFail: true,
				...options,
			});
			return items.map(fieldsOf);
		};
		const commands = (): number => proxy.totals().work.commands;
		const held = async (folder: string, whose = user): Promise<Array<[number, string[]]>> =>
			(await host.list(whose, folder)).map(({ uid, flags }) => [uid, flags]);
		const uids = async (folder: string, whose = user): Promise<number[]> => (await held(folder, whose)).map(([uid]) => uid);
		const inbox = (...list: number[]): IDataObject[] => list.map((uid) => ({ folder: 'INBOX', uid }));
		const codes = (results: IDataObject[]): unknown[] => results.map(({ code }) => code);

		describe('a folder in which the owner may read and nothing else', () => {
			let frozen: string;

			beforeEach(async () => {
				frozen = host.folder('Frozen');
				await host.createFolder(user, frozen);
				await host.append(user, frozen, mail('two'));
				// Courier lets nobody lose the right to give rights.
				await host.setRights(user, frozen, user, name === 'Courier' ? 'lra' : 'lr');
			});

			// Cyrus opens it for writing all the same, as the owner may delete the folder: only the empty PERMANENTFLAGS tells.
			test.each([
				['markRead', {}],
				['markUnread', {}],
				['addFlags', { flags: ['\\Flagged'] }],
				['removeFlags', { flags: ['\\Flagged'] }],
				['setFlags', { flags: [] }],
				['acknowledge', {}],
				['move', { toFolder: 'INBOX' }],
				['delete', { permanently: true }],
			] as Array<[string, Record<string, unknown>]>)(
				'%s: nothing changes in it, the other folder is done',
				async (operation, parameters) => {
					const items = [{ folder: frozen, uid: 1 }, ...inbox(1)];
					// Courier keeps keywords only where a folder has them already.
					if (operation === 'acknowledge') parameters = { acknowledgeBy: 'seen' };
					const results = await act(operation, parameters, { items });
					expect(codes(results)).toEqual(['folderReadOnly', undefined]);
					expect(results[0]).toMatchObject({ folder: frozen, uid: 1, error: expect.stringContaining(`"${frozen}"`) as string });
					expect(results[0].description).toContain('Ask its owner');
					expect(await held(frozen)).toEqual([[1, []]]);
				},
			);

			test('500 items: it is opened, and each is told', async () => {
				const items = Array.from({ length: 500 }, (_, i) => ({ folder: frozen, uid: 2 * i + 1 }));
				for (const operation of ['markRead', 'delete']) {
					expect(codes(await act(operation, operation === 'delete' ? { permanently: true } : {}, { items }))).toEqual(
						Array(500).fill('folderReadOnly'),
					);
					expect(commands()).toBe(1);
				}
			});

			test('it is not emptied; copying from it works, into it does not', async () => {
				expect((await act('empty', { folder: frozen, confirm: true }, {}, 'folder'))[0].code).toBe('folderReadOnly');
				expect((await act('copy', { toFolder: 'INBOX' }, { items: [{ folder: frozen, uid: 1 }] }))[0]).toMatchObject({
					folder: 'INBOX',
				});
				for (const operation of ['copy', 'move']) {
					const [result] = await act(operation, { toFolder: frozen }, { items: inbox(1) });
					expect([operation, result.code]).toEqual([operation, 'folderForbidden']);
					expect(result.error).toContain(`"${frozen}"`);
				}
				const [appended] = await act('append', { sourceFrom: 'text', source: mail('x'), toFolder: frozen });
				expect(appended.code).toBe('folderForbidden');
				expect(await held(frozen)).toEqual([[1, []]]);
				expect(await uids('INBOX')).toEqual([1, 2]);
			});
		});

		describe('a folder of another user', () => {
			let owner: string;
			let theirs: string;
			let shared: string;

			/** Gives the user these rights in a folder with two messages. */
			const share = async (rights: string): Promise<void> => {
				await host.setRights(owner, theirs, user, rights);
			};
			const there = (uid = 1): IDataObject[] => [{ folder: shared, uid }];

			beforeEach(async () => {
				owner = host.newUser();
				await host.append(owner, 'INBOX', mail('theirs'));
				theirs = host.folder('Shared');
				await host.createFolder(owner, theirs);
				for (const id of ['a', 'b']) await host.append(owner, theirs, mail(id));
				shared = host.nameForOthers(owner, theirs);
			});

			/** What changes the folder itself needs rights that none of these tests gives. */
			const foldersStay = async (): Promise<void> => {
				const results = [
					...(await act('create', { newName: 'Below', parent: shared }, {}, 'folder')),
					...(await act('rename', { folder: shared, newName: 'Renamed' }, {}, 'folder')),
					...(await act('delete', { folder: shared, deleteMessages: true }, {}, 'folder')),
				];
				expect(codes(results)).toEqual(Array(3).fill('folderForbidden'));
				for (const { error, description } of results) {
					expect(error).toMatch(/may not do this with the folder ".*Shared/);
					expect(description).toBe('Ask the owner of the folder for permission.');
				}
				expect(await uids(theirs, owner)).toHaveLength(2);
			};

			test('the right to see it only: it is not opened, filled, changed', async () => {
				await share('l');
				for (const [operation, parameters, items, resource] of [
					['markRead', {}, there()],
					['get', {}, there()],
					['getThread', {}, there()],
					['copy', { toFolder: 'INBOX' }, there()],
					['move', { toFolder: 'INBOX' }, there()],
					['delete', { permanently: true }, there()],
					['copy', { toFolder: shared }, inbox(1)],
					['move', { toFolder: shared }, inbox(1)],
					['append', { sourceFrom: 'text', source: mail('x'), toFolder: shared }, [{}]],
					['createDraft', { draftsFolder: shared, options: { from: 'a@example.com' } }, [{}]],
					['getMany', { folders: [shared] }, [{}]],
					['getStatus', { folder: shared }, [{}], 'folder'],
					['empty', { folder: shared, confirm: true }, [{}], 'folder'],
				] as Array<[string, Record<string, unknown>, IDataObject[], string?]>) {
					const results = await act(operation, parameters, { items }, resource);
					expect([operation, results.map(({ code }) => code)]).toEqual([operation, ['folderForbidden']]);
					expect(results[0].error).toContain(`"${shared}"`);
					expect(results[0].description).toMatch(/^Ask (its|the) owner/);
				}
				await foldersStay();
				expect(await held(theirs, owner)).toEqual([
					[1, []],
					[2, []],
				]);
				// One folder that may not be read does not keep a search over all folders from the others.
				expect((await act('getMany', { folderSelection: 'all', output: 'reference' })).map(({ folder }) => folder)).toEqual([
					'INBOX',
				]);
			});

			test('no right at all: there is no such folder, or it is forbidden', async () => {
				for (const [operation, parameters, items, resource] of [
					['markRead', {}, there()],
					['delete', { permanently: true }, there()],
					['copy', { toFolder: shared }, inbox(1)],
					['append', { sourceFrom: 'text', source: mail('x'), toFolder: shared }, [{}]],
					['getStatus', { folder: shared }, [{}], 'folder'],
					['rename', { folder: shared, newName: 'x' }, [{}], 'folder'],
					['delete', { folder: shared, deleteMessages: true }, [{}], 'folder'],
					['empty', { folder: shared, confirm: true }, [{}], 'folder'],
				] as Array<[string, Record<string, unknown>, IDataObject[], string?]>) {
					const [{ code }] = await act(operation, parameters, { items }, resource);
					expect([operation, code]).toEqual([operation, expect.stringMatching(/^folder(NotFound|Forbidden)$/)]);
				}
			});

			test('the right to read: it is read and copied from, and stays as it is', async () => {
				await share('lr');
				expect((await act('get', {}, { items: there() }))[0]).toMatchObject({ subject: 'a', folder: shared });
				expect((await act('copy', { toFolder: 'INBOX' }, { items: there() }))[0]).toMatchObject({ folder: 'INBOX' });
				for (const [operation, parameters] of [
					['markRead', {}],
					['removeFlags', { flags: ['\\Seen'] }],
					['move', { toFolder: 'INBOX' }],
					['delete', { permanently: true }],
				] as const) {
					expect([operation, codes(await act(operation, parameters, { items: there() }))]).toEqual([
						operation,
						['folderReadOnly'],
					]);
				}
				expect(codes(await act('empty', { folder: shared, confirm: true }, {}, 'folder'))).toEqual(['folderReadOnly']);
				for (const operation of ['copy', 'move']) {
					expect(codes(await act(operation, { toFolder: shared }, { items: inbox(1) }))).toEqual(['folderForbidden']);
				}
				await foldersStay();
				expect(await uids('INBOX')).toEqual([1, 2]);
				expect((await held(theirs, owner)).map(([, flags]) => flags)).toEqual([[], []]);
			});

			test('the right to mark as read, not to flag or remove', async () => {
				await share('lrsi');
				expect((await act('markRead', {}, { items: there() }))[0]).toMatchObject({ flags: ['\\Seen'] });
				for (const [operation, parameters, right] of [
					['addFlags', { flags: ['\\Seen', '\\Flagged'] }, '"w"'],
					['addFlags', { keywords: 'todo' }, '"w"'],
					['setFlags', { flags: ['\\Answered'] }, '"w"'],
					['delete', { permanently: true }, '"t"'],
				] as const) {
					const [result] = await act(operation, parameters, { items: there(2) });
					expect([operation, result.code]).toEqual([operation, 'folderForbidden']);
					expect([operation, result.description]).toEqual([operation, expect.stringContaining(right)]);
				}
				// On Cyrus, which moves in one command, the server itself refuses.
				expect(codes(await act('move', { toFolder: 'INBOX' }, { items: there(2) }))).toEqual(['folderForbidden']);
				expect(codes(await act('empty', { folder: shared, confirm: true }, {}, 'folder'))).toEqual(['folderForbidden']);
				expect(await uids('INBOX')).toEqual([1]);
				expect((await act('copy', { toFolder: shared }, { items: inbox(1) }))[0]).toMatchObject({ folder: shared, uid: 3 });
				// On Cyrus everybody has a \Seen of his own.
				expect((await held(shared)).slice(0, 2)).toEqual([
					[1, ['\\Seen']],
					[2, []],
				]);
			});

			test('the right to flag, not to mark as read', async () => {
				await share('lrw');
				expect((await act('addFlags', { flags: ['\\Flagged'] }, { items: there() }))[0]).toMatchObject({ flags: ['\\Flagged'] });
				expect(codes(await act('markRead', {}, { items: there() }))).toEqual(['folderForbidden']);
				// On Cyrus everybody has a \Seen of his own, and it refuses before it looks.
				if (name === 'Cyrus') {
					expect(codes(await act('markUnread', {}, { items: there() }))).toEqual(['folderForbidden']);
					return;
				}
				await host.flags(owner, theirs, [2], { add: ['\\Seen', '\\Answered'] });
				// Courier agrees and takes away what it may: only its rows tell.
				for (const [operation, parameters] of [
					['markUnread', {}],
					['setFlags', { flags: [] }],
				] as const) {
					const [result] = await act(operation, parameters, { items: there(2) });
					expect([operation, result.code, result.error]).toEqual([
						operation,
						'folderForbidden',
						expect.stringContaining('left it the flag \\Seen'),
					]);
				}
				expect((await held(theirs, owner))[1][1]).toEqual(['\\Seen']);
			});

			test('the right to mark as deleted, not to expunge', async () => {
				await share('lrst');
				expect(codes(await act('move', { toFolder: 'INBOX' }, { items: there() }))).toEqual(['folderForbidden']);
				expect(await uids('INBOX')).toEqual([1]);
				expect(await held(theirs, owner)).toEqual([
					[1, []],
					[2, []],
				]);
				const [result] = await act('delete', { permanently: true }, { items: there() });
				expect(result.code).toBe('folderForbidden');
				expect(await held(theirs, owner)).toEqual([
					// Cyrus does not tell this right beforehand.
					[1, name === 'Cyrus' ? ['\\Deleted'] : []],
					[2, []],
				]);
				if (name === 'Cyrus') expect(result.error).toContain('is marked as deleted and was not removed');
				else expect(result.description).toContain('"e"');
			});

			test('the right to put messages in only', async () => {
				await share('li');
				const [appended] = await act('append', { sourceFrom: 'text', source: mail('x'), toFolder: shared });
				expect(appended).toMatchObject({ folder: shared });
				expect(appended.code).toBeUndefined();
				expect((await act('copy', { toFolder: shared }, { items: inbox(1) }))[0]).toMatchObject({ folder: shared });
				expect(await uids(theirs, owner)).toHaveLength(4);
				expect(codes(await act('markRead', {}, { items: there() }))).toEqual(['folderForbidden']);
			});

			test('all rights to messages: they are changed, moved and removed; the folder itself is not', async () => {
				await share('lrswite');
				expect((await act('addFlags', { flags: ['\\Seen', '\\Flagged'] }, { items: there() }))[0]).toMatchObject({
					flags: expect.arrayContaining(['\\Seen', '\\Flagged']) as string[],
				});
				await foldersStay();
				expect((await act('move', { toFolder: 'INBOX' }, { items: there() }))[0]).toMatchObject({ folder: 'INBOX', uid: 2 });
				expect((await act('move', { toFolder: shared }, { items: inbox(1) }))[0]).toMatchObject({ folder: shared, uid: 3 });
				expect((await act('delete', { permanently: true }, { items: there(2) }))[0]).toMatchObject({ deleted: true });
				expect(await act('empty', { folder: shared, confirm: true }, {}, 'folder')).toEqual([
					expect.objectContaining({ removed: 1 }),
				]);
				expect(await uids(theirs, owner)).toEqual([]);
			});

			test('Copy to Account: into a folder that may only be read nothing is copied, and each message is told', async () => {
				await share('lr');
				await host.append(owner, 'INBOX', mail('second'));
				const results = await act(
					'copyToAccount',
					{ targetFolder: shared },
					{
						items: inbox(1, 2),
						credential: credentialFor(host, owner),
						targetCredential: credentialFor(proxy, user),
					},
				);
				expect(results.map(({ code }) => code)).toEqual(Array(2).fill(results[0].code));
				expect(results[0].code).toMatch(/^folder(ReadOnly|Forbidden)$/);
				expect(await uids(theirs, owner)).toHaveLength(2);
			});
		});

		describe('over quota', () => {
			const big = mail('big', 60_000);
			let work: string;

			beforeEach(async () => {
				work = host.folder('Work');
				await host.createFolder(user, work);
				await host.limitStorage(user, 100);
			});

			test('append: what fits is stored, the rest is told', async () => {
				const results = await act(
					'append',
					{ sourceFrom: 'text', source: (json: IDataObject) => json.source },
					{ items: [{ source: big }, { source: big }, { source: mail('small') }] },
				);
				expect(results.map(({ code, uid }) => code ?? uid)).toEqual([2, 'folderFull', 3]);
				expect(results[1]).toMatchObject({
					error: expect.stringContaining('There is no room left for "INBOX"') as string,
					description: expect.stringContaining('Delete messages, empty the trash') as string,
				});
				expect(await uids('INBOX')).toEqual([1, 2, 3]);
			});

			test('copy and move: all of a command or nothing', async () => {
				await host.append(user, 'INBOX', mail('half', 40_000));
				await host.append(user, 'INBOX', mail('half', 40_000));
				// The first would fit.
				const copied = await act('copy', { toFolder: work }, { items: inbox(1, 2, 3) });
				expect(codes(copied)).toEqual(Array(3).fill('folderFull'));
				expect(copied[0].error).toContain(`There is no room left for "${work}"`);
				expect(await uids(work)).toEqual([]);
				const moved = await act('move', { toFolder: work }, { items: inbox(1, 2, 3) });
				// Courier cannot move: what is copied first needs the room twice.
				expect(codes(moved)).toEqual(Array(3).fill(name === 'Courier' ? 'folderFull' : undefined));
				expect(await uids(name === 'Courier' ? 'INBOX' : work)).toEqual([1, 2, 3]);
				expect(await held(name === 'Courier' ? work : 'INBOX')).toEqual([]);
			});

			test('deleting works, to the trash and for good, and makes room', async () => {
				const trashFolder = host.folder('Trash');
				await host.createFolder(user, trashFolder);
				await host.append(user, 'INBOX', big);
				expect((await act('delete', {}, { items: inbox(2) }))[0]).toMatchObject({ deleted: true, folder: trashFolder });
				expect((await act('empty', { folder: trashFolder, confirm: true }, {}, 'folder'))[0]).toMatchObject({ removed: 1 });
				expect(codes(await act('append', { sourceFrom: 'text', source: big }))).toEqual([undefined]);
				expect((await act('delete', { permanently: true }, { items: inbox(3) }))[0]).toMatchObject({ deleted: true });
				expect(codes(await act('append', { sourceFrom: 'text', source: big }))).toEqual([undefined]);
			});

			test('drafts: none is stored', async () => {
				const draftsFolder = host.folder('Drafts');
				await host.createFolder(user, draftsFolder);
				await host.append(user, 'INBOX', big);
				const text = 'z'.repeat(60_000);
				expect(
					codes(await act('createDraft', { draftsFolder, text, options: { from: 'a@example.com' } }, { items: [{}, {}] })),
				).toEqual(['folderFull', 'folderFull']);
				expect(
					codes(await act('createReplyDraft', { draftsFolder, text, options: { from: 'a@example.com' } }, { items: inbox(1) })),
				).toEqual(['folderFull']);
				expect(await uids(draftsFolder)).toEqual([]);
			});

			test('Copy to Account: what fits is copied, the rest is told, and copied when there is room', async () => {
				const source = host.newUser();
				await host.appendMany(
					source,
					'INBOX',
					[1, 2, 3].map((i) => mail(`copy-${i}`, 40_000)),
				);
				const copy = async (): Promise<IDataObject[]> =>
					await act(
						'copyToAccount',
						{ targetFolder: work },
						{ items: inbox(1, 2, 3), credential: credentialFor(host, source), targetCredential: credentialFor(proxy, user) },
					);
				expect((await copy()).map(({ code, copied }) => code ?? copied)).toEqual([true, true, 'folderFull']);
				expect(await uids(work)).toEqual([1, 2]);
				await host.limitStorage(user, 200);
				expect((await copy()).map(({ alreadyThere }) => alreadyThere)).toEqual([true, true, false]);
				expect(await uids(work)).toEqual([1, 2, 3]);
			});

			test('get quota tells it', async () => {
				await host.append(user, 'INBOX', mail('half', 50_000));
				expect(await act('getQuota', { folder: 'INBOX' }, {}, 'folder')).toEqual([
					expect.objectContaining({
						folder: 'INBOX',
						limited: true,
						root: name === 'Courier' ? 'ROOT' : expect.any(String),
						storage: {
							used: expect.any(Number) as number,
							limit: 100 * 1024,
							free: expect.any(Number) as number,
							usedPercent: expect.closeTo(50, -1) as number,
						},
					}),
				]);
				const other = host.newUser();
				await host.append(other, 'INBOX', mail('x'));
				expect(await act('getQuota', { folder: 'INBOX' }, { credential: credentialFor(proxy, other) }, 'folder')).toEqual([
					expect.objectContaining({ limited: false }),
				]);
			});
		});
	});
}
