import type { IDataObject } from 'n8n-workflow';
import { credentialFor, fieldsOf, runNode, type ExecuteOptions } from '../support/executeContext';
import type { MailHost } from '../support/mailHost';
import { mailServers } from '../support/mailServers';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/** Message > Get Many on real servers: what each condition finds, and what it costs at the wire. */

const attached = (fileName: string): string[] => [
	'MIME-Version: 1.0',
	'Content-Type: multipart/mixed; boundary=b',
	'',
	'--b',
	'Content-Type: text/plain',
	'',
	'see the file',
	'--b',
	'Content-Type: application/pdf',
	`Content-Disposition: attachment; filename="${fileName}"`,
	'',
	'pdf',
	'--b--',
];

/** Subject -> message; received one a minute from noon on. */
const mails: Record<string, string[]> = {
	one: ['From: Zoe <zoe@example.com>', 'To: a@example.com', 'Subject: one', '', 'an invoice'],
	two: ['From: Bob <bob@example.com>', 'Cc: zoe@example.com', 'Subject: two', ...attached('two.pdf')],
	three: [
		'From: =?utf-8?Q?J=C3=BCrgen?= <j@example.com>',
		'Subject: =?utf-8?B?R3LDvMOfZSBhdXMgS8O2bG4=?=',
		'MIME-Version: 1.0',
		'Content-Type: text/plain; charset=utf-8',
		'Content-Transfer-Encoding: quoted-printable',
		'',
		'Sch=C3=B6ne Gr=C3=BC=C3=9Fe',
	],
	four: ['From: Bob <bob@example.com>', 'Subject: four', 'X-Project: Apollo', '', 'x'.repeat(3000)],
	five: ['From: Zoe <zoe@example.com>', 'Subject: five', ...attached('five.pdf')],
};
const names = Object.keys(mails);
const noon = Date.UTC(2026, 5, 1, 12);
const at = (minutes: number, seconds = 0): string => new Date(noon + minutes * 60_000 + seconds * 1000).toISOString();

for (const [name, describeIt, start] of mailServers) {
	describeIt(`searching on ${name}`, () => {
		let host: MailHost;
		let proxy: CountingProxy;
		let user: string;
		const opening = name === 'Courier' ? 2 : 1;

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
		afterEach(() => {
			proxy.onClientLine = undefined;
			proxy.onServerLine = undefined;
		});

		const getMany = async (
			parameters: Record<string, unknown> = {},
			options: Partial<ExecuteOptions> = {},
		): Promise<IDataObject[]> => {
			proxy.reset();
			const { items } = await runNode({
				parameters: { resource: 'message', operation: 'getMany', output: 'reference', ...parameters },
				credential: credentialFor(proxy, user),
				...options,
			});
			return items.map(fieldsOf);
		};
		const commands = (): number => proxy.totals().work.commands;
		const deliver = async (): Promise<void> => {
			for (const [index, lines] of Object.values(mails).entries()) {
				await host.append(user, 'INBOX', [`Message-ID: <${names[index]}@example.com>`, ...lines, ''].join('\r\n'), {
					internalDate: new Date(noon + index * 60_000),
				});
			}
			await host.flags(user, 'INBOX', [2], { add: ['\\Flagged', '\\Seen'] });
			await host.flags(user, 'INBOX', [4], { add: ['\\Draft', '\\Deleted'] });
		};
		/** What is found, by name, in the order of the items. */
		const found = async (search: IDataObject, more: Record<string, unknown> = {}): Promise<string> =>
			(await getMany({ search, ...more })).map(({ uid }) => names[Number(uid) - 1]).join(' ');

		const conditions: Array<[IDataObject, string]> = [
			[{}, 'five four three two one'],
			[{ from: 'zoe' }, 'five one'],
			[{ to: 'a@example.com' }, 'one'],
			[{ cc: 'zoe' }, 'two'],
			[{ subject: 'FIVE' }, 'five'],
			[{ body: 'invoice' }, 'one'],
			[{ text: 'bob@example' }, 'four two'],
			[{ headerName: 'X-Project', headerValue: 'apollo' }, 'four'],
			[{ headerName: 'X-Project' }, 'four'],
			[{ larger: 0.002 }, 'four'],
			[{ smaller: 0.002 }, 'five three two one'],
			[{ flagged: 'yes' }, 'two'],
			[{ seen: 'no' }, 'five four three one'],
			[{ draft: 'yes' }, 'four'],
			[{ deleted: 'no' }, 'five three two one'],
			[{ messageId: 'two@example.com, <five@example.com>' }, 'five two'],
			[{ uids: '2:3,5:*' }, 'five three two'],
			[{ uids: 3 }, 'three'],
			[{ uids: '77:*' }, ''],
			// To the second, which IMAP cannot ask for.
			[{ since: at(2), before: at(4) }, 'four three'],
			[{ since: at(2, 1) }, 'five four'],
			[{ before: at(0, 1) }, 'one'],
			[{ hasAttachment: 'yes' }, 'five two'],
			[{ hasAttachment: 'no', from: 'bob' }, 'four'],
			// Not only ASCII.
			[{ subject: 'Grüße' }, 'three'],
			[{ subject: 'KÖLN' }, 'three'],
			[{ from: 'Jürgen' }, 'three'],
			[{ body: 'Schöne' }, 'three'],
			[{ text: 'Grüße', from: 'example' }, 'three'],
			[{ subject: 'Grüße', from: 'zoe' }, ''],
		];

		test('what each condition finds, newest first', async () => {
			await deliver();
			for (const [search, expected] of conditions) expect([search, await found(search)]).toEqual([search, expected]);
		});

		test('any condition, and exceptions', async () => {
			await deliver();
			const any = { match: 'any' };
			expect(await found({ from: 'zoe', subject: 'Köln' }, any)).toBe('five three one');
			expect(await found({ from: 'zoe', flagged: 'yes', draft: 'yes' }, any)).toBe('five four two one');
			// Decided by the server, and here: each by its own judge.
			expect(await found({ subject: 'one', since: at(3, 30) }, any)).toBe('five one');
			expect(await found({ subject: 'four', hasAttachment: 'yes' }, any)).toBe('five four two');
			expect(await found({ since: at(1), before: at(2), hasAttachment: 'no', subject: 'five' }, any)).toBe(
				'five four three two one',
			);
			expect(await found({ from: 'zoe' }, { except: { subject: 'one' } })).toBe('five');
			expect(await found({}, { except: { from: 'zoe', subject: 'Grüße' } })).toBe('four two');
			expect(await found({}, { except: { since: at(1), before: at(3) } })).toBe('five four one');
			expect(await found({}, { except: { hasAttachment: 'yes', draft: 'yes' } })).toBe('three one');
			expect(await found({ from: 'zoe', draft: 'yes' }, { ...any, except: { hasAttachment: 'yes' } })).toBe('four one');
		});

		test.each([1, 10])('limit %i costs what it gives', async (limit) => {
			await host.fill(user, 'INBOX', 3_000, 'Subject: x\r\n\r\nHello\r\n');
			const search = { uids: '1:2500', before: new Date(Date.now() + 60_000).toISOString() };
			const expected = Array.from({ length: limit }, (_, i) => 3_000 - i);
			expect((await getMany({ limit })).map(({ uid }) => uid)).toEqual(expected);
			// A search for the last numbers, not through the folder.
			expect(commands()).toBe(2 * opening + 2);
			expect(proxy.totals().work.toClient).toBeLessThan(4_000 + 300 * limit);
			expect((await getMany({ limit, output: 'content' })).map(({ text }) => text)).toEqual(expected.map(() => 'Hello\n'));
			// Small messages come with their sizes.
			expect(commands()).toBe(2 * opening + 2);
			expect((await getMany({ limit, search, output: 'metadata' })).map(({ uid }) => uid)).toEqual(
				expected.map((uid) => uid - 500),
			);
			expect(commands()).toBe(2 * opening + 3);
			expect((await getMany({ limit, options: { sort: 'oldestFirst' } })).map(({ uid }) => uid)).toEqual(
				Array.from({ length: limit }, (_, i) => i + 1),
			);
		});

		test('all of them, in several portions, with a condition that is decided here', async () => {
			await host.fill(user, 'INBOX', 600, 'Subject: x\r\n\r\nHello\r\n');
			const search = { before: new Date(Date.now() + 60_000).toISOString(), hasAttachment: 'no' };
			expect((await getMany({ search, returnAll: true })).map(({ uid }) => uid)).toEqual(
				Array.from({ length: 600 }, (_, i) => 600 - i),
			);
			expect((await getMany({ search, limit: 250 })).at(-1)?.uid).toBe(351);
		});

		test('several folders, and all: merged by when they were received', async () => {
			const folders = ['INBOX', host.folder('Work'), host.folder('Bücher')];
			for (const folder of folders.slice(1)) await host.createFolder(user, folder);
			for (let i = 0; i < 9; i++) {
				await host.append(user, folders[i % 3], `Subject: ${i}\r\n\r\nx\r\n`, { internalDate: new Date(noon + i * 60_000) });
			}
			const subjects = async (parameters: Record<string, unknown>): Promise<string> =>
				(await getMany({ output: 'metadata', ...parameters })).map(({ subject }) => subject).join('');
			expect(await subjects({ folderSelection: 'all' })).toBe('876543210');
			expect(await subjects({ folderSelection: 'all', limit: 4 })).toBe('8765');
			expect(await subjects({ folders: folders.slice(0, 2), limit: 3 })).toBe('764');
			expect(await subjects({ folders: folders.slice(0, 2), options: { sort: 'oldestFirst' } })).toBe('013467');
			expect(await subjects({ folderSelection: 'pattern', includeFolders: '*Work\n*bücher', excludeFolders: '*work' })).toBe(
				'852',
			);
			await expect(subjects({ folders: ['INBOX', host.folder('Nowhere')] })).rejects.toThrow('There is no folder');
			await expect(subjects({ folders: [] })).rejects.toThrow('Folders is empty');
		});

		test('500 items that ask the same ask once; items that ask differently each get their answer', async () => {
			await deliver();
			const same = await getMany({ search: { from: 'zoe' } }, { items: Array.from({ length: 500 }, () => ({})) });
			expect(same.map(({ uid }) => uid)).toEqual(Array.from({ length: 500 }, () => [5, 1]).flat());
			expect(commands()).toBe(2 * opening + 2);
			const items = Array.from({ length: 500 }, (_, i) => ({ uids: String((i % 5) + 1) }));
			const different = await getMany({ search: (json: IDataObject) => ({ uids: json.uids }) }, { items });
			expect(different.map(({ uid }) => uid)).toEqual(items.map(({ uids }) => Number(uids)));
			expect(commands()).toBeLessThanOrEqual(6 * opening + 6);
		});

		test('a server that does not know UTF-8, or refuses to search for texts: decided here', async () => {
			await deliver();
			let searches = 0;
			const refuse = (pattern: RegExp): void => {
				searches = 0;
				proxy.onClientLine = (line, { command, continued, toClient }) => {
					if (continued || command?.name !== 'UID SEARCH') return undefined;
					searches++;
					if (!pattern.test(line)) return undefined;
					// The server's own refusal where the client waits to be asked for the text.
					if (/\{\d+\}$/.test(line)) return line.replace('UTF-8', 'X-UNKNOWN');
					toClient(`${command.tag} NO [BADCHARSET (US-ASCII)] cannot`);
					return null;
				};
			};
			refuse(/CHARSET/);
			for (const [search, expected] of conditions) {
				if (/[^ -~]/.test(JSON.stringify(search))) expect([search, await found(search)]).toEqual([search, expected]);
			}
			expect(await found({ subject: 'Köln', draft: 'yes' }, { match: 'any' })).toBe('four three');
			expect(await found({}, { except: { subject: 'Köln', from: 'zoe' } })).toBe('four two');
			refuse(/CHARSET|FROM|SUBJECT|BODY|TEXT|HEADER|TO|CC/);
			for (const [search, expected] of conditions) expect([search, await found(search)]).toEqual([search, expected]);
			expect(await found({ subject: 'one', draft: 'yes' }, { match: 'any', except: { body: 'xxx' } })).toBe('one');
			refuse(/UNSEEN/);
			await expect(getMany({ search: { seen: 'no' } })).rejects.toThrow('refused the search');
			expect(searches).toBe(1);
			await expect(getMany({ search: { gmailQuery: 'is:unread' } })).rejects.toThrow("Gmail's query language");
		});

		describe('conversations', () => {
			const message = (id: string, references: string[] = [], inReplyTo?: string): string =>
				[
					`Message-ID: <${id}@example.com>`,
					...(references.length > 0 ? [`References: ${references.map((ref) => `<${ref}@example.com>`).join('\r\n ')}`] : []),
					...(inReplyTo ? [`In-Reply-To: <${inReplyTo}@example.com>`] : []),
					`Date: Mon, 1 Jun 2026 12:0${id.charCodeAt(0) - 97}:00 +0000`,
					`Subject: ${id}`,
					'',
					'x',
					'',
				].join('\r\n');
			let sent: string;

			beforeEach(async () => {
				sent = host.folder('Gesendet');
				await host.createFolder(user, sent);
				// e answers d, which nobody knows, and has lost the rest; c is there twice; z belongs to nothing.
				await host.appendMany(user, 'INBOX', [message('c', ['a', 'b']), message('a'), message('z'), message('e', ['d'])]);
				await host.appendMany(user, sent, [message('b', ['a'], 'a'), message('d', [], 'c'), message('c', ['a', 'b'])]);
			});

			const thread = async (
				parameters: Record<string, unknown>,
				options: Partial<ExecuteOptions> = {},
			): Promise<IDataObject[]> => {
				proxy.reset();
				const { items } = await runNode({
					parameters: { resource: 'message', operation: 'getThread', output: 'metadata', ...parameters },
					credential: credentialFor(proxy, user),
					...options,
				});
				return items.map(fieldsOf);
			};

			test('get thread: from any of its messages all of it, across folders, by date, each once', async () => {
				for (const uid of [1, 2, 4]) {
					const members = await thread({ messageFrom: 'uid', folder: 'INBOX', uid: String(uid) });
					expect(members.map(({ subject }) => subject).join('')).toBe('abcde');
					expect(members[2]).toMatchObject({ folder: 'INBOX', uid: 1 });
				}
				expect((await thread({ messageFrom: 'uid', folder: 'INBOX', uid: '3' })).map(({ subject }) => subject)).toEqual(['z']);
				const here = { folderSelection: 'chosen', folders: ['INBOX'] };
				const members = await thread({ messageFrom: 'messageId', messageId: 'b@example.com', ...here });
				expect(members.map(({ subject }) => subject).join('')).toBe('ac');
			});

			test('get thread: 500 items are looked for together', async () => {
				const items = Array.from({ length: 500 }, (_, i) => ({ folder: 'INBOX', uid: i % 2 === 0 ? 3 : 2 }));
				const members = await thread({ output: 'reference' }, { items });
				expect(members).toHaveLength(250 * 6);
				// Reading them, the list of folders, four rounds (the chain is that long) of searching and reading in two folders, reading the result.
				expect(commands()).toBeLessThanOrEqual(opening + 1 + 1 + 4 * 2 * (opening + 2) + 2 * (opening + 1));
				const missing = await thread({}, { items: [{ folder: 'INBOX', uid: 77 }, items[0]], continueOnFail: true });
				expect(missing.map(({ code, subject }) => code ?? subject)).toEqual(['messageNotFound', 'z']);
			});

			test('get thread: a message without Message-ID is alone', async () => {
				const uid = await host.append(user, 'INBOX', 'Subject: nameless\r\n\r\nx\r\n');
				expect(await thread({ messageFrom: 'uid', folder: 'INBOX', uid: String(uid) })).toEqual([
					expect.objectContaining({ subject: 'nameless' }),
				]);
			});

			test('as a condition of a search', async () => {
				const subjects = async (parameters: Record<string, unknown>): Promise<string> =>
					(await getMany({ output: 'metadata', folderSelection: 'all', ...parameters }))
						.map(({ subject }) => String(subject))
						.sort()
						.join('');
				expect(await subjects({ search: { thread: 'e@example.com' } })).toBe('abccde');
				expect(await subjects({ search: { thread: '<z@example.com>' } })).toBe('z');
				expect(await subjects({ search: { thread: '<nobody@example.com>' } })).toBe('');
				expect(await subjects({ search: { thread: 'a@example.com', subject: 'c' } })).toBe('cc');
				expect(await subjects({ search: { thread: 'a@example.com', subject: 'z' }, match: 'any' })).toBe('abccdez');
				expect(await subjects({ except: { thread: 'a@example.com' } })).toBe('z');
				if (name !== 'Cyrus') await expect(subjects({ search: { thread: '17' } })).rejects.toThrow('ids of conversations');
			});
		});

		test('wrong fields are named, before anything is asked', async () => {
			const never = async (): Promise<never> => {
				throw new Error('the node connected');
			};
			for (const [parameters, words] of [
				[{ search: { uids: 'x' } }, 'Search: UIDs must be UIDs'],
				[{ except: { since: 'soon' } }, 'Except: Received Since must be a date'],
				[{ search: { keyword: 'two words' } }, 'is not a keyword'],
				[{ limit: 0 }, 'Limit must be a whole number'],
				[{ options: { sort: 'upwards' } }, 'Sort must be one of'],
			] as Array<[Record<string, unknown>, string]>) {
				expect((await getMany(parameters, { continueOnFail: true, connect: never }))[0].error).toContain(words);
			}
		});

		test('a connection lost while searching is made again once', async () => {
			await deliver();
			let cuts = 0;
			proxy.onClientLine = (line, { connection }) => {
				if (!/UID SEARCH/.test(line) || cuts++ > 0) return undefined;
				connection.cut();
				return null;
			};
			expect(await found({ from: 'zoe' })).toBe('five one');
			proxy.onClientLine = (line, { connection }) => {
				if (!/UID SEARCH/.test(line)) return undefined;
				connection.cut();
				return null;
			};
			expect(await getMany({ search: { from: 'zoe' } }, { continueOnFail: true, items: [{}, {}] })).toEqual([
				expect.objectContaining({ code: 'connectionLost' }),
				expect.objectContaining({ code: 'connectionLost' }),
			]);
		});
	});
}
