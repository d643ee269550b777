import type { StopSignal } from '../errors/stopSignal';
import { createHash } from 'node:crypto';
import { SyncError, stopError } from '../errors/syncError';
import { findMessages } from '../search/findMessages';
import { readIdentities, type IdentifiedMessage } from '../reading/identity';
import type { MailServer, OpenFolder } from '../server/mailServer';
import { UidSet } from '../uids/uidSet';
import { ResumingReader } from '../reading/resumingReader';
import { readWhole, whyMissing } from '../reading/wholeMessages';
import { entryOf, type ManifestEntry } from './manifest';
import type { SearchCriteria } from '../server/searchCriteria';

/** Which messages of a folder are exported. */
export interface ExportChoice {
	criteriaOf(path: string): SearchCriteria;
	/** At most so many, of all folders together. */
	limit: number;
	order: 'newestFirst' | 'oldestFirst';
	/** Folders that may not be opened, or are gone, are skipped: nobody named them. */
	mayMiss: boolean;
	/** Asked between messages. */
	signal?: StopSignal;
}

/** A message on its way out. */
export interface OutgoingMessage {
	folder: { path: string; uidValidity: string };
	message: IdentifiedMessage;
	/** Its bytes; where they are held anyway, all of them. To be read before the next message comes. */
	content: Buffer | AsyncIterable<Buffer>;
	/** The entry for the manifest, once the content was read. Throws TypeError before. */
	entry(file?: string): ManifestEntry;
}

/** Where messages go, one after the other. */
export interface ExportSink {
	/** Before the messages of a folder. */
	begin?(folder: { path: string; uidValidity: string }, messages: number): Promise<void> | void;
	take(message: OutgoingMessage): Promise<void>;
	/** For a message that was to be exported and could not be read. */
	missed(folder: { path: string; uidValidity: string }, message: IdentifiedMessage, error: SyncError): void;
	/** After the messages of a folder. */
	end?(folder: { path: string; uidValidity: string }): Promise<void> | void;
}

/**
 * Exports whole messages of some folders, in order, a few FETCHes for hundreds, and what is large piece by piece: never more
 * than some megabytes are held. Throws SyncError.
 */
export async function exportFolders(
	server: MailServer,
	paths: readonly string[],
	choice: ExportChoice,
	sink: ExportSink,
): Promise<void> {
	await visitChosen(
		server,
		paths,
		choice,
		async (open, messages, unread) => await exportFolder(open, messages, choice, sink, unread),
	);
}

/** Who takes the messages of a folder that are listed. */
export interface ListSink {
	begin(folder: { path: string; uidValidity: string }): void;
	take(folder: { path: string; uidValidity: string }, message: IdentifiedMessage): void;
}

/** Returns which messages folders hold, without reading them: one SEARCH and one FETCH for each folder. Throws SyncError. */
export async function listFolders(
	server: MailServer,
	paths: readonly string[],
	choice: ExportChoice,
	sink: ListSink,
): Promise<void> {
	await visitChosen(server, paths, choice, (open, messages) => {
		const folder = { path: open.snapshot.path, uidValidity: open.snapshot.uidValidity };
		sink.begin(folder);
		for (const message of messages) sink.take(folder, message);
	});
}

/** Opens the folders one after the other, for what is done with those of their messages that are meant. */
async function visitChosen(
	server: MailServer,
	paths: readonly string[],
	choice: ExportChoice,
	act: (open: OpenFolder, messages: IdentifiedMessage[], unread: UidSet) => Promise<void> | void,
): Promise<void> {
	let left = choice.limit;
	const reader = new ResumingReader(server);
	for (const path of paths) {
		if (choice.signal?.aborted) throw stopError(path);
		let isOpen = false;
		const [visit] = await reader.visitFolders([path], async (_path, connection) => {
			const open = await connection.open(path);
			isOpen = true;
			const { messages, unread } = await chooseMessages(open, choice, left);
			left -= messages.length;
			await act(open, messages, unread);
		});
		if (visit.status === 'fulfilled') continue;
		const reason: unknown = visit.reason;
		if (!choice.mayMiss || isOpen || !(reason instanceof SyncError) || !passedOver.has(reason.code)) throw reason;
	}
}

const passedOver = new Set(['folderNotFound', 'folderNotSelectable', 'folderForbidden']);

async function exportFolder(
	open: OpenFolder,
	messages: IdentifiedMessage[],
	{ signal }: ExportChoice,
	sink: ExportSink,
	unread: UidSet,
): Promise<void> {
	const folder = { path: open.snapshot.path, uidValidity: open.snapshot.uidValidity };
	await sink.begin?.(folder, messages.length);
	for (const uid of unread) sink.missed(folder, { uid, flags: [], size: 0, identity: '' }, await whyMissing(open, uid));
	for await (const { message, content } of readWhole(open, messages)) {
		if (signal?.aborted) throw stopError(folder.path);
		if (content instanceof SyncError) {
			sink.missed(folder, message, content);
			continue;
		}
		let sha256: string | undefined;
		const entry = (file?: string): ManifestEntry => {
			if (sha256 === undefined) throw new TypeError('the message was not read to its end');
			return entryOf(folder, message, sha256, file);
		};
		if (Buffer.isBuffer(content)) {
			sha256 = createHash('sha256').update(content).digest('hex');
			await sink.take({ folder, message, content, entry });
		} else {
			const begun = await beginning(content());
			if (begun instanceof SyncError) sink.missed(folder, message, begun);
			else await sink.take({ folder, message, content: withDigest(begun, (digest) => (sha256 = digest)), entry });
		}
	}
	await sink.end?.(folder);
}

/** The pieces, the first of them read: a message that cannot be read is missed before the sink has begun with it. */
async function beginning(pieces: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer> | SyncError> {
	const iterator = pieces[Symbol.asyncIterator]();
	try {
		const { value: first, done } = await iterator.next();
		return done ? following(undefined, iterator) : following(first, iterator);
	} catch (error) {
		if (error instanceof SyncError && error.scope === 'message') return error;
		throw error;
	}
}

async function* following(first: Buffer | undefined, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
	if (first) yield first;
	for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function* withDigest(pieces: AsyncIterable<Buffer>, onDigest: (sha256: string) => void): AsyncGenerator<Buffer> {
	const hash = createHash('sha256');
	for await (const piece of pieces) {
		hash.update(piece);
		yield piece;
	}
	onDigest(hash.digest('hex'));
}

/** The messages of a folder that are meant, in the order wanted, and those of them that the server lists and does not return. */
async function chooseMessages(
	open: OpenFolder,
	{ criteriaOf, order, signal }: ExportChoice,
	limit: number,
): Promise<{ messages: IdentifiedMessage[]; unread: UidSet }> {
	if (limit <= 0) return { messages: [], unread: UidSet.empty };
	const { uids } = await findMessages(open, { criteria: criteriaOf(open.snapshot.path), limit, order }, signal);
	const found = await readIdentities(open, UidSet.of(uids));
	const silent = UidSet.of(uids.filter((uid) => !found.has(uid)));
	// One that was expunged meanwhile is none.
	const unread = silent.isEmpty ? silent : (await open.search({}, silent)).intersect(silent);
	return { messages: uids.flatMap((uid) => found.get(uid) ?? []), unread };
}
