import type { TnefContents } from './tnefContents';

const boundary = '=_message-in-winmail.dat';

/** A message that lay in an Outlook container as an object, as RFC 5322 has it: its body and its files. */
export function embeddedMessage({ subject, text, html, files }: TnefContents): Buffer {
	const body =
		html !== undefined
			? part('text/html; charset=utf-8', Buffer.from(html))
			: part('text/plain; charset=utf-8', Buffer.from(text ?? ''));
	const parts = [body, ...files.map(({ fileName, mimeType, content }) => part(mimeTypeOf(mimeType), content, fileName))];
	return Buffer.concat([
		Buffer.from(
			`Subject: ${encodedWords(oneLine(subject ?? ''))}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n`,
		),
		...parts,
		Buffer.from(`--${boundary}--\r\n`),
	]);
}

function part(type: string, content: Buffer, fileName?: string): Buffer {
	const name =
		fileName === undefined
			? ''
			: `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(oneLine(fileName))}\r\n`;
	const lines = content.toString('base64').replace(/.{76}/g, '$&\r\n');
	return Buffer.from(`--${boundary}\r\nContent-Type: ${type}\r\n${name}Content-Transfer-Encoding: base64\r\n\r\n${lines}\r\n`);
}

/** RFC 2047 section 2: a word has 75 characters at most, and no character is cut. */
function encodedWords(text: string): string {
	const words: string[] = [];
	let word = '';
	for (const character of text) {
		if (Buffer.byteLength(word + character) > 42) {
			words.push(word);
			word = '';
		}
		word += character;
	}
	return [...words, word].map((piece) => `=?utf-8?B?${Buffer.from(piece).toString('base64')}?=`).join('\r\n ');
}

const mimeTypeOf = (type: string | undefined): string =>
	type !== undefined && /^[\w.+-]{1,100}\/[\w.+-]{1,100}$/.test(type) ? type : 'application/octet-stream';

/** A line end would begin a field of its own, and half a surrogate pair cannot be encoded. */
const oneLine = (text: string): string =>
	text
		.slice(0, 500)
		// eslint-disable-next-line no-control-regex -- control characters are what is taken out
		.replace(/[\x00-\x1f\x7f]+/g, ' ')
		.replace(/[\ud800-\udfff]/gu, '');
