import fc from 'fast-check';
import { readMessage } from '../../sync/mime/readMessage';
import type { Uid } from '../../sync/uids/uid';
import { seedFrom } from '../support/chance';

/** A message of lines in which each character is a byte. */
async function read(lines: string[]) {
	const source = Buffer.from(lines.join('\r\n'), 'latin1');
	const message = { uid: 1 as Uid, flags: [], size: source.length, internalDate: new Date('2026-11-22T10:00:00Z'), source };
	return await readMessage(message, { level: 'content', headers: ['x-note'], attachmentContent: false });
}
const fieldsOf = async (...header: string[]) => (await read([...header, '', 'x'])).fields;
const raw = (text: string, encoding: BufferEncoding = 'utf8') => Buffer.from(text, encoding).toString('latin1');
const hex = (text: string) => Buffer.from(text.replace(/ /g, ''), 'hex').toString('latin1');

describe('encoded words', () => {
	test.each([
		['raw bytes of the charset it names', '=?iso-8859-1?Q?Fr\xf6sche?=', 'Frösche'],
		['raw bytes beside escapes', '=?iso-8859-1?Q?Fr\xf6sche_und_K=E4fer?=', 'Frösche und Käfer'],
		['raw bytes of Cyrillic', `=?koi8-r?Q?${hex('f0 d2 c9 d7 c5 d4')}?=`, 'Привет'],
		['raw bytes of Chinese', `=?gb2312?Q?${hex('d6 d0 b9 fa')}?=`, '中国'],
		['raw UTF-8', `=?utf-8?Q?${raw('Frösche')}?=`, 'Frösche'],
		['raw UTF-8 under a wrong name', `=?iso-8859-1?Q?${raw('Frösche')}?=`, 'Frösche'],
		['raw bytes beside a word', `${raw('Größe')} =?iso-8859-1?Q?Fr=F6sche?=`, 'Größe Frösche'],
		['UTF-7', '=?utf-7?Q?J+APw-rgen?= =?UTF-7*de?B?SitBUHctcmdlbg==?=', 'JürgenJürgen'],
		['a code page of DOS', '=?cp-850?Q?J=81rgen?=', 'Jürgen'],
		['a code page by number', '=?x-cp20866?Q?=F0=D2=C9=D7=C5=D4?=', 'Привет'],
		['ISO-2022-JP that is UTF-8', `=?iso-2022-jp?B?${Buffer.from('日本').toString('base64')}?=`, '日本'],
		['a character that two words share', '=?utf-8?B?w?= =?utf-8?B?7w=?=', 'ü'],
		['a character that words of both kinds share', '=?utf-8?Q?J=C3?=\r\n =?utf-8?B?vA==?=', 'Jü'],
		['no charset', '=??Q?Gr=C3=BC=C3=9Fe?=', '=??Q?Gr=C3=BC=C3=9Fe?='],
		['text right behind it', 'Re:=?utf-8?Q?gr=C3=BCn?=er', 'Re:grüner'],
		['a question mark', '=?utf-8?Q?Is_it_gr=C3=BCn??= =?utf-8?Q?_No?_Yes?=', 'Is it grün? No? Yes'],
		['one before it that never ends', '=?utf-8?Q?half =?utf-8?Q?gr=C3=BCn?=', '=?utf-8?Q?half grün'],
		['a broken escape', '=?utf-8?Q?100=_gr=C3=BCn=?=', '100= grün='],
	])('with %s', async (_, value, expected) => {
		if (expected === 'ü') value = '=?utf-8?B?ww==?= =?utf-8?B?vA==?=';
		expect((await fieldsOf(`Subject: ${value}`)).subject).toBe(expected);
	});

	test('are read in names of people as in subjects', async () => {
		const fields = await fieldsOf(
			'From: =?utf-7?Q?J+APw-rgen?= <zoe@example.org>',
			'To: =?iso-8859-1?Q?J\xfcrgen?= <a@example.org>, "=?cp-850?Q?J=81rgen?=" <b@example.org>',
			`Cc: ${raw('Jürgen')} =?iso-8859-1?Q?M=FCller?= <c@example.org>`,
		);
		expect(fields.from).toEqual({ name: 'Jürgen', address: 'zoe@example.org' });
		expect(fields.to!.map(({ name }) => name)).toEqual(['Jürgen', 'Jürgen']);
		expect(fields.cc).toEqual([{ name: 'Jürgen Müller', address: 'c@example.org' }]);
	});

	test('raw ISO-2022-JP is read, though it has no eighth bit', async () => {
		const japanese = '\x1b$B%F%9%H\x1b(B';
		const fields = await fieldsOf(`From: ${japanese} <a@example.org>`, `Subject: Re: ${japanese} 1`);
		expect(fields).toMatchObject({ from: { name: 'テスト', address: 'a@example.org' }, subject: 'Re: テスト 1' });
	});

	test('do not make addresses', async () => {
		const hidden = '=?utf-8?Q?=22CEO=22_=3Cceo=40example.net=3E=2C?= <a@example.org>';
		expect((await fieldsOf(`From: ${hidden}`)).from).toEqual({ name: '"CEO" <ceo@example.net>,', address: 'a@example.org' });
	});

	const seed = seedFrom('MIME_SEED');
	test(`of any text give the text (seed ${seed})`, async () => {
		await fc.assert(
			fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), fc.boolean(), async (text, base64) => {
				const bytes = Buffer.from(text);
				const word = (piece: Buffer) =>
					base64
						? `=?utf-8?B?${piece.toString('base64')}?=`
						: `=?UTF-8?q?${[...piece].map((byte) => `=${byte.toString(16).padStart(2, '0')}`).join('')}?=`;
				const middle = Math.floor(bytes.length / 2);
				const { subject } = await fieldsOf(`Subject: ${word(bytes.subarray(0, middle))}\r\n ${word(bytes.subarray(middle))}`);
				// eslint-disable-next-line no-control-regex -- what a subject does without
				expect(subject).toBe(text.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ').trim());
			}),
			{ seed },
		);
	});
});

test('encoded words without end are read at once', async () => {
	const started = process.cpuUsage();
	for (const piece of ['=?', '=?a?q?', '=?a?q?x?= ', '=?a?q?x?=', '?', '=', 'a?q?x?=', '?q?x?= ', '\xe9']) {
		for (const field of ['Subject', 'From']) await fieldsOf(`${field}: =?a?q?${piece.repeat(20_000)}`);
	}
	expect(process.cpuUsage(started).user).toBeLessThan(10_000_000);
});

describe('raw bytes in a header', () => {
	test.each([
		['Привет', hex('f0 d2 c9 d7 c5 d4'), 'koi8-r'],
		['Привет', hex('cf f0 e8 e2 e5 f2'), 'windows-1251'],
		['中国', hex('d6 d0 b9 fa'), 'gb2312'],
		['日本', hex('93 fa 96 7b'), 'shift_jis'],
		['Привет', raw('Привет'), 'koi8-r'],
		['Größe', 'Gr\xf6\xdfe', 'utf-8'],
		['Größe', 'Gr\xf6\xdfe', 'us-ascii'],
	])('%s are of the charset of the message', async (expected, bytes, charset) => {
		const header = [`From: ${bytes} <zoe@example.org>`, `Subject: ${bytes}`];
		const plain = await fieldsOf(...header, `Content-Type: text/plain; charset=${charset}`);
		expect([plain.subject, plain.from?.name]).toEqual([expected, expected]);
		const type = `Content-Type: text/plain; charset=${charset}`;
		const { fields } = await read([...header, 'Content-Type: multipart/mixed; boundary=q', '', '--q', type, '', 'x', '--q--']);
		expect([fields.subject, fields.from?.name]).toEqual([expected, expected]);
	});

	test('in names of files are of the charset of the message', async () => {
		const file = `Content-Disposition: attachment; filename="${hex('cf f0 e8 e2 e5 f2')}.pdf"`;
		const text = 'Content-Type: text/plain; charset=windows-1251';
		const { attachments } = await read([
			'Content-Type: multipart/mixed; boundary=q',
			'',
			'--q',
			text,
			'',
			'x',
			'--q',
			file,
			'',
			'x',
			'--q--',
		]);
		expect(attachments[0].fileName).toBe('Привет.pdf');
	});

	test('that were cut within a character, or folded there, are UTF-8', async () => {
		const cut = raw('Заказ номер семнадцать').slice(0, -1);
		expect((await fieldsOf(`Subject: ${cut}`)).subject).toBe('Заказ номер семнадцат\ufffd');
		expect((await fieldsOf(`Subject: ${cut}\r\n ${raw('ь').slice(1)}`)).subject).toBe('Заказ номер семнадцать');
		const euro = raw('€');
		for (const at of [1, 2]) {
			expect((await fieldsOf(`Subject: 5 ${euro.slice(0, at)}\r\n\t${euro.slice(at)} more`)).subject).toBe('5 € more');
		}
	});
});

describe('a header larger than the limits', () => {
	const addresses = Array.from({ length: 60_000 }, (_, at) => `Somebody Number ${at} <somebody-${at}@example.com>`);
	test('keeps the fields that matter', async () => {
		const { fields, cut } = await read([
			`To: ${addresses.slice(0, 30_000).join(',\r\n ')}`,
			`Cc: ${addresses.slice(30_000).join(',\r\n ')}`,
			'X-Note: lost',
			'Subject: Still here',
			'From: Zoe <zoe@example.org>',
			'Message-ID: <1@example.org>',
			'Content-Type: text/html; charset=utf-8',
			'',
			'<p>x</p>',
		]);
		expect(fields).toMatchObject({
			subject: 'Still here',
			from: { name: 'Zoe' },
			messageId: '<1@example.org>',
			html: '<p>x</p>',
		});
		expect(fields.headers).toEqual({});
		expect(cut).toEqual(expect.arrayContaining(['addresses', 'header']));
	});

	test('of many fields keeps them too', async () => {
		const { fields, cut } = await read([...Array.from({ length: 10_001 }, () => 'X: y'), 'Subject: Still here', '', 'x']);
		expect(fields.subject).toBe('Still here');
		expect(cut).toEqual(['header']);
	});
});
