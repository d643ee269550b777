import { SyncError } from '../errors/syncError';
import type { IdentifiedMessage } from '../reading/identity';
import { readUid } from '../reading/messageAddress';
import type { Uid } from '../uids/uid';

/** What a manifest says of a message. The names are those of the JSON, and of the items. */
export interface ManifestEntry {
	folder: string;
	uidValidity: string;
	uid: Uid;
	/** As it stands in the header; absent where there is none. */
	messageId?: string;
	/** What identifies a message without a Message-ID. */
	identity?: string;
	/** INTERNALDATE, ISO 8601 */
	date?: string;
	/** Bytes of the message, as RFC822.SIZE has it. */
	size: number;
	/** Of the bytes of the message as the mail server gives them, in hexadecimal; absent where the message was not read. */
	sha256?: string;
	flags?: string[];
	/** Its file in a zip. */
	file?: string;
}

const FORMAT = 'imap-sync-manifest';
const VERSION = 1;

/** The entry of a message. */
export function entryOf(
	folder: { path: string; uidValidity: string },
	{ uid, messageId, identity, internalDate, size, flags }: IdentifiedMessage,
	sha256?: string,
	file?: string,
): ManifestEntry {
	return {
		folder: folder.path,
		uidValidity: folder.uidValidity,
		uid,
		...(messageId === undefined ? (identity === '' ? {} : { identity }) : { messageId }),
		...(internalDate === undefined ? {} : { date: internalDate.toISOString() }),
		size,
		...(sha256 === undefined ? {} : { sha256 }),
		flags,
		...(file === undefined ? {} : { file }),
	};
}

/** A manifest that is being written: kept as one line of text a message, some 300 bytes. */
export class ManifestWriting {
	private readonly lines: string[] = [];

	constructor(private readonly account: string) {}

	add(entry: ManifestEntry): void {
		this.lines.push(JSON.stringify(entry));
	}

	/** The JSON text, piece by piece: one line a message. */
	*text(createdAt: Date): Generator<Buffer> {
		const head = {
			format: FORMAT,
			version: VERSION,
			account: this.account,
			createdAt: createdAt.toISOString(),
			count: this.lines.length,
		};
		yield Buffer.from(`${JSON.stringify(head).slice(0, -1)},"messages":[\n`);
		for (let start = 0; start < this.lines.length; start += 500) {
			const lines = this.lines.slice(start, start + 500).join(',\n');
			yield Buffer.from(start + 500 < this.lines.length ? `${lines},\n` : `${lines}\n`);
		}
		yield Buffer.from(']}\n');
	}
}

/** What was read of a manifest. */
export interface Manifest {
	/** The account it was made of, where that is known. */
	account?: string;
	entries: ManifestEntry[];
}

/**
 * Reads a manifest: its JSON, as text or as a value, or a list of entries such as the items of an export of .eml files. Throws
 * settingsInvalid that says what is wrong with it.
 */
export function readManifest(value: unknown): Manifest {
	let parsed: unknown = value;
	if (typeof value === 'string') {
		try {
			parsed = JSON.parse(value);
		} catch {
			throw unreadable('it is not JSON');
		}
	}
	const { messages, version, count, account } = (
		Array.isArray(parsed)
			? { messages: parsed, account: (parsed[0] as { account?: unknown } | undefined)?.account }
			: (parsed ?? {})
	) as Record<string, unknown>;
	if (version !== undefined && version !== VERSION)
		throw unreadable(`it has version ${JSON.stringify(version)}, and this package reads version ${VERSION}`);
	if (!Array.isArray(messages)) throw unreadable('it has no list of messages');
	if (typeof count === 'number' && count !== messages.length)
		throw unreadable(`it names ${messages.length} messages and should name ${count}`);
	return { ...(typeof account === 'string' ? { account } : {}), entries: messages.map(readEntry) };
}

function readEntry(value: unknown, place: number): ManifestEntry {
	const { folder, uidValidity, uid, messageId, identity, date, size, sha256 } = (value ?? {}) as Record<string, unknown>;
	const number = readUid(uid);
	if (typeof folder !== 'string' || folder === '') throw unreadable(`entry ${place + 1} has no folder`);
	if (number === undefined) throw unreadable(`entry ${place + 1} has no uid`);
	if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw unreadable(`entry ${place + 1} has no size`);
	if (sha256 !== undefined && (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256)))
		throw unreadable(`the sha256 of entry ${place + 1} is none`);
	return {
		folder,
		uidValidity: typeof uidValidity === 'string' || typeof uidValidity === 'number' ? String(uidValidity) : '',
		uid: number,
		...(typeof messageId === 'string' ? { messageId } : {}),
		...(typeof identity === 'string' ? { identity } : {}),
		...(typeof date === 'string' && !Number.isNaN(Date.parse(date)) ? { date } : {}),
		size,
		...(sha256 === undefined ? {} : { sha256: sha256.toLowerCase() }),
	};
}

function unreadable(why: string): SyncError {
	return new SyncError('settingsInvalid', { reason: 'manifest', detail: why });
}
