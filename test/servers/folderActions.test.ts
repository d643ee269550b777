import type { IDataObject } from 'n8n-workflow';
import { startCourier } from '../support/courier';
import { startCyrus } from '../support/cyrus';
import { startDovecot } from '../support/dovecot';
import { credentialFor, fieldsOf, runNode } from '../support/executeContext';
import { mailHostOf, type MailHost } from '../support/mailHost';
import { describeServer } from '../support/roots/serverRoot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/**
 * The operations on folders with 200 input items, their commands counted at the wire by name: a question that all items ask goes
 * out once, a change once for each folder. `slow` is for renaming and deleting: Courier 5.0 waits two seconds in each, so that the times
 * of its folders differ (five took 10.3 s): 500 of each would take 34 minutes. On Cyrus 3.6 500 renames took 26 s, 500 deletions 7 s.
 */
const MANY = 200;

const setUp = new Set(['LOGIN', 'AUTHENTICATE', 'CAPABILITY', 'NAMESPACE', 'ID', 'ENABLE', 'COMPRESS', 'LOGOUT']);

const servers: Array<[string, jest.Describe, () => Promise<MailHost>, { slow: number }]> = [
	['Dovecot', describe, async () => mailHostOf(await startDovecot()), { slow: MANY }],
	['Cyrus', describeServer('cyrus'), startCyrus, { slow: MANY }],
	['Courier', describeServer('courier'), startCourier, { slow: 5 }],
];

for (const [name, describeIt, start, { slow }] of servers) {
	describeIt(`operations on folders with many items on ${name}`, () => {
		let host: MailHost;
		let proxy: CountingProxy;
		let user: string;
		/** By name, without what belongs to setting a connection up and ending it. */
		let sent: Record<string, number>;
		const connections = new Set<number>();

		beforeAll(async () => {
			host = await start();
			proxy = await startProxy(host);
			proxy.onClientLine = (_line, { command, continued, connection }) => {
				if (!command || continued || setUp.has(command.name)) return;
				sent[command.name] = (sent[command.name] ?? 0) + 1;
				connections.add(connection.id);
			};
		});
		afterAll(async () => {
			await proxy?.stop();
			await host?.stop();
		});
		beforeEach(() => {
			user = host.newUser();
		});

		const act = async (
			operation: string,
			parameters: Record<string, unknown>,
			items: IDataObject[],
			continueOnFail = false,
		): Promise<IDataObject[]> => {
			proxy.reset();
			sent = {};
			connections.clear();
			const { items: results } = await runNode({
				parameters: { resource: 'folder', operation, ...parameters },
				credential: credentialFor(proxy, user),
				items,
				continueOnFail,
			});
			// Not the proxy's count of connections: that of the run before may still be closing.
			expect(connections.size).toBeLessThanOrEqual(1);
			return results.map(fieldsOf);
		};
		const folder = (json: IDataObject): unknown => json.folder;
		const named = (count: number): IDataObject[] => Array.from({ length: count }, (_, i) => ({ folder: host.folder(`F${i}`) }));
		const make = async (items: IDataObject[]): Promise<void> => {
			const client = await host.login(user);
			try {
				for (const item of items) await client.ok(`CREATE ${String(item.folder)}`);
			} finally {
				await client.logout();
			}
		};
		const there = async (): Promise<string[]> => {
			const { items } = await runNode({
				parameters: { resource: 'folder', operation: 'getMany', returnAll: true },
				credential: credentialFor(host, user),
			});
			return items.map(({ json }) => String(json.folder)).filter((path) => path !== 'INBOX');
		};

		test('create, subscribe, unsubscribe: once for each folder', async () => {
			const items = named(MANY);
			const created = await act('create', { newName: (_json: IDataObject, i: number) => `F${i}` }, items);
			expect(created.map(folder)).toEqual(items.map(folder));
			expect(sent).toEqual({ CREATE: MANY, SUBSCRIBE: MANY });
			expect(new Set(await there())).toEqual(new Set(items.map(folder)));
			const subscribed = async (): Promise<number> =>
				(await act('getMany', { returnAll: true, options: { subscribedOnly: true, nameContains: 'F' } }, [{}])).length;

			expect(await act('unsubscribe', { folder }, items)).toHaveLength(MANY);
			expect(sent).toEqual({ UNSUBSCRIBE: MANY });
			expect(await subscribed()).toBe(0);
			expect(await act('subscribe', { folder }, items)).toHaveLength(MANY);
			expect(sent).toEqual({ SUBSCRIBE: MANY });
			expect(await subscribed()).toBe(MANY);
		});

		test('what all items ask is asked once', async () => {
			await make(named(2));
			const [first, second] = named(2).map(folder);
			const items = Array.from({ length: MANY }, (_, i) => ({ folder: i % 2 === 0 ? first : second }) as IDataObject);
			await host.fill(user, String(second), 3);

			const status = await act('getStatus', { folder }, items);
			expect(status.map((row) => [row.folder, row.messages])).toEqual(items.map((row, i) => [row.folder, i % 2 === 0 ? 0 : 3]));
			expect(sent).toEqual({ STATUS: 2 });

			const quota = await act('getQuota', { folder: 'INBOX' }, items, true);
			expect(quota).toHaveLength(MANY);
			// One question at most, as not each of them has the ability; and each item is told.
			expect(new Set(quota.map((row) => JSON.stringify(row))).size).toBe(1);
			expect(Object.values(sent).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1);

			await act('getMany', { returnAll: true, options: { counts: true } }, [{}]);
			const forOne = sent;
			const all = await act('getMany', { returnAll: true, options: { counts: true } }, items);
			expect(sent).toEqual(forOne);
			expect(all.filter((row) => row.folder === second && row.messages === 3)).toHaveLength(MANY);
		});

		test('a folder that is not there is looked for once, and each item is told', async () => {
			const items = Array.from({ length: MANY }, () => ({ folder: host.folder('Nowhere') }));
			const results = await act('getStatus', { folder }, items, true);
			expect(results.map(({ code }) => code)).toEqual(Array(MANY).fill('folderNotFound'));
			expect(sent.STATUS).toBe(1);
		});

		test('an answer that was lost is asked for again', async () => {
			const count = proxy.onClientLine;
			let cut = false;
			proxy.onClientLine = (line, context) => {
				if (cut || !/ STATUS /.test(line)) return undefined;
				cut = true;
				context.connection.cut();
				return null;
			};
			try {
				const { items } = await runNode({
					parameters: { resource: 'folder', operation: 'getStatus', folder: 'INBOX' },
					credential: credentialFor(proxy, user),
					items: [{}, {}, {}],
					continueOnFail: true,
				});
				expect(items.map(fieldsOf).map(({ code, messages }) => code ?? messages)).toEqual([expect.any(String), 0, 0]);
			} finally {
				proxy.onClientLine = count;
			}
		});

		test('empty: opening, searching, marking and removing for each folder', async () => {
			const items = named(MANY);
			await make(items);
			const filled = [0, MANY >> 1, MANY - 1];
			for (const i of filled) await host.fill(user, String(items[i].folder), 3);
			const results = await act('empty', { folder, confirm: true }, items);
			expect(results.map(({ removed }) => removed)).toEqual(items.map((_, i) => (filled.includes(i) ? 3 : 0)));
			expect(sent).toEqual({ SELECT: MANY, 'UID SEARCH': MANY, 'UID STORE': 3, 'UID EXPUNGE': 3 });
			for (const i of filled) expect(await host.list(user, String(items[i].folder))).toEqual([]);
		});

		test('empty: a folder that all items name is emptied once, and its messages are counted once', async () => {
			const folders = named(2);
			await make(folders);
			for (const [i, { folder: path }] of folders.entries()) await host.fill(user, String(path), 3 + i);
			const results = await act(
				'empty',
				{ folder, confirm: true },
				Array.from({ length: MANY }, (_, i) => folders[i % 2]),
			);
			expect(results.map(({ removed }) => removed)).toEqual([3, 4, ...Array<number>(MANY - 2).fill(0)]);
			expect(sent).toEqual({ SELECT: 2, 'UID SEARCH': 2, 'UID STORE': 2, 'UID EXPUNGE': 2 });
			for (const { folder: path } of folders) expect(await host.list(user, String(path))).toEqual([]);
		});

		test('rename: the list once, then once for each folder', async () => {
			const items = named(slow);
			await make(items);
			const results = await act('rename', { folder, newName: (_json: IDataObject, i: number) => `G${i}` }, items);
			expect(results.map(({ previous }) => previous)).toEqual(items);
			expect(sent).toMatchObject({ RENAME: slow, LIST: 1 });
			expect(new Set(await there())).toEqual(new Set(items.map((_, i) => host.folder(`G${i}`))));
		});

		test('delete: looked into and deleted, once each; one that holds messages stays', async () => {
			const items = named(slow);
			await make(items);
			await host.fill(user, String(items[1].folder), 2);
			const results = await act('delete', { folder }, items, true);
			expect(results.map(({ deleted, code }) => code ?? deleted)).toEqual(
				items.map((_, i) => (i === 1 ? 'refusedForSafety' : true)),
			);
			expect(sent).toEqual({ STATUS: slow, DELETE: slow - 1 });
			expect(await there()).toEqual([items[1].folder]);
			await act('delete', { folder, deleteMessages: true }, [items[1]]);
			expect(sent).toEqual({ DELETE: 1 });
			expect(await there()).toEqual([]);
		});
	});
}
