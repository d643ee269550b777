import { readMessage } from '../../sync/mime/readMessage';
import { asUid } from '../../sync/uids/uid';
import { expectInProportion } from '../support/inProportion';

async function read(header: string[], body: string[]) {
	const source = Buffer.from([...header, '', ...body].join('\r\n'));
	const { fields } = await readMessage(
		{ uid: asUid(1), flags: [], size: source.length, source },
		{ level: 'content', headers: [], attachmentContent: false },
	);
	return fields;
}

const daemon = ['From: Mail Delivery System <Mailer-Daemon@example.com>', 'To: zoe@example.org'];
const copy = ['', 'Message-ID: <17@example.org>', 'Subject: Order'];
const unknown = '550 5.1.1 User unknown';

/** Bounces as mail servers write them for people. */
const kinds: Array<[name: string, header: string[], body: string[], expected: object]> = [
	[
		'Exim',
		[...daemon, 'X-Failed-Recipients: bob@example.net', 'Subject: Mail delivery failed: returning message to sender'],
		[
			'A message that you sent could not be delivered.',
			'',
			'  bob@example.net',
			'    SMTP error from remote mail server after RCPT TO:<bob@example.net>:',
			`    ${unknown}`,
			'',
			'------ This is a copy of the message, including all the headers. ------',
			...copy,
		],
		{ recipient: 'bob@example.net', status: '5.1.1', diagnostic: unknown, kind: 'hard', originalMessageId: '<17@example.org>' },
	],
	[
		'Exim with two recipients',
		[...daemon, 'X-Failed-Recipients: bob@example.net, ann@example.net', 'Subject: Mail delivery failed'],
		['  bob@example.net', `    ${unknown}`, '  ann@example.net', '    552 5.2.2 Mailbox full'],
		{
			recipients: [
				{ recipient: 'bob@example.net', status: '5.1.1', diagnostic: unknown, kind: 'hard' },
				{ recipient: 'ann@example.net', status: '5.2.2', diagnostic: '552 5.2.2 Mailbox full', kind: 'soft' },
			],
		},
	],
	[
		'Exim, delayed',
		[...daemon, 'Subject: Warning: message 1abc-000-00 delayed 24 hours'],
		[
			'The address to which the message has not yet been delivered is:',
			'',
			'  bob@example.net',
			'    Delay reason: Connection timed out',
			'',
			'No action is required on your part.',
		],
		{ recipient: 'bob@example.net', kind: 'delayed' },
	],
	[
		'qmail',
		['From: MAILER-DAEMON@example.com', 'To: zoe@example.org', 'Subject: failure notice'],
		[
			'Hi. This is the qmail-send program at example.com.',
			'',
			'<bob@example.net>:',
			'192.0.2.1 does not like recipient.',
			`Remote host said: ${unknown}`,
			'',
			'--- Below this line is a copy of the message.',
			...copy,
		],
		{ recipient: 'bob@example.net', status: '5.1.1', diagnostic: unknown, originalMessageId: '<17@example.org>' },
	],
	[
		'Postfix in free text',
		[...daemon, 'Subject: Undelivered Mail Returned to Sender'],
		[
			'I am sorry to have to inform you that your message could not be delivered.',
			'',
			`<bob@example.net>: host mx.example.net[192.0.2.1] said: ${unknown} (in reply to`,
			'    RCPT TO command)',
		],
		{ recipient: 'bob@example.net', status: '5.1.1', diagnostic: `${unknown} (in reply to RCPT TO command)` },
	],
	[
		'sendmail',
		[...daemon, 'Subject: Returned mail: see transcript for details'],
		[
			'   ----- The following addresses had permanent fatal errors -----',
			'<bob@example.net>',
			`    (reason: ${unknown})`,
			'',
			'   ----- Transcript of session follows -----',
			`>>> RCPT To:<bob@example.net>`,
		],
		{ recipient: 'bob@example.net', status: '5.1.1' },
	],
	[
		'DragonFly',
		['From: MAILER-DAEMON <>', 'To: zoe@example.org', 'Subject: Mail delivery failed'],
		[
			'This is the DragonFly Mail Agent v0.13 at host.example.com.',
			'',
			'There was an error delivering your mail to <bob@example.net>.',
			'',
			'mx.example.net [192.0.2.1] did not like our RCPT TO:',
			unknown,
			'',
			'Message headers follow',
			...copy,
		],
		{ recipient: 'bob@example.net', status: '5.1.1', diagnostic: unknown, originalMessageId: '<17@example.org>' },
	],
	[
		'Gmail',
		[
			'From: Mail Delivery Subsystem <mailer-daemon@mail.example>',
			'To: zoe@example.org',
			'Subject: Delivery Status Notification (Failure)',
		],
		[
			'Delivery to the following recipient failed permanently:',
			'',
			'     bob@example.net',
			'',
			'Technical details of permanent failure:',
			'The error that the other server returned was:',
			`${unknown}`,
			'',
			'----- Original message -----',
			...copy,
		],
		{ recipient: 'bob@example.net', status: '5.1.1', originalMessageId: '<17@example.org>' },
	],
	[
		'Gmail, delayed',
		[
			'From: Mail Delivery Subsystem <mailer-daemon@mail.example>',
			'To: zoe@example.org',
			'Subject: Delivery Status Notification (Delay)',
		],
		['THIS IS A WARNING MESSAGE ONLY.', '', 'Delivery to the following recipient has been delayed:', '', '     bob@example.net'],
		{ recipient: 'bob@example.net', kind: 'delayed' },
	],
	[
		'Google Groups',
		[
			'From: Mail Delivery Subsystem <mailer-daemon@groups.example>',
			'X-Failed-Recipients: sales@groups.example',
			'Subject: Delivery Status Notification (Failure)',
		],
		['Hello zoe@example.org,', '', 'We are writing to let you know that the group you tried to contact (sales) may not exist.'],
		{ recipient: 'sales@groups.example', kind: 'hard' },
	],
	[
		'Yahoo',
		['From: MAILER-DAEMON@yahoo.example', 'To: zoe@example.org', 'Subject: Failure Notice'],
		[
			'Sorry, we were unable to deliver your message to the following address.',
			'',
			'<bob@example.net>:',
			'554: delivery error: dd This user does not have an account',
			'',
			'--- Below this line is a copy of the message.',
			...copy,
		],
		{ recipient: 'bob@example.net', kind: 'hard', originalMessageId: '<17@example.org>' },
	],
	[
		'mail.ru',
		[
			'From: mailer-daemon@corp.example',
			'To: zoe@example.org',
			'Subject: Mail failure.',
			'Content-Type: text/plain; charset=utf-8',
		],
		[
			'К сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:',
			'',
			'**********************',
			'',
			'bob@example.net',
			`Reason: ${unknown}`,
			'',
			'**********************',
		],
		{ recipient: 'bob@example.net', status: '5.1.1', diagnostic: unknown },
	],
	[
		'Exchange in free text',
		['From: System Administrator <postmaster@example.com>', 'To: zoe@example.org', 'Subject: Undeliverable: Order'],
		[
			'Your message did not reach some or all of the intended recipients.',
			'',
			'      Subject:  Order',
			'      Sent:     23.11.2026 10:00',
			'',
			'The following recipient(s) could not be reached:',
			'',
			'      bob@example.net on 23.11.2026 10:00',
			'            The e-mail account does not exist.',
			'            <mx.example.com #5.1.1>',
		],
		{ recipient: 'bob@example.net', status: '5.1.1', kind: 'hard' },
	],
	[
		'Exchange Online in free text',
		[
			'From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.com>',
			'To: zoe@example.org',
			'Subject: Undeliverable: Order',
		],
		[
			'Delivery has failed to these recipients or groups:',
			'',
			'Bob (bob@example.net)<mailto:bob@example.net>',
			"The email address you entered couldn't be found.",
			'',
			'Diagnostic information for administrators:',
			'',
			'bob@example.net',
			`Remote Server returned '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found'`,
		],
		{ recipient: 'bob@example.net', status: '5.1.1', recipients: [expect.anything()] },
	],
	[
		'the fields in the text',
		[...daemon, 'Subject: Returned'],
		[
			'Sorry.',
			'',
			'Reporting-MTA: dns; mx.example.com',
			'',
			'Final-Recipient: rfc822; bob@example.net',
			'Action: failed',
			'Status: 5.0.0',
			`Diagnostic-Code: smtp; ${unknown}`,
		],
		{ recipient: 'bob@example.net', status: '5.1.1', diagnostic: unknown },
	],
];

describe('bounces', () => {
	it.each(kinds)('of %s', async (_name, header, body, expected) => {
		const { bounce, autoSubmitted } = await read(header, body);
		expect(bounce).toMatchObject(expected);
		expect(autoSubmitted).toBe('auto-generated');
	});

	it('of several reports have all recipients, failures before delays', async () => {
		const report = (recipient: string, action: string, status: string) => [
			'--r',
			'Content-Type: message/delivery-status',
			'',
			'Reporting-MTA: dns; mx.example.com',
			'',
			`Final-Recipient: rfc822; ${recipient}`,
			`Action: ${action}`,
			`Status: ${status}`,
		];
		const { bounce } = await read(
			['From: MAILER-DAEMON@example.com', 'Content-Type: multipart/report; boundary=r'],
			[...report('bob@example.net', 'delayed', '4.4.1'), ...report('ann@example.net', 'failed', '4.4.7'), '--r--'],
		);
		expect(bounce).toEqual({
			recipient: 'ann@example.net',
			status: '4.4.7',
			kind: 'soft',
			recipients: [
				{ recipient: 'bob@example.net', status: '4.4.1', kind: 'delayed' },
				{ recipient: 'ann@example.net', status: '4.4.7', kind: 'soft' },
			],
		});
	});

	it.each([
		['5.1.1', 'hard'],
		['4.4.1', 'delayed'],
	])('without an action go by their status %s', async (status, kind) => {
		const { bounce } = await read(
			['From: MAILER-DAEMON@example.com', 'Content-Type: message/delivery-status'],
			['Reporting-MTA: dns; mx.example.com', '', 'Final-Recipient: rfc822; bob@example.net', `Status: ${status}`],
		);
		expect(bounce).toMatchObject({ recipient: 'bob@example.net', status, kind });
	});

	it('keep what the server said together, however it was wrapped', async () => {
		const { bounce } = await read(
			[...daemon, 'Subject: Undelivered Mail Returned to Sender'],
			[
				"<o'neill@example.net>: host mx.example.net[192.0.2.1] said: 550 5.1.1",
				"    <o'neill@example.net>: Recipient address rejected: User unknown (in reply to",
				'    RCPT TO command)',
			],
		);
		expect(bounce).toMatchObject({
			recipient: "o'neill@example.net",
			diagnostic: "550 5.1.1 <o'neill@example.net>: Recipient address rejected: User unknown (in reply to RCPT TO command)",
		});
	});

	it.each([
		[
			'a person who forwards one',
			['From: Zoe <zoe@example.org>', 'Subject: Undelivered Mail Returned to Sender'],
			['<bob@example.net>: 550 5.1.1 User unknown'],
		],
		[
			'a postmaster who writes',
			['From: postmaster@example.com', 'Subject: Your question'],
			['Write to bob@example.net:', '550 of them'],
		],
		[
			'an answer of a vacation program',
			['Return-Path: <>', 'From: Ann <ann@example.com>', 'Subject: Automatic reply: Order'],
			['I could not be reached, write to bob@example.net'],
		],
	])('are not told of %s', async (_name, header, body) => {
		expect(await read(header, body)).not.toHaveProperty('bounce');
	});

	it('of a hostile daemon cost time in proportion', async () => {
		for (const piece of ['bob@example.net:\r\n', '<a@', 'a@b 550 ', '550 5.1.1.', ' (', 'Message-ID: <'])
			await expectInProportion((length) => read([...daemon, 'Subject: failure notice'], [piece.repeat(length / piece.length)]));
	});
});

describe('who sent it', () => {
	it.each([
		['AUTO: Zoe is out of the office (returning 01.12.2026)', 'auto-replied'],
		['Automatikus válasz: Order', 'auto-replied'],
		['Otomatik Yanıt: Order', 'auto-replied'],
		['Автоматична відповідь: Order', 'auto-replied'],
		['Răspuns automat: Order', 'auto-replied'],
		['Αυτόματη απάντηση: Order', 'auto-replied'],
		['תשובה אוטומטית: Order', 'auto-replied'],
		['رد تلقائي: Order', 'auto-replied'],
		['자동 회신: Order', 'auto-replied'],
		['Automatická odpověď: Order', 'auto-replied'],
		['[Auto-Reply] Order', 'auto-replied'],
		['【自動返信】Order', 'auto-replied'],
		['[自動送信]Order', 'auto-replied'],
		['自动回复', 'auto-replied'],
		['Abwesenheitsnotiz', 'auto-replied'],
		['Automatische Antwort auf Ihre Nachricht: Order', 'auto-replied'],
		['I am out of office: Re: Order', 'auto-replied'],
		['Reponse automatique : Order', 'auto-replied'],
		['Contestación automática: Order', 'auto-replied'],
		['Fora do escritório: Order', 'auto-replied'],
		['Ikke på kontoret: Order', 'auto-replied'],
		['Poza biurem: Order', 'auto-replied'],
		['İşyeri dışında: Order', 'auto-replied'],
		['Εκτός γραφείου: Order', 'auto-replied'],
		['Автоответ на письмо: Order', 'auto-replied'],
		['Извън офиса: Order', 'auto-replied'],
		['부재 중 알림: Order', 'auto-replied'],
		['پاسخ خودکار: Order', 'auto-replied'],
		['Re: Automatic reply: Order', undefined],
		['Urlaub: 2027', undefined],
		['Automatic doors: order', undefined],
		['Automatic reply is broken', undefined],
		['Report Domain: example.com Submitter: example.net Report-ID: <1>', 'auto-generated'],
		['Delivery problem with order 17', undefined],
		['Auto: for sale', undefined],
		['Out of office next week', undefined],
		['Failure notice of the lift', undefined],
	])('the subject %j', async (subject, expected) => {
		const { autoSubmitted } = await read(['From: Zoe <zoe@example.org>', `Subject: ${subject}`], ['x']);
		expect(autoSubmitted).toBe(expected);
	});

	it.each(['Urlaub: Order', 'Absence: Order', 'Out of office', 'Auto: Order'])('the subject %j of an answer', async (subject) => {
		const answer = ['From: Zoe <zoe@example.org>', 'In-Reply-To: <1@example.com>'];
		expect((await read([...answer, `Subject: ${subject}`], ['x'])).autoSubmitted).toBe('auto-replied');
		expect((await read([...answer, `Subject: Re: ${subject}`], ['x'])).autoSubmitted).toBeUndefined();
	});

	it.each([
		['Return-Path: <>', 'auto-generated'],
		['X-Auto-Reply-From: zoe@example.org', 'auto-replied'],
		['X-Autoreply: no', undefined],
		['X-FC-MachineGenerated: true', 'auto-generated'],
		['X-Mailer: vacation 1.2', 'auto-replied'],
		['X-List-Administrivia: yes', 'auto-generated'],
		['X-Precedence: auto_reply', 'auto-replied'],
		['X-Autogenerated: Reply', 'auto-generated'],
		['X-Auto-Response-Suppress: All', undefined],
	])('the field %j', async (field, expected) => {
		expect((await read(['From: Zoe <zoe@example.org>', field], ['x'])).autoSubmitted).toBe(expected);
	});
});

describe('read receipts', () => {
	const receipt = (fields: string[]) =>
		read(
			['From: Bob <bob@example.com>', 'Content-Type: multipart/report; report-type=disposition-notification; boundary=r'],
			['--r', '', 'Read.', '--r', 'Content-Type: message/disposition-notification', '', ...fields, '--r--'],
		);

	it('say what became of the message', async () => {
		const { readReceipt, autoSubmitted, bounce } = await receipt([
			'Final-Recipient: rfc822; bob@example.com',
			'Original-Message-ID: <17@example.org>',
			'Disposition: manual-action/MDN-sent-manually; displayed',
		]);
		expect(readReceipt).toEqual({
			recipient: 'bob@example.com',
			disposition: 'displayed',
			isAutomatic: false,
			originalMessageId: '<17@example.org>',
		});
		expect(autoSubmitted).toBe('auto-generated');
		expect(bounce).toBeUndefined();
	});

	it('say that nobody read it', async () => {
		const { readReceipt } = await receipt(['Disposition: automatic-action/MDN-sent-automatically; deleted/error']);
		expect(readReceipt).toEqual({ disposition: 'deleted', isAutomatic: true });
	});

	it('that say nothing are none', async () => {
		expect(await receipt(['Final-Recipient: rfc822; bob@example.com'])).not.toHaveProperty('readReceipt');
	});
});
