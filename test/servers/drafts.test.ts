import type { IDataObject } from 'n8n-workflow';
import { credentialFor, fieldsOf, runNode, type ExecuteOptions } from '../support/executeContext';
import type { MailHost } from '../support/mailHost';
import { mailServers } from '../support/mailServers';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/** Drafts on real servers, read back by the node itself. */

const question = [
	'Message-ID: <2@example.org>',
	'In-Reply-To: <1@example.org>',
	'References: <1@example.org>',
	'From: =?utf-8?Q?Zo=C3=AB?= <zoe@example.org>',
	'To: support@example.com, Bob <bob@example.org>',
	'Cc: eve@example.org',
	'Date: Sun, 22 Nov 2026 09:14:03 +0000',
	'Subject: =?utf-8?B?UmU6IEdyw7zDn2U=?=',
	'MIME-Version: 1.0',
	'Content-Type: text/plain; charset=utf-8',
	'',
	'Schöne Grüße',
	'',
].join('\r\n');

for (const [name, describeIt, start] of mailServers) {
	describeIt(`drafts on ${name}`, () => {
		let host: MailHost;
		let proxy: CountingProxy;
		let user: string;
		let drafts: string;
		const opening = name === 'Courier' ? 2 : 1;

		beforeAll(async () => {
			host = await start();
			proxy = await startProxy(host);
		});
		afterAll(async () => {
			await proxy?.stop();
			await host?.stop();
		});
		beforeEach(async () => {
			user = host.newUser();
			drafts = host.folder('Drafts');
			await host.createFolder(user, drafts);
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
			const { items } = await runNode({
				parameters: { resource: 'message', operation, ...parameters },
				credential: credentialFor(proxy, user),
				...options,
			});
			return items.map(fieldsOf);
		};
		const commands = (): number => proxy.totals().work.commands;
		const readBack = async (items: IDataObject[]): Promise<IDataObject[]> =>
			await act('get', { options: { headers: 'x-mailer' } }, { items });

		test('create draft: it lies where it says, with what was written', async () => {
			const [stored] = await act(
				'createDraft',
				{
					to: 'Zoë <zoe@example.org>, bob@example.org',
					subject: 'Grüße',
					html: '<p>Schöne <b>Grüße</b></p>',
					options: {
						from: 'support@example.com',
						cc: 'c@example.org',
						bcc: 'd@example.org',
						replyTo: 'e@example.org',
						attachments: 'data',
					},
				},
				{ items: [{}], files: [{ data: Buffer.from('a;b') }] },
			);
			expect(stored).toMatchObject({
				folder: drafts,
				uid: 1,
				uidValidity: String(await host.uidValidity(user, drafts)),
				subject: 'Grüße',
			});
			expect((await host.list(user, drafts))[0].flags).toEqual(['\\Draft', '\\Seen']);
			const [draft] = await readBack([stored]);
			expect(draft).toMatchObject({
				messageId: stored.messageId,
				from: { name: '', address: 'support@example.com' },
				to: [
					{ name: 'Zoë', address: 'zoe@example.org' },
					{ name: '', address: 'bob@example.org' },
				],
				cc: [{ address: 'c@example.org' }],
				bcc: [{ address: 'd@example.org' }],
				replyTo: [{ address: 'e@example.org' }],
				subject: 'Grüße',
				text: expect.stringContaining('Schöne Grüße') as string,
				html: expect.stringContaining('<b>Grüße</b>') as string,
				attachments: [expect.objectContaining({ fileName: 'data.txt', mimeType: 'text/plain', size: 3 }) as IDataObject],
			});
		});

		test.each([1, 500])('create draft: %i input items, a command each', async (count) => {
			const items = Array.from({ length: count }, (_, i) => ({ to: `a${i}@example.org` }));
			const stored = await act('createDraft', { to: (json: IDataObject) => json.to, text: 'Hello' }, { items });
			expect(stored.map(({ uid }) => uid)).toEqual(items.map((_, i) => i + 1));
			// LIST twice (subscriptions), then APPENDs.
			expect(commands()).toBeLessThanOrEqual(count + 2);
			expect(proxy.totals().connections).toBe(1);
			expect(new Set(stored.map(({ messageId }) => messageId)).size).toBe(count);
		});

		test('create reply draft: addressed, threaded and quoted', async () => {
			await host.append(user, 'INBOX', question);
			const items = [{ folder: 'INBOX', uid: 1 }];
			const from = { from: 'Support <support@example.com>' };
			const [answered] = await act('createReplyDraft', { text: 'Thank you', options: from }, { items });
			// The item is about the message that is answered, so that "answer, then file" files that one.
			expect(answered).toMatchObject({
				folder: 'INBOX',
				uid: 1,
				messageId: '<2@example.org>',
				id: expect.stringMatching(/^msg_/) as string,
				draft: { folder: drafts, uid: 1, inReplyTo: '<2@example.org>', id: expect.stringMatching(/^msg_/) as string },
			});
			const [draft] = await readBack([answered.draft as IDataObject]);
			expect(draft).toMatchObject({
				subject: 'Re: Grüße',
				from: { name: 'Support', address: 'support@example.com' },
				to: [{ name: 'Zoë', address: 'zoe@example.org' }],
				cc: [],
				inReplyTo: '<2@example.org>',
				references: ['<1@example.org>', '<2@example.org>'],
				threadKey: '<1@example.org>',
				text: 'Thank you\n\nOn 2026-11-22 09:14 UTC, Zoë wrote:\n> Schöne Grüße\n',
				replyText: expect.stringContaining('Thank you') as string,
			});
			expect(draft).not.toHaveProperty('html');
			const [all] = await act('createReplyDraft', {
				html: '<p>Thanks</p>',
				replyAll: true,
				options: { ...from, cc: 'f@example.org', subject: 'Other' },
				messageFrom: 'messageId',
				messageId: '2@example.org',
			});
			const [toAll] = await readBack([all.draft as IDataObject]);
			expect(toAll).toMatchObject({
				subject: 'Other',
				cc: [{ address: 'bob@example.org' }, { address: 'eve@example.org' }, { address: 'f@example.org' }],
			});
			expect(toAll.html).toMatch(/<p>Thanks<\/p>[^]*Zoë wrote:[^]*<blockquote type="cite">[^]*Schöne Grüße/);
			const [short] = await act('createReplyDraft', { text: 'Yes', quote: false, options: { to: 'g@example.org' } }, { items });
			const [bare] = await readBack([short.draft as IDataObject]);
			expect(bare).toMatchObject({ text: expect.stringMatching(/^Yes\s*$/) as string, to: [{ address: 'g@example.org' }] });
			// The message that is answered is as it was.
			expect((await host.list(user, 'INBOX'))[0].flags).toEqual([]);
			// And the answer belongs to its conversation.
			expect((await act('getThread', { output: 'reference' }, { items })).map(({ folder }) => folder)).toEqual([
				'INBOX',
				drafts,
				drafts,
				drafts,
			]);
		});

		test('create reply draft: 500 input items are read together', async () => {
			await host.fill(user, 'INBOX', 500, question);
			const items = Array.from({ length: 500 }, (_, i) => ({ folder: 'INBOX', uid: i + 1 }));
			expect(await act('createReplyDraft', { text: 'Yes' }, { items })).toHaveLength(500);
			expect(commands()).toBeLessThanOrEqual(opening + 1 + 5 + 2 + 500);
			expect(await host.list(user, drafts)).toHaveLength(500);
		});

		test('what is wrong fails for its item only', async () => {
			await host.append(user, 'INBOX', question);
			const items = [
				{ folder: 'INBOX', uid: 77, to: 'a@example.org' },
				{ folder: 'INBOX', uid: 1, to: 'nobody' },
				{ folder: host.folder('Nowhere'), uid: 1, to: 'a@example.org' },
				{ folder: 'INBOX', uid: 1, uidValidity: '12', to: 'a@example.org' },
				{ folder: 'INBOX', uid: 1, to: 'a@example.org' },
			];
			const replies = await act(
				'createReplyDraft',
				{ text: 'x', options: (json: IDataObject) => ({ to: json.to }) },
				{ items, continueOnFail: true },
			);
			expect(replies.map(({ code }) => code)).toEqual([
				'messageNotFound',
				'settingsInvalid',
				'folderNotFound',
				'folderRenumbered',
				undefined,
			]);
			const created = await act(
				'createDraft',
				{ to: (json: IDataObject) => json.to, options: { attachments: 'data' } },
				{ items: items.slice(0, 3), files: [{ data: Buffer.from('x') }, { data: Buffer.from('x') }, {}], continueOnFail: true },
			);
			expect(created.map(({ code }) => code)).toEqual([undefined, 'settingsInvalid', 'settingsInvalid']);
			expect(created[1].error).toContain('To must hold mail addresses');
			expect(await host.list(user, drafts)).toHaveLength(2);
			const elsewhere = await act('createDraft', { draftsFolder: host.folder('Nowhere') }, { continueOnFail: true });
			expect(elsewhere[0].code).toBe('folderNotFound');
			await host.deleteFolder(user, drafts);
			const [none] = await act('createDraft', {}, { continueOnFail: true });
			expect([none.code, none.error]).toEqual(['folderNotFound', expect.stringContaining('no folder for drafts')]);
		});

		test('a connection lost while it is stored: that one may be there, the next is stored', async () => {
			let cuts = 0;
			proxy.onClientLine = (line, { connection }) => {
				if (!/ APPEND /.test(line) || cuts++ > 0) return undefined;
				connection.cut();
				return null;
			};
			const stored = await act('createDraft', { subject: 'x' }, { items: [{}, {}], continueOnFail: true });
			expect(stored.map(({ code, uid }) => code ?? uid)).toEqual(['outcomeUnknown', 1]);
		});
	});
}
