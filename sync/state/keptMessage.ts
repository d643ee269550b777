/**
 * A message in which this package keeps something in a mailbox. A header field says what it is; its text explains it to people,
 * and contains bytes under a seal, so that a truncated or changed message is never taken for a whole one. Pure.
 */

/** What distinguishes kinds of such messages. */
export interface KeptKind {
	/** The header field that identifies the kind. */
	field: string;
	/** What its Message-ID ends with. */
	domain: string;
	/** Stands in the lines around the bytes. */
	title: string;
}

/** What such a message holds. */
export interface Kept {
	/** The value of the header field; printable ASCII. */
	value: string;
	/** Unique; printable ASCII without @ and >. */
	id: string;
	bytes: Buffer;
	/** Proves that the bytes are those written; hexadecimal. */
	seal: string;
}

/** The message with CRLF. `at` is in milliseconds since 1970, `text` lines of ASCII for people. */
export function writeKeptMessage(
	{ field, domain, title }: KeptKind,
	{ value, id, bytes, seal }: Kept,
	subject: string,
	at: number,
	text: readonly string[],
): Buffer {
	return Buffer.from(
		[
			'From: IMAP Sync <imap-sync@localhost.invalid>',
			'To: undisclosed-recipients:;',
			`Subject: ${encodedWords(subject)}`,
			`Date: ${new Date(at).toUTCString().replace('GMT', '+0000')}`,
			`Message-ID: <${id}@${domain}>`,
			`${field}: ${value}`,
			'Auto-Submitted: auto-generated',
			'MIME-Version: 1.0',
			'Content-Type: text/plain; charset=us-ascii',
			'Content-Transfer-Encoding: 7bit',
			'',
			...text,
			'',
			`-----BEGIN ${title}-----`,
			...(bytes.toString('base64').match(/.{1,76}/g) ?? []),
			`=${seal}`,
			`-----END ${title}-----`,
			'',
		].join('\r\n'),
	);
}

/**
 * Reads such a message: undefined if it is none of this kind with this value, `'broken'` if it cannot be read. The caller has to
 * check the seal.
 */
export function readKeptMessage(source: Buffer, { field, domain, title }: KeptKind, value: string): Kept | 'broken' | undefined {
	const text = source.toString('latin1');
	const id = keptId(text, { field, domain }, value);
	if (id === undefined) return undefined;
	const begin = `-----BEGIN ${title}-----`;
	const from = text.indexOf(begin);
	const to = text.indexOf(`-----END ${title}-----`, from);
	if (id === '' || from < 0 || to < 0) return 'broken';
	const lines = text
		.slice(from + begin.length, to)
		.split(/\r?\n/)
		.map((line) => line.trim())
		.filter((line) => line !== '');
	const seal = lines.pop();
	if (!seal?.startsWith('=')) return 'broken';
	return { value, id, bytes: Buffer.from(lines.join(''), 'base64'), seal: seal.slice(1) };
}

/** The id in a header: empty if a header of this kind has none, undefined for another kind. */
export function keptId(header: string, { field, domain }: Pick<KeptKind, 'field' | 'domain'>, value: string): string | undefined {
	const end = header.search(/\r?\n\r?\n/);
	const fields = (end < 0 ? header : header.slice(0, end)).replace(/\r?\n[ \t]+/g, ' ');
	const valueOf = (name: string): string | undefined => new RegExp(`^${name}:(.*)$`, 'im').exec(fields)?.[1].trim();
	if (valueOf(field) !== value) return undefined;
	const id = valueOf('Message-ID') ?? '';
	return id.startsWith('<') && id.endsWith(`@${domain}>`) ? id.slice(1, -domain.length - 2) : '';
}

/** Encoded words of at most 75 characters each (RFC 2047). */
function encodedWords(text: string): string {
	if (/^[\x20-\x7e]{1,70}$/.test(text)) return text;
	const words: string[] = [];
	let word = '';
	for (const character of text) {
		if (Buffer.byteLength(word + character) > 42) {
			words.push(word);
			word = '';
		}
		word += character;
	}
	return [...words, word].map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join('\r\n ');
}
