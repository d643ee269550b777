import { decodeCharset, isSingleByteLatin } from './charset';

/** The text of a word: mailers leave question marks as they are. Another word may not begin in it. */
const content = String.raw`(?:[^?=]|=(?!\?[^=])|\?(?!=))*`;
/** RFC 2047 section 2, and words with spaces or raw bytes in them, which mailers write all the same. */
const word = new RegExp(String.raw`=\?([\w.:*-]{1,80})\?([bq])\?(${content})\?=`, 'gi');
const adjoiningWords = new RegExp(String.raw`(?:=\?[\w.:*-]{1,80}\?[bq]\?${content}\?=)+`, 'gi');
/** White space between two words is no text (section 6.2). */
const spaceBetween = new RegExp(String.raw`(\?[bq]\?${content}\?=)\s+(?==\?[\w.:*-]{1,80}\?[bq]\?${content}\?=)`, 'gi');

/**
 * Text with its encoded words decoded, each run of words of one charset at once: senders cut characters between them. Raw
 * characters above U+00FF in a word stand for their UTF-8. Never throws.
 */
export function decodeEncodedWords(value: string): string {
	let out = '';
	let run: { charset: string; pieces: Buffer[] } | undefined;
	let end = 0;
	const close = () => {
		if (run) out += decodeCharset(Buffer.concat(run.pieces), run.charset);
		run = undefined;
	};
	const text = value.replace(spaceBetween, '$1');
	for (const found of text.matchAll(word)) {
		const charset = found[1].replace(/\*.*$/, '').toLowerCase();
		if (found.index > end || run?.charset !== charset) close();
		out += text.slice(end, found.index);
		run ??= { charset, pieces: [] };
		run.pieces.push(bytesOf(found[2], found[3]));
		end = found.index + found[0].length;
	}
	close();
	return out + text.slice(end);
}

function bytesOf(encoding: string, text: string): Buffer {
	// What is no base64 was written as it is, by whoever forgot to encode it.
	const isBase64 = /b/i.test(encoding) && !/[\x80-\uffff]/.test(text);
	if (isBase64) return Buffer.from(text, 'base64');
	if (/b/i.test(encoding)) return Buffer.from(text);
	const bytes = text
		.replace(/_/g, ' ')
		.replace(/[\u0100-\uffff]+/g, (characters) => Buffer.from(characters).toString('latin1'))
		.replace(/=([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(parseInt(hex, 16)));
	return Buffer.from(bytes, 'latin1');
}

/**
 * A field, as its bytes, in which the raw bytes within encoded words are escaped: they are of the charset of the word, whatever
 * the rest of the field is. Only where a word names a Latin charset and its bytes are UTF-8 they are that.
 */
export function escapeRawBytes(field: string): string {
	return field.replace(word, (whole: string, charset: string, encoding: string, text: string) => {
		if (!/[\x80-\xff]/.test(text) || /b/i.test(encoding)) return whole;
		const utf8 = isSingleByteLatin(charset) && isUtf8(text);
		const escaped = text.replace(/[\x80-\xff]/g, (byte) => `=${byte.charCodeAt(0).toString(16)}`);
		return `=?${utf8 ? 'utf-8' : charset}?${encoding}?${escaped}?=`;
	});
}

/** Without escapes, which are of the charset of the word for certain. */
const isUtf8 = (text: string): boolean =>
	!/=[89a-f][0-9a-f]/i.test(text) && !Buffer.from(text, 'latin1').toString('utf8').includes('\ufffd');

/** The same words in UTF-8, for libraries that know fewer charsets. */
export function encodedAsUtf8(value: string): string {
	return value.replace(spaceBetween, '$1').replace(adjoiningWords, (words) => {
		return `=?utf-8?B?${Buffer.from(decodeEncodedWords(words)).toString('base64')}?=`;
	});
}
