/** What an answerer sends: header fields beside From, To, Date and Message-ID, and a text. */
interface Sent {
	header?: Record<string, string>;
	text: string;
	/** Seconds until it comes. */
	after?: number;
}

/** Somebody, or something, that writes to support@example.com. */
export interface Correspondent {
	name: string;
	from: string;
	/** The first mail (`turn` 0), and what it sends to each answer; undefined when it sends nothing more. */
	send(turn: number, answer: { subject: string; text: string }): Sent | undefined;
}

const away =
	'I am out of the office until Monday and will answer then. In urgent cases please call my colleague Bob at the front desk.';
const received = (turn: number): string =>
	`Thank you for your message. Your request has been received under the number ${1000 + turn} and is being worked on by our team.`;

/** A program with some field, that answers each mail at once. */
const declared = (name: string, header: Record<string, string>, from = 'zoe@customer.example'): Correspondent => ({
	name,
	from,
	send: (turn, { subject }) => ({
		header: { Subject: turn === 0 ? 'Question about order' : `Re: ${subject}`, ...header },
		text: `${away} ${turn}`,
	}),
});

/** One that says nothing of itself; `text` of each turn. */
const silent = (
	name: string,
	text: (turn: number, answer: string) => string,
	more: Partial<{ from: (turn: number) => string; after: number; subject: string }> = {},
): Correspondent => ({
	name,
	from: 'desk@customer.example',
	send: (turn, answer) => ({
		header: {
			Subject: turn === 0 ? 'Question about order' : (more.subject ?? `Re: ${answer.subject}`),
			...(more.from && { From: more.from(turn) }),
		},
		text: text(turn, answer.text),
		after: more.after ?? 5,
	}),
});

const subjects = [
	'Automatic reply:',
	'Out of office:',
	'Abwesenheitsnotiz:',
	'Réponse automatique :',
	'Respuesta automática:',
	'Risposta automatica:',
	'Automatisch antwoord:',
	'Autosvar:',
	'Odpowiedź automatyczna:',
	'Автоответ:',
	'自动回复:',
	'自動返信:',
];
const varied = [
	'We look into it now.',
	'Somebody will call you.',
	'This may take a while, sorry.',
	'Please hold the line.',
	'A colleague has it.',
	'It is with the warehouse.',
	'Still nothing new here.',
	'We wait for a part.',
];

/** Forty programs that answer by themselves. */
export const answerers: readonly Correspondent[] = [
	declared('vacation, RFC 3834', { 'Auto-Submitted': 'auto-replied' }),
	declared('notification, RFC 3834', { 'Auto-Submitted': 'auto-generated' }),
	declared('notified, RFC 5436', { 'Auto-Submitted': 'auto-notified; owner-email="zoe@customer.example"' }),
	declared('cPanel', { 'X-Autorespond': 'Re: Question' }),
	declared('Exim', { 'X-Autoreply': 'yes' }),
	declared('vacation program of old', { 'X-Vacation': 'yes' }),
	declared('Precedence auto_reply', { Precedence: 'auto_reply' }),
	declared('Precedence bulk', { Precedence: 'bulk' }),
	declared('Precedence junk', { Precedence: 'junk' }),
	declared('null return path', { 'Return-Path': '<>' }),
	declared('HCL Notes', { Subject: 'AUTO: Zoe is out of the office (returning 01.12.2026)' }),
	...subjects.map((subject) => declared(subject, { Subject: `${subject} Question about order` })),
	declared('no-reply', {}, 'no-reply@customer.example'),
	declared('do-not-reply with a number', {}, 'donotreply-17@customer.example'),
	declared('mailer daemon', {}, 'MAILER-DAEMON@customer.example'),
	declared('postmaster', { Subject: 'Undelivered Mail Returned to Sender' }, 'postmaster@customer.example'),
	declared('ourselves: a copy of our own answer', {}, 'support@example.com'),
	declared('ourselves under a plus address', {}, 'support+t17@example.com'),
	silent(
		'ourselves in another workflow',
		(turn) => `We have your message, it is ticket ${turn}. Somebody from our team answers within a working day at the latest.`,
		{
			from: () => 'sales@example.com',
		},
	),
	silent('out of office without any mark', () => away),
	silent('out of office, slow', () => away, { after: 3600 }),
	silent('ticket system without any mark', received),
	silent('ticket system with an address for each ticket', received, { from: (turn) => `ticket-${turn}@customer.example` }),
	silent('ticket system with a new subject each time', received, { subject: '[DESK-17] Request received' }),
	silent(
		'ticket system that begins alike and quotes us without marks',
		(turn, answer) => `${received(0)} You wrote: ${answer} ${'.'.repeat(turn)} ${varied[turn % varied.length]}`,
	),
	silent('ticket system under an address of everybody', received, { from: () => 'smallshop@gmail.com' }),
	silent('short answers, all alike', () => 'We are closed.'),
	silent('short answers, all different, at once', (turn) => varied[turn % varied.length]),
	{
		name: 'a list that sends back what is posted',
		from: 'zoe@customer.example',
		send: (turn, { subject, text }) => ({
			header: {
				Subject: `[chat] ${subject}`,
				'List-Id': '<chat.customer.example>',
				'List-Post': '<mailto:chat@customer.example>',
				Precedence: turn % 2 ? 'list' : 'bulk',
			},
			text,
		}),
	},
];

/** People, whose every mail is to be answered. */
export const people: readonly Correspondent[] = [
	{
		name: 'asks, and thanks within the minute',
		from: 'ann@customer.example',
		send: (turn, { subject }) =>
			[
				{
					header: { Subject: 'Printer in room 7' },
					text: 'The printer in room 7 does not print. Could you have a look?',
					after: 0,
				},
				{ header: { Subject: `Re: ${subject}` }, text: 'Thanks!', after: 40 },
				{ header: { Subject: `Re: ${subject}` }, text: 'One more thing: it is the one at the window.', after: 50 },
			][turn],
	},
	{
		name: 'forgets the attachment',
		from: 'bob@gmail.com',
		send: (turn) =>
			[
				{ header: { Subject: 'Invoice 17' }, text: 'Please find the invoice attached.', after: 0 },
				{ header: { Subject: 'Invoice 17' }, text: 'Now with the attachment, sorry.', after: 30 },
			][turn],
	},
	{
		name: 'sends the same mail twice',
		from: 'carol@customer.example',
		send: (turn) =>
			turn < 2
				? {
						header: { Subject: 'Order 4711' },
						text: 'Dear team, our order 4711 has not arrived. Could you please tell us where it is? We need it by Friday.',
						after: 600,
					}
				: undefined,
	},
	{
		name: 'asks for news, day after day',
		from: 'dave@customer.example',
		send: (turn, { subject }) =>
			turn < 5
				? {
						header: { Subject: turn === 0 ? 'Repair' : `Re: ${subject}` },
						text: turn === 0 ? 'My bike is broken.' : 'Any news?',
						after: 86_000,
					}
				: undefined,
	},
	{
		name: 'talks for an hour',
		from: 'eve@web.de',
		send: (turn, { subject }) =>
			turn < 6
				? {
						header: { Subject: turn === 0 ? 'Login' : `Re: ${subject}` },
						text: `${varied[turn]} And so on, I say something else each time.`,
						after: 400,
					}
				: undefined,
	},
	{
		name: 'writes through a web form',
		from: 'wordpress@noreply.example',
		send: (turn) =>
			turn < 1
				? {
						header: { Subject: 'Contact form', 'Reply-To': 'fred@example.org', From: 'no-reply@shop.example' },
						text: 'Fred asks: are you open on Sunday?',
						after: 0,
					}
				: undefined,
	},
	{
		name: 'reaches us through our own list',
		from: 'gina@customer.example',
		send: (turn) =>
			turn < 2
				? {
						header: {
							Subject: `Wish ${turn}`,
							'List-Id': '<support.example.com>',
							'List-Post': '<mailto:support@example.com>',
							Precedence: 'list',
						},
						text: `I would like ${varied[turn]}`,
						after: 5000,
					}
				: undefined,
	},
	{
		name: 'a mailbox that was moved: all at once, written over weeks',
		from: 'hal@customer.example',
		send: (turn, { subject }) =>
			turn < 8
				? {
						header: { Subject: `Re: ${subject || 'Project'}`, Date: new Date(Date.UTC(2026, 9, 1 + turn * 3)).toUTCString() },
						text: `Report of week ${turn}: ${varied[turn]}`,
						after: 1,
					}
				: undefined,
	},
];
