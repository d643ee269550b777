import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMessage } from '../../sync/mime/readMessage';
import { snippetOf } from '../../sync/mime/snippet';
import type { Uid } from '../../sync/uids/uid';
import type { FetchedMessage } from '../../sync/server/message';

const folder = join(__dirname, '../fixtures/messages');
const names = readdirSync(folder).filter((name) => name.endsWith('.eml'));
const plain = 'From: a@example.com\r\nMIME-Version: 1.0\r\n';
const filler = 'What the sender wrote goes on for a good while, in many lines of its own.\r\n'.repeat(100);

async function both(source: Buffer): Promise<{ short: unknown; whole: unknown }> {
	const message: FetchedMessage = { uid: 1 as Uid, flags: [], size: source.length, source };
	const read = (level: 'content' | 'raw') =>
		readMessage(message, { level, headers: [], attachmentContent: false, snippet: true });
	const [{ fields }, { snippet }] = await Promise.all([read('content'), read('raw')]);
	return { short: snippet, whole: snippetOf(fields.replyText || (fields.text ?? '')) };
}

/** The beginning of a text tells the same as all of it. */
describe('the snippet of a message that is not read', () => {
	it.each(names)('%s', async (name) => {
		const source = readFileSync(join(folder, name));
		const { short, whole } = await both(source);
		expect(short).toBe(whole);
	});

	it.each(names)('%s, with much below', async (name) => {
		const { short, whole } = await both(Buffer.concat([readFileSync(join(folder, name)), Buffer.from(`\r\n${filler}`)]));
		expect(short).toBe(whole);
	});

	it.each<[string, string | Buffer]>([
		['an answer below a long quotation', `Subject: Re: x\r\n\r\n${`> ${filler}`.replaceAll('\n', '\n> ')}\r\nYes, please.\r\n`],
		[
			'an answer above a long quotation',
			`Subject: Re: x\r\n\r\nYes.\r\n\r\nOn 1 Nov 2026 at 10:00, Bob wrote:\r\n${`> ${filler}`.replaceAll('\n', '\n> ')}`,
		],
		[
			'a long answer above a quotation',
			`Subject: Re: x\r\n\r\n${filler.slice(0, 400)}\r\n\r\nOn 1 Nov 2026 at 10:00, Bob wrote:\r\n> ${filler}`,
		],
		['a signature mark near the end of what is looked at', `\r\n${'x y '.repeat(480)}\r\n-- \r\nBob\r\n${filler}`],
		['spaces that nobody sees', `\r\nSale!${'\u00a0\u200c'.repeat(2_000)} Today\r\n${filler}`],
		[
			'Japanese that does not say so',
			Buffer.concat([Buffer.from('\r\n'), Buffer.from('93fa967b8cea82cc95b68e9a8263'.repeat(400), 'hex')]),
		],
		[
			'base64',
			`Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from('äöü 日本語 '.repeat(900)).toString('base64')}`,
		],
		['one line', `Content-Type: text/plain; charset=utf-8\r\n\r\n${'日本語'.repeat(3_000)}`],
		['flowed', `Content-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n${filler.replaceAll('.\r\n', '. \r\n')}`],
	])('%s', async (_name, rest) => {
		const { short, whole } = await both(Buffer.concat([Buffer.from(plain), Buffer.from(rest)]));
		expect(short).toBe(whole);
		expect(short).not.toBe('');
	});
});
