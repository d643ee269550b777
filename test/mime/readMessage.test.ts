import { SyncError } from '../../sync/errors/syncError';
import { readMessage, type AttachmentFilter } from '../../sync/mime/readMessage';
import type { Uid } from '../../sync/uids/uid';
import type { BodyPart } from '../../sync/server/bodyPart';
import type { FetchedMessage } from '../../sync/server/message';
import type { OutputLevel } from '../../sync/settings/readingSettings';

const everything: AttachmentFilter = { names: [], types: [] };

/** A message of lines, as a server sends it. */
function fetched(lines: string[] | Buffer, rest: Partial<FetchedMessage> = {}): FetchedMessage {
	const source = Buffer.isBuffer(lines) ? lines : Buffer.from(lines.join('\r\n'));
	return { uid: 7 as Uid, flags: [], size: source.length, internalDate: new Date('2026-11-22T10:00:00Z'), source, ...rest };
}

/** A message of which the server sent only what `rest` says. */
function withoutSource(rest: Partial<FetchedMessage>): FetchedMessage {
	return { ...fetched([]), source: undefined, ...rest };
}

function read(
	message: FetchedMessage,
	level: OutputLevel = 'content',
	options: { headers?: string[]; attachmentContent?: false | AttachmentFilter } = {},
) {
	return readMessage(message, { level, headers: [], attachmentContent: false, ...options });
}

const plain = [
	'From: "Doe, Alice" <alice@example.com>',
	'To: Bob <bob@example.com>, carol@example.com',
	'Subject: Hello',
	'Date: Sun, 22 Nov 2026 11:00:00 +0100',
	'Message-ID: <one@example.com>',
	'',
	'Hi Bob',
	'',
];

describe('levels', () => {
	it('reference needs no byte of the message', async () => {
		const result = await read(withoutSource({ size: 1234 }), 'reference');
		expect(result).toEqual({ fields: { receivedAt: '2026-11-22T10:00:00.000Z', size: 1234 }, attachments: [] });
	});

	it('reference leaves out a date of receipt that is no date', async () => {
		const result = await read({ ...fetched([]), size: 1, internalDate: new Date(NaN) }, 'reference');
		expect(result.fields).toEqual({ size: 1 });
	});

	it('content gives all fields of a plain message', async () => {
		const result = await read(fetched(plain));
		expect(result).toEqual({
			fields: {
				receivedAt: '2026-11-22T10:00:00.000Z',
				size: Buffer.byteLength(plain.join('\r\n')),
				messageId: '<one@example.com>',
				references: [],
				threadKey: '<one@example.com>',
				subject: 'Hello',
				from: { name: 'Doe, Alice', address: 'alice@example.com' },
				to: [
					{ name: 'Bob', address: 'bob@example.com' },
					{ name: '', address: 'carol@example.com' },
				],
				cc: [],
				bcc: [],
				replyTo: [],
				date: '2026-11-22T10:00:00.000Z',
				text: 'Hi Bob\n',
				replyText: 'Hi Bob',
			},
			attachments: [],
		});
	});

	it.each(['metadata', 'raw'] as const)('%s gives the header fields and no text', async (level) => {
		const { fields } = await read(fetched(plain), level);
		expect(fields.subject).toBe('Hello');
		expect(fields).not.toHaveProperty('text');
		expect(fields).not.toHaveProperty('html');
	});

	it('gives the header fields asked for, repeated ones as a list', async () => {
		const message = fetched(['Received: one', 'Received: two', 'X-Tag: =?utf-8?Q?gr=C3=BCn?=', '', '']);
		const { fields } = await read(message, 'metadata', { headers: ['X-TAG', 'received', 'x-missing', '__proto__'] });
		expect(fields.headers).toEqual({ received: ['one', 'two'], 'x-tag': 'grün' });
	});
});

describe('without the source', () => {
	const structure: BodyPart = {
		part: '',
		type: 'multipart/mixed',
		parameters: { boundary: 'b' },
		dispositionParameters: {},
		children: [
			{ part: '1', type: 'text/plain', parameters: {}, dispositionParameters: {}, encoding: '7bit', size: 2, children: [] },
			{
				part: '2',
				type: 'application/pdf',
				parameters: { name: 'a.pdf' },
				disposition: 'attachment',
				dispositionParameters: {},
				encoding: 'base64',
				size: 78,
				children: [],
			},
		],
	};
	const header = Buffer.from('Subject: Hello\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n');

	it('gives header fields and attachments from header and structure', async () => {
		const message = withoutSource({ header, structure });
		const result = await read(message, 'metadata');
		expect(result.fields.subject).toBe('Hello');
		expect(result.attachments).toEqual([
			{ part: '2', fileName: 'a.pdf', mimeType: 'application/pdf', size: 57, isInline: false, disposition: 'attachment' },
		]);
		expect(result.cut).toBeUndefined();
	});

	it('says what is missing when text and content were asked for', async () => {
		const message = withoutSource({ header, structure });
		const result = await read(message, 'content', { attachmentContent: everything });
		expect(result.cut).toEqual(['attachments', 'text']);
		expect(result.fields).not.toHaveProperty('text');
	});

	it('is an error of this message when neither source nor header came', async () => {
		const message = withoutSource({});
		const failure = await read(message).catch((error: unknown) => error);
		expect(failure).toBeInstanceOf(SyncError);
		expect(failure).toMatchObject({ code: 'messageUnreadable', scope: 'message', data: { reason: 'nothingSent', uid: 7 } });
	});
});

describe('weird messages', () => {
	it('a message of 0 bytes is empty', async () => {
		const { fields, attachments } = await read(fetched(Buffer.alloc(0)));
		expect(fields).toEqual({
			receivedAt: '2026-11-22T10:00:00.000Z',
			size: 0,
			references: [],
			to: [],
			cc: [],
			bcc: [],
			replyTo: [],
			text: '',
			replyText: '',
		});
		expect(attachments).toEqual([]);
	});

	it('a header without a body has an empty text', async () => {
		const { fields } = await read(fetched(['Subject: only this']));
		expect(fields).toMatchObject({ subject: 'only this', text: '' });
	});

	it('a body without a header is text', async () => {
		const { fields } = await read(fetched(['', 'just text']));
		expect(fields.text).toBe('just text');
	});

	it('a nonsense date gives no date', async () => {
		const { fields } = await read(fetched(['Date: Thu, 32 Foo 2026 99:99:99', '', '']));
		expect(fields).not.toHaveProperty('date');
	});

	it('a single part that is an attachment is listed and can be read', async () => {
		const message = fetched([
			'Content-Type: application/pdf; name="scan.pdf"',
			'Content-Transfer-Encoding: base64',
			'',
			'JVBERg==',
			'',
		]);
		const { fields, attachments } = await read(message, 'content', { attachmentContent: everything });
		expect(fields.text).toBe('');
		expect(attachments).toEqual([
			{ part: '1', fileName: 'scan.pdf', mimeType: 'application/pdf', size: 6, isInline: false, content: Buffer.from('%PDF') },
		]);
	});

	it('the body of a forwarded message never replaces the outer one', async () => {
		const inner = [
			'Subject: inner',
			'Content-Type: multipart/alternative; boundary=i',
			'',
			'--i',
			'',
			'inner text',
			'--i',
			'Content-Type: text/html',
			'',
			'<p>inner</p>',
			'--i--',
		];
		const message = fetched([
			'Content-Type: multipart/mixed; boundary=o',
			'',
			'--o',
			'Content-Type: message/rfc822',
			'',
			...inner,
			'--o',
			'',
			'outer text',
			'--o--',
			'',
		]);
		const { fields, attachments } = await read(message, 'content', { attachmentContent: everything });
		expect(fields.text).toBe('outer text');
		expect(fields).not.toHaveProperty('html');
		expect(attachments).toHaveLength(1);
		expect(attachments[0]).toMatchObject({ part: '1', fileName: 'message-1.eml', mimeType: 'message/rfc822' });
		expect(attachments[0].content?.toString()).toBe(inner.join('\r\n'));
	});

	it('text is made from html where there is no text part', async () => {
		const { fields } = await read(fetched(['Content-Type: text/html; charset=utf-8', '', '<p>Grüße</p>', '<p>Bob</p>']));
		expect(fields.text).toBe('Grüße\n\nBob');
		expect(fields.html).toBe('<p>Grüße</p>\n<p>Bob</p>');
	});

	it('fields survive JSON unchanged', async () => {
		const { fields } = await read(fetched(plain));
		expect(JSON.parse(JSON.stringify(fields))).toEqual(fields);
		expect(Object.values(fields)).not.toContain(undefined);
	});
});

describe('attachment filter', () => {
	const message = fetched([
		'Content-Type: multipart/mixed; boundary=b',
		'',
		'--b',
		'Content-Type: image/png',
		'Content-Disposition: inline; filename="Logo.PNG"',
		'Content-ID: <logo@example.com>',
		'',
		'12345',
		'--b',
		'Content-Type: application/pdf',
		"Content-Disposition: attachment; filename*=utf-8''Rechnung%20M%C3%A4rz.pdf",
		'',
		'1234567890',
		'--b--',
	]);
	it.each([
		['all', everything, ['Logo.PNG', 'Rechnung März.pdf']],
		['by name', { names: ['*.pdf'], types: [] }, ['Rechnung März.pdf']],
		['by name in another case', { names: ['logo.*'], types: [] }, ['Logo.PNG']],
		['by type', { names: [], types: ['image/*'] }, ['Logo.PNG']],
		['by size', { names: [], types: [], maxSize: 9 }, ['Logo.PNG']],
		['all conditions together', { names: ['*'], types: ['application/pdf'], maxSize: 9 }, []],
	])('%s', async (_name, attachmentContent, expected) => {
		const { attachments } = await read(message, 'content', { attachmentContent });
		expect(attachments).toHaveLength(2);
		expect(attachments.filter((attachment) => attachment.content).map((attachment) => attachment.fileName)).toEqual(expected);
		expect(attachments[0]).toMatchObject({ contentId: 'logo@example.com', disposition: 'inline' });
	});
});
