import type { IDataObject } from 'n8n-workflow';
import { credentialFor, fieldsOf, runNode, type ExecuteOptions } from '../support/executeContext';
import { mail } from '../support/mail';
import type { MailHost } from '../support/mailHost';
import { mailServers } from '../support/mailServers';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/**
 * The action node itself, its class with n8n's context, on real servers: every operation with 1 and with 500 input items, and the
 * commands it takes counted at the wire. MANY is what a UID set of 500 scattered UIDs must not cost: a command each.
 */
const MANY = 500;

for (const [name, describeIt, start] of mailServers) {
	describeIt(`the action node on ${name}`, () => {
		let host: MailHost;
		let proxy: CountingProxy;
		let user: string;
		let work: string;
		let uidValidity: string;

		beforeAll(async () => {
			host = await start();
			proxy = await startProxy(host);
		});
		afterAll(async () => {
			await proxy?.stop();
			await host?.stop();
		});
		beforeEach(() => {
			user = host.newUser();
			work = host.folder('Work');
		});

		/** Runs the node and gives the fields of its items. */
		const act = async (
			resource: string,
			operation: string,
			parameters: Record<string, unknown> = {},
			options: Partial<ExecuteOptions> = {},
		): Promise<IDataObject[]> => {
			proxy.reset();
			const { items } = await runNode({
				parameters: { resource, operation, ...parameters },
				credential: credentialFor(proxy, user),
				...options,
			});
			expect(items.every(({ pairedItem }) => typeof pairedItem === 'object')).toBe(true);
			return items.map(fieldsOf);
		};
		const commands = (): number => proxy.totals().work.commands;
		/** Every other message of a folder of 2 * count: UID sets without ranges, as they are in life. */
		const scattered = async (count: number): Promise<IDataObject[]> => {
			await host.fill(user, 'INBOX', 2 * count, mail('filler'));
			uidValidity = String(await host.uidValidity(user, 'INBOX'));
			return Array.from({ length: count }, (_, i) => ({ folder: 'INBOX', uid: 2 * i + 1, uidValidity }));
		};
		const flagsOf = async (folder = 'INBOX'): Promise<Map<number, string[]>> =>
			new Map((await host.list(user, folder)).map(({ uid, flags }) => [uid, flags]));
		/** SELECT, and what one set of UIDs costs; where a line may only be short (Courier), the set is cut into three at most. */
		const most = (perSet: number): number => 1 + perSet * (name === 'Courier' ? 3 : 1);

		describe.each([1, MANY])('%i input items', (count) => {
			test.each([
				['markRead', {}, ['\\Seen']],
				['addFlags', { flags: ['\\Flagged', '\\Answered'] }, ['\\Answered', '\\Flagged']],
				...(name === 'Courier'
					? []
					: ([
							['acknowledge', {}, ['n8n-done']],
							['addFlags', { keywords: 'todo' }, ['todo']],
						] as const)),
				['acknowledge', { acknowledgeBy: 'seen' }, ['\\Seen']],
				['setFlags', { flags: ['\\Draft'] }, ['\\Draft']],
			] as Array<[string, Record<string, unknown>, string[]]>)('%s %j', async (operation, parameters, expected) => {
				const items = await scattered(count);
				const results = await act('message', operation, parameters, { items });
				expect(results).toHaveLength(count);
				expect(results[count - 1]).toMatchObject({ folder: 'INBOX', uid: 2 * count - 1, uidValidity });
				expect(commands()).toBeLessThanOrEqual(most(1));
				const flags = await flagsOf();
				for (let uid = 1; uid <= 2 * count; uid++) expect([uid, flags.get(uid)]).toEqual([uid, uid % 2 === 1 ? expected : []]);
				if (results[0].flags !== undefined) expect(results[0].flags).toEqual(expected);
			});

			test.each([
				['markUnread', {}, ['\\Flagged']],
				['removeFlags', { flags: ['\\Seen', '\\Flagged'] }, []],
				['setFlags', { flags: [] }, []],
			] as Array<[string, Record<string, unknown>, string[]]>)('%s %j', async (operation, parameters, left) => {
				const items = await scattered(count);
				await host.flags(user, 'INBOX', [1, 2], { add: ['\\Seen', '\\Flagged'] });
				await act('message', operation, parameters, { items });
				// Of messages that had nothing to lose servers send no row: whether they are there takes one search.
				expect(commands()).toBeLessThanOrEqual(most(2));
				const flags = await flagsOf();
				expect([flags.get(1), flags.get(2)]).toEqual([left, ['\\Flagged', '\\Seen']]);
			});

			test.each([
				['move', 'previous'],
				['copy', 'source'],
			])('%s, and tells where each message is now', async (operation, from) => {
				const items = await scattered(count);
				await host.createFolder(user, work);
				await host.append(user, work, mail('was there'));
				const results = await act('message', operation, { toFolder: work }, { items });
				// Searching what is there, then MOVE; without MOVE a COPY, STORE and EXPUNGE, whose sets may be cut too.
				expect(commands()).toBeLessThanOrEqual(most(operation === 'copy' || name !== 'Courier' ? 2 : 4));
				expect(results).toHaveLength(count);
				const inWork = await host.list(user, work);
				expect(inWork).toHaveLength(count + 1);
				const uidValidityThere = String(await host.uidValidity(user, work));
				expect(results[0]).toMatchObject({ folder: work, uidValidity: uidValidityThere, [from]: items[0] });
				expect(new Set(results.map(({ uid }) => uid))).toEqual(new Set(inWork.slice(1).map(({ uid }) => uid)));
				const left = (await host.list(user, 'INBOX')).map(({ uid }) => uid);
				expect(left).toHaveLength(operation === 'copy' ? 2 * count : count);
				// The result can be dropped into the next operation.
				await act('message', 'markRead', {}, { items: results });
				expect([...(await flagsOf(work)).values()].filter((flags) => flags.includes('\\Seen'))).toHaveLength(count);
			});

			test.each(['move', 'copy'])('%s into a folder that is not there: made once where that is wanted', async (operation) => {
				const items = await scattered(count);
				const sent: string[] = [];
				proxy.onClientLine = (_line, { command, continued }) => void (command && !continued && sent.push(command.name));
				const times = (name: string): number => sent.filter((command) => command === name).length;
				try {
					const left = await act('message', operation, { toFolder: work }, { items, continueOnFail: true });
					expect(left.map(({ code }) => code)).toEqual(Array(count).fill('folderNotFound'));
					expect(times('CREATE')).toBe(0);
					sent.length = 0;
					const results = await act('message', operation, { toFolder: work, options: { createFolder: true } }, { items });
					expect(results).toHaveLength(count);
					expect(results[count - 1]).toMatchObject({ folder: work, uid: count });
					expect([times('CREATE'), times('SUBSCRIBE')]).toEqual([1, 1]);
					// What it costs more: the command that is refused, and making the folder.
					expect(commands()).toBeLessThanOrEqual(3 + most(operation === 'copy' || name !== 'Courier' ? 2 : 4));
				} finally {
					proxy.onClientLine = undefined;
				}
				expect(await host.list(user, work)).toHaveLength(count);
				expect(await host.list(user, 'INBOX')).toHaveLength(operation === 'copy' ? 2 * count : count);
			});

			test('delete: to the trash', async () => {
				const items = await scattered(count);
				const trash = host.folder('Trash');
				await host.createFolder(user, trash);
				const results = await act('message', 'delete', {}, { items });
				expect(commands()).toBeLessThanOrEqual(1 + most(name === 'Courier' ? 4 : 2));
				expect(results[0]).toMatchObject({ deleted: true, folder: trash, previous: items[0] });
				expect(await host.list(user, trash)).toHaveLength(count);
				expect(await host.list(user, 'INBOX')).toHaveLength(count);
				expect(await act('message', 'delete', {}, { items: [results[0]] })).toMatchObject([
					{ folder: trash, uid: results[0].uid, uidValidity: results[0].uidValidity, deleted: true, alreadyInTrash: true },
				]);
				expect(await host.list(user, trash)).toHaveLength(count);
			});

			test('delete: for good, and nothing that others have marked', async () => {
				const items = await scattered(count);
				await host.flags(user, 'INBOX', [2], { add: ['\\Deleted'] });
				const results = await act('message', 'delete', { permanently: true }, { items });
				expect(commands()).toBeLessThanOrEqual(most(3));
				expect(results).toHaveLength(count);
				expect(results[0]).toMatchObject({ ...items[0], deleted: true, permanently: true });
				expect(await host.list(user, 'INBOX')).toHaveLength(count);
				expect((await flagsOf()).get(2)).toEqual(['\\Deleted']);
			});

			test('acknowledge: by moving and by deleting', async () => {
				const items = await scattered(count);
				await host.createFolder(user, work);
				const [first] = await act('message', 'acknowledge', { acknowledgeBy: 'move', toFolder: work }, { items });
				expect(first).toMatchObject({ acknowledged: true, folder: work });
				expect(await host.list(user, work)).toHaveLength(count);
				const trashFolder = host.folder('Bin');
				await host.createFolder(user, trashFolder);
				await act('message', 'acknowledge', {
					acknowledgeBy: 'delete',
					trashFolder,
					messageFrom: 'uid',
					folder: work,
					uid: '1:*'.replace('*', String(count)),
				});
				expect(await host.list(user, trashFolder)).toHaveLength(count);
			});

			test('append: one command each, on one connection', async () => {
				const results = await act(
					'message',
					'append',
					{
						sourceFrom: 'text',
						source: (_json: IDataObject, index: number) => mail(`m${index}`).replaceAll('\r\n', '\n'),
						options: { flags: ['\\Seen'], receivedAt: '2020-02-03T04:05:06Z' },
					},
					{ items: Array.from({ length: count }, () => ({})) },
				);
				expect(commands()).toBe(count);
				expect(proxy.totals().connections).toBe(1);
				expect(results.at(-1)).toMatchObject({
					id: expect.stringMatching(/^msg_/) as string,
					folder: 'INBOX',
					uid: count,
					uidValidity: String(await host.uidValidity(user, 'INBOX')),
					size: mail(`m${count - 1}`).length,
					flags: ['\\Seen'],
				});
				expect((await flagsOf()).get(count)).toEqual(['\\Seen']);
			});

			test('append into a folder that is not there: made once', async () => {
				const results = await act(
					'message',
					'append',
					{ sourceFrom: 'text', source: mail('x'), toFolder: work, options: { createFolder: true } },
					{ items: Array.from({ length: count }, () => ({})) },
				);
				expect(results.map(({ uid }) => uid)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
				// Courier 5.0 makes the folder with the APPEND, unasked.
				expect(commands()).toBe(count + (name === 'Courier' ? 0 : 3));
				expect(await host.list(user, work)).toHaveLength(count);
			});

			test('by Message-ID: one search for 50', async () => {
				await host.appendMany(
					user,
					'INBOX',
					Array.from({ length: count }, (_, i) => mail(`id-${i}`)),
				);
				const results = await act(
					'message',
					'markRead',
					{ messageFrom: 'messageId', messageId: (json: IDataObject) => json.id, lookIn: 'folder', lookInFolder: 'INBOX' },
					{ items: Array.from({ length: count }, (_, i) => ({ id: `id-${count - 1 - i}@example.com` })) },
				);
				expect(results.map(({ uid }) => uid)).toEqual(Array.from({ length: count }, (_, i) => count - i));
				// EXAMINE, SEARCH and FETCH for each 50, SELECT, STORE.
				expect(commands()).toBeLessThanOrEqual(1 + 2 * Math.ceil(count / 50) + most(1));
			});
		});

		test('folders: create, list, status, subscribe, rename, delete', async () => {
			expect(await act('folder', 'create', { newName: 'Orders & Überweisungen' })).toEqual([
				expect.objectContaining({ folder: host.folder('Orders & Überweisungen'), created: true }),
			]);
			const orders = host.folder('Orders & Überweisungen');
			const [{ folder: inner }] = await act('folder', 'create', { newName: '2026', parent: orders });
			expect(inner).toBe(host.folder('Orders & Überweisungen', '2026'));
			await expect(act('folder', 'create', { newName: '2026', parent: orders })).rejects.toThrow('There is a folder');
			expect(await act('folder', 'create', { newName: '2026', parent: orders, options: { acceptExisting: true } })).toEqual([
				expect.objectContaining({ folder: inner, created: false }),
			]);
			await host.append(user, orders, mail('one'));
			await host.append(user, orders, mail('two'), { flags: ['\\Seen'] });

			const all = await act('folder', 'getMany', { returnAll: true, options: { counts: true } });
			expect(all.find(({ folder }) => folder === orders)).toMatchObject({
				name: 'Orders & Überweisungen',
				selectable: true,
				subscribed: true,
				messages: 2,
				unseen: 1,
				uidNext: 3,
				uidValidity: String(await host.uidValidity(user, orders)),
			});
			expect(await act('folder', 'getMany', { limit: 1 })).toHaveLength(1);
			expect((await act('folder', 'getMany', { options: { nameContains: 'ÜBER' } })).map(({ folder }) => folder)).toEqual([
				orders,
				inner,
			]);
			expect(await act('folder', 'getStatus', { folder: orders })).toEqual([
				expect.objectContaining({ messages: 2, unseen: 1, uidNext: 3 }),
			]);
			expect(commands()).toBe(1);

			await act('folder', 'unsubscribe', { folder: inner });
			const subscribed = async (): Promise<unknown[]> =>
				(await act('folder', 'getMany', { returnAll: true, options: { subscribedOnly: true } })).map(({ folder }) => folder);
			expect(await subscribed()).not.toContain(inner);
			await act('folder', 'subscribe', { folder: inner });
			expect(await subscribed()).toContain(inner);

			const renamed = host.folder('Orders & Überweisungen', 'Old');
			expect(await act('folder', 'rename', { folder: inner, newName: 'Old' })).toEqual([
				expect.objectContaining({ folder: renamed, previous: { folder: inner } }),
			]);
			expect(await act('folder', 'rename', { folder: renamed, newName: 'Old', newPlace: 'top' })).toEqual([
				expect.objectContaining({ folder: host.folder('Old') }),
			]);
			await expect(act('folder', 'delete', { folder: orders })).rejects.toThrow('it holds 2 messages');
			await act('folder', 'delete', { folder: host.folder('Old') });
			await act('folder', 'delete', { folder: orders, deleteMessages: true });
			expect((await act('folder', 'getMany', { returnAll: true })).map(({ folder }) => folder)).not.toContain(orders);
		});

		test('folders: what must not be', async () => {
			await expect(act('folder', 'delete', { folder: 'inbox', deleteMessages: true })).rejects.toThrow('INBOX cannot be deleted');
			await expect(act('folder', 'rename', { folder: 'INBOX', newName: 'X' })).rejects.toThrow('INBOX cannot be renamed');
			for (const [operation, parameters] of [
				['getStatus', {}],
				['delete', {}],
				['rename', { newName: 'X' }],
			] as const) {
				await expect(act('folder', operation, { folder: host.folder('Nowhere'), ...parameters })).rejects.toThrow(
					'There is no folder',
				);
			}
			await host.createFolder(user, work);
			await host.createFolder(user, host.folder('Other'));
			await expect(act('folder', 'rename', { folder: work, newName: 'Other' })).rejects.toThrow('There is a folder');
		});

		test('empty: only when confirmed, and only what was there', async () => {
			await host.fill(user, 'INBOX', 700, mail('x'));
			await expect(act('folder', 'empty', { folder: 'INBOX' })).rejects.toThrow('not confirmed');
			expect(commands()).toBe(0);
			expect(await host.list(user, 'INBOX')).toHaveLength(700);
			const sent: string[] = [];
			proxy.onClientLine = (line) => void sent.push(line.replace(/^\S+ /, ''));
			try {
				expect(await act('folder', 'empty', { folder: 'INBOX', confirm: true })).toEqual([
					expect.objectContaining({ removed: 700 }),
				]);
			} finally {
				proxy.onClientLine = undefined;
			}
			expect(commands()).toBe(4);
			expect(sent).toContain('UID EXPUNGE 1:700');
			expect(sent).not.toContain('EXPUNGE');
			expect(await host.list(user, 'INBOX')).toEqual([]);
			expect(await act('folder', 'empty', { folder: 'INBOX', confirm: true })).toEqual([expect.objectContaining({ removed: 0 })]);
		});

		test('one folder after the other, each opened once, however the items are mixed', async () => {
			await host.createFolder(user, work);
			for (const folder of ['INBOX', work]) await host.fill(user, folder, 6, mail('x'));
			const items = Array.from({ length: 12 }, (_, i) => ({ folder: i % 2 === 0 ? 'INBOX' : work, uid: Math.floor(i / 2) + 1 }));
			const results = await act('message', 'markRead', {}, { items });
			expect(results.map(({ folder, uid }) => ({ folder, uid }))).toEqual(items);
			expect(commands()).toBe(4);
		});

		test('a UID that is not there, a folder that is not there, one that was rebuilt: each an error of its own, the rest is done', async () => {
			await host.fill(user, 'INBOX', 2, mail('x'));
			uidValidity = String(await host.uidValidity(user, 'INBOX'));
			const items = [
				{ folder: 'INBOX', uid: 77, uidValidity },
				{ folder: 'INBOX', uid: 1, uidValidity: '12' },
				{ folder: host.folder('Nowhere'), uid: 1 },
				{ subject: 'an item without an address' },
				{ folder: 'INBOX', uid: 2, uidValidity },
			];
			for (const [operation, parameters] of [
				['markRead', {}],
				['copy', { toFolder: 'INBOX' }],
				['delete', { permanently: true }],
			] as const) {
				const results = await act('message', operation, parameters, { items, continueOnFail: true });
				expect(results.map(({ code }) => code)).toEqual([
					'messageNotFound',
					'folderRenumbered',
					'folderNotFound',
					'settingsInvalid',
					undefined,
				]);
				expect(results[1]).toMatchObject({ folder: 'INBOX', uid: 1, error: expect.stringContaining('was rebuilt') as string });
			}
			expect((await host.list(user, 'INBOX')).map(({ uid }) => uid)).toEqual([1, 3]);
			await host.fill(user, 'INBOX', 1, mail('x'));
			// Without continueOnFail nothing is begun when an item is wrong, and what one command did is told.
			await expect(act('message', 'markRead', {}, { items: [items[3], { folder: 'INBOX', uid: 1 }] })).rejects.toThrow(
				'this one has no folder',
			);
			expect(proxy.totals().connections).toBe(0);
			await expect(
				act('message', 'markRead', {}, { items: [items[0], { folder: 'INBOX', uid: 1 }, { folder: 'INBOX', uid: 3 }] }),
			).rejects.toThrow('There is no message with UID 77 in the folder "INBOX". Before that, 2 of 3 items were done.');
		});

		test('a target that is not there: nothing moves', async () => {
			const items = await scattered(3);
			for (const operation of ['move', 'copy']) {
				const results = await act('message', operation, { toFolder: host.folder('Nowhere') }, { items, continueOnFail: true });
				expect(results.map(({ code }) => code)).toEqual(Array(3).fill('folderNotFound'));
			}
			expect(await host.list(user, 'INBOX')).toHaveLength(6);
		});

		test('the raw item of the trigger goes back in as a file; what is no message does not', async () => {
			const bytes = Buffer.from(mail('file'));
			const files = [{ message: bytes }, { message: Buffer.from('no header here\n') }, {}];
			const results = await act(
				'message',
				'append',
				{ toFolder: host.folder('New'), options: { createFolder: true } },
				{ items: [{}, {}, {}], files: files as Array<Record<string, Buffer>>, continueOnFail: true },
			);
			expect(results[0]).toMatchObject({ folder: host.folder('New'), uid: 1, size: bytes.length });
			expect(results.slice(1).map(({ error }) => error)).toEqual([
				expect.stringContaining('does not begin with a header line'),
				'The item has no file in the field "message"',
			]);
		});

		test('stops between two commands, and tells what was done', async () => {
			await host.createFolder(user, work);
			for (const folder of ['INBOX', work]) await host.fill(user, folder, 2, mail('x'));
			const stop = new AbortController();
			proxy.onClientLine = (line) => {
				if (/UID STORE/.test(line)) stop.abort();
			};
			try {
				const results = await act(
					'message',
					'markRead',
					{},
					{
						items: [
							{ folder: 'INBOX', uid: 1 },
							{ folder: work, uid: 1 },
							{ folder: 'INBOX', uid: 2 },
						],
						signal: stop.signal,
					},
				);
				expect(results.map(({ code }) => code)).toEqual([undefined, 'runStopped', undefined]);
			} finally {
				proxy.onClientLine = undefined;
			}
			expect([...(await flagsOf()).values()]).toEqual([['\\Seen'], ['\\Seen']]);
			expect([...(await flagsOf(work)).values()]).toEqual([[], []]);
		});
	});
}
