import { keptId, readKeptMessage, writeKeptMessage, type KeptKind, type Sealing } from '../state/keptMessage';
import { LABEL_PREFIX } from '../folder/flagSets';
import type { OwnChange } from './ownChanges';
import { UidSet } from '../uids/uidSet';

/**
 * The message by which one n8n process announces to others what it changes in a mailbox, and reports the outcome. Pure. It
 * is sealed: others may be able to put messages into the folder, and a forged note would hide what they do.
 */
export interface ChangeNote {
	/** The process that wrote it; it needs no note of its own changes. */
	process: string;
	/** The session that did it; ids are unique within it. */
	session: string;
	/** The number of the note within the session, from 1. */
	number: number;
	/** Milliseconds since 1970, by the writer's clock. */
	at: number;
	announced: AnnouncedChange[];
	settled: SettledChange[];
	came: ArrivedMessages[];
}

/** What is about to be done. */
export interface AnnouncedChange {
	id: number;
	folder: string;
	uidValidity: string;
	change: OwnChange;
}

/** The outcome of an announced change. */
export interface SettledChange {
	id: number;
	/** false: it was not done. */
	done: boolean;
	/** The highest mod-sequence of the changed messages, if the server returned it. */
	modseq?: string;
	/** When it was done; unique within a session. */
	at: number;
}

/** Messages that were stored, copied or moved to a folder. */
export interface ArrivedMessages {
	folder: string;
	uidValidity: string;
	uids: UidSet;
}

/** The header field that identifies a note. */
const NOTE_HEADER = 'X-IMAP-Sync-Note';

/** Maximum size of a note, in bytes; a larger message is none. */
export const LARGEST_NOTE = 64 * 1024;

/** How long notes are kept, in milliseconds. */
export const NOTES_KEPT_MS = 48 * 60 * 60_000;

const kind: KeptKind = { field: NOTE_HEADER, domain: 'note.imap-sync.invalid', title: 'IMAP SYNC NOTE' };
const VERSION = '2';

/** A version whose notes are not read any more, but removed like others. */
const EARLIER_VERSION = '1';

const text = [
	'With this message one process of n8n tells the others what it changes in this',
	'mailbox, so that they do not take it for the doing of somebody else.',
	'It is removed after two days, and may be deleted at any time.',
];

/** Maximum entries of each list in a note. */
const MOST_ENTRIES = 200;

/** The note as a message, with CRLF. */
export async function writeChangeNote(note: ChangeNote, sealing: Sealing): Promise<Buffer> {
	const bytes = Buffer.from(JSON.stringify(encode(note)));
	const id = `${note.session}.${note.number}`;
	return await writeKeptMessage(kind, { value: VERSION, id, bytes }, sealing, 'IMAP Sync: note about changes', note.at, text);
}

/** Reads a note; undefined for anything that this account did not seal for this folder. */
export async function readChangeNote(source: Buffer, sealing: Sealing): Promise<ChangeNote | undefined> {
	if (source.length > LARGEST_NOTE) return undefined;
	const kept = await readKeptMessage(source, kind, VERSION, sealing);
	if (typeof kept !== 'object') return undefined;
	try {
		return decode(JSON.parse(kept.bytes.toString('utf8')));
	} catch {
		return undefined;
	}
}

/** Whether a header is that of a note, whoever wrote it. */
export const isNoteHeader = (header: Buffer): boolean =>
	[VERSION, EARLIER_VERSION].some((version) => Boolean(keptId(header.toString('latin1'), kind, version)));

type Fields = Record<string, unknown>;

function encode({ process, session, number, at, announced, settled, came }: ChangeNote): Fields {
	return {
		process,
		session,
		number,
		at,
		announced: announced.map(({ id, folder, uidValidity, change }) => ({
			id,
			folder,
			uidValidity,
			uids: change.uids.pack(),
			...(change.kind === 'left' ? { left: true } : { [change.mode]: change.names, ...(change.labels ? { labels: true } : {}) }),
		})),
		settled,
		came: came.map(({ uids, ...rest }) => ({ ...rest, uids: uids.pack() })),
	};
}

/** Throws where anything is not as encode() writes it. */
function decode(value: unknown): ChangeNote {
	const fields = closed(value, ['process', 'session', 'number', 'at', 'announced', 'settled', 'came']);
	return {
		process: string(fields.process, 100),
		session: string(fields.session, 100),
		number: number(fields.number),
		at: number(fields.at),
		announced: list(fields.announced).map(decodeAnnounced),
		settled: list(fields.settled).map(decodeSettled),
		came: list(fields.came).map((one) => {
			const { folder, uidValidity, uids } = closed(one, ['folder', 'uidValidity', 'uids']);
			return { folder: string(folder, 1_000), uidValidity: digits(uidValidity), uids: set(uids) };
		}),
	};
}

function decodeAnnounced(value: unknown): AnnouncedChange {
	const fields = closed(value, ['id', 'folder', 'uidValidity', 'uids', 'left', 'add', 'remove', 'set', 'labels']);
	const place = { id: number(fields.id), folder: string(fields.folder, 1_000), uidValidity: digits(fields.uidValidity) };
	const uids = set(fields.uids);
	if (fields.left === true) return { ...place, change: { kind: 'left', uids } };
	const modes = (['add', 'remove', 'set'] as const).filter((mode) => fields[mode] !== undefined);
	if (modes.length !== 1) throw new TypeError('not one mode');
	const labels = fields.labels === true;
	const names = list(fields[modes[0]]).map((name) => string(name, 1_000));
	if (names.some((name) => name.startsWith(LABEL_PREFIX) !== labels)) throw new TypeError('flags and labels mixed');
	return { ...place, change: { kind: 'flags', uids, mode: modes[0], names, labels } };
}

function decodeSettled(value: unknown): SettledChange {
	const { id, done, modseq, at } = closed(value, ['id', 'done', 'modseq', 'at']);
	if (typeof done !== 'boolean') throw new TypeError('not yes or no');
	return { id: number(id), done, ...(modseq === undefined ? {} : { modseq: digits(modseq) }), at: number(at) };
}

function closed(value: unknown, names: readonly string[]): Fields {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('not an object');
	for (const name of Object.keys(value)) if (!names.includes(name)) throw new TypeError('a field too many');
	return value as Fields;
}

function list(value: unknown): unknown[] {
	if (!Array.isArray(value) || value.length > MOST_ENTRIES) throw new TypeError('not a list');
	return value;
}

function string(value: unknown, longest: number): string {
	if (typeof value !== 'string' || value === '' || value.length > longest) throw new TypeError('not a text');
	return value;
}

function number(value: unknown): number {
	if (!Number.isSafeInteger(value) || (value as number) < 0) throw new TypeError('not a number');
	return value as number;
}

/** A number of up to 63 bits. */
function digits(value: unknown): string {
	if (typeof value !== 'string' || !/^\d{1,19}$/.test(value)) throw new TypeError('not a number');
	return value;
}

const set = (value: unknown): UidSet => UidSet.unpack(string(value, LARGEST_NOTE));
