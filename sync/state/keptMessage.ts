import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AccountSeal } from './accountSeal';

/**
 * A message in which this package keeps something in a mailbox. A header field says what it is; its text explains it to people,
 * and contains bytes under a seal. Anybody may be able to put a message into the folder, so nothing is believed without a seal that
 * takes the account's password to make. Signed, not encrypted: whoever may read the mailbox may read it. Pure.
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
}

/** Whose seal a message has, and the folder that it is for: the same message anywhere else is a copy, and proves nothing. */
export interface Sealing {
	seal: AccountSeal;
	folder: string;
}

/** The message with CRLF, sealed. `at` is in milliseconds since 1970, `text` lines of ASCII for people. */
export async function writeKeptMessage(
	kind: KeptKind,
	kept: Kept,
	sealing: Sealing,
	subject: string,
	at: number,
	text: readonly string[],
): Promise<Buffer> {
	const { field, domain, title } = kind;
	const { value, id, bytes } = kept;
	const { salt, key } = await sealing.seal.current();
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
			`=${salt}:${proof(kind, kept, sealing, key).toString('hex')}`,
			`-----END ${title}-----`,
			'',
		].join('\r\n'),
	);
}

/**
 * Reads such a message: undefined if it is none of this kind with this value, `'broken'` if it cannot be read, `'unsealed'` if it
 * is not sealed by this account for this folder.
 */
export async function readKeptMessage(
	source: Buffer,
	kind: KeptKind,
	value: string,
	sealing: Sealing,
): Promise<Kept | 'broken' | 'unsealed' | undefined> {
	const text = source.toString('latin1');
	const id = keptId(text, kind, value);
	if (id === undefined) return undefined;
	const begin = `-----BEGIN ${kind.title}-----`;
	const from = text.indexOf(begin);
	const to = text.indexOf(`-----END ${kind.title}-----`, from);
	if (id === '' || from < 0 || to < 0) return 'broken';
	const lines = text
		.slice(from + begin.length, to)
		.split(/\r?\n/)
		.map((line) => line.trim())
		.filter((line) => line !== '');
	const last = lines.pop();
	if (!last?.startsWith('=')) return 'broken';
	const [, salt, seal] = /^=([0-9a-f]{32}):([0-9a-f]{64})$/.exec(last) ?? [];
	if (salt === undefined) return 'unsealed';
	const key = await sealing.seal.keyOf(salt);
	const kept: Kept = { value, id, bytes: Buffer.from(lines.join(''), 'base64') };
	if (key === undefined || !timingSafeEqual(Buffer.from(seal, 'hex'), proof(kind, kept, sealing, key))) return 'unsealed';
	sealing.seal.proven(salt);
	return kept;
}

/** What only the account can make: over the bytes, and over all that says what and where they are. */
function proof({ field }: KeptKind, { value, id, bytes }: Kept, { seal, folder }: Sealing, key: Buffer): Buffer {
	const place = JSON.stringify([field, value, id, seal.user, seal.host, folder]);
	return createHmac('sha256', key).update(place).update('\0').update(bytes).digest();
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
