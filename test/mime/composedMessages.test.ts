import fc from 'fast-check';
import MailComposer from 'nodemailer/lib/mail-composer';

import { readMessage } from '../../sync/mime/readMessage';
import type { Uid } from '../../sync/uids/uid';
import { runs, seedFrom } from '../support/chance';

/** Printed with every failure, and the way to repeat it: MIME_SEED=... npx jest ... */
const seed = seedFrom('MIME_SEED');

/** Text without what mail cannot carry unchanged: control characters, and white space at the edges of a header value. */
const words = fc
	.array(
		fc.oneof(
			fc.constantFrom(
				'Grüße',
				'naïve',
				'Łódź',
				'日本語',
				'Привет',
				'\u{1f600}',
				'Hello',
				'100%',
				'a=b',
				'"quoted"',
				'(x)',
				'x,y',
				'<tag>',
				'=?not',
				'?=',
				'--b',
				'l\u2019été',
				'\\',
			),
			fc.stringMatching(/^[A-Za-z0-9 .;:!?_-]{1,30}$/),
		),
		{ minLength: 1, maxLength: 12 },
	)
	.map((list) => list.join(' ').replace(/\s+/g, ' ').trim())
	.filter((text) => text !== '');
const address = fc
	.tuple(fc.stringMatching(/^[a-z][a-z0-9]{0,10}$/), fc.constantFrom('example.com', 'mail.example.org'))
	.map(([local, domain]) => `${local}@${domain}`);
const mailbox = fc.record({
	name: fc
		.oneof(
			fc.constant(''),
			words.map((text) => text.replace(/[\\]/g, '')),
		)
		.map((text) => text.trim()),
	address,
});
const id = fc.stringMatching(/^[a-z0-9.]{1,20}$/).map((local) => `<${local}@example.com>`);
const body = fc.array(words, { minLength: 1, maxLength: 8 }).map((lines) => lines.join('\n'));
const fileName = fc
	.tuple(
		fc.array(fc.constantFrom('a', 'Ü', 'ß', '日', ' ', '-', 'report', '1', '\u{1f600}', "'", '%', '(2)', ';'), {
			minLength: 1,
			maxLength: 30,
		}),
		fc.constantFrom('.pdf', '.tar.gz', '.PNG', ''),
	)
	.map(([parts, extension]) => `x${parts.join('').replace(/\s+/g, ' ').trimEnd()}${extension}`);
const attachment = fc.record({
	filename: fileName,
	content: fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes)),
	contentType: fc.constantFrom('application/pdf', 'image/png', 'text/csv'),
});

const composed = fc.record({
	from: mailbox,
	to: fc.array(mailbox, { maxLength: 5 }),
	cc: fc.array(mailbox, { maxLength: 3 }),
	replyTo: fc.array(mailbox, { maxLength: 2 }),
	subject: words,
	messageId: id,
	references: fc.uniqueArray(id, { maxLength: 20 }),
	date: fc.date({ min: new Date('1990-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
	text: body,
	html: fc.option(
		body.map((text) => `<div>${text.replace(/</g, '&lt;')}</div>`),
		{ nil: undefined },
	),
	attachments: fc.array(attachment, { maxLength: 4 }),
	encoding: fc.constantFrom<'quoted-printable' | 'base64'>('quoted-printable', 'base64'),
});

it(`composed messages come back equal in every field (seed ${seed})`, async () => {
	await fc.assert(
		fc.asyncProperty(composed, async (mail) => {
			const composer = new MailComposer({
				...mail,
				textEncoding: mail.encoding,
				references: mail.references.join(' '),
				inReplyTo: mail.references.at(-1),
				newline: 'windows',
			});
			const source = await composer.compile().build();
			const { fields, attachments, cut } = await readMessage(
				{ uid: 1 as Uid, flags: [], size: source.length, source },
				{ level: 'content', headers: [], attachmentContent: { names: [], types: [] } },
			);
			const withoutEmpty = { name: '', address: '' };
			expect(cut).toBeUndefined();
			expect(fields).toEqual({
				size: source.length,
				messageId: mail.messageId,
				...(mail.references.length > 0 && { inReplyTo: mail.references.at(-1) }),
				references: mail.references,
				threadKey: mail.references[0] ?? mail.messageId,
				subject: mail.subject,
				from: { ...withoutEmpty, ...mail.from },
				to: mail.to,
				cc: mail.cc,
				bcc: [],
				replyTo: mail.replyTo,
				date: new Date(Math.floor(mail.date.getTime() / 1000) * 1000).toISOString(),
				text: expect.any(String) as string,
				replyText: expect.any(String) as string,
				...(mail.html !== undefined && { html: expect.any(String) as string }),
			});
			expect(fields.text!.trimEnd()).toBe(mail.text.trimEnd());
			if (mail.html !== undefined) expect(fields.html!.trimEnd()).toBe(mail.html);
			expect(
				attachments.map(({ fileName: name, mimeType, content }) => ({ filename: name, contentType: mimeType, content })),
			).toEqual(mail.attachments);
		}),
		{ seed, numRuns: runs(300) },
	);
}, 60_000);
