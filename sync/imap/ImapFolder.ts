import type { FetchQueryObject, SearchObject } from 'imapflow';
import { SyncError } from '../errors/syncError';
import type { OpenFolder } from '../server/mailServer';
import { asUid, type Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import { allowanceForMessages, allowanceForSmallMessages, type Allowance } from './allowance';
import type { Command, ImapConnection } from './connection';
import type { FolderEvents } from './folderEvents';
import { headerIn, type FetchRow, type Offered } from './fetchRow';
import { fetchRows, type Fetch } from './fetchRows';
import { fetchQuery, flagQuery, isRemovedNote, toFetchedMessage, toFlagRow } from './messageRow';
import { toBodyPart } from './bodyStructure';
import { isDoubted, LARGEST_READ_WHOLE } from './doubtedMessage';
import { openFolder, type Since } from './openFolder';
import { PIECE_BYTES, readPiecewise } from './piecewisePart';
import { closesItself, isAsAnnounced } from '../reading/announcedSize';
import { searchPlain, searchUids } from './searchCommand';
import { smallContent } from './smallContent';
import { allOf, anyFlag, NOTHING, readsTexts, toSearchObject } from './searchQuery';
import type { BodyPart } from '../server/bodyPart';
import type { Capabilities } from '../server/capabilities';
import type { FolderSnapshot } from '../server/folderSnapshot';
import type { Contents, FetchedMessage, FetchParts, MessageFlags } from '../server/message';
import type { SearchCriteria } from '../server/searchCriteria';

/** Length of the UID set in one command: servers with CONDSTORE take lines of 8,192 (RFC 7162 section 4), others perhaps 1,000 (RFC 2683 section 3.2.1.5). */
const LONG_SET = 8_000;
const SHORT_SET = 1_000;

/** Sizes that are remembered, to know how much may come when the messages are read. */
const MOST_SIZES = 100_000;

/** What a message may have of which no size was asked for; and the most that is held to see whether pieces were cut. */
const UNKNOWN_SIZE = 64 * 1024 * 1024;

/** The most that a search may be given on top for the size of its folder, in milliseconds. */
const MAX_SEARCH_EXTRA_MS = 120_000;

/** A folder opened by EXAMINE on one connection. */
export class ImapFolder implements OpenFolder {
	readonly sinceLastTime?: { rows: MessageFlags[]; vanished: UidSet };
	private readonly maxSetLength: number;
	/** By UID, as the server reported them. */
	private readonly sizes = new Map<number, number>();

	private constructor(
		private readonly connection: ImapConnection,
		private readonly capabilities: Capabilities,
		readonly snapshot: FolderSnapshot,
		private readonly events: FolderEvents,
	) {
		if (snapshot.qresyncAnswered) this.sinceLastTime = { rows: events.rows, vanished: events.vanished };
		this.maxSetLength = capabilities.condstore ? LONG_SET : SHORT_SET;
	}

	static async open(connection: ImapConnection, capabilities: Capabilities, path: string, since?: Since): Promise<ImapFolder> {
		const { snapshot, events } = await openFolder(connection, capabilities, path, since);
		return new ImapFolder(connection, capabilities, snapshot, events);
	}

	/** Ends the use of the folder; the connection stays. */
	leave(): void {
		this.events.detach();
	}

	async changedSince(modseq: string, upTo: Uid): Promise<MessageFlags[]> {
		// imapflow would leave out a CHANGEDSINCE it cannot send, or one of 0, and read the whole folder.
		if (!this.capabilities.condstore || this.snapshot.highestModseq === undefined || !(BigInt(modseq) > 0n)) {
			throw new SyncError('commandRefused', { reason: 'noModSequences', ...this.place });
		}
		// An explicit bound, never "1:*": Cyrus up to 3.8.2 loses expunges above the highest UID it sees (cyrus-imapd issue 6071).
		const range = UidSet.range(1, upTo);
		if (range.isEmpty) return [];
		return await this.flagRows(range, BigInt(modseq));
	}

	async search(criteria: SearchCriteria, within?: UidSet): Promise<UidSet> {
		const query = toSearchObject(criteria);
		if (query === NOTHING || within?.isEmpty) return UidSet.empty;
		const command = this.command(
			'search',
			Math.min(MAX_SEARCH_EXTRA_MS, this.snapshot.exists * (readsTexts(criteria) ? 5 : 0.2)),
		);
		if (within) return await this.searchWithin(query, within, command);
		if (Object.keys(query).length === 0) return await this.searchAll(command);
		return await searchUids(this.connection, query, command);
	}

	async searchAnyFlag(flags: string[]): Promise<UidSet> {
		const query = anyFlag(flags);
		return query === NOTHING ? UidSet.empty : await searchUids(this.connection, query, this.command('search'));
	}

	async uidsAt(sequenceNumbers: number[]): Promise<Uid[]> {
		if (sequenceNumbers.length === 0) return [];
		const places = UidSet.of(sequenceNumbers);
		const found: Uid[] = [];
		for (const chunk of places.chunks(this.maxSetLength)) {
			// A number above EXISTS is a syntax error to some servers and silence to others (RFC 9051 section 9, seq-number).
			const uids =
				(chunk.last ?? 0) > this.exists
					? UidSet.empty
					: await searchPlain(this.connection, { seq: chunk.toString() }, this.command('search'));
			if (uids.size !== chunk.size) {
				throw new SyncError('folderInconsistent', { reason: 'uidsMissing', uids: uids.size, asked: chunk.size, ...this.place });
			}
			found.push(...uids);
		}
		return found;
	}

	async flagsOf(uids: UidSet): Promise<MessageFlags[]> {
		return await this.flagRows(uids);
	}

	async *fetch(uids: UidSet, parts: FetchParts, contents?: Contents): AsyncIterable<FetchedMessage> {
		const query = this.queryFor(parts);
		for (const chunk of uids.chunks(this.maxSetLength)) {
			const seen = new Set<number>();
			// From the first message that has to be read again, all wait, so that they come in their order. A FETCH is bounded in bytes.
			const waiting: FetchedMessage[] = [];
			const fetches: Fetch[] = [{ uids: chunk.subtract(contents?.uids ?? UidSet.empty), query }];
			if (contents) fetches.push({ uids: chunk.intersect(contents.uids), query, contents: contents.parts });
			const allowance = parts === 'source' ? this.allowanceFor(chunk) : contents && allowanceForSmallMessages;
			for await (const row of this.rows(fetches, allowance)) {
				const message = toFetchedMessage(row, parts);
				// Rows that nobody asked for may come in between: flag changes, and those of other messages.
				if (!message || !chunk.has(message.uid) || seen.has(message.uid)) continue;
				seen.add(message.uid);
				if (parts !== 'source' && this.sizes.size < MOST_SIZES) this.sizes.set(message.uid, message.size);
				if (contents?.uids.has(message.uid)) message.content = smallContent(row, contents.parts);
				if (waiting.length > 0 || isDoubted(message, parts)) waiting.push(message);
				else yield message;
			}
			for (const message of waiting) {
				if (!isDoubted(message, parts)) yield message;
				else if (parts === 'descriptor') yield* this.unlessRemoved(message);
				else if (parts === 'source') yield* this.confirmed(message);
				else yield* this.withSource(message);
			}
			if (parts === 'headerAndStructure' && seen.size < chunk.size) yield* this.withoutStructure(chunk, seen);
		}
	}

	/** A message that may be a note in the place of one that was removed is given out if its header says that it is not. */
	private async *unlessRemoved(message: FetchedMessage): AsyncIterable<FetchedMessage> {
		const header = await this.headerOf(message.uid);
		if (header && !isRemovedNote(header)) yield message;
	}

	/** The message with its source, from which it is then read. Where that does not come it is as it is, unless nothing came of it. */
	private async *withSource(message: FetchedMessage): AsyncIterable<FetchedMessage> {
		let source: Buffer | undefined;
		for await (const whole of this.fetch(UidSet.of([message.uid]), 'source')) ({ source } = whole);
		if (source || message.header?.length !== 0) yield { ...message, source };
	}

	/**
	 * A message that has not as many bytes as were announced is read once more. It is given out if that shows that nothing is missing:
	 * some servers estimate sizes. Else it is left out, like one that the server does not return: a cut message must not pass for whole.
	 */
	private async *confirmed(message: FetchedMessage): AsyncIterable<FetchedMessage> {
		const { uid, source } = message;
		const one = UidSet.of([uid]);
		let again: FetchedMessage | undefined;
		const query = { ...this.queryFor('source'), bodyStructure: true };
		for await (const row of this.rows([{ uids: one, query }], this.allowanceFor(one))) {
			const whole = toFetchedMessage(row, 'source');
			if (whole?.uid === uid) again = row.bodyStructure ? { ...whole, structure: toBodyPart(row.bodyStructure) } : whole;
		}
		if (!again?.source) return;
		const { structure, ...whole } = again;
		if (isAsAnnounced(again.source, again.size)) yield whole;
		else if (source?.equals(again.source) && this.isComplete(again.source, again.size, structure)) yield whole;
	}

	/** Whether a message has all of its bytes although it has not as many as were announced. */
	private isComplete(source: Buffer, announced: number, structure?: BodyPart): boolean {
		if (source.length === 0) return announced === 0;
		if (source.length > announced || this.capabilities.estimatesSizes || closesItself(source)) return true;
		const headerEnd = source.indexOf('\r\n\r\n');
		const isOnePart = structure !== undefined && structure.children.length === 0;
		return (
			isOnePart && structure.size !== undefined && headerEnd >= 0 && isAsAnnounced(source.subarray(headerEnd + 4), structure.size)
		);
	}

	/**
	 * Messages of which no row came, for imapflow drops one that it cannot read: whole, or of a large one the header. Whatever is not there
	 * any more stays away.
	 */
	private async *withoutStructure(uids: UidSet, seen: ReadonlySet<number>): AsyncIterable<FetchedMessage> {
		const missing = UidSet.of([...uids].filter((uid) => !seen.has(uid)));
		const found: FetchedMessage[] = [];
		for await (const message of this.fetch(missing, 'descriptor')) found.push(message);
		const small = found.filter(({ size }) => size <= LARGEST_READ_WHOLE);
		if (small.length > 0) {
			for await (const message of this.fetch(UidSet.of(small.map(({ uid }) => uid)), 'source'))
				yield { ...message, header: headerOf(message.source!) };
		}
		for (const message of found) {
			if (message.size <= LARGEST_READ_WHOLE) continue;
			const header = await this.headerOf(message.uid);
			if (header) yield { ...message, header };
		}
	}

	/** The header block of one message; undefined where it does not come. */
	private async headerOf(uid: Uid): Promise<Buffer | undefined> {
		let header: Buffer | undefined;
		for await (const row of this.rows([{ uids: UidSet.of([uid]), query: { uid: true, headers: true } }]))
			if (row.uid === uid) header ??= headerIn(row) || undefined;
		return header;
	}

	async *fetchParts(uids: UidSet, parts: string[]): AsyncIterable<{ uid: Uid; parts: Map<string, Buffer> }> {
		for (const chunk of uids.chunks(this.maxSetLength)) {
			const query = { uid: true, bodyParts: parts };
			for await (const { uid, bodyParts } of this.rows([{ uids: chunk, query }], this.allowanceFor(chunk))) {
				if (!uid || !bodyParts || !chunk.has(uid)) continue;
				yield { uid: asUid(uid), parts: withoutNil(bodyParts) };
			}
		}
	}

	readPart(uid: Uid, part: string, announced?: number): AsyncIterable<Buffer> {
		const isWhole = part === '';
		const allowance = { ...allowanceForMessages(1, PIECE_BYTES) };
		// A server that ignores the range sends all of it.
		if (announced !== undefined) allowance.bytes += Math.min(announced, UNKNOWN_SIZE);
		return readPiecewise({
			announced,
			piece: async (start) => await this.bytesOf(uid, part, allowance, { start, maxLength: PIECE_BYTES }),
			whole: async () => ((announced ?? 0) > UNKNOWN_SIZE ? undefined : await this.bytesOf(uid, part, allowance)),
			isComplete: (bytes) =>
				isAsAnnounced(bytes, announced ?? bytes.length) ||
				bytes.length > (announced ?? 0) ||
				this.capabilities.estimatesSizes === true ||
				(isWhole && closesItself(bytes)),
			contradiction: (received) =>
				announced === undefined || received === 0
					? new SyncError('messageNotReturned', { reason: 'part', part, uid, ...this.place })
					: new SyncError('messageNotReturned', { reason: 'cut', part, uid, announced, received, ...this.place }),
		});
	}

	/** The bytes of one part of a message, or of a range of it; of the whole message where `part` is empty. */
	private async bytesOf(
		uid: Uid,
		part: string,
		allowance: Allowance,
		range?: { start: number; maxLength: number },
	): Promise<Buffer | undefined> {
		const query =
			part === '' ? { uid: true, source: range ?? true } : { uid: true, bodyParts: range ? [{ key: part, ...range }] : [part] };
		let bytes: Buffer | undefined;
		for await (const row of this.rows([{ uids: UidSet.of([uid]), query }], allowance)) {
			if (row.uid !== uid) continue;
			bytes ??= part === '' ? row.source || undefined : [...withoutNil(row.bodyParts ?? new Map()).values()][0];
		}
		return bytes;
	}

	expungedMeanwhile(): number {
		return this.events.expunged;
	}

	private queryFor(parts: FetchParts): FetchQueryObject {
		return fetchQuery(parts, this.offered);
	}

	private get offered(): Offered {
		const { capabilities, enabled } = this.connection.client;
		return {
			gmail: this.capabilities.gmail,
			objectId: capabilities.has('OBJECTID'),
			modseq: enabled.has('CONDSTORE') && this.snapshot.highestModseq !== undefined,
		};
	}

	private get place(): { folder: string; host: string } {
		return { folder: this.snapshot.path, host: this.connection.host };
	}

	/** Messages in the folder now, as far as the server reported. */
	private get exists(): number {
		const { mailbox } = this.connection.client;
		return mailbox ? mailbox.exists : 0;
	}

	/** What may come when these messages are read, whole or in parts. */
	private allowanceFor(uids: UidSet): Allowance {
		let declared = 0;
		for (const uid of uids) declared += this.sizes.get(uid) ?? UNKNOWN_SIZE;
		return allowanceForMessages(uids.size, declared);
	}

	private command(doing: Command['doing'], extraMs?: number): Command {
		return { doing, folder: this.snapshot.path, extraMs };
	}

	private async searchWithin(query: SearchObject, within: UidSet, command: Command): Promise<UidSet> {
		let found = UidSet.empty;
		for (const chunk of within.chunks(this.maxSetLength)) {
			const both = 'uid' in query ? allOf([{ uid: chunk.toString() }, { or: [query] }]) : { ...query, uid: chunk.toString() };
			found = found.union(await searchUids(this.connection, both, command));
		}
		// The criterion was sent; a server that overlooked it must not widen the answer.
		return found.intersect(within);
	}

	/** Every UID. A server that gives fewer or more than there are messages is asked again, then not believed. */
	private async searchAll(command: Command): Promise<UidSet> {
		let size = 0;
		let inRanges = false;
		for (let attempt = 1; attempt <= 2; attempt++) {
			const before = this.exists;
			const search = attempt === 1 ? searchUids : searchPlain;
			const asksRanges = attempt === 1 && this.capabilities.esearch && !this.connection.faults.esearch;
			const found = before === 0 ? UidSet.empty : await search(this.connection, {}, command);
			// Messages may come and go while the server answers.
			const after = this.exists;
			if (found.size >= Math.min(before, after) && found.size <= Math.max(before, after)) {
				if (inRanges) this.connection.faults.searchLied('searchMiscounted');
				return found;
			}
			size = found.size;
			inRanges = asksRanges && !this.connection.faults.esearch;
			await this.connection.run(this.command('other'), (client) => client.noop());
		}
		throw new SyncError('folderInconsistent', { reason: 'miscounted', listed: size, exists: this.exists, ...this.place });
	}

	private async flagRows(uids: UidSet, changedSince?: bigint): Promise<MessageFlags[]> {
		const rows = new Map<Uid, MessageFlags>();
		for (const chunk of uids.chunks(this.maxSetLength)) {
			if (await this.takeFlagRows(chunk, changedSince, rows)) continue;
			// Rows that the server sent on its own may lack UID or FLAGS; those that were asked for may not, and come again.
			if (await this.takeFlagRows(chunk, changedSince, rows)) continue;
			throw new SyncError('folderInconsistent', { reason: 'flagsWithoutUid', ...this.place });
		}
		return [...rows.values()].sort((a, b) => a.uid - b.uid);
	}

	/** Adds the flag rows of one FETCH. False when rows came and none of them says which message it is about. */
	private async takeFlagRows(uids: UidSet, changedSince: bigint | undefined, into: Map<Uid, MessageFlags>): Promise<boolean> {
		let readable = 0;
		let unreadable = 0;
		const query = flagQuery(this.offered, { ofChanges: changedSince !== undefined });
		for await (const row of this.rows([{ uids, query, changedSince }])) {
			const flagRow = toFlagRow(row);
			if (!flagRow) unreadable++;
			else readable++;
			// A message may come twice, when it changes meanwhile: the later row is right.
			if (flagRow && uids.has(flagRow.uid)) into.set(flagRow.uid, flagRow);
		}
		return readable > 0 || unreadable === 0;
	}

	/** The rows of some FETCHes. Left early, the connection is torn down: the rest of the answer would be read, however large. */
	private async *rows(fetches: readonly Fetch[], allowance?: Allowance): AsyncGenerator<FetchRow> {
		const command = { ...this.command('fetch'), allowance };
		const silence = this.connection.beginRows(command);
		const rows = fetchRows(
			this.connection.client,
			fetches.filter(({ uids }) => !uids.isEmpty),
			this.offered,
		);
		let waiting = false;
		let ended = false;
		try {
			for (;;) {
				waiting = true;
				const next = await this.connection.next(rows, command, silence);
				waiting = false;
				if (next.done) break;
				yield next.value;
			}
			ended = true;
		} finally {
			silence.stop();
			// An error came from the server, which has ended the command with it; whatever else stops this does not.
			if (!ended && !waiting) this.connection.destroy();
		}
	}
}

function headerOf(source: Buffer): Buffer {
	const end = source.indexOf('\r\n\r\n');
	return end < 0 ? source : source.subarray(0, end + 4);
}

/** imapflow gives `false`, against its types, for NIL: a part that is not there. */
function withoutNil(bodyParts: Map<string, Buffer | false>): Map<string, Buffer> {
	return new Map([...bodyParts].flatMap(([part, bytes]) => (bytes ? [[part, bytes] as const] : [])));
}
