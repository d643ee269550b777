import { SHOP, addressed, folderFor, reply, write } from './correspondence.mjs';
import { composeMessage } from './message.mjs';
import { Random } from './random.mjs';

const HOUR = 3_600_000;

/**
 * The mailbox of a small shop on an ordinary day: what came, what was read, what was answered.
 *
 * @param {Date} now the messages are spread over the ten days before
 * @returns {Record<string, { specialUse?: string, messages: { raw: string, flags: string[], receivedAt: Date }[] }>}
 */
export function sampleMailbox(now) {
	const random = new Random(1);
	const folders = {
		INBOX: { messages: [] },
		Support: { messages: [] },
		Archive: { specialUse: '\\Archive', messages: [] },
		Sent: { specialUse: '\\Sent', messages: [] },
	};
	const put = (folder, message, flags = []) =>
		folders[folder].messages.push({ raw: composeMessage(message), flags, receivedAt: message.date });
	const hoursAgo = (hours) => new Date(now.getTime() - hours * HOUR);

	/** @type {Array<[Parameters<typeof write>[0], number, string[]]>} */
	const days = [
		['order', 236, ['\\Seen']],
		['newsletter', 229, ['\\Seen']],
		['invoice', 211, ['\\Seen', '\\Flagged']],
		['question', 204, ['\\Seen', '\\Answered']],
		['order', 187, ['\\Seen']],
		['shippingNotice', 170, ['\\Seen']],
		['question', 146, ['\\Seen', '\\Answered']],
		['order', 140, ['\\Seen']],
		['invoice', 121, ['\\Seen', 'paid']],
		['order', 97, ['\\Seen']],
		['question', 93, ['\\Seen', '\\Flagged']],
		['shippingNotice', 74, []],
		['newsletter', 61, []],
		['order', 50, ['\\Seen']],
		['question', 31, []],
		['invoice', 26, ['\\Flagged']],
		['order', 9, []],
		['question', 3, []],
	];
	for (const [kind, hours, flags] of days) {
		const message = write(kind, random, hoursAgo(hours));
		put(folderFor(message), message, flags);
	}

	// A conversation: a question, the shop's answer among the sent mail, and the customer's word in return.
	const asked = write('question', random, hoursAgo(55));
	put('Support', asked, ['\\Seen', '\\Answered']);
	const answer = addressed({ ...reply(random, asked), from: SHOP, to: [asked.from] }, random, hoursAgo(52));
	put('Sent', answer, ['\\Seen']);
	put('Support', addressed({ ...reply(random, answer), from: asked.from, to: asked.to }, random, hoursAgo(28)));

	for (const hours of [700, 655, 512]) put('Archive', write('order', random, hoursAgo(hours)), ['\\Seen']);
	put('Archive', write('invoice', random, hoursAgo(600)), ['\\Seen', 'paid']);
	return folders;
}
