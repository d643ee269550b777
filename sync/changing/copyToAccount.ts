import { setTimeout as pause } from 'node:timers/promises';
import type { StopSignal } from '../errors/stopSignal';
import { stopError, SyncError, withConsequence } from '../errors/syncError';
import { pairUp, readAllIdentities, readIdentities, type IdentifiedMessage } from '../reading/identity';
import { notThere } from '../reading/messageAddress';
import type { MailServer, OpenFolder } from '../server/mailServer';
import type { MailSession } from './session';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import { ResumingReader } from '../reading/resumingReader';
import { readWhole, usualReading, whyMissing, type ReadingLimits } from '../reading/wholeMessages';
import type { Appended, WritableFolder } from './writing';

/** What is to be copied where. */
export interface FolderCopyTask {
	from: string;
	to: string;
	/** Chooses the messages once the folder is open and its UIDVALIDITY known; without it all are copied. */
	choose?: (uidValidity: string) => UidSet;
}

/** The outcome for a message. */
export type CopyOutcome =
	| { kind: 'copied' | 'alreadyThere'; target: { folder: string; uid?: Uid; uidValidity?: string } }
	| { kind: 'failed'; error: SyncError };

export interface CopyOptions {
	/** Whether a missing folder is created. */
	createFolder: boolean;
	/** In bytes. Larger messages are skipped and reported as failed. A message is held in memory while it is stored. */
	maxSize: number;
	/** Asked between messages. */
	signal?: StopSignal;
	/** Called once for each message, with how many of the folder are left. */
	onResult(uid: Uid, outcome: CopyOutcome, message: IdentifiedMessage | undefined, left: number): void;
}

/** What was done in a folder. */
export interface FolderCopied {
	uidValidity: string;
	/** Whether the folder in the other account was created. */
	created: boolean;
	copied: number;
	alreadyThere: number;
	failed: number;
	/** Bytes that were copied. */
	bytes: number;
	/** Why the rest was not tried. */
	endedBy?: SyncError;
}

/** Few at first: while the other server stores them, the next ones come. */
const passingOn: ReadingLimits = { ...usualReading, piecesAbove: Infinity, firstBatch: 64 };

/** With fewer messages than this the target is searched for them, if it is large, instead of being read as a whole. */
const FEW_MESSAGES = 100;
const LARGE_FOLDER = 1_000;
/** Message-IDs in one search: as in findByMessageId. */
const IDS_PER_SEARCH = 50;
/** After this many messages in a row that exceed the quota, no smaller one is tried. */
const FULL_IN_A_ROW = 3;
/** After this many refusals in a row, the server takes none. */
const REFUSED_IN_A_ROW = 20;

/**
 * Copies messages of a folder to a folder of another account, with flags, the keywords that it keeps there, and INTERNALDATE.
 * Messages already there are skipped, so that after an interruption the same again does the rest: an APPEND whose answer was
 * lost is found by then. Throws SyncError when nothing could be begun; later failures go to `onResult`.
 */
export async function copyFolderToAccount(
	source: MailServer,
	target: MailSession,
	{ from, to, choose }: FolderCopyTask,
	options: CopyOptions,
): Promise<FolderCopied> {
	const [visit] = await new ResumingReader(source).visitFolders([from], async (_path, connection) => {
		const folder = await connection.open(from);
		const uids = choose?.(folder.snapshot.uidValidity);
		if (uids?.isEmpty) return nothingCopied(folder.snapshot.uidValidity);
		const { messages, left } = uids ? await readChosen(folder, uids) : await readAllIdentities(folder);
		return await new FolderCopying(folder, target, to, options).run(messages, left, uids === undefined);
	});
	if (visit.status === 'rejected') throw visit.reason;
	return visit.value;
}

const nothingCopied = (uidValidity: string): FolderCopied => ({
	uidValidity,
	created: false,
	copied: 0,
	alreadyThere: 0,
	failed: 0,
	bytes: 0,
});

async function readChosen(folder: OpenFolder, uids: UidSet): Promise<{ messages: Map<Uid, IdentifiedMessage>; left: UidSet }> {
	const messages = await readIdentities(folder, uids);
	return { messages, left: uids.subtract(UidSet.of(messages.keys())) };
}

/** The other account's folder before anything is copied. */
interface Target {
	/** Absent where the folder is not there yet. */
	uidValidity?: string;
	uidNext?: number;
	/** What of the messages may be in it already. */
	there: IdentifiedMessage[];
}

/**
 * A server goes on storing what a connection that was lost had sent (seen with Cyrus 3.6 on 2026-11-27), and what it stores after the
 * next copy has read the folder would be there twice. So a copy that lost its connection ends only when nothing has arrived for a
 * while, or after so many looks; and one that begins reads the folder again as long as messages arrive in it, for a process that was
 * killed waited for nothing.
 */
const REST_MS = 500;
const MOST_LOOKS = 30;
const MOST_READINGS = 10;

const hasMissing = (messages: readonly IdentifiedMessage[], { there }: Target): boolean =>
	pairUp(messages, there).includes(undefined);

class FolderCopying {
	private readonly result: FolderCopied;
	private readonly kept = new Map<string, boolean>();
	private readonly waiting = new Map<Uid, IdentifiedMessage | undefined>();
	/** Refusals in a row: for want of room, and for whatever reason. */
	private full = 0;
	private refused = 0;
	/** Why nothing more is sent. */
	private ending: Error | undefined;
	/** Messages were sent of which nobody knows whether they are stored. */
	private isUncertain = false;

	constructor(
		private readonly folder: OpenFolder,
		private readonly account: MailSession,
		private readonly to: string,
		private readonly options: CopyOptions,
	) {
		this.result = nothingCopied(folder.snapshot.uidValidity);
	}

	async run(messages: ReadonlyMap<Uid, IdentifiedMessage>, left: UidSet, isWhole: boolean): Promise<FolderCopied> {
		const ordered = [...messages.values()].sort((a, b) => a.uid - b.uid);
		for (const message of ordered) this.waiting.set(message.uid, message);
		for (const uid of left) this.waiting.set(uid, undefined);
		for (const uid of left) this.report(uid, failed(await whyMissing(this.folder, uid)));
		try {
			this.throwIfStopped();
			let target = await readTarget(this.account.reader, this.to, ordered);
			let opened: WritableFolder | undefined;
			// An empty folder is created too, where the whole folder is meant.
			const isToBeOpened = (): boolean => hasMissing(ordered, target) || (isWhole && target.uidValidity === undefined);
			for (let reading = 1; isToBeOpened(); reading++) {
				opened = await this.openTarget();
				const isAtRest = target.uidValidity === undefined || opened.uidNext === undefined || opened.uidNext === target.uidNext;
				if (isAtRest || reading === MOST_READINGS) break;
				target = await readTarget(this.account.reader, this.to, ordered);
			}
			const missing = this.passOver(ordered, target);
			if (opened && missing.length > 0) await this.copyMissing(missing, opened);
		} catch (error) {
			if (!(error instanceof SyncError)) throw error;
			this.result.endedBy = error;
			if (this.isUncertain) await this.untilAtRest();
			for (const uid of [...this.waiting.keys()]) this.report(uid, failed(notTried(error)));
		}
		return this.result;
	}

	/** Reports the messages that are there already, and returns the others. */
	private passOver(messages: readonly IdentifiedMessage[], { there, uidValidity }: Target): IdentifiedMessage[] {
		const pairs = pairUp(messages, there);
		return messages.filter((message, index) => {
			const match = pairs[index];
			if (match === undefined) return true;
			this.report(message.uid, { kind: 'alreadyThere', target: { folder: this.to, uid: there[match].uid, uidValidity } });
			return false;
		});
	}

	/** Opens the folder for changes: only so does the server say which flags it keeps, and Courier stores nothing in a folder that it has opened read-only. */
	private async openTarget(): Promise<WritableFolder> {
		const { writer } = this.account;
		let folder: WritableFolder;
		try {
			folder = await writer.open(this.to);
		} catch (error) {
			if (!(error instanceof SyncError) || error.code !== 'folderNotFound' || !this.options.createFolder) throw error;
			this.result.created = await writer.createFolder(this.to, { mayExist: true });
			folder = await writer.open(this.to);
		}
		if (folder.readOnly) throw readOnly(this.to);
		return folder;
	}

	private async copyMissing(missing: readonly IdentifiedMessage[], target: WritableFolder): Promise<void> {
		const { maxSize } = this.options;
		for (const { uid, size } of missing.filter(({ size }) => size > maxSize)) this.report(uid, failed(tooLarge(size, maxSize)));
		const fitting = missing.filter(({ size }) => size <= maxSize);
		const appending = this.account.writer.appendMany(this.to);
		try {
			for await (const { message, content } of readWhole(this.folder, fitting, passingOn)) {
				this.throwIfStopped();
				if (!Buffer.isBuffer(content)) {
					this.report(
						message.uid,
						failed(content instanceof SyncError ? content : notThere({ folder: this.folder.snapshot.path, uid: message.uid })),
					);
					continue;
				}
				const copy = {
					source: content,
					flags: message.flags.filter((flag) => this.keeps(target, flag)),
					...(message.internalDate ? { date: message.internalDate } : {}),
				};
				await appending.add(copy, (outcome) => this.answered(message.uid, content.length, outcome));
				if (this.ending) break;
			}
		} finally {
			await appending.end();
		}
		if (this.ending) throw this.ending;
	}

	/** Takes what came of a message that was sent; others may be under way behind it. */
	private answered(uid: Uid, bytes: number, outcome: Appended | Error): void {
		if (!(outcome instanceof Error)) {
			this.result.bytes += bytes;
			this.report(uid, { kind: 'copied', target: { folder: this.to, ...outcome } });
			this.full = this.refused = 0;
			return;
		}
		if (!(outcome instanceof SyncError)) {
			this.ending ??= outcome;
			return;
		}
		this.report(uid, failed(outcome));
		this.isUncertain ||= outcome.code === 'outcomeUnknown';
		this.full = outcome.code === 'folderFull' ? this.full + 1 : 0;
		this.refused = outcome.code === 'commandRefused' ? this.refused + 1 : 0;
		if (this.full >= FULL_IN_A_ROW || this.refused >= REFUSED_IN_A_ROW || endsFolder(outcome)) this.ending ??= outcome;
	}

	/** Waits until nothing more arrives in the other folder. Where the server is away, nobody can tell. */
	private async untilAtRest(): Promise<void> {
		let before: number | undefined;
		for (let look = 1; look <= MOST_LOOKS && !this.options.signal?.aborted; look++) {
			const [visit] = await this.account.reader.visitFolders([this.to], async (_path, connection) => {
				const { snapshot } = await connection.open(this.to);
				return snapshot.uidNext;
			});
			if (visit.status === 'rejected' || visit.value === before) return;
			before = visit.value;
			await pause(REST_MS);
		}
	}

	/** Whether the other folder keeps a flag or keyword: a server may refuse the whole message because of one that it does not. */
	private keeps(target: WritableFolder, flag: string): boolean {
		let kept = this.kept.get(flag);
		if (kept === undefined) {
			try {
				target.assertStorable([flag]);
				kept = true;
			} catch (error) {
				if (!(error instanceof SyncError)) throw error;
				kept = false;
			}
			this.kept.set(flag, kept);
		}
		return kept;
	}

	private report(uid: Uid, outcome: CopyOutcome): void {
		if (!this.waiting.has(uid)) return;
		const message = this.waiting.get(uid);
		this.waiting.delete(uid);
		this.result[outcome.kind]++;
		this.options.onResult(uid, outcome, message, this.waiting.size);
	}

	private throwIfStopped(): void {
		if (this.options.signal?.aborted) throw stopError(this.folder.snapshot.path);
	}
}

/**
 * What of these messages may be in the other folder already: all that is in it, or (few messages, large folder) what a search
 * finds. Nothing where there is no such folder.
 */
async function readTarget(server: MailServer, path: string, messages: readonly IdentifiedMessage[]): Promise<Target> {
	const [visit] = await server.visitFolders([path], async (_path, connection) => {
		const folder = await connection.open(path);
		const { uidValidity, uidNext, exists } = folder.snapshot;
		if (messages.length === 0) return { uidValidity, there: [] };
		const isFew = messages.length <= FEW_MESSAGES && messages.every(({ messageId }) => isSearchable(messageId));
		const there =
			isFew && exists >= LARGE_FOLDER ? await searchFor(folder, messages) : (await readAllIdentities(folder)).messages;
		return { uidValidity, uidNext, there: [...there.values()].sort((a, b) => a.uid - b.uid) };
	});
	if (visit.status === 'fulfilled') return visit.value;
	if (visit.reason instanceof SyncError && visit.reason.code === 'folderNotFound') return { there: [] };
	throw visit.reason;
}

async function searchFor(folder: OpenFolder, messages: readonly IdentifiedMessage[]): Promise<Map<Uid, IdentifiedMessage>> {
	const ids = [...new Set(messages.flatMap(({ messageId }) => messageId ?? []))];
	let found = UidSet.empty;
	for (let start = 0; start < ids.length; start += IDS_PER_SEARCH) {
		found = found.union(await folder.search({ messageIds: ids.slice(start, start + IDS_PER_SEARCH) }));
	}
	return await readIdentities(folder, found);
}

/** Whether a search for it finds it on every server: others are compared with all that is there. */
const isSearchable = (messageId: string | undefined): boolean => messageId !== undefined && /^<[!-~]{1,200}>$/.test(messageId);

const failed = (error: SyncError): CopyOutcome => ({ kind: 'failed', error });

/** Whether what went wrong with one message goes wrong with the others of the folder too. */
const endsFolder = ({ code, scope }: SyncError): boolean =>
	scope === 'connection' || scope === 'account' || ['folderForbidden', 'folderNotFound', 'folderReadOnly'].includes(code);

function notTried(cause: SyncError): SyncError {
	if (cause.code === 'runStopped') return cause;
	return withConsequence(cause, { kind: 'notCopied' }, cause.code === 'outcomeUnknown' ? 'connectionLost' : cause.code);
}

function readOnly(folder: string): SyncError {
	return new SyncError('folderReadOnly', { reason: 'otherAccount', folder });
}

function tooLarge(size: number, maxSize: number): SyncError {
	return new SyncError('messageTooLarge', { bytes: size, limit: maxSize });
}
