import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { partsToFetch, readMessage } from '../../sync/mime/readMessage';
import { connectMailServer } from '../../sync/imap/ImapMailServer';
import type { ReadOptions } from '../../sync/mime/readOptions';
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
	[
		'a name in encoded words over two lines',
		file('application/pdf;\n name="=?utf-8?Q?Gr=C3=B6?=\n =?utf-8?Q?=C3=9Fe=2Epdf?="', 'attachment'),
	],
	['a name in encoded words without quotes', file('application/pdf; name==?utf-8?Q?Gr=C3=B6=C3=9Fe=2Epdf?=', 'attachment')],
	[
		'encoded words in pieces of RFC 2231',
		file('application/pdf', 'attachment; filename*0="=?utf-8?B?UsOkY2g="; filename*1="?=.pdf"'),
	],
	['RFC 2231 without a charset', file('application/pdf', 'attachment; filename*=Gr%C3%B6.pdf')],
	['RFC 2231 with an empty charset', file('application/pdf', "attachment; filename*=''Gr%C3%B6.pdf")],
	['RFC 2231 in another charset', file('application/pdf', "attachment; filename*=koi8-r''%F0%D2%C9.pdf")],
	['RFC 2231 beside a plain name', file('application/pdf', "attachment; filename=plain.pdf; filename*=utf-8''Gr%C3%B6.pdf")],
	['RFC 2231 with a broken escape', file('application/pdf', "attachment; filename*=utf-8''100%.pdf")],
	['RFC 2231 in quotes', file('application/pdf', 'attachment; filename*="utf-8\'\'Gr%C3%B6.pdf"')],
	['RFC 2231 out of order', file('application/pdf', "attachment; filename*1*=b.pdf; filename*0*=utf-8''a")],
	['an empty name', file('application/pdf; name=""', 'attachment; filename=""')],
	['a path for a name', file('application/pdf', 'attachment; filename="C:\\\\Users\\\\x\\\\a.pdf"')],
	['a semicolon in a name', file('application/pdf; name="a;b.pdf"', 'attachment; filename="a;b.pdf"')],
	['a name in single quotes', file("application/pdf; name='a.pdf'", "attachment; filename='a.pdf'")],
	['a name with brackets', file('application/pdf; name=a(1).pdf', 'attachment; filename=a(1).pdf')],
	['a name with an equals sign', file('application/pdf; name=a=b.pdf', 'attachment; filename=a=b.pdf')],
	['a name with a colon and a slash', file('application/pdf; name=a:b/c.pdf', 'attachment; filename=a:b/c.pdf')],
	['a quoted name with more behind it', file('application/pdf; name="a".pdf', 'attachment; filename="a".pdf')],
	['parameters between commas', file('application/pdf, name=a.pdf', 'attachment, filename=a.pdf')],
	['a comment in the type', file('application/pdf (a file); name="a.pdf"', 'attachment (really); filename="a.pdf"')],
	['a disposition of upper case', file('APPLICATION/PDF; NAME="A.PDF"', 'ATTACHMENT; FILENAME="A.PDF"')],
	['a disposition without a value', file('application/pdf', '; filename="a.pdf"')],
	['a type of one word', file('pdf; name="a.pdf"', 'attachment')],
	['a type with two slashes', file('application/x/pdf; name="a.pdf"', 'attachment')],
	['a type with a space', file('application / pdf; name="a.pdf"', 'attachment')],
	['a type in quotes', file('"application/pdf"; name="a.pdf"', 'attachment')],
	['an encoding with a comment', file('application/pdf; name="a.pdf"\nContent-Transfer-Encoding: base64 (x)', 'attachment')],
	['an id without brackets', file('image/png; name="a.png"\nContent-ID: a@example.com', 'inline')],
	['an id with spaces', file('image/png; name="a.png"\nContent-ID: < a@example.com >', 'inline')],
	['a location', file('image/png\nContent-Location: https://example.com/a%20b.png', 'inline')],
	['a description', file('application/pdf\nContent-Description: Invoice.pdf', 'attachment')],
	[
		'a language and a checksum',
		file('application/pdf\nContent-Language: de, en\nContent-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==', 'attachment'),
	],
	[
		'a message with parts in it',
		file(
			'message/rfc822\nX-Plain: 1',
			'attachment',
			'From: a\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--',
		).replace('base64', '7bit'),
	],
	['a message without a header in it', file('message/rfc822', '', '\nbody').replace('base64', '7bit')],
	['a message of mail in UTF-8', file('message/global', '', 'From: a\n\nbody').replace('base64', '8bit')],
	[
		'a part of a message',
		file('message/partial; id="1@example.com"; number=1; total=2', '', 'From: a\n\nbody').replace('base64', '7bit'),
	],
	[
		'an external body',
		file('message/external-body; access-type=URL; URL="https://example.com/a"', '', 'Content-Type: image/png\n\n').replace(
			'base64',
			'7bit',
		),
	],
	[
		'uuencode',
		file('application/octet-stream; name=a.bin', '', 'begin 644 a.bin\n#0V%T\n`\nend').replace('base64', 'x-uuencode'),
	],
	[
		'a boundary with more behind it',
		parts('multipart/mixed; boundary="ab"; charset=utf-8', 'ab').replace('--ab\nContent', '--ab  \t\nContent'),
	],
	['parts behind the end', `${parts('multipart/mixed; boundary="ab"', 'ab')}--ab\n\nlate\n--ab--\n`],
	[
		'text before and behind the parts',
		`${parts('multipart/mixed; boundary="ab"', 'ab')}behind\n`.replace('\n\n--ab', '\n\nbefore\n--ab'),
	],
	['a part without a header', parts('multipart/mixed; boundary="ab"', 'ab').replace('--ab\n\ntext', '--ab\ntext')],
	['a part without a body', parts('multipart/mixed; boundary="ab"', 'ab').replace('\n\npdf', '')],
	['an empty part', parts('multipart/mixed; boundary="ab"', 'ab').replace('\n\ntext', '')],
	[
		'parts of one boundary within each other',
		parts('multipart/mixed; boundary="ab"', 'ab').replace(
			'--ab\n\ntext',
			'--ab\nContent-Type: multipart/alternative; boundary="ab"\n\n--ab\n\ntext',
		),
	],
	[
		'a multipart without parts',
		parts('multipart/mixed; boundary="ab"', 'ab').replace(
			'--ab\n\ntext',
			'--ab\nContent-Type: multipart/alternative; boundary="cd"\n\ntext',
		),
	],
	['a digest', parts('multipart/digest; boundary="ab"', 'ab').replace('\n\ntext', '\n\nFrom: a\n\ntext')],
	['an unknown multipart', parts('multipart/x-unknown; boundary="ab"', 'ab')],
	['a multipart in base64', parts('multipart/mixed; boundary="ab"\nContent-Transfer-Encoding: base64', 'ab')],
	['a boundary in RFC 2231', parts('multipart/mixed; boundary*0=a; boundary*1=b', 'ab')],
	['a boundary with a backslash', parts('multipart/mixed; boundary="a\\b"', 'ab')],
	['a boundary with brackets', parts('multipart/mixed; boundary=(ab)', '(ab)')],
	['a boundary with an equals sign', parts('multipart/mixed; boundary=_=ab', '_=ab')],
	['a boundary of another case', parts('multipart/mixed; Boundary="AB"', 'AB')],
	['a boundary of 80 characters', parts(`multipart/mixed; boundary="${'x'.repeat(80)}"`, 'x'.repeat(80))],
	[
		'a header of raw Latin and a charset in a part',
		parts('multipart/mixed; boundary="ab"', 'ab').replace('pdf; name=a', 'pdf; name="Gr\u00f6\u00dfe"; x=a'),
	],
	['two types, text first', parts('text/plain\nContent-Type: multipart/mixed; boundary="ab"', 'ab')],
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

const metadata: ReadOptions = { level: 'metadata', headers: ['*'], attachmentContent: false };
const content: ReadOptions = { level: 'content', headers: ['*'], attachmentContent: { names: [], types: [] } };
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
	});
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
				for (const [uid, message] of byStructure) {
					const wanted = message.structure ? partsToFetch(message.structure, content) : [];
					if (wanted.length === 0) continue;
					for await (const { parts } of opened.fetchParts(UidSet.range(uid, uid), wanted))
						byStructure.set(uid, { ...message, parts });
				}
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

	const differences = async (options: ReadOptions): Promise<unknown[]> => {
		const found: unknown[] = [];
		for (const { byStructure, bySource } of await readBothWays()) {
			const expected = await readMessage(onlySource(bySource), options);
			const got = byStructure && (await readMessage(byStructure, options));
			if (JSON.stringify(got) !== JSON.stringify(expected)) found.push({ message: all[bySource.uid - 1][0], got, expected });
		}
		return found;
	};

	it(`${all.length} messages`, async () => {
		expect(await differences(metadata)).toEqual([]);
	});

	it(`${all.length} messages with their texts and files`, async () => {
		// Its text follows the header without an empty line: the server finds none, and howToRead() takes the source.
		expect(await differences(content)).toMatchObject([{ message: 'python-35.eml' }]);
	});

	it.each(broken)('whatever the server sends in its place: %s', async (_name, structure) => {
		proxy.onServerLine = (line) => line.replace(/BODYSTRUCTURE \(.*?(?= BODY\[HEADER\])/g, () => `BODYSTRUCTURE ${structure}`);
		try {
			expect(await differences(metadata)).toEqual([]);
		} finally {
			proxy.onServerLine = undefined;
		}
	});
});
