import { composeMessage, parseAddresses } from '../../sync/mime/composeMessage';
import { readMessage } from '../../sync/mime/readMessage';
import { attributionLine, quotedHtml, quotedText, replyHeaders, replyRecipients, replySubject } from '../../sync/mime/reply';
import { asUid } from '../../sync/uids/uid';

const zoe = { name: 'Zoë', address: 'zoe@example.org' };
const bob = { name: 'Bob', address: 'bob@example.org' };
const me = { name: '', address: 'Me@example.com' };

describe('the subject of an answer', () => {
	it.each([
		['Order 17', 'Re: Order 17'],
		['Re: Order 17', 'Re: Order 17'],
		['RE: AW: Re[2]: Order 17', 'Re: Order 17'],
		['回复：订单', 'Re: 订单'],
		['Regarding: x', 'Re: Regarding: x'],
		['Fwd: Re: x', 'Re: Fwd: Re: x'],
		[undefined, 'Re: '],
	])('to %j is %j', (subject, expected) => {
		expect(replySubject(subject)).toBe(expected);
	});
});

describe('the threading headers of an answer', () => {
	it('go on where the message stopped', () => {
		expect(replyHeaders({ messageId: '<3@a>', references: ['<1@a>', '<2@a>'] })).toEqual({
			inReplyTo: '<3@a>',
			references: ['<1@a>', '<2@a>', '<3@a>'],
		});
		expect(replyHeaders({ messageId: '<2@a>', inReplyTo: '<1@a>' }).references).toEqual(['<1@a>', '<2@a>']);
		expect(replyHeaders({})).toEqual({});
	});

	it('stay bounded, with the root and the parent', () => {
		const references = Array.from({ length: 500 }, (_, i) => `<${i}@a>`);
		const { references: kept = [] } = replyHeaders({ messageId: '<x@a>', references });
		expect([kept.length, kept[0], kept[98], kept[99]]).toEqual([100, '<0@a>', '<499@a>', '<x@a>']);
	});
});

describe('who an answer goes to', () => {
	const own = ['me@example.com'];

	it.each([
		['the sender', { from: zoe, to: [me, bob] }, false, [zoe], []],
		['whom the sender names', { from: zoe, replyTo: [bob], to: [me] }, false, [bob], []],
		[
			'everybody else too',
			{ from: zoe, to: [me, bob], cc: [{ ...bob }, { name: '', address: 'c@example.org' }] },
			true,
			[zoe],
			[bob, { name: '', address: 'c@example.org' }],
		],
		['the recipients of an own message', { from: me, to: [zoe], cc: [bob] }, true, [zoe], [bob]],
		['nobody twice', { from: zoe, to: [zoe, { ...zoe, address: 'ZOE@example.org' }], cc: [me] }, true, [zoe], []],
		['nobody where nobody is named', {}, true, [], []],
	] as const)('%s', (_name, original, all, to, cc) => {
		expect(replyRecipients(original as never, own, all)).toEqual({ to, cc });
	});
});

describe('the quotation', () => {
	const original = {
		from: zoe,
		date: '2026-11-22T09:14:03.000Z',
		text: 'Hello\n> before\n\nBye\n',
		html: '<p onclick="x()">Hello</p>',
	};

	it('says who wrote it and when', () => {
		expect(attributionLine(original)).toBe('On 2026-11-22 09:14 UTC, Zoë wrote:');
		expect(attributionLine({ from: { name: '', address: 'a@b' } })).toBe('a@b wrote:');
	});

	it('marks each line of a text', () => {
		expect(quotedText('Yes', original)).toBe('Yes\n\nOn 2026-11-22 09:14 UTC, Zoë wrote:\n> Hello\n>> before\n>\n> Bye\n');
	});

	it('takes over html without what runs, and text where there is no html', () => {
		expect(quotedHtml('<p>Yes</p>', original)).toContain('<blockquote type="cite"><p>Hello</p></blockquote>');
		expect(quotedHtml('', { ...original, from: { name: '<script>', address: 'x' } })).toContain('&lt;script&gt; wrote:');
		expect(quotedHtml('', { text: 'a < b' })).toContain('a &lt; b');
	});

	it('takes over no image that would be loaded from elsewhere by everybody who gets the answer', () => {
		const html = quotedHtml('', { ...original, html: 'a<img src="https://example.com/pixel.gif"><img src="cid:logo">' });
		expect(html).toContain('a<img src="cid:logo" />');
		expect(html).not.toContain('example.com/pixel');
	});
});

describe('composing', () => {
	it('gives a message that reads as it was written', async () => {
		const source = await composeMessage({
			from: [me],
			to: [zoe],
			bcc: [bob],
			subject: 'Grüße aus Köln '.repeat(10).trim(),
			text: 'Schön\n.\nFrom here',
			html: '<p>Schön</p>',
			attachments: [{ fileName: 'Übersicht.csv', mimeType: 'text/csv', content: Buffer.from('a;b') }],
			messageId: '<1@example.com>',
			inReplyTo: '<0@example.com>',
			references: ['<r@example.com>', '<0@example.com>'],
			date: new Date('2026-11-22T09:14:03Z'),
		});
		expect(source.toString('latin1')).not.toMatch(/[^\r]\n/);
		const { fields, attachments } = await readMessage(
			{ uid: asUid(1), flags: [], size: source.length, source },
			{ level: 'content', headers: [], attachmentContent: { names: [], types: [] } },
		);
		expect(fields).toMatchObject({
			messageId: '<1@example.com>',
			inReplyTo: '<0@example.com>',
			references: ['<r@example.com>', '<0@example.com>'],
			from: me,
			to: [zoe],
			bcc: [bob],
			subject: 'Grüße aus Köln '.repeat(10).trim(),
			text: 'Schön\n.\nFrom here',
			date: '2026-11-22T09:14:03.000Z',
		});
		expect(fields.html).toContain('<p>Schön</p>');
		expect(attachments).toMatchObject([{ fileName: 'Übersicht.csv', mimeType: 'text/csv', content: Buffer.from('a;b') }]);
	});

	it('lets no header be smuggled in', async () => {
		const source = await composeMessage({
			to: [{ name: 'a\r\nBcc: x@example.com', address: 'a@example.com' }],
			subject: 'a\r\nBcc: x@example.com',
			messageId: '<1@example.com>',
			date: new Date(0),
		});
		expect(source.toString('latin1')).not.toMatch(/^bcc:/im);
	});

	it.each([
		['zoe@example.org', [{ name: '', address: 'zoe@example.org' }]],
		['Zoë <zoe@example.org>, "Bob, B." <bob@example.org>', [zoe, { name: 'Bob, B.', address: 'bob@example.org' }]],
		['nobody', undefined],
		['a@b.c, nobody', undefined],
	])('reads the addresses %j', (text, expected) => {
		expect(parseAddresses(text)).toEqual(expected);
	});
});
