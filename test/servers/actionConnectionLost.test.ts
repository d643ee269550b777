import type { IDataObject } from 'n8n-workflow';
import { credentialFor, fieldsOf, runNode, type ExecuteOptions } from '../support/executeContext';
import { mail } from '../support/mail';
import type { MailHost } from '../support/mailHost';
import { mailServers } from '../support/mailServers';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/** The connection is lost in the middle of a change: what the node then says of each item, and what the server holds. */
for (const [name, describeIt, start] of mailServers) {
	describeIt(`the connection is lost while messages change on ${name}`, () => {
		let host: MailHost;
		let proxy: CountingProxy;
		let user: string;
		let work: string;
		let target: string;
		let items: IDataObject[];

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
			proxy.mask = [];
			work = host.folder('Work');
			target = host.folder('Target');
			items = [...inbox(1, 2), { folder: work, uid: 1 }];
		});
		afterEach(() => {
			proxy.onClientLine = undefined;
			proxy.onServerLine = undefined;
		});

		const act = async (
			operation: string,
			parameters: Record<string, unknown> = {},
			options: Partial<ExecuteOptions> = {},
		): Promise<IDataObject[]> => {
			proxy.reset();
			const { items: results } = await runNode({
				parameters: { resource: 'message', operation, ...parameters },
				credential: credentialFor(proxy, user),
				continueOnFail: true,
				...options,
			});
			return results.map(fieldsOf);
		};
		const inbox = (...uids: number[]): IDataObject[] => uids.map((uid) => ({ folder: 'INBOX', uid }));
		const list = async (folder = 'INBOX'): Promise<number[]> => (await host.list(user, folder)).map(({ uid }) => uid);

		beforeEach(async () => {
			await host.fill(user, 'INBOX', 3, mail('x'));
			await host.createFolder(user, work);
			await host.createFolder(user, target);
			await host.append(user, work, mail('y'));
		});

		/** Cuts the connection at the first line the client sends that fits, before the server has it or after it has answered. */
		const cutAt = (pattern: RegExp, when: 'before' | 'after'): void => {
			let done = false;
			let tag: string | undefined;
			proxy.onClientLine = (line, { connection }) => {
				if (done || !pattern.test(line)) return undefined;
				if (when === 'after') {
					tag = line.split(' ')[0];
					return undefined;
				}
				done = true;
				connection.cut();
				return null;
			};
			proxy.onServerLine = (line, { connection }) => {
				if (done || tag === undefined) return undefined;
				// Everything the server says about it is kept back, also what comes before its last word.
				if (!line.startsWith(`${tag} `)) return null;
				done = true;
				connection.cut();
				return null;
			};
		};

		test.each(['before', 'after'] as const)(
			'while flags change, %s the server has done it: told for these, the next folder is done',
			async (when) => {
				cutAt(/UID STORE/, when);
				const results = await act('markRead', {}, { items });
				expect(results.map(({ code }) => code)).toEqual(['outcomeUnknown', 'outcomeUnknown', undefined]);
				expect(results[0].description).toContain('repeating it does no harm');
				expect(results[2]).toMatchObject({ folder: work, uid: 1, flags: ['\\Seen'] });
				// Done again it is as wanted, whatever it was before.
				expect((await act('markRead', {}, { items })).map(({ code }) => code)).toEqual([undefined, undefined, undefined]);
			},
		);

		// Courier has no MOVE: there a move is a copy and a removal.
		if (name !== 'Courier') {
			test('while messages move, before the server has done it: still there, and told so', async () => {
				cutAt(/UID MOVE/, 'before');
				const results = await act('move', { toFolder: target }, { items });
				expect(results.map(({ code }) => code)).toEqual(['connectionLost', 'connectionLost', undefined]);
				expect(results[0]).toMatchObject({
					folder: 'INBOX',
					uid: 1,
					description: 'The message is still in its folder. Try again.',
				});
				expect(await list()).toEqual([1, 2, 3]);
				expect(await list(target)).toHaveLength(1);
			});

			test('while messages move, after the server has done it: most likely moved, and told so', async () => {
				cutAt(/UID MOVE/, 'after');
				const results = await act('move', { toFolder: target }, { items });
				expect(results.map(({ code }) => code)).toEqual(['outcomeUnknown', 'outcomeUnknown', undefined]);
				expect(results[0].error).toContain(`most likely moved to "${target}"`);
				expect(await list(target)).toHaveLength(3);
			});
		}

		test('between copying and removing, without MOVE: in both folders, and told so', async () => {
			proxy.mask = ['MOVE'];
			cutAt(/UID EXPUNGE/, 'before');
			const results = await act('move', { toFolder: target }, { items });
			expect(results.map(({ code }) => code)).toEqual(['outcomeUnknown', 'outcomeUnknown', undefined]);
			expect(results[0].error).toContain(`The message was copied to "${target}", but removing it from "INBOX" failed`);
			expect(await list()).toEqual([1, 2, 3]);
		});

		test.each(['before', 'after'] as const)(
			'while messages are copied, %s the server has done it: the copies may be there, the originals are, and told so',
			async (when) => {
				proxy.mask = ['MOVE'];
				cutAt(/UID COPY/, when);
				const results = await act('move', { toFolder: target }, { items });
				expect(results.map(({ code }) => code)).toEqual(['outcomeUnknown', 'outcomeUnknown', undefined]);
				expect(results[0].description).toContain('to avoid duplicates');
				expect(await list()).toEqual([1, 2, 3]);
				expect(await list(target)).toHaveLength(when === 'before' ? 1 : 3);
				expect(await list(work)).toEqual([]);
			},
		);

		test.each(['before', 'after'] as const)('while a folder is made, %s the server has done it: told so', async (when) => {
			cutAt(/ CREATE /, when);
			const made = { resource: 'folder', operation: 'create', newName: (_json: IDataObject, index: number) => `N${index}` };
			const { items: results } = await runNode({
				parameters: made,
				items: [{}, {}],
				credential: credentialFor(proxy, user),
				continueOnFail: true,
			});
			expect(results.map(fieldsOf).map(({ code, created }) => code ?? created)).toEqual(['outcomeUnknown', true]);
			expect(fieldsOf(results[0]).description).toContain('repeating it does no harm');
			const again = act('create', { ...made, options: { acceptExisting: true } }, { items: [{}, {}] });
			expect((await again).map(({ created }) => created)).toEqual([when === 'before', false]);
		});

		test('while messages are removed: marked or gone, and told so', async () => {
			cutAt(/UID EXPUNGE/, 'before');
			const results = await act('delete', { permanently: true }, { items });
			expect(results.map(({ code }) => code)).toEqual(['outcomeUnknown', 'outcomeUnknown', undefined]);
			expect((await act('delete', { permanently: true }, { items: inbox(1, 2) })).map(({ deleted }) => deleted)).toEqual([
				true,
				true,
			]);
			expect(await list()).toEqual([3]);
		});

		test('while one of several is stored: that one may be there twice later, the others are stored', async () => {
			let count = 0;
			proxy.onClientLine = (line, { connection }) => {
				if (!/ APPEND /.test(line) || ++count !== 2) return undefined;
				connection.cut();
				return null;
			};
			const results = await act(
				'append',
				{ sourceFrom: 'text', source: (_json: IDataObject, index: number) => mail(`n${index}`), toFolder: target },
				{ items: [{}, {}, {}] },
			);
			expect(results.map(({ code, uid }) => code ?? uid)).toEqual([1, 'outcomeUnknown', 2]);
			expect(results[1].description).toContain('to avoid duplicates');
		});

		test('for good: each item is told, and the server is not asked a hundred times', async () => {
			const lost = await startProxy(host);
			lost.onClientLine = (line) => {
				if (!/UID STORE/.test(line)) return undefined;
				void lost.stop();
				return null;
			};
			const folders = Array.from({ length: 20 }, (_, i) => ({ folder: `F${i}`, uid: 1 }));
			const { items: results } = await runNode({
				parameters: { resource: 'message', operation: 'markRead' },
				items: [...inbox(1), ...folders],
				credential: credentialFor(lost, user),
				continueOnFail: true,
			});
			expect(fieldsOf(results[0]).code).toBe('outcomeUnknown');
			expect(new Set(results.slice(1).map((item) => fieldsOf(item).code))).toEqual(new Set(['connectionRefused']));
			expect(results.every(({ json }) => json.error !== undefined)).toBe(true);
		});

		test('without "continue" the error tells how much was done', async () => {
			let stores = 0;
			proxy.onClientLine = (line, { connection }) => {
				if (!/UID STORE/.test(line) || ++stores !== 2) return undefined;
				connection.cut();
				return null;
			};
			await expect(act('markRead', {}, { items, continueOnFail: false })).rejects.toThrow(
				/before it said whether the change was made. Before that, 2 of 3 items were done/,
			);
		});
	});
}
