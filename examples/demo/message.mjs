/**
 * Writes messages as they travel: headers, MIME parts, nothing but ASCII on the wire.
 *
 * @typedef {{ name?: string, address: string }} Person
 * @typedef {{ fileName: string, mimeType: string, content: string | Buffer }} Attachment
 * @typedef {{ from: Person, to: Person[], cc?: Person[], subject: string, date: Date, messageId: string, inReplyTo?: string,
 *   references?: string[], text: string, html?: string, attachments?: Attachment[], headers?: Record<string, string> }} Message
 */

/**
 * The message as RFC 5322 text.
 *
 * @param {Message} message
 */
export function composeMessage(message) {
	const { text, html, attachments = [] } = message;
	// The boundary only has to differ from every line of the parts, and base64 has no '='-led lines of this form.
	const boundary = `=_${message.messageId.replace(/[^a-z0-9]/gi, '').slice(0, 40)}`;
	let body = html
		? multipart('alternative', `${boundary}_a`, [textPart('plain', text), textPart('html', html)])
		: textPart('plain', text);
	if (attachments.length > 0) body = multipart('mixed', `${boundary}_m`, [body, ...attachments.map(attachmentPart)]);

	const headers = [
		['Return-Path', `<${message.from.address}>`],
		['From', person(message.from)],
		['To', message.to.map(person).join(',\r\n ')],
		['Cc', message.cc?.map(person).join(',\r\n ')],
		['Subject', encodeWords(message.subject)],
		['Date', message.date.toUTCString().replace('GMT', '+0000')],
		['Message-ID', message.messageId],
		['In-Reply-To', message.inReplyTo],
		['References', message.references?.join('\r\n ')],
		...Object.entries(message.headers ?? {}),
		['MIME-Version', '1.0'],
	];
	const lines = headers.filter(([, value]) => value).map(([name, value]) => `${name}: ${value}\r\n`);
	return `${lines.join('')}${body}`;
}

function multipart(kind, boundary, parts) {
	const inside = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('');
	return `Content-Type: multipart/${kind}; boundary="${boundary}"\r\n\r\n${inside}--${boundary}--\r\n`;
}

function textPart(kind, content) {
	const lines = content.replace(/\r?\n/g, '\r\n');
	if (isPlain(lines)) {
		return `Content-Type: text/${kind}; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n${lines}\r\n`;
	}
	return `Content-Type: text/${kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(Buffer.from(lines))}\r\n`;
}

function attachmentPart({ fileName, mimeType, content }) {
	const type = `Content-Type: ${mimeType}; name="${fileName}"\r\n`;
	const disposition = `Content-Disposition: attachment; filename="${fileName}"\r\n`;
	return `${type}${disposition}Content-Transfer-Encoding: base64\r\n\r\n${base64(Buffer.from(content))}\r\n`;
}

/** @param {Person} who */
function person({ name, address }) {
	if (!name) return address;
	return `${isPlain(name) ? `"${name}"` : encodeWords(name)} <${address}>`;
}

/** Printable ASCII in lines that every server takes. */
function isPlain(text) {
	return /^[\x20-\x7e\t\r\n]*$/.test(text) && text.split('\r\n').every((line) => line.length < 900);
}

/** RFC 2047: an encoded word has at most 75 characters and never cuts a character in two. */
function encodeWords(text) {
	if (isPlain(text)) return text;
	const words = [''];
	for (const character of text) {
		if (Buffer.byteLength(words.at(-1) + character) > 42) words.push('');
		words[words.length - 1] += character;
	}
	return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ');
}

function base64(bytes) {
	return bytes.toString('base64').replace(/.{76}/g, '$&\r\n').trimEnd();
}
