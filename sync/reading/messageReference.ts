import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { asUid, MAX_UID } from '../uids/uid';
import type { MessageAddress } from './messageAddress';

/**
 * A reference names one message in one text: the item field `id`. It survives nodes that drop or rename everything else, and says by
 * itself when it is damaged, of another account, or of a folder that was renumbered.
 *
 * Its bytes are: a version, six bytes of a hash of the account's name, UIDVALIDITY and UID as numbers of variable length, the folder
 * in UTF-8, and a checksum of all that. It is no secret and grants nothing: whoever has one can only name the message.
 */
const PREFIX = 'msg_';
const VERSION = 1;
const ACCOUNT_BYTES = 6;
const CHECKSUM_BYTES = 4;

/** No server takes a path of this length; a text that goes on longer is no reference. In characters. */
const LONGEST = 8_192;

/** UIDVALIDITY has 32 bits (RFC 3501 section 2.3.1.1), and servers that use more use 64. */
const MAX_VALIDITY = 2n ** 64n - 1n;

/** What makes a message known by name of account, folder and numbers. */
export interface MessageIdentity extends Required<MessageAddress> {
	/** The name of the account, as items have it. */
	account: string;
}

/** Why a text names no message of an account. */
export type ReferenceProblem = 'damaged' | 'otherAccount';

/** The reference of a message; undefined where a part of its identity is nothing that a reference can hold. */
export function referenceTo({ account, folder, uidValidity, uid }: MessageIdentity): string | undefined {
	if (folder === '' || !/^\d{1,20}$/.test(uidValidity) || BigInt(uidValidity) > MAX_VALIDITY) return undefined;
	const numbers: number[] = [];
	writeNumber(numbers, BigInt(uidValidity));
	writeNumber(numbers, BigInt(uid));
	const body = Buffer.concat([Buffer.from([VERSION]), accountHash(account), Buffer.from(numbers), Buffer.from(folder)]);
	const text = PREFIX + Buffer.concat([body, checksum(body)]).toString('base64url');
	return text.length > LONGEST ? undefined : text;
}

/** Whether a text means to be a reference, whatever became of it. */
export const looksLikeReference = (text: unknown): text is string =>
	typeof text === 'string' && text.trimStart().startsWith(PREFIX);

/** The address that a reference names, or why there is none in this account. */
export function addressOf(reference: string, account: string): Required<MessageAddress> | ReferenceProblem {
	const text = reference.trim();
	if (text.length > LONGEST || !text.startsWith(PREFIX) || !/^[\w-]+$/.test(text)) return 'damaged';
	const bytes = Buffer.from(text.slice(PREFIX.length), 'base64url');
	const body = bytes.subarray(0, -CHECKSUM_BYTES);
	if (body.length <= 1 + ACCOUNT_BYTES || body[0] !== VERSION) return 'damaged';
	if (!checksum(body).equals(bytes.subarray(-CHECKSUM_BYTES))) return 'damaged';
	const reader = { bytes: body, position: 1 + ACCOUNT_BYTES };
	const uidValidity = readNumber(reader);
	const uid = readNumber(reader);
	const folder = body.toString('utf8', reader.position);
	if (uidValidity === undefined || uid === undefined || uid < 1n || uid > BigInt(MAX_UID) || folder === '') return 'damaged';
	if (!body.subarray(1, 1 + ACCOUNT_BYTES).equals(accountHash(account))) return 'otherAccount';
	return { folder, uidValidity: String(uidValidity), uid: asUid(Number(uid)) };
}

/** The account of the last reference: a run makes a hundred thousand of them for one. */
let lastHash: { account: string; hash: Buffer } | undefined;

function accountHash(account: string): Buffer {
	if (lastHash?.account !== account) {
		const hash = createHash('sha256').update(account.toLowerCase()).digest().subarray(0, ACCOUNT_BYTES);
		lastHash = { account, hash };
	}
	return lastHash.hash;
}

function checksum(body: Buffer): Buffer {
	const sum = Buffer.alloc(CHECKSUM_BYTES);
	sum.writeUInt32BE(crc32(body));
	return sum;
}

/** Seven bits a byte, lowest first. */
function writeNumber(bytes: number[], value: bigint): void {
	let rest = value;
	for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) + 128);
	bytes.push(Number(rest));
}

/** Undefined where the bytes end before the number, or the number is too large. */
function readNumber(reader: { bytes: Buffer; position: number }): bigint | undefined {
	let value = 0n;
	for (let shift = 0n; shift < 70n; shift += 7n) {
		if (reader.position >= reader.bytes.length) return undefined;
		const byte = reader.bytes[reader.position++];
		value += BigInt(byte & 127) << shift;
		if (byte < 128) return value > MAX_VALIDITY ? undefined : value;
	}
	return undefined;
}
