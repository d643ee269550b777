import { chance } from './chance';

/** One message as it comes to the mailbox of support@example.com, and the conversation that it belongs to. */
export interface PlayedMessage {
	conversation: number;
	kind: string;
	/** Whether it is the first of its conversation that comes. */
	isFirst: boolean;
	at: number;
	source: Buffer;
}

/** What becomes of messages on the way, in the ways that users of helpdesks report. */
const conversationKinds = [
	'references kept',
	'ids rewritten, history quoted',
	'ids rewritten, ticket number in the subject',
	'CC answers before we do',
	'a forward that others forward too',
	'another address of the same person',
	"the customer's own ticket system",
	'only Thread-Index left',
	'answers to one mailing',
	'one person, two conversations, one subject',
	'a bounce of our answer',
	'references to the nearest only',
] as const;

const topics = [
	'printer in room',
	'order of pallets',
	'invoice for month',
	'delivery to gate',
	'login for user',
	'offer for screws',
];
const words =
	'the machine stopped again yesterday evening while we were packing goods for a customer in the north and nobody here knows why it did so please have a look at it soon because our people are waiting'.split(
		' ',
	);

/** Plays `count` conversations at once, each in one of the kinds, mixed by time. The same seed gives the same mail. */
export function playConversations(count: number, seed: number): PlayedMessage[] {
	const random = chance(seed);
	const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
	const played: PlayedMessage[] = [];
	let ids = 0;
	const newId = (host: string): string => `<${(ids++).toString(36)}.${Math.floor(random() * 1e9).toString(36)}@${host}>`;
	const start = Date.UTC(2026, 10, 2, 8);

	for (let number = 0; number < count; number++) {
		const kind = conversationKinds[number % conversationKinds.length];
		const isPublic = random() < 0.3;
		const domain = isPublic ? 'gmail.com' : `company${Math.floor(random() * 60)}.example`;
		const person = { address: `person${number}@${domain}`, host: domain };
		const subject = kind.startsWith('one person') ? `Question` : `${pick(topics)} ${number}`;
		const text = (): string => `Hello,\n${Array.from({ length: 20 }, () => pick(words)).join(' ')} ${Math.floor(random() * 1e6)}`;
		const time = (): number => (clock += (10 + random() * 600) * 60_000);
		let clock = start + random() * 20 * 24 * 3_600_000;
		let conversation = number;
		const begun = new Set<number>();
		const send = (header: Record<string, string | undefined>, body: string): void => {
			const at = time();
			const all = {
				To: 'support@example.com',
				From: person.address,
				Date: new Date(at).toUTCString().replace('GMT', '+0000'),
				...header,
			};
			const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
			played.push({
				conversation,
				kind,
				isFirst: !begun.has(conversation),
				at,
				source: Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body.replace(/\n/g, '\r\n')}\r\n`),
			});
			begun.add(conversation);
		};
		const quoted = (history: string): string =>
			`On Mon, 2 Nov 2026 at 09:00, Support <support@example.com> wrote:\n> We look at it.\n>\n${history.replace(/^/gm, '> > ')}`;

		const first = newId(domain);
		const opening = text();
		const answer = (): string => newId('example.com');
		switch (kind) {
			case 'references kept': {
				send({ Subject: subject, 'Message-ID': first }, opening);
				let references = first;
				for (let turn = 0; turn < 3; turn++) {
					const own = newId(domain);
					const ours = answer();
					send(
						{ Subject: `Re: ${subject}`, 'Message-ID': own, 'In-Reply-To': ours, References: `${references} ${ours}` },
						`${text()}\n\n${quoted(opening)}`,
					);
					references = `${references} ${ours} ${own}`;
				}
				break;
			}
			case 'references to the nearest only': {
				send({ Subject: subject, 'Message-ID': first }, opening);
				send({ Subject: `AW: ${subject}`, 'Message-ID': newId(domain), 'In-Reply-To': first }, text());
				break;
			}
			case 'ids rewritten, history quoted':
				send({ Subject: subject, 'Message-ID': first }, opening);
				for (let turn = 0; turn < 2; turn++) {
					const lost = newId('gateway.example');
					send(
						{ Subject: `Re: ${subject}`, 'Message-ID': newId(domain), 'In-Reply-To': lost, References: lost },
						`${text()}\n\n${quoted(opening)}`,
					);
				}
				break;
			case 'ids rewritten, ticket number in the subject': {
				const tagged = `Re: [Ticket#${202611000 + number}] ${subject}`;
				send({ Subject: subject, 'Message-ID': first }, opening);
				send({ Subject: tagged, 'Message-ID': newId(domain), References: `${first} ${answer()}` }, text());
				send({ Subject: tagged, 'Message-ID': newId(domain), References: newId('gateway.example') }, text());
				send({ Subject: `[Ticket#${202611000 + number}] something else now`, 'Message-ID': newId(domain) }, text());
				break;
			}
			case 'CC answers before we do': {
				const colleague = random() < 0.5 ? `colleague${number}@${domain}` : `partner${number}@partner${number}.example`;
				send({ Subject: subject, 'Message-ID': first, Cc: colleague }, opening);
				const own = newId('partner.example');
				send(
					{
						From: colleague,
						Cc: person.address,
						Subject: `Re: ${subject}`,
						'Message-ID': own,
						'In-Reply-To': first,
						References: first,
					},
					text(),
				);
				send(
					{ Subject: `Re: ${subject}`, 'Message-ID': newId(domain), 'In-Reply-To': own, References: `${first} ${own}` },
					text(),
				);
				break;
			}
			case 'a forward that others forward too': {
				const root = '<newsletter-of-november@news.example>';
				send(
					{ Subject: 'Fwd: News of November', 'Message-ID': first, References: root },
					`${opening}\n\n---------- Forwarded message ---------\nFrom: News <news@news.example>\nDate: Mon, 2 Nov 2026\nSubject: News of November\n\nAll is new.`,
				);
				const ours = answer();
				send(
					{
						Subject: 'Re: Fwd: News of November',
						'Message-ID': newId(domain),
						'In-Reply-To': ours,
						References: `${root} ${first} ${ours}`,
					},
					text(),
				);
				break;
			}
			case 'another address of the same person': {
				const other = random() < 0.5 ? `p.${number}@${domain}` : `private${number}@web.de`;
				send({ Subject: subject, 'Message-ID': first }, opening);
				const ours = answer();
				const isLost = random() < 0.5;
				send(
					{
						From: other,
						Subject: `Re: ${subject}`,
						'Message-ID': newId('web.de'),
						'In-Reply-To': ours,
						...(!isLost && { References: `${first} ${ours}` }),
					},
					`${text()}\n\n${quoted(opening)}`,
				);
				break;
			}
			case "the customer's own ticket system": {
				// Different customers' systems count alike.
				const host = `system${number}.example`;
				const tag = `[HELP-${100 + (number % 5)}]`;
				const system = `desk@${host}`;
				send({ From: system, Subject: `${tag} ${subject}`, 'Message-ID': newId(host) }, opening);
				send({ From: system, Subject: `${tag} Re: ${subject}`, 'Message-ID': newId(host) }, text());
				send({ From: `person@${host}`, Subject: `Re: ${tag} ${subject}`, 'Message-ID': newId(host) }, text());
				break;
			}
			case 'only Thread-Index left': {
				const root = Buffer.from(Array.from({ length: 22 }, () => Math.floor(random() * 256)));
				send({ Subject: subject, 'Message-ID': first, 'Thread-Index': root.toString('base64') }, opening);
				send(
					{
						Subject: `RE: ${subject}`,
						'Message-ID': newId(domain),
						'Thread-Index': Buffer.concat([root, Buffer.alloc(10, number)]).toString('base64'),
					},
					text(),
				);
				break;
			}
			case 'answers to one mailing': {
				const mailing = '<mailing-of-november@example.com>';
				send(
					{ Subject: 'Re: Our offers of November', 'Message-ID': first, 'In-Reply-To': mailing, References: mailing },
					opening,
				);
				const ours = answer();
				send(
					{
						Subject: 'Re: Our offers of November',
						'Message-ID': newId(domain),
						'In-Reply-To': ours,
						References: `${mailing} ${first} ${ours}`,
					},
					text(),
				);
				break;
			}
			case 'one person, two conversations, one subject':
				send({ Subject: subject, 'Message-ID': first }, opening);
				conversation = count + number;
				{
					const second = newId(domain);
					const other = text();
					send({ Subject: subject, 'Message-ID': second }, other);
					const ours = answer();
					send(
						{ Subject: `Re: ${subject}`, 'Message-ID': newId(domain), 'In-Reply-To': ours, References: ours },
						`${text()}\n\n${quoted(other)}`,
					);
					conversation = number;
					send({ Subject: `Re: ${subject}`, 'Message-ID': newId(domain), 'In-Reply-To': first, References: first }, text());
				}
				break;
			case 'a bounce of our answer': {
				send({ Subject: subject, 'Message-ID': first }, opening);
				const ours = answer();
				send(
					{
						From: 'Mail Delivery System <MAILER-DAEMON@example.com>',
						Subject: 'Undelivered Mail Returned to Sender',
						'Message-ID': newId('example.com'),
						'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b',
					},
					`--b\n\nIt failed.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; example.com\n\nFinal-Recipient: rfc822; ${person.address}\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: ${ours}\nReferences: ${first}\nTo: ${person.address}\n\n--b--`,
				);
				break;
			}
		}
	}
	return played.sort((a, b) => a.at - b.at);
}
