import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IBinaryData, IDataObject, INodeExecutionData } from 'n8n-workflow';
import { FollowedAccount } from '../support/account';
import { credentialFor, runNode, type ExecuteOptions } from '../support/executeContext';
import { contentsOf, type Content } from '../support/folderContents';
import type { MailHost } from '../support/mailHost';
import { mailServers } from '../support/mailServers';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';
import type { EventName } from '../../sync/events/syncEvent';

/** Export and Verify on each kind of server; what was written is read by Python's own readers of mbox and zip. */
const mail = (id: string, size = 0): string =>
	`Return-Path: <${id}@example.com>\r\nMessage-ID: <${id}@example.com>\r\nSubject: ${id}\r\n\r\nFrom me\r\n>From you\r\n${'x'.repeat(size)}\r\n`;
const DATE = new Date('2020-02-03T04:05:06Z');

/** name -> SHA-256 of each file of a zip, in order. */
const READ_ZIP = `
import sys, zipfile, hashlib, json
with zipfile.ZipFile(sys.argv[1]) as z:
    assert z.testzip() is None
    print(json.dumps([[n, hashlib.sha256(z.read(n)).hexdigest()] for n in z.namelist()]))
`;
/** Envelope and SHA-256 of each message of an mbox, with quoting taken away and the line ends of mail. */
const READ_MBOX = `
import sys, mailbox, hashlib, json, re
box = mailbox.mbox(sys.argv[1], create=False)
out = []
for key in box.keys():
    text = box.get_bytes(key)
    text = re.sub(rb'(?m)^>(>*From )', rb'\\1', text).replace(b'\\n', b'\\r\\n')
    out.append([box.get_message(key).get_from(), hashlib.sha256(text).hexdigest()])
print(json.dumps(out))
`;

function python(program: string, bytes: Buffer): Array<[string, string]> {
	const folder = mkdtempSync(join(tmpdir(), 'imap-sync-archive-'));
	try {
		writeFileSync(join(folder, 'file'), bytes);
		return JSON.parse(execFileSync('python3', ['-c', program, join(folder, 'file')]).toString()) as Array<[string, string]>;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

for (const [name, describeIt, start] of mailServers) {
	describeIt(`Archive on ${name}`, () => {
		let host: MailHost;
		let proxy: CountingProxy;
		let user: string;

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
		});

		const run = async (
			operation: string,
			parameters: Record<string, unknown> = {},
			options: Partial<ExecuteOptions> = {},
		): Promise<{ items: INodeExecutionData[]; file(item: INodeExecutionData, field?: string): Buffer }> => {
			proxy.reset();
			const { items, written } = await runNode({
				parameters: { resource: 'archive', operation, ...parameters },
				credential: credentialFor(proxy, user),
				...options,
			});
			return { items, file: (item, field = 'data') => written.get((item.binary?.[field] as IBinaryData).id!)! };
		};
		const commands = (): number => proxy.totals().work.commands;
		const contents = async (folder = 'INBOX'): Promise<Content[]> => await contentsOf(host, user, folder);
		const fill = async (count: number, folder = 'INBOX'): Promise<void> =>
			await host.appendMany(
				user,
				folder,
				Array.from({ length: count }, (_, i) => ({
					source: mail(`m${i}`, i),
					internalDate: new Date(DATE.getTime() + i * 60_000),
				})),
			);

		test.each([1, 500])('%i messages as a zip, as mbox and as .eml files: byte for byte, with few commands', async (count) => {
			await fill(count);
			const here = await contents();
			// EXAMINE, SEARCH, one FETCH of descriptors, and one FETCH for 100 messages; Courier tells UIDNEXT by STATUS only.
			const status = name === 'Courier' ? 1 : 0;
			const most = 3 + Math.ceil(count / 100) + status;

			const zip = await run('export', { format: 'zip', returnAll: true });
			expect(commands()).toBeLessThanOrEqual(most);
			expect(zip.items).toHaveLength(1);
			expect(zip.items[0].json).toMatchObject({ messages: count, failed: 0, folders: [{ folder: 'INBOX', messages: count }] });
			const inZip = python(READ_ZIP, zip.file(zip.items[0]));
			expect(inZip.pop()?.[0]).toBe('manifest.json');
			expect(inZip).toEqual(here.map(({ uid, sha256 }) => [`INBOX/${uid}.eml`, sha256]).reverse());
			const manifest = JSON.parse(zip.file(zip.items[0], 'manifest').toString()) as { messages: IDataObject[] };
			expect(manifest.messages[count - 1]).toEqual({
				folder: 'INBOX',
				uidValidity: String(await host.uidValidity(user, 'INBOX')),
				uid: here[0].uid,
				messageId: '<m0@example.com>',
				date: DATE.toISOString(),
				size: here[0].size,
				sha256: here[0].sha256,
				flags: [],
				file: `INBOX/${here[0].uid}.eml`,
			});

			const mbox = await run('export', { format: 'mbox', returnAll: true, options: { sort: 'oldestFirst' } });
			expect(commands()).toBeLessThanOrEqual(most);
			const read = python(READ_MBOX, mbox.file(mbox.items[0]));
			expect(read.map(([, sha256]) => sha256)).toEqual(here.map(({ sha256 }) => sha256));
			expect(read[0][0]).toBe('m0@example.com Mon Feb  3 04:05:06 2020');

			const eml = await run('export', { format: 'eml', returnAll: true, options: { sort: 'oldestFirst' } });
			expect(commands()).toBeLessThanOrEqual(most);
			expect(eml.items.map(({ json }) => [json.uid, json.sha256])).toEqual(here.map(({ uid, sha256 }) => [uid, sha256]));
			expect(eml.file(eml.items[count - 1]).toString()).toBe(mail(`m${count - 1}`, count - 1));

			for (const [against, deep] of [
				[{ against: 'manifestJson', manifest: JSON.stringify(eml.items.map(({ json }) => json)) }, false],
				[{ against: 'manifestJson', manifest }, true],
			] as const) {
				const [{ json }] = (await run('verify', { ...against, options: { deep } })).items;
				expect(json).toMatchObject({
					folder: 'INBOX',
					identical: true,
					expected: count,
					same: count,
					missing: 0,
					extra: 0,
					changed: 0,
					deep,
				});
				expect(commands()).toBeLessThanOrEqual(deep ? most : 2 + status);
			}
		});

		test('a manifest alone lists messages without reading them, and is what a copy is compared with', async () => {
			const [copy, empty] = [host.folder('Copy'), host.folder('Empty')];
			for (const folder of [copy, empty]) await host.createFolder(user, folder);
			await fill(30);
			await fill(1, copy);
			const listed = await run('export', { format: 'manifest', returnAll: true });
			expect(commands()).toBeLessThanOrEqual(name === 'Courier' ? 4 : 3);
			expect(proxy.totals().work.toClient).toBeLessThan(30 * 400);
			expect(listed.items[0].json).toMatchObject({ format: 'manifest', messages: 30, failed: 0 });
			const manifest = listed.file(listed.items[0], 'manifest');
			const there = (folder: string, options: object = {}) => run('verify', { folder, options }, { files: [{ manifest }] });
			expect((await there('INBOX')).items[0].json).toMatchObject({ identical: true, same: 30 });
			expect((await there(copy)).items[0].json).toMatchObject({ same: 1, missing: 29, extra: 0 });
			await expect(there(copy, { deep: true })).rejects.toThrow('the manifest says nothing of the bytes');

			const nothing = await run('export', { format: 'manifest', folders: [empty] });
			const files = [{ manifest: nothing.file(nothing.items[0], 'manifest') }];
			const [{ json }] = (await run('verify', { folder: copy }, { files })).items;
			expect(json).toMatchObject({ folder: copy, expected: 0, missing: 0, extra: 1 });
		});

		test('a limit costs what it returns: newest or oldest first, with a filter', async () => {
			await fill(300);
			const uids = async (parameters: Record<string, unknown>): Promise<unknown[]> =>
				(await run('export', { format: 'eml', ...parameters })).items.map(({ json }) => json.uid);
			expect(await uids({ limit: 3 })).toEqual([300, 299, 298]);
			expect(proxy.totals().work.toClient).toBeLessThan(5_000);
			expect(await uids({ limit: 2, options: { sort: 'oldestFirst' } })).toEqual([1, 2]);
			expect(await uids({ limit: 2, search: { subject: 'm17' } })).toEqual([180, 179]);
			expect(await uids({ search: { since: '2020-02-03T04:07:06Z', before: '2020-02-03T04:09:06Z' } })).toEqual([4, 3]);
			expect(await uids({ search: { subject: 'nothing has it' } })).toEqual([]);
		});

		test('several folders: a file each as mbox, one zip with a folder each', async () => {
			const work = host.folder('Work');
			await host.createFolder(user, work);
			await host.createFolder(user, host.folder('Empty'));
			await fill(2);
			await fill(3, work);
			const mbox = await run('export', { format: 'mbox', folderSelection: 'all', returnAll: true });
			expect(mbox.items.map(({ json }) => [json.folder, json.messages])).toEqual([
				['INBOX', 2],
				[host.folder('Empty'), 0],
				[work, 3],
			]);
			const zip = await run('export', { format: 'zip', folderSelection: 'pattern', includeFolders: `INBOX\n${work}`, limit: 4 });
			expect(python(READ_ZIP, zip.file(zip.items[0])).map(([file]) => file)).toEqual([
				'INBOX/2.eml',
				'INBOX/1.eml',
				`${work}/3.eml`,
				`${work}/2.eml`,
				'manifest.json',
			]);
		});

		test('verify tells what is missing, extra and changed, also where UIDs mean nothing any more', async () => {
			await fill(6);
			const exported = await run('export', { format: 'zip', returnAll: true });
			const manifest = exported.file(exported.items[0], 'manifest');
			const files = [{ manifest }];
			await host.expunge(user, 'INBOX', [2]);
			await host.append(user, 'INBOX', mail('extra'));
			const [first] = (await run('verify', {}, { files })).items;
			expect(first.json).toMatchObject({
				identical: false,
				comparedBy: 'uid',
				messages: 6,
				expected: 6,
				same: 5,
				missing: 1,
				extra: 1,
				changed: 0,
			});
			expect(first.json.missingMessages).toMatchObject([{ uid: 2, messageId: '<m1@example.com>' }]);
			expect(first.json.extraMessages).toMatchObject([{ uid: 7, messageId: '<extra@example.com>' }]);

			// Another message under the same number, of which only the bytes differ.
			const lying = JSON.parse(manifest.toString()) as { messages: IDataObject[] };
			lying.messages[0].sha256 = 'f'.repeat(64);
			lying.messages[5].size = 1;
			const [deep] = (await run('verify', { against: 'manifestJson', manifest: lying, options: { deep: true } })).items;
			expect(deep.json.changedMessages).toMatchObject([
				{ uid: 6, differences: ['sha256'] },
				{ uid: 1, differences: ['size'] },
			]);

			const copy = host.folder('Copy');
			await host.createFolder(user, copy);
			await host.copy(user, 'INBOX', [1, 3, 4, 5, 6], copy);
			const [other] = (await run('verify', { folder: copy, options: { deep: true } }, { files })).items;
			expect(other.json).toMatchObject({
				folder: copy,
				comparedBy: 'identity',
				same: 5,
				missing: 1,
				extra: 0,
				changed: 0,
				deep: true,
			});
			const [gone] = (await run('verify', { folder: host.folder('Nowhere') }, { files })).items;
			expect(gone.json).toMatchObject({ folderMissing: true, identical: false, missing: 6 });
		});

		test('verify against the sync state', async () => {
			await fill(6);
			await host.flags(user, 'INBOX', [1], { add: ['\\Seen'] });
			const stateFor = async (...events: EventName[]): Promise<string> => {
				const followed = FollowedAccount.on({
					user,
					password: host.password,
					host: host.host,
					port: host.port,
					security: 'none',
					allowUnauthorizedCerts: false,
				});
				await followed.run({ events });
				return JSON.stringify(followed.stored);
			};
			const state = await stateFor('messageNew', 'messageUpdated', 'messageDeleted');
			const newOnly = await stateFor('messageNew');
			const [same] = (await run('verify', { against: 'state', state })).items;
			expect(same.json).toMatchObject({ identical: true, messages: 6, expected: 6, same: 6 });
			await host.expunge(user, 'INBOX', [2]);
			await host.flags(user, 'INBOX', [1], { remove: ['\\Seen'] });
			await host.append(user, 'INBOX', mail('extra'));
			const [changed] = (await run('verify', { against: 'state', state })).items;
			expect(changed.json).toMatchObject({
				identical: false,
				missing: 1,
				missingMessages: [{ uid: 2 }],
				extra: 1,
				extraMessages: [{ uid: 7 }],
				changed: 1,
				changedMessages: [{ uid: 1, differences: ['flags'] }],
			});
			const [counted] = (await run('verify', { against: 'state', state: newOnly })).items;
			expect(counted.json).toMatchObject({ expected: 6, missing: 1, missingMessages: [], extra: 1 });
			user = host.newUser();
			const [stranger] = (await run('verify', { against: 'state', state }, { continueOnFail: true })).items;
			expect(stranger.json.error).toContain('another account');
		});

		test('a connection that is lost in the middle is made again, and the file is whole', async () => {
			await fill(150);
			for (const format of ['zip', 'mbox'] as const) {
				const cut = proxy.cutAfter({ direction: 'toClient', bytes: 35_000, phase: 'work' });
				const { items } = await run('export', { format, returnAll: true }, { continueOnFail: true });
				expect(cut.happened).toBe(true);
				expect(items.map(({ json }) => [json.messages, json.failed])).toEqual([[150, 0]]);
			}
		});

		test('cancelling ends it', async () => {
			await fill(3);
			const { items } = await run('export', { format: 'zip' }, { signal: AbortSignal.abort() });
			expect(items.map(({ json }) => (json.details as IDataObject).code)).toEqual(['runStopped']);
		});
	});
}
