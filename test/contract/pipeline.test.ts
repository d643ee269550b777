import { connectMailServer } from '../../sync/imap/ImapMailServer';
import { ImapWriter } from '../../sync/imap/ImapWriter';
import { openPipeline } from '../../sync/imap/pipeline';
import { toModifiedUtf7 } from '../../sync/imap/mailboxName';
import type { ImapMailServer } from '../../sync/imap/ImapMailServer';
import { SyncError } from '../../sync/errors/syncError';
import type { FoldersRead } from '../../sync/server/folderReading';
import type { FetchedMessage } from '../../sync/server/message';
import { UidSet } from '../../sync/uids/uidSet';
import type { Appended } from '../../sync/changing/writing';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { startProxy, type CountingProxy, type LineHook } from '../support/wire/countingProxy';
import { encodeFolderName } from '../support/wire/modifiedUtf7';

/**
 * Commands that are under way together. Whatever a server says in between, in whatever order it answers, and wherever the
 * connection breaks, each answer is that of its own command, or there is an error: never a wrong one, and never nothing.
 */
const folders = ['INBOX', 'Work', 'Entwürfe/日本', 'A "quoted" \\ one', 'R&D', 'Empty'];
const mail = (name: string): string => `Message-ID: <${name}@example.com>\r\n\r\n${name}\r\n`;
const everyNth = Number(process.env.EVERY_NTH_BYTE ?? (process.env.EVERY_BYTE ? 1 : 97));

/** What a server may say at any time, beside what it was asked. */
const unsolicited = [
	'* 3 EXISTS',
	'* 1 EXPUNGE',
	'* 2 FETCH (UID 2 FLAGS (\\Seen))',
	'* OK still here',
	'* STATUS Other (MESSAGES 9 UIDNEXT 10 UIDVALIDITY 11)',
];

/** An exchange with many commands under way, and what it gives. */
interface Exchange {
	name: string;
	/** The command that is sent many times. */
	command: string;
	run(server: ImapMailServer, user: string): Promise<unknown>;
	/** What the mailbox must hold in any case: nothing that was reported as stored is missing. */
	check?(user: string, result: unknown): Promise<void>;
}

describe('commands under way together', () => {
	let dovecot: Dovecot;
	let proxy: CountingProxy;
	let user: string;
	const servers: ImapMailServer[] = [];

	beforeAll(async () => {
		dovecot = await startDovecot();
		proxy = await startProxy(dovecot, { mask: ['LIST-STATUS'] });
	});
	afterAll(async () => {
		await proxy?.stop();
		await dovecot?.stop();
	});
	beforeEach(async () => {
		user = dovecot.newUser('pipe');
		for (const [i, folder] of folders.entries()) {
			if (i > 0) await dovecot.createFolder(user, folder);
			if (folder !== 'Empty')
				await dovecot.appendMany(
					user,
					folder,
					Array.from({ length: i + 1 }, (_none, at) => mail(`${i}.${at}`)),
				);
		}
	});
	afterEach(async () => {
		proxy.onServerLine = proxy.onClientLine = undefined;
		await Promise.all(servers.splice(0).map((server) => server.close()));
	});

	async function connect(commandTimeoutMs?: number): Promise<ImapMailServer> {
		// A login has three connections at most, and a test may make hundreds.
		await Promise.all(servers.splice(0).map((server) => server.close()));
		const server = await connectMailServer({
			user,
			password: dovecot.password,
			host: proxy.host,
			port: proxy.port,
			security: 'none',
			allowUnauthorizedCerts: false,
			...(commandTimeoutMs === undefined ? {} : { commandTimeoutMs }),
		});
		servers.push(server);
		proxy.reset();
		return server;
	}

	const failure = async (promise: Promise<unknown>): Promise<SyncError> => {
		const error: unknown = await promise.then(
			(value) => new Error(`gave ${JSON.stringify(value)}`),
			(reason: unknown) => reason,
		);
		expect(error).toBeInstanceOf(SyncError);
		return error as SyncError;
	};

	const statuses: Exchange = {
		name: 'the status of folders',
		command: 'STATUS',
		run: async (server) => [...(await server.folderStatuses(folders))].sort(([a], [b]) => (a < b ? -1 : 1)),
	};

	/** Stores messages in Work; gives how each went. */
	const appends: Exchange = {
		name: 'storing messages',
		command: 'APPEND',
		run: async (server) => {
			const writer = new ImapWriter(await server.mainConnection(), () => server.mainConnection());
			const appending = writer.appendMany('Work');
			const outcomes: Array<Appended | Error | undefined> = [];
			for (let i = 0; i < 6; i++) {
				const message = { source: Buffer.from(mail(`new ${i}`)), flags: ['\\Seen', `k${i}`], date: new Date(i * 86_400_000) };
				await appending.add(message, (outcome) => {
					expect(outcomes[i]).toBeUndefined();
					outcomes[i] = outcome;
				});
			}
			await appending.end();
			expect(outcomes.filter((outcome) => outcome !== undefined)).toHaveLength(6);
			const error = outcomes.find((outcome) => outcome instanceof Error);
			if (error) throw error;
			return outcomes;
		},
	};
	const exchanges = [statuses, appends];

	/** Does something to the lines of the server while the exchange runs. */
	const onAnswers = (hook: LineHook, { command }: Exchange): void => {
		let begun = false;
		proxy.onClientLine = (_line, { command: sent }) => void (begun ||= sent?.name === command);
		proxy.onServerLine = (line, context) => (begun ? hook(line, context) : undefined);
	};

	/** Only what does not differ from run to run. */
	const stable = (result: unknown): string =>
		JSON.stringify(result)
			.replace(/"uidValidity":"\d+"/g, '""')
			.replace(/"uid":\d+/g, '""');

	test('of a thousand folders the status takes one round trip', async () => {
		const server = await connect();
		const many = Array.from({ length: 1_000 }, (_none, i) => (i < folders.length ? folders[i] : `Nowhere ${i}`));
		const found = await server.folderStatuses(many);
		expect(proxy.totals().work).toMatchObject({ commands: 1_000, roundTrips: 1 });
		expect([...found.keys()].sort()).toEqual([...folders].sort());
	});

	test('the status of a folder is what opening it shows', async () => {
		const server = await connect();
		const found = await server.folderStatuses(folders);
		const opened = await server.visitFolders(folders, async (path, connection) => (await connection.open(path)).snapshot);
		for (const [i, path] of folders.entries()) {
			if (opened[i].status !== 'fulfilled') throw opened[i].reason;
			const { uidValidity, uidNext, exists, highestModseq } = opened[i].value;
			expect([path, found.get(path)]).toEqual([path, { uidValidity, uidNext, messages: exists, highestModseq }]);
		}
	});

	test('messages are stored as they are, each with its own UID', async () => {
		const server = await connect();
		const outcomes = (await appends.run(server, user)) as Appended[];
		expect(proxy.totals().work.roundTrips).toBeLessThanOrEqual(3);
		const stored: unknown[] = [];
		const [visit] = await server.visitFolders(['Work'], async (path, connection) => {
			const uids = UidSet.of(outcomes.map(({ uid }) => uid!));
			for await (const message of (await connection.open(path)).fetch(uids, 'source'))
				stored.push([message.flags, message.source?.toString(), message.internalDate?.getTime()]);
		});
		expect(visit.status).toBe('fulfilled');
		expect(stored).toEqual(outcomes.map((_outcome, i) => [['\\Seen', `k${i}`], mail(`new ${i}`), i * 86_400_000]));
	});

	test('nothing of another command goes between, and the connection is usable afterwards', async () => {
		const server = await connect();
		await Promise.all([server.folderStatuses(folders), server.folderStatuses(['Work'])]);
		const [visit] = await server.visitFolders(
			['Work'],
			async (path, connection) => (await connection.open(path)).snapshot.exists,
		);
		expect(visit).toEqual({ status: 'fulfilled', value: 2 });
	});

	describe.each(exchanges)('$name', (exchange) => {
		test('an answer nobody asked for, at any place, changes nothing', async () => {
			const expected = stable(await exchange.run(await connect(), user));
			for (const line of unsolicited) {
				for (let place = 0, ended = false; !ended; place++) {
					const server = await connect();
					let at = 0;
					ended = true;
					onAnswers((answer) => {
						if (at++ !== place) return undefined;
						ended = false;
						return [line, answer];
					}, exchange);
					expect([line, place, stable(await exchange.run(server, user))]).toEqual([line, place, expected]);
					proxy.onServerLine = undefined;
					expect((await server.listFolders({ status: false })).map(({ path }) => path)).toContain('Work');
				}
			}
		});

		test('answers in another order are told apart by their tags', async () => {
			const expected = stable(await exchange.run(await connect(), user));
			const server = await connect();
			const held: string[] = [];
			onAnswers((line, { toClient }) => {
				if (!/^[0-9A-F]+ OK/.test(line)) return undefined;
				held.push(line);
				// The latest first.
				if (held.length === 4) for (const answer of held.splice(0).reverse()) toClient(answer);
				if (held.length > 0 && held.length < 4)
					setImmediate(() =>
						held
							.splice(0)
							.reverse()
							.forEach((answer) => toClient(answer)),
					);
				return null;
			}, exchange);
			expect(stable(await exchange.run(server, user))).toBe(expected);
		});

		test('cut at any byte it is an error, and what was answered before is true', async () => {
			await exchange.run(await connect(), user);
			const { toClient } = proxy.totals().work;
			for (let bytes = 1; bytes < toClient; bytes += everyNth) {
				const server = await connect();
				const cut = proxy.cutAfter({ direction: 'toClient', bytes, phase: 'work' });
				const error = await failure(exchange.run(server, user));
				expect([bytes, error.code]).toEqual([bytes, exchange === appends ? 'outcomeUnknown' : 'connectionLost']);
				cut.disarm();
			}
		});

		test('a server that falls silent is given up, and its connection too', async () => {
			const server = await connect(300);
			onAnswers(() => {
				proxy.stall();
				return null;
			}, exchange);
			expect((await failure(exchange.run(server, user))).code).toBe(exchange === appends ? 'outcomeUnknown' : 'commandTimedOut');
			proxy.resume();
			proxy.onServerLine = undefined;
			const [visit] = await server.visitFolders(
				['INBOX'],
				async (path, connection) => (await connection.open(path)).snapshot.exists,
			);
			expect(visit).toEqual({ status: 'fulfilled', value: 1 });
		});

		test('a refusal without a tag could be of any command, so the connection ends', async () => {
			const server = await connect();
			onAnswers((line) => (/^[0-9A-F]+ OK/.test(line) ? 'BAD something is wrong' : undefined), exchange);
			expect((await failure(exchange.run(server, user))).code).toBe(exchange === appends ? 'outcomeUnknown' : 'connectionLost');
		});
	});

	describe('several folders, opened and read in one flight', () => {
		type Row = [uid: number, messageId: string | undefined, source: string | undefined];
		/** What each folder holds; what the flight leaves out is visited. */
		const readAll = async (server: ImapMailServer): Promise<Array<[string, string, number, Row[]]>> => {
			const uids = UidSet.range(1, 20);
			const found = new Map<string, [string, string, number, Row[]]>();
			for (const parts of ['descriptor', 'source'] as const) {
				const read = await server.readFolders(
					folders.map((path) => ({ path, uids, parts, search: true })),
					30_000,
				);
				for (const [path, { snapshot, messages, existing }] of read.folders) {
					const rows = [...messages.values()].map(({ uid, messageId, source }): Row => [uid, messageId, source?.toString()]);
					expect([path, [...(existing ?? [])].sort()]).toEqual([path, rows.map(([uid]) => uid).sort()]);
					found.set(`${path} ${parts}`, [path, snapshot.uidValidity, snapshot.uidNext, rows]);
				}
				const left = folders.filter((path) => !found.has(`${path} ${parts}`));
				missing += left.length;
				for (const visit of await server.visitFolders(left, async (path, connection) => {
					const folder = await connection.open(path);
					const rows: Row[] = [];
					for await (const { uid, messageId, source } of folder.fetch(uids, parts))
						rows.push([uid, messageId, source?.toString()]);
					return [path, folder.snapshot.uidValidity, folder.snapshot.uidNext, rows] as [string, string, number, Row[]];
				}))
					if (visit.status === 'fulfilled') found.set(`${visit.value[0]} ${parts}`, visit.value);
					else throw visit.reason;
			}
			return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
		};
		const exchange = { command: 'EXAMINE' } as Exchange;
		let missing = 0;
		beforeEach(() => {
			missing = 0;
		});

		test('two flights are two round trips, on one connection', async () => {
			const server = await connect();
			const found = await readAll(server);
			expect(missing).toBe(0);
			expect(proxy.totals().work.roundTrips).toBe(2);
			expect(found.map(([path, , , rows]) => [path, rows.length])).toEqual(
				[...folders].sort().flatMap((path) => Array<unknown>(2).fill([path, path === 'Empty' ? 0 : folders.indexOf(path) + 1])),
			);
			for (const [path, , , rows] of found.filter(([, , , all]) => all.some(([, , source]) => source)))
				expect(rows.map(([, , source]) => source)).toEqual(rows.map((_row, at) => mail(`${folders.indexOf(path)}.${at}`)));
		});

		test('what the server says on its own, at any place, changes nothing', async () => {
			const expected = await readAll(await connect());
			for (const line of unsolicited.slice(0, 3)) {
				for (let place = 0, ended = false; !ended; place++) {
					const server = await connect();
					let at = 0;
					ended = true;
					onAnswers((answer) => {
						// Within a response, after a literal, there is no place for another one.
						if (!/^(\*|[0-9A-F]+) /.test(answer) || at++ !== place) return undefined;
						ended = false;
						return [line, answer];
					}, exchange);
					expect([line, place, await readAll(server)]).toEqual([line, place, expected]);
					proxy.onServerLine = undefined;
				}
			}
		});

		test('cut at any byte, what had come whole counts, and the rest is read again', async () => {
			const expected = await readAll(await connect());
			const { toClient } = proxy.totals().work;
			for (let bytes = 1; bytes < toClient; bytes += everyNth * 2) {
				const server = await connect();
				const cut = proxy.cutAfter({ direction: 'toClient', bytes, phase: 'work' });
				expect([bytes, await readAll(server)]).toEqual([bytes, expected]);
				cut.disarm();
			}
		});

		test('what is small comes whole with its descriptor, and what is large does not', async () => {
			await dovecot.appendMany(user, 'Work', [mail('x'.repeat(40_000)), mail('small')]);
			const server = await connect();
			const uids = UidSet.range(1, 20);
			const readings = ['INBOX', 'Work'].map((path) => ({ path, uids, parts: 'descriptor' as const, search: false }));
			const { folders: read } = await server.readFolders(
				readings.map((reading) => ({ ...reading, contents: { uids: UidSet.range(2, 20), parts: 'source' as const } })),
				30_000,
			);
			expect(proxy.totals().work.roundTrips).toBe(1);
			const work = read.get('Work')!;
			expect([...work.messages.keys()].sort()).toEqual([1, 2, 3, 4]);
			expect([...work.contents!].map(([uid, { source }]) => [uid, source?.toString()])).toEqual([
				[2, mail('1.1')],
				[4, mail('small')],
			]);
			expect(work.messages.get(4 as never)).not.toHaveProperty('source');
		});

		test('headers and structures come with the descriptors as fetch() gives them, but for long headers and doubtful structures', async () => {
			const multipart = [
				'Message-ID: <parts@example.com>\r\nSubject: parts\r\nContent-Type: multipart/mixed; boundary=b\r\n',
				'--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\ntext\r\n',
				'--b\r\nContent-Type: application/pdf; name="a b.pdf"\r\nContent-Disposition: attachment; filename="a b.pdf"\r\n\r\nx\r\n--b--\r\n',
			].join('\r\n');
			const attached = `Subject: forwarded\r\nContent-Type: message/rfc822\r\n\r\n${multipart}`;
			const long = `X-Long: ${'x '.repeat(20_000)}\r\n${mail('long')}`;
			await dovecot.appendMany(user, 'Work', [multipart, attached, long]);
			const server = await connect();
			const news = UidSet.range(1, 20);
			const contents = { uids: news, parts: 'headerAndStructure' as const };
			const readings = ['INBOX', 'Work'].map((path) => ({
				path,
				uids: news,
				parts: 'descriptor' as const,
				search: false,
				contents,
			}));
			const { folders: read } = await server.readFolders(readings, 30_000);
			expect(proxy.totals().work.roundTrips).toBe(1);
			const [visit] = await server.visitFolders(['Work'], async (path, connection) => {
				const folder = await connection.open(path);
				const [whole, described]: [FetchedMessage[], FetchedMessage[]] = [[], []];
				for await (const message of folder.fetch(news, 'headerAndStructure')) whole.push(message);
				for await (const message of folder.fetch(news, 'descriptor')) described.push(message);
				return { whole, described };
			});
			if (visit.status === 'rejected') throw visit.reason;
			const { whole, described } = visit.value;
			const work = read.get('Work')!;
			expect(whole.map(({ uid }) => uid)).toEqual([1, 2, 3, 4, 5]);
			// imapflow asks for mod-sequences wherever there are some.
			const withoutModseq = (messages: FetchedMessage[]) => messages.map((message) => ({ ...message, modseq: undefined }));
			expect([...work.contents!.values()]).toEqual(withoutModseq(whole.filter(({ uid }) => uid <= 3)));
			expect(whole[2].structure?.children.map(({ dispositionParameters }) => dispositionParameters.filename)).toEqual([
				undefined,
				'a b.pdf',
			]);
			expect([...work.messages.values()]).toEqual(withoutModseq(described));
		});

		test('what was being read when the connection ended is said', async () => {
			const cutWhileReading = async (): Promise<FoldersRead> => {
				const server = await connect();
				onAnswers((line) => {
					if (!/ FETCH .*UID 2 /.test(line)) return undefined;
					proxy.cut();
					return null;
				}, exchange);
				return await server.readFolders(
					['INBOX', 'Entwürfe/日本', 'Work'].map((path) => ({
						path,
						uids: UidSet.range(1, 20),
						parts: 'descriptor' as const,
						search: false,
					})),
					30_000,
				);
			};
			// imapflow drops what it has not looked at yet when the connection ends, as happens on a busy machine: once more then.
			let { folders: read, lost } = await cutWhileReading();
			for (let again = 0; again < 20 && lost?.uids.toString() !== '2:3'; again++) {
				({ folders: read, lost } = await cutWhileReading());
			}
			expect([...read.keys()]).toEqual(['INBOX']);
			expect([lost?.snapshot.path, lost?.parts, lost?.uids.toString()]).toEqual(['Entwürfe/日本', 'descriptor', '2:3']);
		});

		test.each([
			['refuses to open', (line: string) => line.replace(/ OK \[READ-ONLY.*/, ' NO [NOPERM] not yours')],
			['gives no UIDNEXT for', (line: string) => (line.includes('[UIDNEXT') ? null : line)],
			['refuses to read', (line: string) => line.replace(/ OK Fetch.*/, ' NO [CANNOT] no')],
		])('a folder that the server %s is missing, and the others are there', async (_name, change) => {
			const server = await connect();
			let opened = 0;
			onAnswers((line) => {
				if (line.startsWith('* FLAGS')) opened++;
				return opened === 2 ? change(line) : undefined;
			}, exchange);
			const read = await server.readFolders(
				folders.map((path) => ({ path, uids: UidSet.range(1, 20), parts: 'descriptor', search: true })),
				30_000,
			);
			expect([...read.folders.keys()]).toEqual(folders.filter((path) => path !== 'Work'));
			proxy.onServerLine = undefined;
			expect(await readAll(server)).toHaveLength(2 * folders.length);
		});

		test('a server that answers on and on, but slowly, takes no more than twice the patience', async () => {
			const server = await connect();
			const held: string[] = [];
			let say: ((line: string) => void) | undefined;
			let said = 0;
			onAnswers((line, { toClient }) => {
				held.push(line);
				say = toClient;
				return null;
			}, exchange);
			const trickle = setInterval(() => {
				const line = held.shift();
				if (line === undefined) return;
				say?.(line);
				said++;
			}, 40);
			try {
				const read = await server.readFolders(
					folders.map((path) => ({ path, uids: UidSet.empty, parts: 'descriptor', search: false })),
					100,
				);
				expect(read.brokeOff).toBe(true);
				expect(said).toBeLessThan(20);
			} finally {
				clearInterval(trickle);
			}
		});

		test('a server that opens the next folder before it has answered loses the connection', async () => {
			const expected = await readAll(await connect());
			const server = await connect();
			let held: string | undefined;
			onAnswers((line) => {
				if (held === undefined && / OK Fetch/.test(line)) {
					held = line;
					return null;
				}
				if (held === undefined || !/ OK \[READ-ONLY/.test(line)) return undefined;
				const both = [line, held];
				held = '';
				return both;
			}, exchange);
			expect(await readAll(server)).toEqual(expected);
			expect(missing).toBeGreaterThan(0);
		});

		test('a row of another folder, sent before it is closed, is not of the next one', async () => {
			const server = await connect();
			const since = new Map<string, { uidValidity: string; modseq: string }>();
			await server.visitFolders(folders, async (path, connection) => {
				const { uidValidity, highestModseq } = (await connection.open(path)).snapshot;
				since.set(path, { uidValidity, modseq: highestModseq! });
			});
			onAnswers(
				(line) => (line.includes('[CLOSED]') ? ['* 1 FETCH (UID 1 FLAGS (\\Answered) MODSEQ (999))', line] : undefined),
				exchange,
			);
			const read = await server.readFolders(
				folders.map((path) => ({ path, since: since.get(path), uids: UidSet.empty, parts: 'descriptor', search: false })),
				30_000,
			);
			expect([...read.folders].map(([path, { sinceLastTime }]) => [path, sinceLastTime?.rows])).toEqual(
				folders.map((path) => [path, []]),
			);
		});
	});

	test('a folder that is refused has no status, and the others have theirs', async () => {
		const all = await (await connect()).folderStatuses(folders);
		const server = await connect();
		onAnswers((line, { command }) => {
			if (!command?.line.includes('Work')) return undefined;
			return line.startsWith('*') ? null : line.replace(/ OK.*/, ' NO [NOPERM] not yours');
		}, statuses);
		all.delete('Work');
		expect(await server.folderStatuses(folders)).toEqual(all);
	});

	test('a server that asks to be left alone is an error', async () => {
		const server = await connect();
		onAnswers(
			(line) =>
				line.startsWith('*')
					? null
					: line.replace(/ OK.*/, ' BAD Request is throttled. Suggested Backoff Time: 9000 milliseconds'),
			statuses,
		);
		expect(await failure(server.folderStatuses(folders))).toMatchObject({ code: 'serverBusy' });
	});

	test('a message that is refused is its own failure, and the others are stored', async () => {
		const server = await connect();
		const writer = new ImapWriter(await server.mainConnection(), () => server.mainConnection());
		const appending = writer.appendMany('Work');
		const outcomes = new Map<string, Appended | Error>();
		proxy.onServerLine = (line, { command }) =>
			command?.line.includes('refuse') ? line.replace(/ OK.*/, ' NO [OVERQUOTA] full') : undefined;
		for (const keyword of ['a', 'refuse', 'b'])
			await appending.add({ source: Buffer.from(mail(keyword)), flags: [keyword] }, (outcome) => outcomes.set(keyword, outcome));
		await appending.end();
		expect(outcomes.get('refuse')).toMatchObject({ code: 'folderFull' });
		expect([outcomes.get('a'), outcomes.get('b')]).toEqual([
			{ uid: 3, uidValidity: expect.any(String) },
			{ uid: 5, uidValidity: expect.any(String) },
		]);
	});

	test.each([
		['a NUL, which takes another kind of literal', Buffer.from('Subject: x\r\n\r\na\0b\r\n'), []],
		['nothing at all', Buffer.from(mail('plain')), []],
		['a server without LITERAL+', Buffer.from(mail('x'.repeat(5_000))), ['LITERAL+']],
		['a server that does not say which UID a message got', Buffer.from(mail('plain')), ['UIDPLUS']],
	])('where there is %s it is stored all the same', async (_name, source, mask) => {
		proxy.mask = ['LIST-STATUS', ...mask];
		try {
			const server = await connect();
			const writer = new ImapWriter(await server.mainConnection(), () => server.mainConnection());
			await writer.open('Empty');
			const appending = writer.appendMany('Empty');
			const outcomes: Array<Appended | Error> = [];
			for (let i = 0; i < 3; i++) await appending.add({ source, flags: [] }, (outcome) => outcomes.push(outcome));
			await appending.end();
			expect(outcomes.map((outcome) => (outcome instanceof Error ? outcome.message : outcome.uid))).toEqual([1, 2, 3]);
		} finally {
			proxy.mask = ['LIST-STATUS'];
		}
	});

	test.each(['trySend', 'handleResponse', 'write', 'requestQueue', 'tagCounter', 'requestTagMap'])(
		'without %s of imapflow nothing is taken into the hand',
		async (part) => {
			const server = await connect();
			const { client } = await server.mainConnection();
			Object.assign(client, { [part]: undefined });
			expect(openPipeline(client)).toBeUndefined();
		},
	);
});

test.each(['INBOX', 'Entwürfe', '日本/R&D', 'a&b-c', '😀 x', 'Ａ & ü&'])('the name %s is encoded as RFC 3501 says', (name) => {
	expect(toModifiedUtf7(name)).toBe(encodeFolderName(name));
});
