import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { readKeptMessage, writeKeptMessage, type KeptKind, type Sealing } from './keptMessage';
import { decodePosition, encodePosition, type Position } from './position';

/**
 * The message that carries a position in a mailbox. Its header names the state; its text contains the position under a seal
 * (see keptMessage.ts): whoever forged one would decide which mail is never reported. Pure.
 */
export interface StateMessage {
	/** Which state it is: see stateKey(). */
	key: string;
	/** Unique: as long as the newest message has it, nobody else has saved. */
	nonce: string;
	position: Position;
}

/** The header field that the search looks for. */
export const STATE_HEADER = 'X-IMAP-Sync-State';

const kind: KeptKind = { field: STATE_HEADER, domain: 'state.imap-sync.invalid', title: 'IMAP SYNC STATE' };

const text = [
	'This message holds how far a workflow of n8n has read this mailbox.',
	'Please leave it where it is: without it the workflow stops until somebody',
	'resets it. It is replaced by a new one whenever the workflow goes on.',
];

/** Maximum size of an unpacked position, in bytes: a hundred thousand messages take 20 kB. */
const LARGEST = 64 * 1024 * 1024;

/** The name of a state as a text that every server can search for. */
export const stateKey = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 32);

/** The message as bytes, with CRLF, sealed. `name` is what people call the state, `at` milliseconds since 1970. */
export async function writeStateMessage(
	{ key, nonce, position }: StateMessage,
	name: string,
	at: number,
	sealing: Sealing,
): Promise<Buffer> {
	const bytes = deflateRawSync(JSON.stringify(encodePosition(position)));
	return await writeKeptMessage(kind, { value: key, id: nonce, bytes }, sealing, `IMAP Sync: ${name}`, at, text);
}

/** Reads a state message: undefined if it is none, `'broken'` if it cannot be read, `'unsealed'` if it is not this account's for this folder. */
export async function readStateMessage(
	source: Buffer,
	key: string,
	where: string,
	sealing: Sealing,
): Promise<StateMessage | 'broken' | 'unsealed' | undefined> {
	const kept = await readKeptMessage(source, kind, key, sealing);
	if (typeof kept !== 'object') return kept;
	try {
		const position = decodePosition(inflateRawSync(kept.bytes, { maxOutputLength: LARGEST }).toString('utf8'), where);
		return position === undefined ? 'broken' : { key, nonce: kept.id, position };
	} catch {
		return 'broken';
	}
}
