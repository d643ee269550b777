import type { IDataObject } from 'n8n-workflow';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { credentialFor, fieldsOf, runNode, type ExecuteOptions } from '../support/executeContext';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

const mail = (id: string, size = 0): string =>
	`Message-ID: <${id}@example.com>\r\nSubject: ${id}\r\n\r\n${'x'.repeat(70)}\r\n${'y'.repeat(size)}\r\n`;

/** What goes wrong on the mail server, and what the node then says of each item. Dovecot with quotas and access rights. */
describe('when the mail server does not do it', () => {
	let dovecot: Dovecot;
	let proxy: CountingProxy;
	let user: string;

	beforeAll(async () => {
		dovecot = await startDovecot({
			extraConfig: `
mail_plugins = acl quota
protocol imap {
	mail_plugins = $mail_plugins imap_acl imap_quota
}
plugin {
	acl = vfile
	quota = count:User quota
	quota_vsizes = yes
	quota_rule = *:bytes=1M
	quota_max_mail_size = 600k
}
`,
		});
		proxy = await startProxy(dovecot);
	});
	afterAll(async () => {
		await proxy?.stop();
		await dovecot?.stop();
	});
	beforeEach(() => {
		user = dovecot.newUser();
		proxy.mask = [];
	});
	afterEach(() => {
		proxy.onClientLine = undefined;
		proxy.onServerLine = undefined;
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
	const inbox = (...uids: number[]): IDataObject[] => uids.map((uid) => ({ folder: 'INBOX', uid }));
	const list = async (folder = 'INBOX'): Promise<number[]> => (await dovecot.fetchAll(user, folder)).map(({ uid }) => uid);
	const rights = async (folder: string, ...allowed: string[]): Promise<void> => {
		await dovecot.doveadm('acl', 'set', '-u', user, folder, `user=${user}`, ...allowed);
	};

	describe('a message that ends the connection each time it is read', () => {
		const select = { folderSelection: 'chosen', folders: ['INBOX'] };

		beforeEach(async () => {
			await dovecot.appendMany(
				user,
				'INBOX',
				['one', 'two', 'three', 'four'].map((id) => mail(id)),
			);
			// Its text may come after another literal, on the line that goes on behind that.
			let row = '';
			proxy.onServerLine = (line, { connection }) => {
				row = line.startsWith('* ') ? line : `${row}${line}`;
				if (!/^\* 3 FETCH .*BODY\[\]/s.test(row)) return undefined;
				connection.cut();
				return null;
			};
		});

		it.each([false, true])('is one item of Get Many, beside the others (continue on fail: %s)', async (continueOnFail) => {
			const items = await act('getMany', { ...select, output: 'content', limit: 10 }, { continueOnFail });
			expect(items).toHaveLength(4);
			expect(items.map(({ subject }) => subject)).toEqual(['four', undefined, 'two', 'one']);
			expect(JSON.stringify(items[1])).toMatch(/message 3 in the folder/);
		});

		it('is left out of the zip of Export, which says so', async () => {
			const [zip] = await act('export', { ...select, format: 'zip', outputField: 'file' }, { continueOnFail: false }, 'archive');
			expect(zip).toMatchObject({ messages: 3, failed: 1, failures: [{ uid: 3, code: 'messageNotReturned' }] });
		});
	});

	describe('over quota', () => {
		const big = mail('big', 500_000);

		beforeEach(async () => {
			await dovecot.append(user, 'INBOX', big);
			await dovecot.createFolder(user, 'Work');
		});

		test('append and copy: what fits is stored, the rest is told', async () => {
			const appended = await act(
				'append',
				{ sourceFrom: 'text', source: (json: IDataObject) => json.source },
				{ items: [{ source: big }, { source: big }, { source: mail('small') }] },
			);
			expect(appended.map(({ code, uid }) => code ?? uid)).toEqual([2, 'folderFull', 3]);
			expect(appended[1].error).toContain('There is no room left for "INBOX"');
			const copied = await act('copy', { toFolder: 'Work' }, { items: inbox(1, 2) });
			expect(copied.map(({ code }) => code)).toEqual(['folderFull', 'folderFull']);
			expect(await list('Work')).toEqual([]);
			// Moving takes no room, and neither does deleting.
			expect(await act('move', { toFolder: 'Work' }, { items: inbox(1, 2) })).toEqual([
				expect.objectContaining({ folder: 'Work', uid: 1 }),
				expect.objectContaining({ folder: 'Work', uid: 2 }),
			]);
		});

		test('a message larger than the server takes', async () => {
			const [{ code, error }] = await act('append', { sourceFrom: 'text', source: mail('huge', 700_000) });
			expect(code).toMatch(/folderFull|commandRefused/);
			expect(error).toMatch(/room|larger/);
		});

		test('get quota tells it', async () => {
			expect(await act('getQuota', {}, {}, 'folder')).toEqual([
				expect.objectContaining({
					folder: 'INBOX',
					limited: true,
					root: 'User quota',
					storage: expect.objectContaining({ limit: 1024 * 1024, usedPercent: expect.closeTo(47.8, 0) as number }) as IDataObject,
				}),
			]);
			proxy.mask = ['QUOTA', 'QUOTA=RES-STORAGE', 'QUOTA=RES-MESSAGE', 'QUOTASET'];
			expect((await act('getQuota', {}, {}, 'folder'))[0].code).toBe('notOffered');
		});
	});

	describe('without the right to do it', () => {
		beforeEach(async () => {
			await dovecot.append(user, 'INBOX', mail('one'));
			await dovecot.createFolder(user, 'Frozen');
			await dovecot.append(user, 'Frozen', mail('two'));
			await rights('Frozen', 'lookup', 'read');
		});

		test('a read-only folder: nothing is changed in it, copying from it works', async () => {
			const items = [{ folder: 'Frozen', uid: 1 }, ...inbox(1)];
			for (const [operation, parameters] of [
				['markRead', {}],
				['move', { toFolder: 'INBOX' }],
				['delete', { permanently: true }],
			] as const) {
				const [frozen] = await act(operation, parameters, { items });
				expect([operation, frozen.code]).toEqual([operation, 'folderReadOnly']);
			}
			expect(await list('Frozen')).toEqual([1]);
			expect((await act('copy', { toFolder: 'INBOX' }, { items: [items[0]] }))[0]).toMatchObject({ folder: 'INBOX' });
			expect((await act('empty', { folder: 'Frozen', confirm: true }, {}, 'folder'))[0].code).toBe('folderReadOnly');
		});

		test('a folder into which nothing may be put', async () => {
			for (const operation of ['move', 'copy']) {
				const [result] = await act(operation, { toFolder: 'Frozen' }, { items: inbox(1) });
				expect([result.code, result.error]).toEqual(['folderForbidden', expect.stringContaining('"Frozen"')]);
			}
			expect((await act('append', { sourceFrom: 'text', source: mail('x'), toFolder: 'Frozen' }))[0].code).toBe(
				'folderForbidden',
			);
			expect(await list()).toEqual([1]);
		});

		test('a folder that may not be renamed, deleted or opened', async () => {
			expect((await act('rename', { folder: 'Frozen', newName: 'Warm' }, {}, 'folder'))[0].code).toBe('folderForbidden');
			expect((await act('delete', { folder: 'Frozen', deleteMessages: true }, {}, 'folder'))[0].code).toBe('folderForbidden');
			await rights('Frozen', 'lookup');
			expect((await act('markRead', {}, { items: [{ folder: 'Frozen', uid: 1 }] }))[0].code).toBe('folderForbidden');
			expect(await list('Frozen')).toEqual([1]);
		});
	});

	describe('servers that can do less', () => {
		beforeEach(async () => {
			await dovecot.fill(user, 'INBOX', 4, mail('x'));
			await dovecot.createFolder(user, 'Work');
			await dovecot.flags(user, 'INBOX', [4], { add: ['\\Deleted'] });
		});

		test('without MOVE: copied, then exactly these are removed', async () => {
			proxy.mask = ['MOVE'];
			const moved = await act('move', { toFolder: 'Work' }, { items: inbox(1, 3) });
			expect(moved.map(({ folder, uid }) => [folder, uid])).toEqual([
				['Work', 1],
				['Work', 2],
			]);
			expect(await list()).toEqual([2, 4]);
		});

		test('without MOVE and UIDPLUS: refused, and nothing is touched', async () => {
			proxy.mask = ['MOVE', 'UIDPLUS'];
			expect((await act('move', { toFolder: 'Work' }, { items: inbox(1) }))[0].code).toBe('notOffered');
			expect((await act('delete', { permanently: true }, { items: inbox(1) }))[0].code).toBe('notOffered');
			expect((await act('empty', { folder: 'INBOX', confirm: true }, {}, 'folder'))[0].code).toBe('notOffered');
			expect(await list()).toEqual([1, 2, 3, 4]);
			expect(await list('Work')).toEqual([]);
		});

		test('without UIDPLUS moving works, and the new UID is unknown', async () => {
			proxy.mask = ['UIDPLUS'];
			proxy.onServerLine = (line) => line.replace(/\[COPYUID [^\]]*\] ?/, '');
			const [moved] = await act('move', { toFolder: 'Work' }, { items: inbox(1) });
			expect(moved).toEqual({ folder: 'Work', previous: expect.objectContaining({ folder: 'INBOX', uid: 1 }) as IDataObject });
		});

		test('a folder that keeps no keywords, and labels where there are none', async () => {
			proxy.onServerLine = (line) => line.replace(/(\[PERMANENTFLAGS \(.*) \\\*\)/, '$1)');
			expect((await act('addFlags', { keywords: 'never-seen' }, { items: inbox(1) }))[0]).toMatchObject({
				code: 'notOffered',
				error: expect.stringContaining('does not keep the keyword never-seen') as string,
			});
			const [labels] = await act('addFlags', { labels: 'Customers', flags: ['\\Seen'] }, { items: inbox(1) });
			expect(labels).toMatchObject({
				code: 'notOffered',
				error: expect.stringContaining('The flags were changed, but the labels were not') as string,
			});
		});

		test("Gmail's labels go out as Gmail wants them", async () => {
			const stored: string[] = [];
			proxy.onServerLine = (line) => line.replace(/^(\* CAPABILITY .*|.*\[CAPABILITY [^\]]*)/, '$1 X-GM-EXT-1');
			proxy.onClientLine = (line, { toClient }) => {
				if (!/X-GM-LABELS/.test(line)) return undefined;
				stored.push(line.replace(/^\S+ /, ''));
				toClient(`${line.split(' ')[0]} OK done`);
				return null;
			};
			const labels = 'Customers/Open mail, \\Important, Grüße';
			const results = await act('addFlags', { labels, flags: ['\\Seen'] }, { items: inbox(1, 3) });
			expect(results.map(({ code, flags }) => code ?? flags)).toEqual([['\\Seen'], ['\\Seen']]);
			await act('removeFlags', { labels: 'Old' }, { items: inbox(1, 77) });
			expect(stored).toEqual([
				'UID STORE 1,3 +X-GM-LABELS ("Customers/Open mail" \\Important Gr&APwA3w-e)',
				'UID STORE 1 -X-GM-LABELS (Old)',
			]);
		});

		test('no trash: nothing is deleted', async () => {
			const results = await act('delete', {}, { items: inbox(1, 2) });
			expect(results.map(({ code }) => code)).toEqual(['folderNotFound', 'folderNotFound']);
			expect(await list()).toEqual([1, 2, 3, 4]);
			expect((await act('delete', { trashFolder: 'Work' }, { items: inbox(1) }))[0]).toMatchObject({
				deleted: true,
				folder: 'Work',
			});
		});

		test('what is no flag or keyword', async () => {
			for (const keywords of ['two words', 'ü', '\\Foo', '(x)']) {
				expect((await act('addFlags', { keywords }, { items: inbox(1) }))[0].code).toBe('settingsInvalid');
			}
			expect((await act('addFlags', {}, { items: inbox(1) }))[0].code).toBe('settingsInvalid');
		});
	});

	test('a wrong password: one attempt, whatever the number of items', async () => {
		let logins = 0;
		proxy.onClientLine = (line) => {
			if (/^\S+ (LOGIN|AUTHENTICATE) /.test(line)) logins++;
		};
		const wrong = { credential: credentialFor(proxy, user, 'wrong') };
		const marked = await act('markRead', {}, { items: inbox(1, 2, 3), ...wrong });
		expect(marked.map(({ code }) => code)).toEqual(['loginRefused', 'loginRefused', 'loginRefused']);
		expect(logins).toBe(1);
		const appended = await act('append', { sourceFrom: 'text', source: mail('x') }, { items: [{}, {}], ...wrong });
		expect(appended.map(({ code }) => code)).toEqual(['loginRefused', 'loginRefused']);
		expect(logins).toBe(2);
		await expect(act('markRead', {}, { items: inbox(1, 2), ...wrong, continueOnFail: false })).rejects.toThrow(
			'refused the login',
		);
	});
});
