import fc from 'fast-check';
import { fromLine, MboxMessage } from '../../../sync/archive/mbox';

const date = new Date('2026-11-02T03:04:05Z');

/** Writes a message in pieces of the given lengths. */
function written(message: string, lengths: number[] = []): string {
	const mbox = new MboxMessage();
	const pieces: Buffer[] = [];
	const bytes = Buffer.from(message, 'latin1');
	let start = 0;
	for (const length of [...lengths, bytes.length]) {
		pieces.push(mbox.push(bytes.subarray(start, start + length)));
		start += length;
	}
	return Buffer.concat([...pieces, mbox.end()]).toString('latin1');
}

/** What an mboxrd reader makes of it, with the line ends of mail. */
function readBack(text: string): string {
	expect(text.endsWith('\n\n')).toBe(true);
	return text
		.slice(0, -1)
		.replace(/^>(>*From )/gm, '$1')
		.replace(/\n/g, '\r\n');
}

describe('a message in an mbox', () => {
	it.each([
		['a: b\r\n\r\nFrom me\r\n', 'a: b\n\n>From me\n\n'],
		['a: b\r\n\r\n>From me\r\n>>From you\r\nfrom\r\n From x\r\n', 'a: b\n\n>>From me\n>>>From you\nfrom\n From x\n\n'],
		['a: b\r\n\r\nFrom', 'a: b\n\nFrom\n\n'],
		['From x\r\n', '>From x\n\n'],
		['a: b\r\n\r\nno end', 'a: b\n\nno end\n\n'],
		['', '\n'],
		['a\rb\r\nc\r', 'a\rb\nc\r\n\n'],
	])('%j is written as %j, however it is cut', (message, expected) => {
		expect(written(message)).toBe(expected);
		for (let cut = 0; cut <= message.length; cut++) expect([cut, written(message, [cut])]).toEqual([cut, expected]);
		expect(
			written(
				message,
				[...message].map(() => 1),
			),
		).toBe(expected);
	});

	it('comes back as it was', () => {
		const line = fc.stringMatching(/^>{0,3}(From |From|Fro|x| )?[ -~é]{0,5}$/);
		fc.assert(
			fc.property(
				fc.array(line, { minLength: 1, maxLength: 8 }),
				fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 9 }),
				(lines, lengths) => {
					const message = `${lines.join('\r\n')}\r\n`;
					const text = written(message, lengths);
					expect(text).not.toMatch(/^From /m);
					expect(readBack(text)).toBe(message);
				},
			),
		);
	});
});

describe('the line that begins a message', () => {
	it.each([
		['Return-Path: <bounce@example.com>\r\nFrom: a@example.com\r\n\r\n', 'bounce@example.com'],
		['From: "From: <x@y>" <a@example.com>\r\n\r\n', 'a@example.com'],
		['From: a@example.com (A)\r\n\r\nReturn-Path: <no@example.com>\r\n', 'a@example.com'],
		['From:\r\n =?utf-8?q?=C3=A9?= <a@example.com>\r\n\r\n', 'a@example.com'],
		['Return-Path: <>\r\nSubject: x\r\n\r\n', 'MAILER-DAEMON'],
		['From: <ü@example.com>\r\n\r\n', '?@example.com'],
		['', 'MAILER-DAEMON'],
	])('of %j names %s, and the date as asctime() writes it', (header, sender) => {
		expect(fromLine(Buffer.from(header, 'utf8').toString('latin1'), date).toString().replace('??@', '?@')).toBe(
			`From ${sender} Mon Nov  2 03:04:05 2026\n`,
		);
	});
});
