import { eventItem } from '../../nodes/shared/items';
import type { ParameterSource } from '../../nodes/shared/parameterSource';
import { readRequest } from '../../nodes/shared/request';
import * as structure from '../../sync/mime/structure';
import { asUid } from '../../sync/uids/uid';
import { pollContext, type PollContext } from '../support/n8nContext';
import type { FetchedMessage } from '../../sync/server/message';
import type { SyncEvent } from '../../sync/events/syncEvent';

const account = { name: 'alice@example.com', user: 'alice@example.com', host: 'imap.example.com:993' };
const event: SyncEvent = {
	version: 1,
	event: 'messageNew',
	eventId: 'e1',
	origin: 'live',
	sequence: 1,
	detectedAt: '2026-11-22T12:00:00.000Z',
	account: account.name,
	folder: 'INBOX',
	uid: asUid(3),
	uidValidity: '7',
	flags: [],
};

const source = Buffer.from(
	[
		'From: bob@example.com',
		'Subject: files',
		'MIME-Version: 1.0',
		'Content-Type: multipart/mixed; boundary=b',
		'',
		'--b',
		'Content-Type: text/plain',
		'',
		'see below',
		'--b',
		'Content-Type: application/pdf; name="invoice.pdf"',
		'Content-Disposition: attachment; filename="../../invoice.pdf"',
		'Content-Transfer-Encoding: base64',
		'',
		Buffer.from('the invoice').toString('base64'),
		'--b',
		'Content-Type: image/png',
		'Content-Disposition: attachment; filename="logo.png"',
		'Content-Transfer-Encoding: base64',
		'',
		Buffer.from('the logo').toString('base64'),
		'--b--',
		'',
	].join('\r\n'),
);
const message: FetchedMessage = {
	uid: asUid(3),
	flags: [],
	size: source.length,
	internalDate: new Date('2026-11-22T10:00:00Z'),
	source,
};

function itemOf(parameters: Record<string, unknown>, about: SyncEvent = event, read: FetchedMessage | undefined = message) {
	const n8n: PollContext = pollContext({ parameters });
	const request = readRequest(n8n.context as ParameterSource, account, { now: Date.parse('2026-11-22T12:00:00Z'), deadline: 0 });
	return eventItem(about, read, request, n8n.context.helpers).then((item) => ({ item, n8n }));
}

describe('attachments', () => {
	it('are listed, and not read unless asked for', async () => {
		const { item } = await itemOf({});
		expect(item.binary).toBeUndefined();
		expect(item.json.attachments).toMatchObject([{ mimeType: 'application/pdf' }, { fileName: 'logo.png' }]);
		expect(JSON.stringify(item.json)).not.toContain('binaryKey');
		expect(item.json.attachments).not.toContainEqual(expect.objectContaining({ content: expect.anything() }));
	});

	it('become files, named in the list by their key, with names that are no paths', async () => {
		const { item, n8n } = await itemOf({ options: { downloadAttachments: true } });
		expect(item.json.attachments).toMatchObject([{ binaryKey: 'attachment_0' }, { binaryKey: 'attachment_1' }]);
		expect(n8n.fileOf(item.binary?.attachment_0).toString()).toBe('the invoice');
		expect(n8n.fileOf(item.binary?.attachment_1).toString()).toBe('the logo');
		expect(item.binary?.attachment_0.fileName).not.toMatch(/[/\\]/);
		expect(item.binary?.attachment_0.fileName).toMatch(/invoice\.pdf$/);
	});

	it('are chosen by name and type, and stay in the list when left out', async () => {
		const { item } = await itemOf({ options: { downloadAttachments: true, attachmentTypes: 'image/*' } });
		expect(Object.keys(item.binary ?? {})).toEqual(['attachment_0']);
		expect(item.json.attachments).toMatchObject([
			{ mimeType: 'application/pdf' },
			{ fileName: 'logo.png', binaryKey: 'attachment_0' },
		]);
	});
});

describe('embedded pictures', () => {
	const logoFirst = Buffer.from(
		source
			.toString()
			.replace(
				'Content-Disposition: attachment; filename="logo.png"',
				'Content-Disposition: inline; filename="logo.png"\r\nContent-ID: <logo@example.com>',
			),
	);
	const [before, text, invoice, logo, end] = logoFirst.toString().split('--b');
	const shown = text.replace(/text\/plain/, 'text/html').replace(/\r\n\r\n/, '\r\n\r\n<img src="cid:logo@example.com">');
	const bytes = Buffer.from([before, shown, logo, invoice, end].join('--b'));
	const withLogo: FetchedMessage = { ...message, size: bytes.length, source: bytes };

	it('do not displace attachments, wherever they stand in the message', async () => {
		const { item, n8n } = await itemOf({ options: { downloadAttachments: true } }, event, withLogo);
		expect(item.json.attachments).toMatchObject([
			{ fileName: 'logo.png', isInline: true, binaryKey: 'attachment_1' },
			{ mimeType: 'application/pdf', isInline: false, binaryKey: 'attachment_0' },
		]);
		expect(n8n.fileOf(item.binary?.attachment_0).toString()).toBe('the invoice');
	});

	it('are left out where that is chosen, and stay in the list', async () => {
		const { item } = await itemOf({ options: { downloadAttachments: true, embeddedImages: false } }, event, withLogo);
		expect(Object.keys(item.binary ?? {})).toEqual(['attachment_0']);
		expect(item.json.attachments).toHaveLength(2);
	});
});

describe('what Exchange sends in place of a message that it cannot convert', () => {
	const note = Buffer.from(
		'MIME-Version: 1.0\r\nContent-Type: text/plain\r\nFrom: Microsoft Exchange Server 2010\r\nTo: Bob <bob@example.com>\r\nSubject: Retrieval using the IMAP4 protocol failed for the following\r\n message: 20004\r\n\r\nThe server could not retrieve the following message:\r\n',
	);
	const substitute: FetchedMessage = { ...message, size: note.length, source: note };

	it.each(['content', 'metadata', 'raw'])('is no mail, with Output %s', async (output) => {
		await expect(itemOf({ output }, event, substitute)).rejects.toMatchObject({
			code: 'messageUnreadable',
			scope: 'message',
			data: { reason: 'substitute' },
		});
	});

	it('is known in other languages, but not where a person writes about it', async () => {
		const german = Buffer.from(
			note.toString().replace(/Subject: .*\r\n .*/, 'Subject: Fehler beim Abruf mit dem Protokoll IMAP4: 20004'),
		);
		await expect(itemOf({}, event, { ...message, source: german })).rejects.toMatchObject({ code: 'messageUnreadable' });
		const forwarded = Buffer.from(note.toString().replace('From: Microsoft Exchange Server 2010', 'From: Zoe <zoe@example.org>'));
		expect((await itemOf({}, event, { ...message, source: forwarded })).item.json.subject).toMatch(/^Retrieval/);
		const received = Buffer.from(`Received: from a by b; Mon, 23 Nov 2026 10:00:00 +0000\r\n${note.toString()}`);
		expect((await itemOf({}, event, { ...message, source: received })).item.json.subject).toMatch(/^Retrieval/);
	});
});

describe('the fields', () => {
	it('of a deletion are those of the event', async () => {
		const deleted: SyncEvent = { ...event, event: 'messageDeleted', flags: undefined };
		// Without a message the default argument must not step in.
		const n8n = pollContext();
		const request = readRequest(n8n.context as ParameterSource, account, { now: Date.now(), deadline: 0 });
		expect(await eventItem(deleted, undefined, request, n8n.context.helpers)).toEqual({
			json: { ...deleted, version: undefined, flags: undefined, id: expect.stringMatching(/^msg_/) as string },
		});
	});

	it('of a reference are identity and flags, without reading anything', async () => {
		const { item } = await itemOf({ output: 'reference' }, event, { ...message, source: undefined });
		expect(Object.keys(item.json)).toEqual(
			'isRead isFlagged id receivedAt size event flags origin account folder uid uidValidity eventId sequence detectedAt'.split(
				' ',
			),
		);
	});

	it('of metadata have no text', async () => {
		const { item } = await itemOf({ output: 'metadata' });
		expect(item.json).not.toHaveProperty('text');
		// The source is there for another reason.
		expect(item.json.snippet).toBe('see below');
		expect(item.json).toMatchObject({ subject: 'files', from: { address: 'bob@example.com' } });
	});
});

describe('the snippet', () => {
	const headerOnly: FetchedMessage = { ...message, source: undefined, header: Buffer.from('Subject: files\r\n\r\n') };

	it('is there where the text was read, and where it costs nothing', async () => {
		for (const output of ['content', 'raw', 'metadata']) expect((await itemOf({ output })).item.json.snippet).toBe('see below');
		const { item } = await itemOf({ output: 'metadata' }, event, headerOnly);
		expect(item.json).not.toHaveProperty('snippet');
		expect((await itemOf({ output: 'reference' })).item.json).not.toHaveProperty('snippet');
	});

	it('is what the sender wrote, not the history below', async () => {
		const answer = 'Subject: Re: x\r\nIn-Reply-To: <a@b>\r\n\r\n> old words\r\n\r\nYes, please.\r\n';
		const { item } = await itemOf({}, event, { ...message, source: Buffer.from(answer) });
		expect(item.json.snippet).toBe('Yes, please.');
	});
});

describe('html', () => {
	const html = '<p onclick="x()">Hi <img src="https://example.com/pixel.gif"><img src="cid:logo"></p>';
	const withHtml: FetchedMessage = {
		...message,
		source: Buffer.from(`Subject: html\r\nContent-Type: text/html\r\n\r\n${html}`),
	};

	it.each([
		[undefined, html],
		['asSent', html],
		['safe', '<p>Hi <img src="https://example.com/pixel.gif" /><img src="cid:logo" /></p>'],
		['safeWithoutRemoteImages', '<p>Hi <img src="cid:logo" /></p>'],
	])('with the option %s is %s', async (option, expected) => {
		const { item } = await itemOf({ options: option === undefined ? {} : { html: option } }, event, withHtml);
		expect(String(item.json.html).trim()).toBe(expected);
	});
});

describe('a message that breaks the reader', () => {
	let breaking: jest.SpyInstance;
	beforeEach(() => {
		breaking = jest.spyOn(structure, 'scanMessage').mockImplementation(() => {
			throw new RangeError('invoice of 4711 EUR');
		});
	});
	afterEach(() => breaking.mockRestore());

	it('still comes with its bytes where those are wanted, and says what could not be read', async () => {
		const { item, n8n } = await itemOf({ output: 'raw' });
		expect(item.json).toMatchObject({
			event: 'messageNew',
			uid: 3,
			flags: [],
			receivedAt: '2026-11-22T10:00:00.000Z',
			size: source.length,
		});
		expect(item.json.error).toEqual({ message: expect.stringContaining('Message 3 could not be read: its source of') });
		expect(JSON.stringify(item.json.error)).not.toContain('4711');
		expect(item.json).not.toHaveProperty('subject');
		expect(item.json).not.toHaveProperty('attachments');
		expect(item.binary?.message).toMatchObject({ fileName: 'message-3.eml', mimeType: 'message/rfc822' });
		expect(n8n.fileOf(item.binary?.message)).toEqual(source);
	});

	it('fails where its fields are wanted', async () => {
		await expect(itemOf({ output: 'content' })).rejects.toMatchObject({ code: 'messageUnreadable', scope: 'message' });
	});

	it('fails where the mail server gave no bytes', async () => {
		await expect(itemOf({ output: 'raw' }, event, { ...message, source: undefined })).rejects.toMatchObject({
			code: 'messageUnreadable',
		});
	});
});

describe('a large message of which only some parts were read', () => {
	it('gives its attachments as streams, and nothing as left out', async () => {
		const large: FetchedMessage = {
			...message,
			source: undefined,
			header: Buffer.from('Subject: large\r\n\r\n'),
			structure: {
				part: '',
				type: 'multipart/mixed',
				parameters: {},
				dispositionParameters: {},
				children: [
					{ part: '1', type: 'text/plain', parameters: {}, dispositionParameters: {}, encoding: '7bit', size: 4, children: [] },
					{
						part: '2',
						type: 'application/zip',
						parameters: { name: 'a.zip' },
						disposition: 'attachment',
						dispositionParameters: {},
						encoding: 'base64',
						size: 16,
						children: [],
					},
				],
			},
			parts: new Map([['1', Buffer.from('text')]]),
			// Cut where no group of four characters ends, with a line end in between.
			readPart: async function* (part) {
				if (part === '') {
					yield Buffer.from('the whole ');
					yield Buffer.from('message');
					return;
				}
				expect(part).toBe('2');
				for (const piece of ['dGhlI', 'Glu\r\ndm9', 'pY2U=']) yield Buffer.from(piece);
			},
		};
		const { item, n8n } = await itemOf({ options: { downloadAttachments: true } }, event, large);
		expect(item.json).toMatchObject({ text: 'text', attachments: [{ part: '2', fileName: 'a.zip', binaryKey: 'attachment_0' }] });
		expect(item.json.cut).toBeUndefined();
		expect(n8n.fileOf(item.binary?.attachment_0).toString()).toBe('the invoice');
		const raw = await itemOf({ output: 'raw' }, event, large);
		expect(raw.n8n.fileOf(raw.item.binary?.message).toString()).toBe('the whole message');
		expect(raw.item.binary?.message.fileName).toBe('large.eml');
	});
});
