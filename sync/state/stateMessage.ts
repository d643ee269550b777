import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { readKeptMessage, writeKeptMessage, type KeptKind } from './keptMessage';
import { decodePosition, encodePosition, type Position } from './position';

/**
 * The message that carries a position in a mailbox. Its header names the state; its text contains the position with a checksum,
 * so that a truncated message is never taken for a whole one. Pure.
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

/** The message as bytes, with CRLF. `name` is what people call the state, `at` milliseconds since 1970. */
export function writeStateMessage({ key, nonce, position }: StateMessage, name: string, at: number): Buffer {
	const bytes = deflateRawSync(JSON.stringify(encodePosition(position)));
	return writeKeptMessage(kind, { value: key, id: nonce, bytes, seal: checksum(bytes) }, `IMAP Sync: ${name}`, at, text);
}

/** Reads a state message: undefined if it is none, `'broken'` if it cannot be read. */
export function readStateMessage(source: Buffer, key: string, where: string): StateMessage | 'broken' | undefined {
	const kept = readKeptMessage(source, kind, key);
	if (kept === undefined || kept === 'broken') return kept;
	if (kept.seal !== checksum(kept.bytes)) return 'broken';
	try {
		const position = decodePosition(inflateRawSync(kept.bytes, { maxOutputLength: LARGEST }).toString('utf8'), where);
		return position === undefined ? 'broken' : { key, nonce: kept.id, position };
	} catch {
		return 'broken';
	}
}

const checksum = (packed: Buffer): string => createHash('sha256').update(packed).digest('hex');
