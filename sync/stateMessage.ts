import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { decodePosition, encodePosition, type Position } from './position';

/**
 * The message that carries a position in a mailbox: its header says whose it is and which one it follows, its text holds the
 * position with a checksum, so that half a message is never taken for a whole one. Pure.
 */
export interface StateMessage {
	/** Which state it is: see stateKey(). */
	key: string;
	/** Unlike any other message's; as long as a message with it lies there, nobody else has saved. */
	nonce: string;
	position: Position;
}

/** The header field by which the message is found. */
export const STATE_HEADER = 'X-IMAP-Sync-State';

const BEGIN = '-----BEGIN IMAP SYNC STATE-----';
const END = '-----END IMAP SYNC STATE-----';

/** Largest position that is unpacked, in bytes: a hundred thousand messages take 20 kB. */
const LARGEST = 64 * 1024 * 1024;

/** A name of any characters as one that every server can search for. */
export const stateKey = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 32);

/** The message as bytes, with CRLF. `name` is what people call the state, `at` milliseconds since 1970. */
export function writeStateMessage({ key, nonce, position }: StateMessage, name: string, at: number): Buffer {
	const packed = deflateRawSync(JSON.stringify(encodePosition(position)));
	const lines = packed.toString('base64').match(/.{1,76}/g) ?? [];
	return Buffer.from(
		[
			'From: IMAP Sync <imap-sync@localhost.invalid>',
			'To: undisclosed-recipients:;',
			`Subject: ${encodedWords(`IMAP Sync: ${name}`)}`,
			`Date: ${new Date(at).toUTCString().replace('GMT', '+0000')}`,
			`Message-ID: <${nonce}@state.imap-sync.invalid>`,
			`${STATE_HEADER}: ${key}`,
			'Auto-Submitted: auto-generated',
			'MIME-Version: 1.0',
			'Content-Type: text/plain; charset=us-ascii',
			'Content-Transfer-Encoding: 7bit',
			'',
			'This message holds how far a workflow of n8n has read this mailbox.',
			'Please leave it where it is: without it the workflow stops until somebody',
			'resets it. It is replaced by a new one whenever the workflow goes on.',
			'',
			BEGIN,
			...lines,
			`=${checksum(packed)}`,
			END,
			'',
		].join('\r\n'),
	);
}

/** Reads such a message: undefined where it is none, `'broken'` where it is one that cannot be read. */
export function readStateMessage(source: Buffer, key: string, where: string): StateMessage | 'broken' | undefined {
	const text = source.toString('latin1');
	const end = text.search(/\r?\n\r?\n/);
	const header = end < 0 ? text : text.slice(0, end);
	if (field(header, STATE_HEADER) !== key) return undefined;
	const nonce = /^<([^@>]+)@state\.imap-sync\.invalid>$/.exec(field(header, 'Message-ID') ?? '')?.[1];
	const from = text.indexOf(BEGIN);
	const to = text.indexOf(END, from);
	if (nonce === undefined || from < 0 || to < 0) return 'broken';
	const lines = text.slice(from + BEGIN.length, to).split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '');
	const sum = lines.pop();
	const packed = Buffer.from(lines.join(''), 'base64');
	if (sum !== `=${checksum(packed)}`) return 'broken';
	try {
		const position = decodePosition(inflateRawSync(packed, { maxOutputLength: LARGEST }).toString('utf8'), where);
		return position === undefined ? 'broken' : { key, nonce, position };
	} catch {
		return 'broken';
	}
}

const checksum = (packed: Buffer): string => createHash('sha256').update(packed).digest('hex');

function field(header: string, name: string): string | undefined {
	return new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'im').exec(header.replace(/\r?\n[ \t]+/g, ' '))?.[1];
}

/** RFC 2047: as many encoded words as the length of 75 characters makes necessary. */
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
