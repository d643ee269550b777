import { readMessage } from '../../sync/mime/readMessage';
import { readMessageIds } from '../../sync/mime/threading';
import type { Uid } from '../../sync/uids/uid';

async function read(...lines: string[]) {
	const source = Buffer.from(lines.join('\r\n'));
	const message = { uid: 1 as Uid, flags: [], size: source.length, internalDate: new Date('2026-11-22T10:00:00Z'), source };
	return await readMessage(message, { level: 'content', headers: [], attachmentContent: false });
}

describe('a content type without its semicolons', () => {
	const withPart = async (...header: string[]) =>
		await read('Content-Type: multipart/mixed; boundary=q', '', '--q', '', 'Hello', '--q', ...header, '', 'x', '--q--');

	test.each([
		'Content-Type: application/pdf name="invoice.pdf"',
		'Content-Type: application/pdf\r\n name=invoice.pdf',
		'Content-Type: application/pdf, name="invoice.pdf"',
		'Content-Type: application/pdf: name="invoice.pdf"',
		'Content-Type: application/pdf x-note="a; b" name="invoice.pdf"',
		'Content-Type: application/pdf charset=utf-8 name=invoice.pdf',
		'Content-Type: application/pdf; charset=binary name="invoice.pdf"',
		"Content-Type: application/pdf name*=utf-8''invoice.pdf",
		'Content-Type: application/pdf;; name="invoice.pdf"',
		'Content-Type: application/pdf\r\nContent-Disposition: attachment filename="invoice.pdf"',
		'Content-Type: application/pdf\r\nContent-Disposition: attachment, filename=invoice.pdf',
		'Content-Type: "application/pdf"; name="invoice.pdf"',
	])('%s', async (header) => {
		const { fields, attachments } = await withPart(...header.split('\r\n'));
		expect(fields.text).toBe('Hello');
		expect(attachments).toMatchObject([{ fileName: 'invoice.pdf', mimeType: 'application/pdf' }]);
	});

	test.each(['application/pdf junk', 'application/pdf (a document)', 'application/pdf charset', 'APPLICATION/PDF ,'])(
		'has the type of %s',
		async (type) => {
			expect((await withPart(`Content-Type: ${type}`)).attachments).toMatchObject([{ mimeType: 'application/pdf' }]);
		},
	);

	test('leaves names with spaces as they are', async () => {
		const file = (value: string) =>
			withPart('Content-Type: application/pdf', `Content-Disposition: attachment; filename=${value}`);
		expect((await file('my file.pdf')).attachments[0].fileName).toBe('my file.pdf');
		expect((await file('"a name=b charset=c.pdf"')).attachments[0].fileName).toBe('a name=b charset=c.pdf');
		expect((await file('my file.pdf size=12')).attachments[0].fileName).toBe('my file.pdf');
	});

	test('finds boundary, charset and format', async () => {
		const { fields } = await read(
			'Content-Type: multipart/alternative charset=utf-8 boundary="q"',
			'',
			'--q',
			'Content-Type: text/plain charset="iso-8859-1" format=flowed',
			'Content-Transfer-Encoding: quoted-printable',
			'',
			'Gr=FC=DFe=20',
			'Zoe',
			'--q--',
		);
		expect(fields.text).toBe('Grüße Zoe');
	});
});

describe('an empty text beside the html', () => {
	const alternative = (text: string, type = 'text/plain') => [
		'Content-Type: multipart/alternative; boundary=a',
		'',
		'--a',
		`Content-Type: ${type}; charset=utf-8`,
		'',
		text,
		'--a',
		'Content-Type: text/html; charset=utf-8',
		'',
		'<p>Your parcel has arrived.</p>',
		'--a--',
	];

	test.each(['', '\r\n', ' \t\r\n \r\n', '\u00a0\r\n', '\ufeff', '\u200b\r\n'])('%j gives the text of the html', async (text) => {
		const { fields } = await read('Subject: x', ...alternative(text));
		expect(fields).toMatchObject({ text: 'Your parcel has arrived.', replyText: 'Your parcel has arrived.' });
		expect(fields.html).toBe('<p>Your parcel has arrived.</p>');
	});

	test('that is none is the text', async () => {
		expect((await read('Subject: x', ...alternative('.'))).fields.text).toBe('.');
	});

	test('before a footer gives both', async () => {
		const footer = ['--m', '', 'The list of example.com', '--m--'];
		const { fields } = await read('Content-Type: multipart/mixed; boundary=m', '', '--m', ...alternative(''), ...footer);
		expect(fields.text).toBe('Your parcel has arrived.\nThe list of example.com');
	});

	test('is empty where the html is', async () => {
		const empty = alternative('').map((line) => line.replace(/<p>.*<\/p>/, '<p></p>'));
		expect((await read('Subject: x', ...empty)).fields.text).toBe('');
	});
});

describe('message ids', () => {
	test.each([
		['20261123100000', ['<20261123100000>']],
		['4711', ['<4711>']],
		['abc', ['<abc>']],
		['"abc@example.com"', ['<abc@example.com>']],
		['abc@example.com (added by postmaster@example.net)', ['<abc@example.com>']],
		['<abc@example.com', ['<abc@example.com>']],
		['abc@example.com>', ['<abc@example.com>']],
		['<<abc@example.com>>', ['<abc@example.com>']],
		['<> <a@example.com>', ['<a@example.com>']],
		['4711 4712', ['<4711>', '<4712>']],
		['root.1@example.com,4712', ['<root.1@example.com>', '<4712>']],
		['Your message of Mon, 23 Nov 2026 10:05:00 +0100', []],
		['Message from Zoe of "Mon, 23 Nov 2026." <a@example.com>', ['<a@example.com>']],
		['Your message of 23 Nov <a@example.com> (zoe@example.org)', ['<a@example.com>']],
		['<>', []],
		['', []],
		['(nothing)', []],
	])('of %j', (value, ids) => {
		expect(readMessageIds(value).ids).toEqual(ids);
	});

	test('that are long are read at once', () => {
		const started = process.cpuUsage();
		for (const piece of ['(', '<', 'a ', '"', '<a ', '4 ']) readMessageIds(piece.repeat(250_000));
		expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
	});
});

describe('addresses of old and odd mailers', () => {
	const from = async (value: string) => (await read(`From: ${value}`, '', 'x')).fields.from;
	test.each([
		['<@relay.example,@other.example:zoe@example.org>', '', 'zoe@example.org'],
		['Zoe <@relay.example:zoe@example.org>', 'Zoe', 'zoe@example.org'],
		['zoe @ example . org', '', 'zoe@example.org'],
		['Zoe <zoe @ example . org>', 'Zoe', 'zoe@example.org'],
		['Zoe Q. Public <zoe@example.org>', 'Zoe Q. Public', 'zoe@example.org'],
		['zoe@example.org (Zoe Public)', 'Zoe Public', 'zoe@example.org'],
		['Zoe <zoe(home)@example.org>', 'Zoe', 'zoe@example.org'],
		[', ,Zoe <zoe@example.org>,,', 'Zoe', 'zoe@example.org'],
		['"Zoe \\"Z\\" Public" <zoe@example.org>', 'Zoe "Z" Public', 'zoe@example.org'],
		["'Zoe Public' <zoe@example.org>", "'Zoe Public'", 'zoe@example.org'],
		['Zoe<zoe@example.org>', 'Zoe', 'zoe@example.org'],
		['Zoe <<zoe@example.org>>', 'Zoe', 'zoe@example.org'],
		['Zoe <mailto:zoe@example.org>', 'Zoe', 'zoe@example.org'],
		['"Zoe Public <zoe@example.org>', 'Zoe Public', 'zoe@example.org'],
		['Zoe <zoe@example.org', 'Zoe', 'zoe@example.org'],
		['"zoe public"@example.org', '', '"zoe public"@example.org'],
		['<zoe@[192.0.2.1]>', '', 'zoe@[192.0.2.1]'],
		['Zoe [Support] <zoe@example.org>', 'Zoe [Support]', 'zoe@example.org'],
		['Team: Zoe <zoe@example.org>, Bob <bob@example.org>;', 'Zoe', 'zoe@example.org'],
	])('%s', async (value, name, address) => {
		expect(await from(value)).toEqual({ name, address });
	});

	test('that are endless are read at once', async () => {
		const started = process.cpuUsage();
		for (const piece of ['<', '<@', '< ', '"', ' ', 'a ', 'a.', 'a@', ', ', '=?']) await from(piece.repeat(100_000));
		expect(process.cpuUsage(started).user).toBeLessThan(10_000_000);
	});
});
