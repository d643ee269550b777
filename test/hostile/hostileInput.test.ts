import fc from 'fast-check';

import { SyncError } from '../../sync/errors/syncError';
import { mimeLimits } from '../../sync/mime/limits';
import { readMessage, type ReadMessage } from '../../sync/mime/readMessage';
import { replyTextOf } from '../../sync/mime/replyText';
import type { Uid } from '../../sync/uids/uid';
import { seedFrom } from '../support/chance';

/** Printed with every failure, and the way to repeat it: MIME_SEED=... npx jest ... */
const seed = seedFrom('MIME_SEED');

function read(source: Buffer): Promise<ReadMessage> {
	return readMessage(
		{ uid: 1 as Uid, flags: [], size: source.length, internalDate: new Date(0), source },
		{ level: 'content', headers: ['*'], attachmentContent: { names: [], types: [] } },
	);
}

/** What holds for the result of any message at all. */
function expectSound(result: ReadMessage, source: Buffer): void {
	const { fields, attachments } = result;
	expect(JSON.parse(JSON.stringify(fields))).toStrictEqual(fields);
	expect(fields.size).toBe(source.length);
	// JSON writes half of a surrogate pair as an escape; databases refuse it.
	expect(JSON.stringify(fields)).not.toMatch(/(?<!\\)(?:\\\\)*\\ud[89a-f]/i);
	expect(typeof fields.text).toBe('string');
	expect(fields.text).not.toMatch(/[\r\0]/);
	expect(attachments.length).toBeLessThanOrEqual(mimeLimits.parts);
	for (const attachment of attachments) {
		expect(attachment.part).toMatch(/^\d+(\.\d+)*(:\d+)?$/);
		// eslint-disable-next-line no-control-regex
		expect(attachment.fileName).toMatch(/^[^/\\\x00-\x1f]{1,255}$/);
		expect(attachment.content!.length).toBeLessThanOrEqual(source.length);
	}
	expect(new Set(attachments.map((attachment) => attachment.part)).size).toBe(attachments.length);
}

describe(`properties (seed ${seed})`, () => {
	/** Words out of which messages are made, so that random text meets the reader's own words. */
	const word = fc.constantFrom(
		...[
			'\r\n',
			'\n',
			'\r\n\r\n',
			'--b',
			'--b--',
			'--c',
			'--',
			'boundary=b',
			'boundary="c"',
			':',
			';',
			'=',
			'"',
			'\\',
			'(',
			')',
			'<',
			'>',
			'@',
			',',
			' ',
			'\t',
		],
		...[
			'Content-Type: ',
			'multipart/mixed; ',
			'multipart/alternative; ',
			'multipart/digest; ',
			'message/rfc822',
			'text/plain',
			'text/html',
			'text/calendar',
		],
		...[
			'Content-Transfer-Encoding: ',
			'base64',
			'quoted-printable',
			'x-uuencode',
			'Content-Disposition: ',
			'attachment; ',
			'inline',
			'filename=',
			'filename*0*=',
			"utf-8''",
			'%C3%BC',
			'name=',
		],
		...[
			'charset=',
			'utf-8',
			'utf-7',
			'iso-2022-jp',
			'utf-16',
			'gb18030',
			'x-nothing',
			'format=flowed',
			'; delsp=yes',
			'=?utf-8?Q?',
			'=?utf-8?B?',
			'?=',
			'=C3',
			'=\r\n',
			'+ADw-',
		],
		...[
			'From: ',
			'To: ',
			'Subject: ',
			'Date: ',
			'Message-ID: ',
			'References: ',
			'Group: a@b, c@d;',
			'Sun, 22 Nov 2026 10:00:00 +0100',
			'<a@example.com>',
			'__proto__: x',
			'constructor: x',
		],
		...[
			'message/delivery-status',
			'Final-Recipient: rfc822; a@b',
			'Action: failed',
			'Authentication-Results: x; spf=pass',
			'Received: by x',
			'winmail.dat',
			'> quoted',
			'On 2026 a@b wrote:',
			'-- ',
		],
		...['<p>', '</p>', '<!--', '<style>', '<table>', '<a href="', '&amp;', '\0', '\u{1f600}', '\ufeff'],
	);
	const hostile = fc.oneof(
		fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
		fc
			.array(fc.oneof({ weight: 8, arbitrary: word }, { weight: 1, arbitrary: fc.string({ maxLength: 20 }) }), { maxLength: 150 })
			.map((words) => Buffer.from(words.join(''))),
		fc
			.tuple(fc.array(word, { maxLength: 60 }), fc.uint8Array({ maxLength: 60 }), fc.array(word, { maxLength: 60 }))
			.map(([before, bytes, after]) =>
				Buffer.concat([Buffer.from(before.join('')), Buffer.from(bytes), Buffer.from(after.join(''))]),
			),
	);

	it('any bytes at all give a sound item or a messageUnreadable, never anything else', async () => {
		await fc.assert(
			fc.asyncProperty(hostile, async (source) => {
				const result = await read(source).catch((error: unknown) => error);
				if (result instanceof SyncError) expect(result.code).toBe('messageUnreadable');
				else expectSound(result as ReadMessage, source);
			}),
			{ seed, numRuns: 3000 },
		);
	});

	it('a message cut off anywhere still gives a sound item', async () => {
		const whole = Buffer.from(
			'From: a@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\ntext\r\n--c\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=C3=BC</p>\r\n--c--\r\n--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n--b--\r\n',
		);
		for (let length = 0; length <= whole.length; length++)
			expectSound(await read(whole.subarray(0, length)), whole.subarray(0, length));
	});

	it('the reply text never holds what the text does not', () => {
		fc.assert(
			fc.property(fc.array(word, { maxLength: 60 }), (words) => {
				const text = words.join('').replace(/\r/g, '');
				const lines = new Set(text.split('\n').map((line) => line.trimEnd()));
				for (const line of replyTextOf(text).split('\n')) expect(line === '' || lines.has(line)).toBe(true);
			}),
			{ seed, numRuns: 1000 },
		);
	});
});

describe('attacks take bounded time', () => {
	const lines = (...parts: string[]) => Buffer.from(parts.join('\r\n'));
	const megabyte = 1024 * 1024;
	const nested = (depth: number) => {
		let message = '';
		for (let level = 0; level < depth; level++)
			message += `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`;
		return Buffer.from(`${message}\r\ndeep down\r\n`);
	};

	it.each<[string, () => Buffer, Partial<Record<'cut', string[]>>]>([
		['10,000 levels of multipart', () => nested(10_000), { cut: ['nesting'] }],
		[
			'100,000 parts',
			() => lines('Content-Type: multipart/mixed; boundary=b', '', ...Array<string>(100_000).fill('--b\r\n\r\nx'), '--b--'),
			{ cut: ['parts'] },
		],
		[
			'5 MB of boundary-like lines',
			() => lines('Content-Type: multipart/mixed; boundary=b', '', '--b', '', '--x\r\n'.repeat(megabyte)),
			{},
		],
		['one line of 20 MB', () => lines('Subject: x', '', 'x'.repeat(20 * megabyte)), { cut: ['replyText', 'text'] }],
		['20 MB of header', () => lines(`X-Filler: ${'x'.repeat(90)}\r\n`.repeat(200_000), 'text'), { cut: ['header'] }],
		['one header field of 5 MB', () => lines(`Subject: ${'x'.repeat(5 * megabyte)}`, '', 'text'), { cut: ['header'] }],
		['a million folds', () => lines(`Subject: x${'\r\n x'.repeat(200_000)}`, '', 'text'), { cut: ['header'] }],
		[
			'100,000 addresses',
			() => lines(`To: ${Array<string>(20_000).fill('a@example.com').join(', ')}`, '', 'text'),
			{ cut: ['addresses'] },
		],
		[
			'nested groups and comments',
			() => lines(`To: ${'g:('.repeat(50_000)}`, `From: ${'('.repeat(100_000)}`, `Cc: ${'"\\'.repeat(50_000)}`, '', 'text'),
			{},
		],
		[
			'address brackets',
			() => lines(`To: ${'<'.repeat(100_000)}`, `From: ${'a@'.repeat(50_000)}`, `Cc: ${'a, '.repeat(5_000)}`, '', 'text'),
			{},
		],
		[
			'encoded words without end',
			() => lines(`Subject: ${'=?utf-8?Q?'.repeat(40_000)}`, `From: ${'=?utf-8?B?YQ==?= '.repeat(20_000)}`, '', 'text'),
			{},
		],
		[
			'a boundary of 300,000 characters',
			() => lines(`Content-Type: multipart/mixed; boundary=${'b'.repeat(300_000)}`, '', 'text'),
			{},
		],
		['parameters without end', () => lines(`Content-Type: text/plain${'; a=b'.repeat(80_000)}`, '', 'text'), {}],
		[
			'name continuations',
			() =>
				lines(
					`Content-Disposition: attachment${Array.from({ length: 20_000 }, (_x, n) => `; filename*${n}=x`).join('')}`,
					'',
					'text',
				),
			{},
		],
		[
			'50,000 references',
			() => lines(`References: ${Array.from({ length: 30_000 }, (_x, n) => `<${n}@a>`).join(' ')}`, '', 'text'),
			{ cut: ['references'] },
		],
		[
			'unclosed message ids',
			() => lines(`References: ${'<'.repeat(200_000)}`, `In-Reply-To: ${'<a '.repeat(100_000)}`, '', 'text'),
			{},
		],
		['html nested 200,000 deep', () => lines('Content-Type: text/html', '', '<b>'.repeat(200_000)), {}],
		['html of unclosed tags', () => lines('Content-Type: text/html', '', '<a '.repeat(500_000)), {}],
		['html of unclosed comments', () => lines('Content-Type: text/html', '', '<!--'.repeat(300_000)), {}],
		['html of open angle brackets', () => lines('Content-Type: text/html', '', '<'.repeat(megabyte)), {}],
		['html table of 200,000 cells', () => lines('Content-Type: text/html', '', `<table>${'<tr><td>x'.repeat(50_000)}`), {}],
		['html of entities', () => lines('Content-Type: text/html', '', '&'.repeat(megabyte)), {}],
		['html of style sheets', () => lines('Content-Type: text/html', '', '<style>'.repeat(200_000)), {}],
		['html of links', () => lines('Content-Type: text/html', '', '<a href="x">'.repeat(100_000)), {}],
		[
			'quoted-printable of nothing but escapes',
			() => lines('Content-Transfer-Encoding: quoted-printable', '', '='.repeat(5 * megabyte)),
			{},
		],
		[
			'quoted-printable of spaces',
			() => lines('Content-Transfer-Encoding: quoted-printable', '', `${' '.repeat(megabyte)}=${' '.repeat(megabyte)}x`),
			{},
		],
		[
			'quoted-printable of soft breaks with spaces',
			() => lines('Content-Transfer-Encoding: quoted-printable', '', `=${' '.repeat(2000)}x`.repeat(500)),
			{},
		],
		['base64 of padding', () => lines('Content-Transfer-Encoding: base64', '', 'A='.repeat(megabyte)), {}],
		['text of white space', () => lines('Subject: x', '', ' \t'.repeat(megabyte)), {}],
		['text of empty lines', () => lines('Subject: x', '', '\r\n'.repeat(megabyte)), {}],
		['text of quotes', () => lines('Subject: x', '', '>\r\n'.repeat(500_000)), {}],
		['text of attributions', () => lines('Subject: x', '', 'On 2026 a@b.c wrote:\r\n'.repeat(100_000)), {}],
		['text of header blocks', () => lines('Subject: x', '', 'From: a\r\n'.repeat(200_000)), {}],
		['text of signatures', () => lines('Subject: x', '', `${'--\r\n'.repeat(100_000)}> x`), {}],
		['flowed text of one paragraph', () => lines('Content-Type: text/plain; format=flowed', '', 'x \r\n'.repeat(500_000)), {}],
		['utf-7', () => lines('Content-Type: text/plain; charset=utf-7', '', '+'.repeat(megabyte)), {}],
		['uuencode', () => lines('Content-Transfer-Encoding: x-uuencode', '', 'begin 644 a', 'M'.repeat(megabyte)), {}],
		[
			'a report of 100,000 recipients',
			() =>
				lines(
					'Content-Type: message/delivery-status',
					'',
					'Final-Recipient: rfc822; a@b\r\nAction: delayed\r\n\r\n'.repeat(100_000),
				),
			{},
		],
		[
			'authentication results of comments',
			() =>
				lines('Received: by mx.example.com', `Authentication-Results: mx.example.com; ${'('.repeat(200_000)}spf=pass`, '', 'x'),
			{},
		],
		[
			'10,000 Received fields',
			() =>
				lines(
					...Array<string>(9_000).fill('Received: by mx.example.com'),
					'Authentication-Results: mx.example.com; spf=pass',
					'',
					'x',
				),
			{},
		],
		['a date of white space', () => lines(`Date: Sun${' '.repeat(100_000)}x`, `Subject:${' '.repeat(200_000)}x`, '', 'x'), {}],
		['a content id of spaces', () => lines('Content-Type: image/png', `Content-ID: <${' '.repeat(200_000)}x`, '', 'x'), {}],
	])('%s', async (_name, make, expected) => {
		const source = make();
		const start = process.cpuUsage();
		const result = await read(source);
		const { user, system } = process.cpuUsage(start);
		expectSound(result, source);
		if (expected.cut) expect(result.cut).toEqual(expected.cut);
		// Time of the processor, not of the clock: other work on the machine does not count.
		expect((user + system) / 1000).toBeLessThan(2500);
	});
});
