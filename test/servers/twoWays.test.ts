import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMessage, type ReadMessage } from '../../sync/mime/readMessage';
import { connectMailServer } from '../../sync/imap/ImapMailServer';
import type { FetchedMessage } from '../../sync/server/message';
import { UidSet } from '../../sync/uids/uidSet';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/**
 * What a message is made of is told by its source, and by the server's BODYSTRUCTURE. Both ways give the same, however a message
 * is written and whatever the server makes of it.
 */
const folder = join(__dirname, '../fixtures/messages');
/** IMAP cannot carry NUL (RFC 3501 section 4.3), and Dovecot takes no message without a byte. */
const corpus = readdirSync(folder)
	.filter((name) => name.endsWith('.eml') && name !== 'text-nul.eml')
	.map((name): [string, Buffer] => [name, readFileSync(join(folder, name))])
	.filter(([, source]) => source.length > 0);

const file = (type: string, disposition = '', body = 'aGVsbG8='): string =>
	[
		'From: a@example.com',
		'Subject: x',
		'MIME-Version: 1.0',
		'Content-Type: multipart/mixed; boundary="b"',
		'',
		'--b',
		'',
		'text',
		'--b',
		`Content-Type: ${type}`,
		'Content-Transfer-Encoding: base64',
		...(disposition === '' ? [] : [`Content-Disposition: ${disposition}`]),
		'',
		body,
		'--b--',
		'',
	].join('\n');
const parts = (type: string, boundary: string, closing = `--${boundary}--`): string =>
	`From: a@example.com\nMIME-Version: 1.0\nContent-Type: ${type}\n\n--${boundary}\n\ntext\n--${boundary}\nContent-Type: application/pdf; name=a.pdf\n\npdf\n${closing}\n`;

/** Messages that servers and readers take apart differently. */
const odd: Array<[string, string]> = [
	['a name without quotes', file('application/pdf; name=Invoice 2026 11.pdf', 'attachment; filename=Invoice 2026 11.pdf')],
	[
		'a name without quotes or ending',
		file('application/pdf; name=Invoice of November', 'attachment; filename=Invoice of November'),
	],
	['a name in raw UTF-8', file('application/pdf; name="Größe.pdf"', 'attachment; filename="Größe.pdf"')],
	['a name in encoded words', file('application/pdf; name="=?utf-8?Q?Gr=C3=B6=C3=9Fe=2Epdf?="', 'attachment')],
	['a name in RFC 2231', file('application/pdf', "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe.pdf")],
	[
		'a name in RFC 2231 in pieces',
		file('application/pdf', "attachment; filename*0*=utf-8''Gr%C3%B6; filename*1*=%C3%9Fe; filename*2=.pdf"),
	],
	['a name with quotes in it', file('application/pdf', 'attachment; filename="a\\"b.pdf"')],
	['a name over two lines', file('application/pdf;\n name="a long\n name.pdf"', 'attachment;\n filename="a long\n name.pdf"')],
	['a type without its semicolon', file('application/pdf name="a.pdf"')],
	['no type', file('; name="a.pdf"', 'attachment')],
	['an unknown disposition', file('application/pdf; name="a.pdf"', 'form-data; name=x')],
	['base64 with noise', file('application/pdf; name="a.pdf"', 'attachment', 'aGVs bG8=\n\n\t')],
	['base64 that is cut', file('application/pdf; name="a.pdf"', 'attachment', 'aGVsbG8')],
	['a message in it', file('message/rfc822', 'attachment; filename=x.eml', 'RnJvbTogYQo=')],
	['a boundary with spaces', parts('multipart/mixed; boundary="a b c"', 'a b c')],
	['a boundary over two lines', parts('multipart/mixed; boundary="a\n b"', 'a b')],
	['a boundary that ends in a space', parts('multipart/mixed; boundary="ab "', 'ab')],
	['a boundary of hyphens', parts('multipart/mixed; boundary="-"', '-')],
	['a boundary of another quotation', parts("multipart/mixed; boundary='ab'", "'ab'")],
	['a boundary without a semicolon before it', parts('multipart/mixed boundary="ab"', 'ab')],
	['no boundary', parts('multipart/mixed', 'ab')],
	['another boundary', parts('multipart/mixed; boundary="xy"', 'ab')],
	['no end', parts('multipart/mixed; boundary="ab"', 'ab', '')],
	['two types', parts('multipart/mixed; boundary="xy"\nContent-Type: multipart/mixed; boundary="ab"', 'ab')],
];

/** What servers made of BODYSTRUCTURE, or might. */
const broken: Array<[string, string]> = [
	['NIL', 'NIL'],
	['an empty list', '()'],
	['a type of NIL', '(NIL NIL NIL NIL NIL "7bit" 5 1)'],
	['a multipart of nothing', '("mixed" ("boundary" "b") NIL NIL)'],
	['a size of NIL', '(("text" "plain" NIL NIL NIL "7bit" NIL NIL)("application" "pdf" NIL NIL NIL "base64" NIL) "mixed")'],
	['a quote within quotes', '("text" "plain" ("name" "a"b.txt") NIL NIL "7bit" 5 1 NIL NIL NIL NIL)'],
	['a line end within quotes', '("text" "plain" ("name" "a\r\n b.txt") NIL NIL "7bit" 5 1 NIL NIL NIL NIL)'],
	['a list that does not end', '(("text" "plain" NIL NIL NIL "7bit" 5 1'],
	['a list that ends twice', '("text" "plain" NIL NIL NIL "7bit" 5 1))'],
];

const metadata = (message: FetchedMessage): Promise<ReadMessage> =>
	readMessage(message, { level: 'metadata', headers: ['*'], attachmentContent: false });
const onlySource = ({ uid, flags, size, internalDate, source }: FetchedMessage): FetchedMessage => ({
	uid,
	flags,
	size,
	internalDate,
	source,
});

describe('by the structure of the server and by the source a message is the same', () => {
	let dovecot: Dovecot;
	let proxy: CountingProxy;
	let user: string;
	const all: Array<[string, Buffer]> = [
		...corpus,
		...odd.map(([name, source]): [string, Buffer] => [name, Buffer.from(source.replace(/\n/g, '\r\n'))]),
	];
	beforeAll(async () => {
		dovecot = await startDovecot();
		proxy = await startProxy(dovecot);
		user = dovecot.newUser();
		await dovecot.appendMany(
			user,
			'INBOX',
			all.map(([, source]) => ({ source })),
		);
	}, 60_000);
	afterAll(async () => {
		await proxy?.stop();
		await dovecot?.stop();
	});

	/** Each message by both ways, in order. */
	async function readBothWays(): Promise<Array<{ byStructure: FetchedMessage | undefined; bySource: FetchedMessage }>> {
		const server = await connectMailServer({
			user,
			password: dovecot.password,
			host: proxy.host,
			port: proxy.port,
			security: 'none',
			allowUnauthorizedCerts: false,
		});
		try {
			const [visited] = await server.visitFolders(['INBOX'], async (path, connection) => {
				const opened = await connection.open(path);
				const uids = UidSet.range(1, all.length);
				const byStructure = new Map<number, FetchedMessage>();
				for await (const message of opened.fetch(uids, 'headerAndStructure')) byStructure.set(message.uid, message);
				const both: Array<{ byStructure: FetchedMessage | undefined; bySource: FetchedMessage }> = [];
				for await (const message of opened.fetch(uids, 'source'))
					both.push({ byStructure: byStructure.get(message.uid), bySource: message });
				return both;
			});
			if (visited.status === 'rejected') throw visited.reason;
			return visited.value;
		} finally {
			await server.close();
		}
	}

	const differences = async (): Promise<unknown[]> => {
		const found: unknown[] = [];
		for (const { byStructure, bySource } of await readBothWays()) {
			const expected = await metadata(onlySource(bySource));
			const got = byStructure && (await metadata(byStructure));
			if (JSON.stringify(got) !== JSON.stringify(expected)) found.push({ message: all[bySource.uid - 1][0], got, expected });
		}
		return found;
	};

	it(`${all.length} messages`, async () => {
		expect(await differences()).toEqual([]);
	}, 60_000);

	it.each(broken)(
		'whatever the server sends in its place: %s',
		async (_name, structure) => {
			proxy.onServerLine = (line) => line.replace(/BODYSTRUCTURE \(.*?(?= BODY\[HEADER\])/g, () => `BODYSTRUCTURE ${structure}`);
			try {
				expect(await differences()).toEqual([]);
			} finally {
				proxy.onServerLine = undefined;
			}
		},
		60_000,
	);
});
