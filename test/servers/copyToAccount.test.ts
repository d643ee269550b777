import type { IDataObject } from 'n8n-workflow';
import { startCyrus } from '../support/cyrus';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { credentialFor, runNode, type ExecuteOptions } from '../support/executeContext';
import { contentsOf, type Content } from '../support/folderContents';
import type { MailHost } from '../support/mailHost';
import { mailServers } from '../support/mailServers';
import { describeServer } from '../support/roots/serverRoot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/** Copying between two accounts, from a Dovecot to each kind of server; commands counted at the wire on both sides. */
const mail = (id: string, size = 0): string =>
	`Message-ID: <${id}@example.com>\r\nSubject: ${id}\r\n\r\nHello\r\n${'x'.repeat(size)}\r\n`;
const DATE = new Date('2020-02-03T04:05:06Z');

for (const [name, describeIt, start] of mailServers) {
	describeIt(`Copy to Account, to ${name}`, () => {
		let source: Dovecot;
		let target: MailHost;
		let here: CountingProxy;
		let there: CountingProxy;
		let user: string;
		let other: string;

		beforeAll(async () => {
			source = await startDovecot();
			target = await start();
			here = await startProxy(source);
			there = await startProxy(target);
		});
		afterAll(async () => {
			await here?.stop();
			await there?.stop();
			await source?.stop();
			await target?.stop();
		});
		beforeEach(() => {
			user = source.newUser();
			other = target.newUser('other');
		});

		const copy = async (
			parameters: Record<string, unknown> = {},
			options: Partial<ExecuteOptions> = {},
		): Promise<IDataObject[]> => {
			here.reset();
			there.reset();
			const { items } = await runNode({
				parameters: { resource: 'message', operation: 'copyToAccount', ...parameters },
				credential: credentialFor(here, user),
				targetCredential: credentialFor(there, other),
				...options,
			});
			// The details of a failed item beside its other fields.
			return items.map(({ json }) => ({ ...json, ...(json.details as IDataObject | undefined) }));
		};
		const folders = (...names: string[]): Record<string, unknown> => ({
			copyWhat: 'folders',
			folderSelection: 'chosen',
			folders: names,
		});
		const allOf = async (
			host: { login: MailHost['login'] },
			account: string,
			folder: string,
		): Promise<Array<Omit<Content, 'uid'>>> =>
			(await contentsOf(host, account, folder))
				.map(({ flags, internalDate, size, sha256 }) => ({ flags, internalDate, size, sha256 }))
				.sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
		const expectSame = async (folder = 'INBOX', targetFolder = target.folder('INBOX')): Promise<void> => {
			expect(await allOf(target, other, targetFolder)).toEqual(await allOf(source, user, folder));
		};

		test.each([1, 500])('%i messages of input items: flags, keywords, dates and bytes; again: nothing', async (count) => {
			await source.appendMany(
				user,
				'INBOX',
				Array.from({ length: count }, (_, i) => ({
					source: mail(`m${i}`, i),
					flags: i % 3 === 0 ? ['\\Seen', '\\Flagged', 'todo'] : [],
					internalDate: new Date(DATE.getTime() + i * 60_000),
				})),
			);
			const uidValidity = String((await source.status(user, 'INBOX')).uidValidity);
			const items = Array.from({ length: count }, (_, i) => ({ folder: 'INBOX', uid: i + 1, uidValidity }));
			const results = await copy({}, { items });
			expect(results).toHaveLength(count);
			expect(results[count - 1]).toMatchObject({ ...items[count - 1], copied: true, alreadyThere: false });
			expect(results[count - 1].copiedTo).toMatchObject({
				folder: 'INBOX',
				uidValidity: String(await target.uidValidity(other, 'INBOX')),
			});
			// LIST, EXAMINE, one FETCH of descriptors, one FETCH for 100 messages.
			expect(here.totals().work.commands).toBeLessThanOrEqual(3 + Math.ceil(count / 100));
			// LIST, EXAMINE, SELECT, and one APPEND each; Courier tells EXISTS only when asked by NOOP.
			expect(there.totals().work.commands).toBeLessThanOrEqual(name === 'Courier' ? 4 + 2 * count : 3 + count);
			await expectSame();

			const again = await copy({}, { items });
			expect(again.map(({ alreadyThere }) => alreadyThere)).toEqual(items.map(() => true));
			expect(again[0].copiedTo).toEqual(results[0].copiedTo);
			expect(there.totals().work.commands).toBeLessThanOrEqual(4);
			expect(here.totals().work.commands).toBeLessThanOrEqual(3);
			await expectSame();
		});

		test('what is there twice is copied twice, what is without Message-ID is known again', async () => {
			const anonymous = 'Subject: who\r\nDate: Mon, 3 Feb 2020 04:05:06 +0000\r\n\r\nx\r\n';
			const messages = [mail('twice'), mail('twice'), anonymous, anonymous.replace('who', 'how'), '\r\nno header\r\n'];
			await source.appendMany(
				user,
				'INBOX',
				messages.map((message) => ({ source: message, internalDate: DATE })),
			);
			expect((await copy(folders('INBOX')))[0]).toMatchObject({
				folder: 'INBOX',
				copied: 5,
				alreadyThere: 0,
				failed: 0,
				created: false,
			});
			await expectSame();
			expect((await copy(folders('INBOX')))[0]).toMatchObject({ copied: 0, alreadyThere: 5 });
			const [first] = await target.list(other, 'INBOX');
			await target.expunge(other, 'INBOX', [first.uid]);
			expect((await copy(folders('INBOX')))[0]).toMatchObject({ copied: 1, alreadyThere: 4 });
			await expectSame();
		});

		test('all folders, with names, delimiters and folders made; below another one', async () => {
			for (const folder of ['Work', 'Work/Orders', 'Büro', 'v1.2']) {
				await source.createFolder(user, folder);
				await source.append(user, folder, mail(`in-${folder.length}`), { internalDate: DATE });
			}
			const results = await copy({
				copyWhat: 'folders',
				folderSelection: 'all',
				options: { folderNames: 'v1.2 = ' + target.folder('Old') },
			});
			expect(results.map(({ folder, copied }) => [folder, copied])).toEqual([
				['INBOX', 0],
				['Büro', 1],
				['Work', 1],
				['Work/Orders', 1],
				['v1.2', 1],
			]);
			await expectSame('Work/Orders', target.folder('Work', 'Orders'));
			await expectSame('Büro', target.folder('Büro'));
			await expectSame('v1.2', target.folder('Old'));
			const below = target.folder('Backup');
			const [inbox] = await copy({ ...folders('INBOX', 'Work'), below });
			expect(inbox).toMatchObject({ created: true, copiedTo: { folder: target.folder('Backup', 'INBOX') } });
			await expectSame('Work', target.folder('Backup', 'Work'));
		});

		test('a search in a large folder finds what is there', async () => {
			await target.fill(other, 'INBOX', 1_100, mail('filler'));
			await source.append(user, 'INBOX', mail('one'), { internalDate: DATE });
			const items = [{ folder: 'INBOX', uid: 1 }];
			expect((await copy({}, { items }))[0]).toMatchObject({ copied: true });
			expect(there.totals().work.toClient).toBeLessThan(4_000);
			expect((await copy({}, { items }))[0]).toMatchObject({ alreadyThere: true });
			expect(await target.list(other, 'INBOX')).toHaveLength(1_101);
		});

		test('a message that is too large, one that is gone and one of another UIDVALIDITY are told, the others are copied', async () => {
			await source.appendMany(user, 'INBOX', [mail('a'), mail('b', 2 * 1024 * 1024), mail('c')]);
			const items = [{ uid: 1 }, { uid: 2 }, { uid: 3 }, { uid: 9 }, { uid: 3, uidValidity: '1' }].map((item) => ({
				folder: 'INBOX',
				...item,
			}));
			const results = await copy({ options: { maxSize: 1 } }, { items, continueOnFail: true });
			expect(results.map(({ code, copied }) => code ?? copied)).toEqual([
				true,
				'messageTooLarge',
				true,
				'messageNotFound',
				'folderRenumbered',
			]);
			const [whole] = await copy({ ...folders('INBOX'), options: { maxSize: 1 } }, { continueOnFail: true });
			expect(whole).toMatchObject({
				code: 'messageTooLarge',
				copied: 0,
				alreadyThere: 2,
				failed: 1,
				failures: [{ uid: 2, messageId: '<b@example.com>' }],
			});
			await expect(copy({ ...folders('INBOX'), options: { maxSize: 1 } })).rejects.toThrow(
				'0 messages were copied, 2 were there already, and 1 were not copied',
			);
		});

		test('a folder that is not there is made only where that is wanted', async () => {
			await source.append(user, 'INBOX', mail('a'));
			const targetFolder = target.folder('New');
			const parameters = { targetFolder, options: { createFolders: false } };
			const items = [{ folder: 'INBOX', uid: 1 }];
			expect((await copy(parameters, { items, continueOnFail: true }))[0].code).toBe('folderNotFound');
			expect((await copy({ targetFolder }, { items }))[0]).toMatchObject({ copied: true });
			await expectSame('INBOX', targetFolder);
		});

		test('a lost answer to an APPEND makes nothing twice', async () => {
			await source.appendMany(
				user,
				'INBOX',
				Array.from({ length: 30 }, (_, i) => mail(`m${i}`)),
			);
			// SELECT and EXAMINE go before.
			const cut = there.cutAfter({ direction: 'toServer', commands: 21, phase: 'work' });
			const [first] = await copy(folders('INBOX'), { continueOnFail: true });
			expect(cut.happened).toBe(true);
			expect(first.code).toBe('outcomeUnknown');
			expect(Number(first.copied) + Number(first.failed)).toBe(30);
			expect(first.copied).toBeGreaterThan(0);
			const [second] = await copy(folders('INBOX'));
			// What was stored without an answer is found: at least the one that the server was still given.
			expect(second.alreadyThere).toBeGreaterThan(Number(first.copied));
			expect(second).toMatchObject({ copied: 30 - Number(second.alreadyThere), failed: 0 });
			await expectSame();
		});

		test('cancelling stops between messages and tells what was done', async () => {
			await source.appendMany(
				user,
				'INBOX',
				Array.from({ length: 60 }, (_, i) => mail(`m${i}`)),
			);
			const abort = new AbortController();
			let appends = 0;
			let copied = 0;
			there.onClientLine = (_line, { command, continued }) => {
				if (command?.name === 'APPEND' && !continued && ++appends === 5) abort.abort();
			};
			try {
				const [stopped] = await copy(folders('INBOX'), { signal: abort.signal });
				expect(stopped.code).toBe('runStopped');
				// What was under way by then is stored, and told.
				copied = Number(stopped.copied);
				expect([copied >= 5, copied < 60, stopped.failed]).toEqual([true, true, 60 - copied]);
			} finally {
				there.onClientLine = undefined;
			}
			expect((await copy(folders('INBOX')))[0]).toMatchObject({ copied: 60 - copied, alreadyThere: copied });
			await expectSame();
		});
	});
}

describe('Copy to Account within one account', () => {
	let dovecot: Dovecot;
	beforeAll(async () => {
		dovecot = await startDovecot();
	});
	afterAll(() => dovecot?.stop());

	const within = async (user: string, parameters: Record<string, unknown>): Promise<IDataObject[]> => {
		const { items } = await runNode({
			parameters: { resource: 'message', operation: 'copyToAccount', copyWhat: 'folders', ...parameters },
			credential: credentialFor(dovecot, user),
			targetCredential: credentialFor(dovecot, user),
			continueOnFail: true,
		});
		return items.map(({ json }) => ({ ...json, ...(json.details as IDataObject | undefined) }));
	};

	test('a folder into itself is refused, and so are copies of copies; another folder is fine', async () => {
		const user = dovecot.newUser();
		await dovecot.append(user, 'INBOX', mail('a'));
		expect((await within(user, { folders: ['INBOX'] })).map(({ code }) => code)).toEqual(['refusedForSafety']);
		expect((await within(user, { folderSelection: 'all', below: 'Backup' })).map(({ code }) => code)).toEqual([
			'refusedForSafety',
		]);
		expect((await within(user, { folders: ['INBOX'], below: 'Backup' }))[0]).toMatchObject({ copied: 1 });
		expect(await dovecot.fetchAll(user, 'Backup/INBOX')).toHaveLength(1);
	});
});

describe('Copy to Account over quota', () => {
	let source: Dovecot;
	let small: Dovecot;
	beforeAll(async () => {
		source = await startDovecot();
		small = await startDovecot({
			extraConfig: `
mail_plugins = quota
plugin {
	quota = count:User quota
	quota_vsizes = yes
	quota_rule = *:bytes=1M
	quota_grace = 0
}
`,
		});
	});
	afterAll(async () => {
		await source?.stop();
		await small?.stop();
	});

	test('what fits is copied, the rest is told, and the next run goes on when there is room', async () => {
		const user = source.newUser();
		const other = small.newUser();
		// The third does not fit, the fourth does; then three in a row do not, and the rest is not tried.
		const sizes = [400_000, 400_000, 400_000, 1_000, ...Array.from({ length: 5 }, () => 300_000)];
		await source.appendMany(
			user,
			'INBOX',
			sizes.map((size, i) => mail(`m${i}`, size)),
		);
		const copy = async (): Promise<IDataObject> => {
			const { items } = await runNode({
				parameters: { resource: 'message', operation: 'copyToAccount', copyWhat: 'folders', folders: ['INBOX'] },
				credential: credentialFor(source, user),
				targetCredential: credentialFor(small, other),
				continueOnFail: true,
			});
			return { error: items[0].json.error, ...(items[0].json.details as IDataObject) };
		};
		const first = await copy();
		expect(first).toMatchObject({ code: 'folderFull', copied: 3, alreadyThere: 0, failed: 6 });
		expect(first.error).toContain('Of the folder "INBOX" 3 messages were copied, 0 were there already, and 6 were not copied');
		expect(first.error).toContain('no room left');
		expect((first.failures as IDataObject[]).map(({ uid }) => uid)).toEqual([3, 5, 6, 7, 8, 9]);
		await small.expunge(other, 'INBOX', [1]);
		// The first one is missing now, and takes the room.
		expect(await copy()).toMatchObject({ code: 'folderFull', copied: 1, alreadyThere: 2 });
	});
});

/** MIGRATED_MESSAGES=5000 takes half a minute. */
const migrated = Number(process.env.MIGRATED_MESSAGES ?? 1_500);

describeServer('cyrus')(`a migration of ${migrated} messages from Dovecot to Cyrus`, () => {
	let source: Dovecot;
	let target: MailHost;
	let here: CountingProxy;
	let there: CountingProxy;

	beforeAll(async () => {
		source = await startDovecot();
		target = await startCyrus();
		here = await startProxy(source);
		there = await startProxy(target);
	});
	afterAll(async () => {
		await here?.stop();
		await there?.stop();
		await source?.stop();
		await target?.stop();
	});

	test('interrupted twice and run again: identical sets, nothing twice; export and verify agree', async () => {
		const user = source.newUser();
		const other = target.newUser('other');
		const flags = [[], ['\\Seen'], ['\\Answered', '\\Seen'], ['\\Flagged', 'todo'], ['$Forwarded']];
		await source.appendMany(
			user,
			'INBOX',
			Array.from({ length: migrated }, (_, i) => ({
				// Some have no Message-ID, some the same as another one.
				source: i % 50 === 0 ? `Subject: without ${i}\r\n\r\nx\r\n` : mail(`m${i - (i % 20 === 19 ? 1 : 0)}`, i % 700),
				flags: flags[i % flags.length],
				internalDate: new Date(DATE.getTime() + i * 1_000),
			})),
		);
		const act = async (resource: string, operation: string, parameters: Record<string, unknown>, at = here, name = user) =>
			await runNode({
				parameters: { resource, operation, ...parameters },
				credential: credentialFor(at, name),
				targetCredential: credentialFor(there, other),
				continueOnFail: true,
			});
		const copy = async (): Promise<IDataObject> => {
			here.reset();
			there.reset();
			const { items } = await act('message', 'copyToAccount', { copyWhat: 'folders', folders: ['INBOX'] });
			return { ...items[0].json, ...(items[0].json.details as IDataObject | undefined) };
		};

		// First the answer to an APPEND is lost, which ends the copy; then the source in the middle of a message, which is read again.
		const first = there.cutAfter({ direction: 'toServer', commands: 0.3 * migrated, phase: 'work' });
		const one = await copy();
		expect([first.happened, one.code]).toEqual([true, 'outcomeUnknown']);
		const second = here.cutAfter({ direction: 'toClient', bytes: 440 * migrated, phase: 'work' });
		const two = await copy();
		expect(second.happened).toBe(true);
		expect(two).toMatchObject({ failed: 0 });
		expect(Number(two.copied) + Number(two.alreadyThere)).toBe(migrated);
		// Those that were under way when the first connection went.
		expect(Number(two.alreadyThere) - Number(one.copied)).toBeGreaterThanOrEqual(1);
		expect(Number(two.alreadyThere) - Number(one.copied)).toBeLessThanOrEqual(250);
		expect(await copy()).toMatchObject({ copied: 0, alreadyThere: migrated, failed: 0 });
		// EXAMINE and two FETCHes, cut where UID sets are long, and nothing else.
		expect(there.totals().work.commands).toBeLessThanOrEqual(4);

		const sorted = async (host: Pick<MailHost, 'login'>, name: string): Promise<string[]> =>
			(await contentsOf(host, name, 'INBOX'))
				.map(({ flags: kept, internalDate, size, sha256 }) => `${sha256} ${internalDate} ${size} ${kept.join(' ')}`)
				.sort();
		expect(await sorted(target, other)).toEqual(await sorted(source, user));

		const exported = await act('archive', 'export', { format: 'zip', returnAll: true });
		const [{ json, binary }] = exported.items;
		expect(json).toMatchObject({ messages: migrated, failed: 0 });
		const manifest = JSON.parse(exported.written.get(binary!.manifest.id!)!.toString()) as IDataObject;
		for (const [at, name, comparedBy, deep] of [
			[here, user, 'uid', false],
			[there, other, 'identity', true],
		] as const) {
			const verified = await act('archive', 'verify', { against: 'manifestJson', manifest, options: { deep } }, at, name);
			expect(verified.items[0].json).toMatchObject({ identical: true, comparedBy, expected: migrated, same: migrated, deep });
		}
	});
});
