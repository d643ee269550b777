import { SyncError } from '../../sync/errors/syncError';
import { connectMailServer } from '../../sync/imap/ImapMailServer';
import type { MailServer, OpenFolder } from '../../sync/server/mailServer';
import type { FetchedMessage, FetchParts } from '../../sync/server/message';
import { asUid } from '../../sync/uids/uid';
import { UidSet } from '../../sync/uids/uidSet';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { startProxy, type CountingProxy, type LineHook } from '../support/wire/countingProxy';

const MEGABYTE = 1024 * 1024;
const line = `${'abcdefg'.repeat(10)}\r\n`;
const onePart = (text: string): string => `Subject: one\r\nMessage-ID: <one@example.com>\r\n\r\n${text}`;
const multipart = (file: string, end = '\r\n--edge--\r\n'): string =>
	'Subject: two\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary="edge"\r\n\r\n' +
	'--edge\r\nContent-Type: text/plain\r\n\r\nhello\r\n' +
	`--edge\r\nContent-Type: application/octet-stream; name=file.bin\r\n\r\n${file}${end}`;

/** What comes is compared with what was announced: nothing passes for whole that was cut, and wrong sizes lose no mail. */
describe('sizes that a server announces', () => {
	let dovecot: Dovecot;
	let proxy: CountingProxy;
	let user: string;
	let server: MailServer | undefined;

	beforeAll(async () => {
		dovecot = await startDovecot();
	});
	afterAll(() => dovecot?.stop());
	beforeEach(async () => {
		user = dovecot.newUser('sizes');
		proxy = await startProxy(dovecot);
	});
	afterEach(async () => {
		await server?.close();
		await proxy.stop();
	});

	const inInbox = async <T>(work: (folder: OpenFolder) => Promise<T>): Promise<T> => {
		const { host, port } = proxy;
		server = await connectMailServer({
			user,
			password: dovecot.password,
			host,
			port,
			security: 'none',
			allowUnauthorizedCerts: false,
		});
		const [visit] = await server.visitFolders(['INBOX'], async (path, connection) => await work(await connection.open(path)));
		if (visit.status === 'rejected') throw visit.reason;
		return visit.value;
	};
	const fetched = async (uids: UidSet, parts: FetchParts): Promise<FetchedMessage[]> =>
		await inInbox(async (folder) => {
			const messages: FetchedMessage[] = [];
			for await (const message of folder.fetch(uids, parts)) messages.push(message);
			return messages;
		});

	describe('a part that is read piece by piece', () => {
		const file = line.repeat(Math.ceil((2.3 * MEGABYTE) / line.length)).slice(0, -2);
		const readFile = async (announced: number | undefined = file.length, part = '2'): Promise<string> =>
			await inInbox(async (folder) => {
				const pieces: Buffer[] = [];
				for await (const piece of folder.readPart(asUid(1), part, announced)) pieces.push(piece);
				return Buffer.concat(pieces).toString();
			});
		/** The server answers as if it had been asked for another range, or for all where that is undefined. */
		const answersRange =
			(range: (start: number, length: number) => [number, number] | undefined): LineHook =>
			(asked) =>
				asked.replace(/<(\d+)\.(\d+)>/, (_all, start: string, length: string) => {
					const other = range(Number(start), Number(length));
					return other ? `<${other[0]}.${other[1]}>` : '';
				});

		beforeEach(async () => {
			await dovecot.append(user, 'INBOX', multipart(file));
		});

		it.each<[string, LineHook]>([
			['says the truth', () => undefined],
			['sends a byte less each time', answersRange((start, length) => [start, length - 1])],
			['sends a third of what is asked', answersRange((start, length) => [start, Math.ceil(length / 3)])],
			['sends a byte more each time', answersRange((start, length) => [start, length + 1])],
			['sends the rest of the part each time', answersRange((start) => [start, 9 * MEGABYTE])],
			['sends the same range each time', answersRange((_start, length) => [0, length])],
			['sends all of it each time', answersRange(() => undefined)],
			['sends nothing after the first piece', answersRange((start, length) => [start === 0 ? 0 : 9 * MEGABYTE, length])],
			['sends nothing at all in pieces', answersRange((_start, length) => [9 * MEGABYTE, length])],
		])('comes whole from a server that %s', async (_does, onClientLine) => {
			proxy.onClientLine = onClientLine;
			expect((await readFile()) === file).toBe(true);
		});

		it.each([
			['undefined', undefined],
			['too much by some bytes', file.length + 10],
			['too little', file.length - 1000],
		])('comes whole where the announced size is %s', async (_size, announced) => {
			// Of a part that has fewer bytes than announced nobody can say that it is whole.
			const isShort = announced !== undefined && announced > file.length;
			const read = readFile(announced);
			if (isShort) await expect(read).rejects.toMatchObject({ code: 'messageNotReturned', data: { reason: 'cut', announced } });
			else expect((await read) === file).toBe(true);
		});

		it('comes whole where nothing is announced and the range is ignored', async () => {
			proxy.onClientLine = answersRange(() => undefined);
			expect(
				await inInbox(async (folder) => {
					let bytes = 0;
					for await (const piece of folder.readPart(asUid(1), '2')) bytes += piece.length;
					return bytes;
				}),
			).toBe(file.length);
		});

		it('is an error where it is cut in either way, and where it is empty', async () => {
			for (const most of [1.5 * MEGABYTE, 700, 0]) {
				proxy.onClientLine = (asked) =>
					asked
						.replace(/BODY\.PEEK\[2\](?!<)/, `BODY.PEEK[2]<0.${most || 1}>`)
						.replace(/<(\d+)\.(\d+)>/, (_all, start: string, length: string) => {
							const left = Math.max(0, most - Number(start));
							return left === 0 ? `<${9 * MEGABYTE}.1>` : `<${start}.${Math.min(Number(length), left)}>`;
						});
				await expect(readFile()).rejects.toMatchObject({ code: 'messageNotReturned' });
				await server?.close();
			}
		});

		it('comes whole as a message of its own where its size is an estimate', async () => {
			const size = multipart(file).length;
			for (const announced of [size - 5, size + 5_000]) {
				expect((await readFile(announced, '')) === multipart(file)).toBe(true);
				await server?.close();
			}
		});
	});

	describe('a message that is read at once', () => {
		/** Announces another size than the message has. */
		const announces =
			(change: (size: number) => number): LineHook =>
			(said) =>
				said.replace(/RFC822\.SIZE (\d+)/, (_all, size: string) => `RFC822.SIZE ${change(Number(size))}`);
		const sizes = async (): Promise<Array<number | undefined>> =>
			(await fetched(UidSet.range(1, 3), 'source')).map(({ source }) => source?.length);

		it.each<[string, string, (size: number) => number]>([
			['has one part, and its structure agrees with it', onePart(line.repeat(9)), (size) => size + 17],
			['ends with its closing boundary', multipart('file'), (size) => Math.ceil(size * 1.1)],
			['has more than was announced', multipart('file', ''), (size) => size - 20],
			['was counted with line feeds alone', onePart(line.repeat(9)), (size) => size - 9 - 3],
		])('comes although its size is wrong, where it %s', async (_why, source, change) => {
			await dovecot.appendMany(user, 'INBOX', [onePart('before'), source, onePart('after')]);
			proxy.onServerLine = announces((size) => (size === source.length ? change(size) : size));
			expect(await sizes()).toEqual([onePart('before').length, source.length, onePart('after').length]);
		});

		it('is left out where bytes are missing, in the order of the others', async () => {
			const cut = multipart('file', '');
			await dovecot.appendMany(user, 'INBOX', [onePart('before'), cut, onePart('after')]);
			proxy.onServerLine = announces((size) => (size === cut.length ? size + 100 : size));
			expect(await sizes()).toEqual([onePart('before').length, onePart('after').length]);
		});

		it('comes in its order where only the first reading was cut', async () => {
			const source = multipart('file');
			await dovecot.appendMany(user, 'INBOX', [onePart('before'), source, onePart('after')]);
			let isFirst = true;
			proxy.onServerLine = (said) => {
				if (!said.startsWith('* 2 FETCH') || !isFirst) return undefined;
				isFirst = false;
				return `* 2 FETCH (UID 2 FLAGS () RFC822.SIZE ${source.length} INTERNALDATE " 1-Jan-2020 00:00:00 +0000" BODY[] "cut")`;
			};
			expect(await sizes()).toEqual([onePart('before').length, source.length, onePart('after').length]);
		});

		it.each(['""', 'NIL', '{0}\r\n'])('is left out where %j comes for it', async (nothing) => {
			await dovecot.appendMany(user, 'INBOX', [onePart('before'), onePart('empty'), onePart('after')]);
			proxy.onServerLine = (said) =>
				said.startsWith('* 2 FETCH')
					? `* 2 FETCH (UID 2 FLAGS () RFC822.SIZE 900 INTERNALDATE " 1-Jan-2020 00:00:00 +0000" BODY[] ${nothing})`
					: undefined;
			expect(await sizes()).toEqual([onePart('before').length, onePart('after').length]);
		});

		it('comes from Exchange, which estimates sizes', async () => {
			const cut = multipart('file', '');
			await dovecot.append(user, 'INBOX', cut);
			const wrong = announces((size) => size + 100);
			proxy.onServerLine = (said, context) =>
				said.startsWith('* ID ')
					? '* ID ("name" "Microsoft.Exchange.Imap4.Imap4Server" "version" "15.20")'
					: wrong(said, context);
			expect(await sizes()).toEqual([cut.length]);
		});

		it('is not handed out without a header where the header comes empty', async () => {
			await dovecot.appendMany(user, 'INBOX', [onePart('before'), onePart('empty'), onePart('after')]);
			proxy.onServerLine = (said) =>
				said.startsWith('* 2 FETCH')
					? `* 2 FETCH (UID 2 FLAGS () RFC822.SIZE 900 INTERNALDATE " 1-Jan-2020 00:00:00 +0000" BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 9 1) BODY[HEADER] "")`
					: undefined;
			expect((await fetched(UidSet.range(1, 3), 'headerAndStructure')).map(({ uid }) => uid)).toEqual([1, 3]);
		});
	});

	it('is not made of the same piece several times', async () => {
		const file = line.repeat(Math.ceil((3 * MEGABYTE) / line.length)).slice(0, 2 * MEGABYTE);
		await dovecot.append(user, 'INBOX', multipart(file));
		proxy.onClientLine = (asked) => asked.replace(/<(\d+)\.(\d+)>/, '<0.$2>');
		const pieces: Buffer[] = [];
		await inInbox(async (folder) => {
			for await (const piece of folder.readPart(asUid(1), '2', file.length)) pieces.push(piece);
		});
		expect(Buffer.concat(pieces).toString() === file).toBe(true);
	});

	it('says which message, and how much of it came', async () => {
		await dovecot.append(user, 'INBOX', multipart('file'));
		const read = inInbox(async (folder) => {
			for await (const piece of folder.readPart(asUid(1), '2', 500)) void piece;
		});
		const error = await read.catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(SyncError);
		expect(error).toMatchObject({ data: { reason: 'cut', uid: 1, part: '2', announced: 500, received: 4, folder: 'INBOX' } });
	});
});
