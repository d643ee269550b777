import type { IDataObject } from 'n8n-workflow';
import { resumeState } from '../../sync/state/accountState';
import type { Sealing } from '../../sync/state/keptMessage';
import { stateKey, writeStateMessage } from '../../sync/state/stateMessage';
import { sealBy } from '../support/accountSeal';
import { credentialFor, runNode, type ExecuteOptions } from '../support/executeContext';
import { mail } from '../support/mail';
import type { MailHost } from '../support/mailHost';
import { mailServers } from '../support/mailServers';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/**
 * Change > Get Many, Reset and Get State, the node's own class on real servers, in each store. A run is an execution of its own, with
 * nothing but what the store keeps.
 */

for (const [name, describeIt, start] of mailServers) {
	describeIt(`changes as an action on ${name}`, () => {
		let host: MailHost;
		let proxy: CountingProxy;
		let user: string;
		let staticData: IDataObject;
		let stateFolder: string;

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
			staticData = {};
			stateFolder = host.folder('IMAP Sync');
			proxy.onServerLine = undefined;
			proxy.onClientLine = undefined;
			proxy.mask = [];
		});

		const act = async (
			operation: string,
			parameters: Record<string, unknown>,
			options: Partial<ExecuteOptions> = {},
		): Promise<IDataObject[]> => {
			const { items } = await runNode({
				parameters: { resource: 'change', operation, ...parameters },
				credential: credentialFor(proxy, user),
				staticData,
				// What this process remembers of a workflow belongs to this test alone.
				workflowId: `${name} ${user}`,
				...options,
			});
			return items.map(({ json }) => json);
		};
		const getMany = async (
			parameters: Record<string, unknown> = {},
			options: Partial<ExecuteOptions> = {},
		): Promise<IDataObject[]> =>
			await act(
				'getMany',
				{ triggerOn: ['messageNew', 'messageUpdated', 'messageDeleted'], output: 'reference', ...parameters },
				options,
			);
		const short = (items: IDataObject[]): string[] => items.map(({ event, uid }) => [event, uid].join(' ').trim());
		const codeOf = async (parameters: Record<string, unknown>, options: Partial<ExecuteOptions> = {}): Promise<string> => {
			const [{ error, details }] = await getMany(parameters, { continueOnFail: true, ...options });
			const { code, description } = details as IDataObject;
			expect(String(description)).toMatch(/\.$/);
			return `${String(code)}: ${String(error)} ${String(description)}`;
		};

		test.each([
			['get', { messageFrom: 'uid', folder: 'INBOX', uid: '1:3' }],
			['getMany', { returnAll: true }],
		])('Message > %s gives As Event what it gave, with the same ids', async (operation, parameters) => {
			for (const subject of ['one', 'two', 'three']) await host.append(user, 'INBOX', mail(subject));
			const told = await getMany({ stateStore: 'staticData', ifNothingSaved: 'start', startFrom: 'all' });
			const options = { asEvent: true, ...(operation === 'getMany' ? { sort: 'newestFirst' } : {}) };
			const again = await act(operation, { resource: 'message', output: 'reference', ...parameters, options });
			const idsOf = (items: IDataObject[]): unknown[] => items.map(({ event, id, eventId }) => [event, id, eventId]).sort();
			expect(told).toHaveLength(3);
			expect(idsOf(again)).toEqual(idsOf(told));
			expect(again[0]).toMatchObject({ origin: 'redelivery' });
		});

		describe.each(['mailServer', 'staticData', 'cursor'])('with the store %s', (stateStore) => {
			/** What the workflow keeps with the store `cursor`. */
			let cursor: unknown;
			beforeEach(() => {
				cursor = '';
			});
			const run = async (parameters: Record<string, unknown> = {}): Promise<string[]> => {
				const own = stateStore === 'cursor' ? { cursor } : {};
				const items = await getMany({ stateStore, ...own, ...parameters });
				if (stateStore === 'cursor') {
					const summary = items.pop();
					expect(summary).toMatchObject({ event: 'summary', events: items.length, problems: [] });
					cursor = summary?.cursor;
				}
				return short(items);
			};

			test('gives what happened since the run before, each once', async () => {
				await host.fill(user, 'INBOX', 2, mail('old'));
				expect(await run({ ifNothingSaved: 'start' })).toEqual([]);
				expect(await run()).toEqual([]);
				await host.fill(user, 'INBOX', 1, mail('new'));
				await host.flags(user, 'INBOX', [1], { add: ['\\Flagged'] });
				expect(await run()).toEqual(['messageNew 3', 'messageUpdated 1']);
				await host.expunge(user, 'INBOX', [2]);
				expect(await run()).toEqual(['messageDeleted 2']);
				expect(await run()).toEqual([]);
			});

			test('starts at the first click in the editor, with the newest message as a sample', async () => {
				await host.fill(user, 'INBOX', 2, mail('old'));
				const own = stateStore === 'cursor' ? { cursor: '' } : {};
				const click = (parameters: Record<string, unknown> = {}) =>
					getMany({ stateStore, stateFolder, ...own, ...parameters }, { mode: 'manual' });
				if (stateStore === 'staticData') {
					await expect(click()).rejects.toThrow('n8n saves none in a test run');
					return;
				}
				expect(short(await click())[0]).toBe('messageNew 2');
				if (stateStore === 'mailServer') expect(await click()).toEqual([]);
				expect(short(await click({ startFrom: 'all', stateName: 'other' })).slice(0, 2)).toEqual([
					'messageNew 2',
					'messageNew 1',
				]);
			});

			test('takes nothing for a first run only when told so, and goes on in portions', async () => {
				await host.fill(user, 'INBOX', 3, mail('old'));
				const own = stateStore === 'cursor' ? { cursor: '' } : {};
				expect(await codeOf({ stateStore, ...own })).toMatch(/^stateMissing: There is no position in .*Start.*Reset/);
				const all = { ifNothingSaved: 'start', startFrom: 'all', options: { maxMessages: 2 } };
				expect(await run(all)).toEqual(['messageNew 3', 'messageNew 2']);
				expect(await run({ options: { maxMessages: 2 } })).toEqual(['messageNew 1']);
			});

			test('Reset starts over, as Start From says or from now', async () => {
				const internalDate = new Date(Date.now() - 60_000);
				await host.append(user, 'INBOX', mail('old'), { internalDate });
				await run({ ifNothingSaved: 'start' });
				for (const [startOver, expected] of [
					['startFrom', ['messageNew 2', 'messageNew 1']],
					['now', ['messageNew 3']],
				] as const) {
					const [result] = await act('reset', { stateStore, startOver });
					expect(result).toMatchObject({ reset: true, stateStore });
					if (stateStore === 'cursor') cursor = result.cursor;
					await host.append(user, 'INBOX', mail('since'), startOver === 'now' ? {} : { internalDate });
					expect(await run({ startFrom: 'all' })).toEqual(expected);
				}
				expect(await run()).toEqual([]);
			});

			test('Get State tells what is known, and what waits', async () => {
				const see = async (): Promise<IDataObject> =>
					(await act('getState', { stateStore, ...(stateStore === 'cursor' ? { cursor } : {}) }))[0];
				expect(await see()).toMatchObject({ stateStore, saved: false });
				await host.fill(user, 'INBOX', 3, mail('old'));
				await run({ ifNothingSaved: 'start', startFrom: 'all', options: { maxMessages: 1 } });
				expect(await see()).toMatchObject({
					saved: true,
					begun: true,
					timesSaved: 1,
					runsWithEvents: 1,
					quirks: [],
					folders: [
						{ folder: 'INBOX', messages: 3, messagesKnown: 3, waiting: 0, olderWaiting: 2, quarantine: [], unfinished: true },
					],
				});
				expect(JSON.stringify(await see())).not.toContain(host.password);
			});
		});

		describe('on the mail server', () => {
			const begin = async (): Promise<void> => {
				expect(await getMany({ ifNothingSaved: 'start' })).toEqual([]);
			};
			const kept = async (): Promise<number[]> => (await host.list(user, stateFolder)).map(({ uid }) => uid);

			test('there is one message, replaced when there is something new, and never read as mail', async () => {
				await getMany({ ifNothingSaved: 'start', folderSelection: 'all' });
				expect(await kept()).toEqual([1]);
				await host.fill(user, 'INBOX', 1, mail('new'));
				expect(short(await getMany({ folderSelection: 'all' }))).toEqual(['messageNew 1']);
				expect(await kept()).toEqual([2]);
				expect(await getMany({ folderSelection: 'all' })).toEqual([]);
				expect(await kept()).toEqual([2]);
				expect(await codeOf({ folders: ['INBOX', stateFolder] })).toMatch(
					/settingsInvalid: Folders holds ".*", in which the position is kept/,
				);
			});

			test('two states of different names do not know of each other', async () => {
				await begin();
				await getMany({ ifNothingSaved: 'start', stateName: 'für Größe' });
				await host.fill(user, 'INBOX', 1, mail('new'));
				expect(short(await getMany())).toEqual(['messageNew 1']);
				expect(short(await getMany({ stateName: 'für Größe' }))).toEqual(['messageNew 1']);
				expect(await kept()).toHaveLength(2);
			});

			test('executions at the same time hand out each message once', async () => {
				await begin();
				const seen: string[] = [];
				for (let round = 0; round < 4; round++) {
					await host.fill(user, 'INBOX', 3, mail(`round ${round}`));
					const runs = await Promise.allSettled([getMany(), getMany(), getMany()]);
					for (const result of runs) {
						if (result.status === 'fulfilled') seen.push(...short(result.value));
						else expect(String(result.reason)).toMatch(/Another execution went on/);
					}
				}
				seen.push(...short(await getMany()));
				expect(seen.sort()).toEqual(Array.from({ length: 12 }, (_, i) => `messageNew ${i + 1}`).sort());
				expect(await kept()).toHaveLength(1);
			});

			test('who was overtaken while reading hands out only what the other did not', async () => {
				await begin();
				await host.fill(user, 'INBOX', 2, mail('x'));
				let other: Promise<IDataObject[]> | undefined;
				const direct = credentialFor(host, user);
				// The other one runs from begin to end while this one is about to store its message.
				proxy.onClientLine = (line) => {
					if (!/ APPEND /.test(line) || other) return undefined;
					other = getMany({}, { credential: direct });
					return undefined;
				};
				const first = short(await getMany());
				expect(first.concat(short((await other) ?? [])).sort()).toEqual(['messageNew 1', 'messageNew 2']);
				expect(await kept()).toHaveLength(1);
				expect(await getMany()).toEqual([]);
			});

			test('the answer to storing it is lost: looked up, and stored once', async () => {
				await begin();
				for (const when of ['before', 'after'] as const) {
					await host.fill(user, 'INBOX', 1, mail('new'));
					let tag: string | undefined;
					let cut = false;
					proxy.onClientLine = (line, { command, connection }) => {
						if (!/ APPEND /.test(line) || cut) return undefined;
						tag = command?.tag ?? line.split(' ')[0];
						if (when === 'after') return undefined;
						cut = true;
						connection.cut();
						return null;
					};
					proxy.onServerLine = (line, { connection }) => {
						if (tag === undefined || cut || !line.startsWith(`${tag} OK`)) return undefined;
						cut = true;
						connection.cut();
						return null;
					};
					expect(short(await getMany())).toEqual([`messageNew ${when === 'before' ? 1 : 2}`]);
					expect(cut).toBe(true);
					expect(await kept()).toHaveLength(1);
					expect(await getMany()).toEqual([]);
				}
			});

			test('a damaged message is an error and not a first run; Reset gets over it', async () => {
				await begin();
				const [uid] = await kept();
				await host.expunge(user, stateFolder, [uid]);
				expect(await codeOf({})).toMatch(/^stateMissing/);
				await host.append(user, stateFolder, `X-IMAP-Sync-State: ${stateKey('default')}\r\nSubject: x\r\n\r\nhalf of it\r\n`);
				expect(await codeOf({ ifNothingSaved: 'start' })).toMatch(/^stateUnreadable: .*damaged/);
				await act('reset', {});
				expect(await kept()).toHaveLength(1);
				expect(await getMany()).toEqual([]);
			});

			test('what somebody else made is not believed, nor a copy in another folder', async () => {
				await begin();
				await host.fill(user, 'INBOX', 1, mail('new'));
				const state = { ...resumeState({ name: user, user, host: 'h' }, undefined).state };
				const forge = (sealing: Sealing): Promise<Buffer> =>
					writeStateMessage(
						{ key: stateKey('default'), nonce: 'forged', position: { serial: 1_000_000, savedAt: 1, state } },
						'default',
						1,
						sealing,
					);
				const forged = await forge({ seal: sealBy('guessed', user, proxy.host), folder: stateFolder });
				await host.append(user, stateFolder, forged.toString('latin1'));
				expect(short(await getMany())).toEqual(['messageNew 1']);
				// It went with the position that was replaced.
				expect(await kept()).toHaveLength(1);
				const other = host.folder('Other');
				await host.createFolder(user, other);
				await host.append(user, other, forged.toString('latin1'));
				expect(await codeOf({ stateFolder: other, ifNothingSaved: 'start' })).toMatch(
					/^stateUnreadable: .*not made by this account/,
				);
				await act('reset', { stateFolder: other });
				expect(await getMany({ stateFolder: other })).toEqual([]);
				await host.expunge(
					user,
					other,
					(await host.list(user, other)).map(({ uid }) => uid),
				);
				await host.copy(user, stateFolder, await kept(), other);
				expect(await codeOf({ stateFolder: other, ifNothingSaved: 'start' })).toMatch(/^stateUnreadable: .*for this folder/);
			});

			test('an old position that is put there again after a Reset over a damaged one is not believed', async () => {
				await begin();
				for (const uid of [1, 2, 3]) {
					await host.fill(user, 'INBOX', 1, mail('new'));
					expect(short(await getMany())).toEqual([`messageNew ${uid}`]);
				}
				const other = host.folder('Other');
				await host.createFolder(user, other);
				await host.copy(user, stateFolder, await kept(), other);
				await host.expunge(user, stateFolder, await kept());
				await host.append(user, stateFolder, `X-IMAP-Sync-State: ${stateKey('default')}\r\nSubject: x\r\n\r\nhalf of it\r\n`);
				await act('reset', { startOver: 'now' });
				const begun = await act('getState', {});
				await host.copy(user, other, [1], stateFolder);
				expect(await act('getState', {})).toEqual(begun);
				await getMany();
				expect(await kept()).toHaveLength(1);
			});

			test('a folder that mail comes into is refused', async () => {
				const lists = host.folder('Lists');
				await host.createFolder(user, lists);
				await host.append(user, lists, `Received: from a by b; Sun, 22 Nov 2026 09:14:03 +0000\r\n${mail('x')}`);
				for (const folder of ['INBOX', 'inbox', lists])
					expect([folder, await codeOf({ stateFolder: folder, ifNothingSaved: 'start', folders: ['INBOX'] })]).toEqual([
						folder,
						expect.stringMatching(/^(refusedForSafety: The folder "[^"]+" receives mail|settingsInvalid: )/) as string,
					]);
				// Mail beside a position that is there already stops nothing.
				await begin();
				await host.append(user, stateFolder, `Received: from a by b; Sun, 22 Nov 2026 09:14:03 +0000\r\n${mail('x')}`);
				expect(await getMany()).toEqual([]);
			});

			test('a server that cannot remove chosen messages is refused', async () => {
				proxy.mask = ['UIDPLUS'];
				expect(await codeOf({ ifNothingSaved: 'start' })).toMatch(/^notOffered: .*UIDPLUS.*State Store/);
			});
		});

		describe('as a cursor', () => {
			test('half of one, one of another mailbox, and none are three errors', async () => {
				const [summary] = await getMany({ stateStore: 'cursor', ifNothingSaved: 'start' });
				const cursor = String(summary.cursor);
				expect(await codeOf({ stateStore: 'cursor', cursor: cursor.slice(0, 50) })).toMatch(/^stateUnreadable/);
				const other = credentialFor(proxy, host.newUser());
				expect(await codeOf({ stateStore: 'cursor', cursor, ifNothingSaved: 'start' }, { credential: other })).toMatch(
					/^stateMissing: .*another mailbox/,
				);
				expect(short(await getMany({ stateStore: 'cursor', cursor: JSON.parse(cursor) as unknown }))).toEqual(['summary']);
			});

			test('many items with the same cursor are one run, each cursor of its own is one', async () => {
				const [{ cursor }] = await getMany({ stateStore: 'cursor', ifNothingSaved: 'start' });
				await host.fill(user, 'INBOX', 1, mail('new'));
				const items = Array.from({ length: 500 }, () => ({}));
				expect(short(await getMany({ stateStore: 'cursor', cursor }, { items }))).toEqual(['messageNew 1', 'summary']);
				const same = await getMany(
					{ stateStore: 'cursor', cursor, ifNothingSaved: (_json: IDataObject, i: number) => (i === 0 ? 'start' : 'fail') },
					{ items: [{}, {}] },
				);
				expect(short(same)).toEqual(['messageNew 1', 'summary', 'messageNew 1', 'summary']);
			});
		});

		describe('in static data', () => {
			test('is refused where n8n would lose it, and the error names the other stores', async () => {
				for (const options of [
					{ mode: 'manual' },
					{ mode: 'retry' },
					{ others: [{ name: 'Poll', type: 'n8n-nodes-base.rssFeedReadTrigger', polls: true }] },
					{ others: [{ name: 'Wait', type: 'n8n-nodes-base.wait', before: true }] },
				] as Array<Partial<ExecuteOptions>>) {
					expect(await codeOf({ stateStore: 'staticData', ifNothingSaved: 'start' }, options)).toMatch(
						/^stateNotKept: Static data cannot keep .* 'Mail Server', .* 'Cursor'/,
					);
				}
				expect(staticData).toEqual({});
			});

			test('what was there and is gone is no first run, even where one is allowed', async () => {
				const parameters = { stateStore: 'staticData', ifNothingSaved: 'start' };
				await getMany(parameters);
				await getMany(parameters);
				delete staticData['imapSync default'];
				expect(await codeOf(parameters)).toMatch(/^stateNotKept: .*lost it or somebody removed it/);
			});
		});

		test('a folder that is not there: an error at the start, and beside items a hint and a line of the summary', async () => {
			const nowhere = host.folder('Nowhere');
			expect(await codeOf({ folders: [nowhere], ifNothingSaved: 'start' })).toMatch(/^folderNotFound/);
			await getMany({ ifNothingSaved: 'start' });
			await host.fill(user, 'INBOX', 1, mail('new'));
			const parameters = {
				resource: 'change',
				operation: 'getMany',
				folders: ['INBOX', nowhere],
				output: 'reference',
				options: { summary: true },
			};
			const { items, hints } = await runNode({ parameters, credential: credentialFor(proxy, user) });
			expect(short(items.map(({ json }) => json))).toEqual(['messageNew 1', 'summary']);
			expect(items[1].json.problems).toEqual([expect.objectContaining({ code: 'folderNotFound', folder: nowhere })]);
			expect(hints).toEqual([expect.stringContaining('Nowhere')]);
			expect(await codeOf({ folders: ['INBOX', nowhere] })).toMatch(/^folderNotFound/);
		});
	});
}
