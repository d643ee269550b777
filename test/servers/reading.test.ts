import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { credentialFor, fieldsOf, runNode, type ExecuteOptions } from '../support/executeContext';
import type { MailHost } from '../support/mailHost';
import { mailServers } from '../support/mailServers';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/** The operations of the action node that read messages they are given, on real servers. What they cost is counted at the wire. */
const MANY = 500;

const mail = (id: string, body = 'Hello'): string =>
	`Message-ID: <${id}@example.com>\r\nFrom: Zoe <zoe@example.com>\r\nSubject: ${id}\r\n\r\n${body}\r\n`;

/** A message with a text, a PDF, a spreadsheet and a picture that the html shows; the PDF of about `size` bytes. */
const withFiles = (size = 3000): string =>
	[
		'Message-ID: <files@example.com>',
		'Subject: files',
		'MIME-Version: 1.0',
		'Content-Type: multipart/mixed; boundary=outer',
		'',
		'--outer',
		'Content-Type: multipart/related; boundary=inner',
		'',
		'--inner',
		'Content-Type: text/html',
		'',
		'<p>See <img src="cid:logo"></p>',
		'--inner',
		'Content-Type: image/png; name=logo.png',
		'Content-ID: <logo>',
		'Content-Transfer-Encoding: base64',
		'',
		Buffer.from('a picture').toString('base64'),
		'--inner--',
		'--outer',
		'Content-Type: application/pdf',
		'Content-Disposition: attachment; filename="invoice.pdf"',
		'Content-Transfer-Encoding: base64',
		'',
		...Buffer.alloc(size, 'pdf').toString('base64').match(/.{1,76}/g)!, // prettier-ignore
		'--outer',
		'Content-Type: text/csv',
		'Content-Disposition: attachment; filename="sums.csv"',
		'',
		'a;b',
		'--outer--',
		'',
	].join('\r\n');

for (const [name, describeIt, start] of mailServers) {
	describeIt(`reading messages on ${name}`, () => {
		let host: MailHost;
		let proxy: CountingProxy;
		let user: string;
		let work: string;
		let uidValidity: string;
		let written: Map<string, Buffer>;

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
		afterEach(() => {
			proxy.onClientLine = undefined;
			proxy.onServerLine = undefined;
		});

		/** Runs the node and gives its items. */
		const run = async (
			operation: string,
			parameters: Record<string, unknown> = {},
			options: Partial<ExecuteOptions> = {},
		): Promise<INodeExecutionData[]> => {
			proxy.reset();
			const executed = await runNode({
				parameters: { resource: 'message', operation, ...parameters },
				credential: credentialFor(proxy, user),
				...options,
			});
			written = executed.written;
			expect(executed.items.every(({ pairedItem }) => typeof pairedItem === 'object')).toBe(true);
			return executed.items;
		};
		const act = async (...args: Parameters<typeof run>): Promise<IDataObject[]> => (await run(...args)).map(fieldsOf);
		const commands = (): number => proxy.totals().work.commands;
		/** Every other message of a folder of 2 * count, in falling order. */
		const scattered = async (count: number): Promise<IDataObject[]> => {
			await host.fill(user, 'INBOX', 2 * count, mail('filler'));
			uidValidity = String(await host.uidValidity(user, 'INBOX'));
			return Array.from({ length: count }, (_, i) => ({ folder: 'INBOX', uid: 2 * (count - i) - 1, uidValidity }));
		};
		const fileOf = ({ binary }: INodeExecutionData, field: string): Buffer | undefined => written.get(binary?.[field]?.id ?? '');
		/** FETCHes for one set of 500 scattered UIDs: where a line may only be short (Courier) the set is cut into three at most. */
		const perSet = name === 'Courier' ? 3 : 1;
		/** EXAMINE; Courier leaves UIDNEXT out, which takes a STATUS. */
		const opening = name === 'Courier' ? 2 : 1;

		describe.each([1, MANY])('%i input items', (count) => {
			test.each([
				['reference', opening + perSet],
				['metadata', opening + Math.ceil(count / 100)],
				['content', opening + perSet + Math.ceil(count / 100)],
				['raw', opening + perSet + Math.ceil(count / 100)],
			])('get, output %s: in the order of the items, with few FETCHes', async (output, most) => {
				const items = await scattered(count);
				const results = await run('get', { output }, { items });
				expect(commands()).toBeLessThanOrEqual(most);
				expect(proxy.totals().connections).toBe(1);
				expect(results.map(({ json }) => json.uid)).toEqual(items.map(({ uid }) => uid));
				expect(results.map(({ pairedItem }) => pairedItem)).toEqual(items.map((_, item) => ({ item })));
				const [{ json }] = results;
				expect(json).toMatchObject({ account: `${user}@127.0.0.1`, ...items[0], flags: [], size: mail('filler').length });
				expect(json.receivedAt).toMatch(/^\d{4}-/);
				expect(json).not.toHaveProperty('event');
				expect(json.subject).toBe(output === 'reference' ? undefined : 'filler');
				expect(json.text).toBe(output === 'content' ? 'Hello\n' : undefined);
				expect(fileOf(results[count - 1], 'message')?.toString()).toBe(output === 'raw' ? mail('filler') : undefined);
				// Reading marks nothing as read.
				expect((await host.list(user, 'INBOX')).every(({ flags }) => flags.length === 0)).toBe(true);
			});

			test('get raw', async () => {
				const items = await scattered(count);
				const results = await run('getRaw', { outputField: 'eml' }, { items });
				expect(commands()).toBeLessThanOrEqual(opening + perSet + Math.ceil(count / 100));
				expect(results.map((item) => fileOf(item, 'eml')?.toString())).toEqual(items.map(() => mail('filler')));
				expect(results[0].binary?.eml).toMatchObject({ fileName: 'filler.eml', mimeType: 'message/rfc822' });
			});

			test('get attachments', async () => {
				await host.fill(user, 'INBOX', count, withFiles());
				const items = Array.from({ length: count }, (_, i) => ({ folder: 'INBOX', uid: i + 1 }));
				const results = await run('getAttachments', { options: { attachmentNames: '*.csv' } }, { items });
				expect(commands()).toBeLessThanOrEqual(opening + 1 + Math.ceil(count / 100));
				expect(results.map((item) => fileOf(item, 'attachment_0')?.toString())).toEqual(items.map(() => 'a;b'));
			});

			test('by Message-ID', async () => {
				await host.appendMany(
					user,
					'INBOX',
					Array.from({ length: count }, (_, i) => mail(`id-${i}`)),
				);
				const results = await act(
					'get',
					{
						output: 'metadata',
						messageFrom: 'messageId',
						messageId: (json: IDataObject) => json.id,
						lookIn: 'folder',
						lookInFolder: 'INBOX',
					},
					{ items: Array.from({ length: count }, (_, i) => ({ id: `id-${count - 1 - i}@example.com` })) },
				);
				expect(results.map(({ subject }) => subject)).toEqual(Array.from({ length: count }, (_, i) => `id-${count - 1 - i}`));
				expect(commands()).toBeLessThanOrEqual(2 * opening + 2 * Math.ceil(count / 50) + Math.ceil(count / 100));
			});
		});

		test('each folder is opened once, however the items are mixed; two outputs are two FETCHes', async () => {
			await host.createFolder(user, work);
			for (const folder of ['INBOX', work]) await host.fill(user, folder, 6, mail('x'));
			const items = Array.from({ length: 12 }, (_, i) => ({
				folder: i % 2 === 0 ? 'INBOX' : work,
				uid: Math.floor(i / 2) + 1,
				i,
			}));
			const results = await act(
				'get',
				{ output: (json: IDataObject) => (Number(json.i) < 6 ? 'reference' : 'metadata') },
				{ items },
			);
			expect(results.map(({ folder, uid }) => ({ folder, uid }))).toEqual(items.map(({ folder, uid }) => ({ folder, uid })));
			expect(results.map(({ subject }) => subject)).toEqual([...Array(6).fill(undefined), ...Array(6).fill('x')]);
			expect(commands()).toBe(2 * opening + 4);
		});

		test('one message for several items, and several messages for one item', async () => {
			await host.fill(user, 'INBOX', 3, mail('x'));
			const twice = await act(
				'get',
				{ output: 'metadata' },
				{ items: Array(3).fill({ folder: 'INBOX', uid: 2 }) as IDataObject[] },
			);
			expect(twice.map(({ uid }) => uid)).toEqual([2, 2, 2]);
			expect(commands()).toBe(opening + 1);
			const several = await run('get', { messageFrom: 'uid', folder: 'INBOX', uid: '1:2,3' });
			expect(several.map(({ json, pairedItem }) => [json.uid, pairedItem])).toEqual([1, 2, 3].map((uid) => [uid, { item: 0 }]));
		});

		test('what is not there: each an error of its own, the rest is read', async () => {
			await host.fill(user, 'INBOX', 2, mail('x'));
			uidValidity = String(await host.uidValidity(user, 'INBOX'));
			const items = [
				{ folder: 'INBOX', uid: 77, uidValidity },
				{ folder: 'INBOX', uid: 1, uidValidity: '12' },
				{ folder: host.folder('Nowhere'), uid: 1 },
				{ subject: 'an item without an address' },
				{ folder: 'INBOX', uid: 2, uidValidity },
			];
			for (const operation of ['get', 'getRaw', 'getAttachments']) {
				const results = await act(operation, {}, { items, continueOnFail: true });
				expect([operation, ...results.map(({ code }) => code)]).toEqual([
					operation,
					'messageNotFound',
					'folderRenumbered',
					'folderNotFound',
					'settingsInvalid',
					undefined,
				]);
				expect(results[4]).toMatchObject({ uid: 2, subject: 'x' });
			}
			await expect(act('get', {}, { items: [items[4], items[0]] })).rejects.toThrow(
				'There is no message with UID 77 in the folder "INBOX". Before that, 1 of 2 items were done.',
			);
			await expect(act('get', { output: 'everything' })).rejects.toThrow('Output must be one of');
			const byId = { messageFrom: 'messageId', messageId: '<nowhere@example.com>' };
			expect(await act('get', byId, { continueOnFail: true })).toEqual([expect.objectContaining({ code: 'messageNotFound' })]);
		});

		test('attachments: chosen by size, type and part; with an item each', async () => {
			await host.append(user, 'INBOX', withFiles());
			await host.append(user, 'INBOX', mail('none'));
			const items = [1, 2].map((uid) => ({ folder: 'INBOX', uid }));
			const names = async (options: IDataObject): Promise<unknown[]> =>
				(await act('getAttachments', { options }, { items })).map(({ attachments }) =>
					(attachments as IDataObject[]).map(({ fileName }) => fileName),
				);
			expect(await names({})).toEqual([['logo.png', 'invoice.pdf', 'sums.csv'], []]);
			expect(await names({ embeddedImages: false })).toEqual([['invoice.pdf', 'sums.csv'], []]);
			expect(await names({ attachmentTypes: 'text/*' })).toEqual([['sums.csv'], []]);
			expect(await names({ attachmentMaxSize: 0.001 })).toEqual([['logo.png', 'sums.csv'], []]);
			expect(await names({ parts: '2, 3' })).toEqual([['invoice.pdf', 'sums.csv'], []]);
			await expect(names({ parts: 'two' })).rejects.toThrow('Parts must be part numbers');
			const each = await run('getAttachments', { oneItemEach: true }, { items });
			expect(each.map(({ json }) => [json.fileName, json.uid, json.subject, json.part])).toEqual([
				['logo.png', 1, 'files', '1.2'],
				['invoice.pdf', 1, 'files', '2'],
				['sums.csv', 1, 'files', '3'],
			]);
			expect(fileOf(each[1], 'data')).toEqual(Buffer.alloc(3000, 'pdf'));
			expect(Object.keys(each[0].binary ?? {})).toEqual(['data']);
		});

		test('what is large is streamed: the message is never asked for as a whole', async () => {
			const source = withFiles(3_000_000);
			await host.append(user, 'INBOX', source);
			const sent: string[] = [];
			proxy.onClientLine = (line) => void sent.push(line);
			const items = [{ folder: 'INBOX', uid: 1 }];
			const [raw] = await run('getRaw', {}, { items });
			expect(fileOf(raw, 'message')?.toString()).toBe(source);
			const [files] = await run('getAttachments', { options: { attachmentTypes: 'application/pdf' } }, { items });
			// toEqual() would compare three million numbers, for seconds.
			expect(fileOf(files, 'attachment_0')?.equals(Buffer.alloc(3_000_000, 'pdf'))).toBe(true);
			expect(sent.filter((line) => /BODY\.PEEK\[[^<]*\]<0\.1048576>/.test(line))).toHaveLength(2);
			expect(sent.filter((line) => /BODY\.PEEK\[\](?!<)/.test(line))).toEqual([]);
		});

		test('a connection lost in the middle is made again once, and everything is read', async () => {
			const items = await scattered(5);
			let cuts = 0;
			proxy.onClientLine = (line, { connection }) => {
				if (!/UID FETCH/.test(line) || cuts === 1) return undefined;
				cuts++;
				connection.cut();
				return null;
			};
			expect((await act('get', {}, { items })).map(({ uid }) => uid)).toEqual([9, 7, 5, 3, 1]);
			expect(proxy.totals().connections).toBe(2);
			proxy.onClientLine = (line, { connection }) => {
				if (!/UID FETCH/.test(line)) return undefined;
				connection.cut();
				return null;
			};
			const lost = await act('get', {}, { items, continueOnFail: true });
			// Each was the only one asked for when it went: see guarantees, "One bad message stops only itself".
			expect(lost.map(({ code }) => code)).toEqual(Array(5).fill('messageNotReturned'));
			await expect(act('get', {}, { items })).rejects.toMatchObject({ description: expect.any(String) as string });
		});

		test('stops between two commands, and tells what was read', async () => {
			await host.createFolder(user, work);
			for (const folder of ['INBOX', work]) await host.fill(user, folder, 2, mail('x'));
			const stop = new AbortController();
			proxy.onClientLine = (line) => {
				if (/UID FETCH/.test(line)) stop.abort();
			};
			const items = [
				{ folder: 'INBOX', uid: 1 },
				{ folder: work, uid: 1 },
				{ folder: 'INBOX', uid: 2 },
			];
			const results = await act('get', { output: 'metadata' }, { items, signal: stop.signal });
			expect(results.map(({ code }) => code)).toEqual([undefined, 'runStopped', undefined]);
		});
	});
}
