import { newestFingerprinted } from '../folder/readFingerprints';
import { NARROW_RANGE } from '../folder/findNew';
import type { FolderState } from '../folder/folderState';
import { readsFlagsByRows } from '../folder/readFlags';
import { tracksExisting, type SyncNeeds } from '../folder/syncNeeds';
import type { Capabilities } from '../server/capabilities';
import { qresyncParameters } from '../folder/plan';
import { mustFindIgnored } from '../folder/ignoreRules';
import { mustProbeAckFlag } from '../folder/unacknowledged';
import { batches, partsFor } from '../reading/batch';
import { MOST_AT_ONCE } from '../reading/contentsAhead';
import type { FolderStatus } from '../server/folderListing';
import type { FolderReading, FoldersRead } from '../server/folderReading';
import type { FolderConnection, MailServer } from '../server/mailServer';
import type { SyncError } from '../errors/syncError';
import type { ContentParts, FetchedMessage, MessageSummary } from '../server/message';
import { MAX_UID, type Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import { FolderReadAhead, type Ahead } from './folderReadAhead';
import type { RunContext } from './runContext';
import type { Run } from './runProgress';
import type { VisitPlan } from './visitPlan';

/** Folders of one flight. */
const MOST_FOLDERS = 200;

/** What part of the time that is left a silent server may take: the others are for the visits. */
const PATIENCE = 3;

/** Bytes of messages that are held at once, as they were announced. */
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * What is new in folders, read before they are visited: one flight for what came in all of them, and one for each few
 * megabytes of messages. A visit would be two round trips or three. Nothing is decided here: a visit asks its questions as ever,
 * and what was not read ahead is asked of the server.
 */
export class ReadAhead {
	private readonly folders = new Map<string, Ahead & { since: FolderReading['since']; contents: Map<Uid, FetchedMessage> }>();
	/** Of these, what is still to be read. */
	private readonly wanted = new Map<string, { uids: UidSet; announced: number }>();

	/** Whether a flight came to nothing: none is sent after it. */
	brokeOff = false;
	/** What broke: from then on only what is here already is given out. */
	brokenBy: SyncError | undefined;

	private constructor(
		private readonly context: RunContext,
		private readonly readFolders: NonNullable<MailServer['readFolders']>,
	) {}

	/** The folders of a plan that are read ahead together, in portions; the others are visited as they are. */
	static portions(run: Run, plan: VisitPlan, statuses: ReadonlyMap<string, FolderStatus>): string[][] {
		const { services, settings } = run.context;
		const { filter, ignore } = settings.watch;
		// With conditions most questions of a visit are others, and several connections answer them sooner.
		if (!services.server.readFolders || filter || ignore) return [];
		const together = plan.toOpen.filter((path) => canReadAhead(run, plan, path, statuses.get(path)));
		const portions: string[][] = [];
		for (let at = 0; at < together.length; at += MOST_FOLDERS) portions.push(together.slice(at, at + MOST_FOLDERS));
		return portions.filter((portion) => {
			// Of a single folder it is faster where all that happened comes in the one flight.
			if (portion.length === 1) return isLittle(run, portion, statuses) && hasOnlyGrown(run, portion[0], statuses);
			// Structures of many messages take a server long.
			return partsFor(settings.reading) !== 'headerAndStructure' || isLittle(run, portion, statuses);
		});
	}

	/** Asks what is new in these folders. Where that does not succeed, nothing is known of them, and their visits show why. */
	static async of(
		run: Run,
		paths: readonly string[],
		statuses: ReadonlyMap<string, FolderStatus>,
	): Promise<ReadAhead | undefined> {
		const { context, progress } = run;
		const { server } = context.services;
		if (!server.readFolders || context.budget.remainingEvents === 0) return undefined;
		const ahead = new ReadAhead(context, server.readFolders.bind(server));
		const parts = partsFor(context.settings.reading);
		const contents = parts !== 'descriptor' && isLittle(run, paths, statuses) ? parts : undefined;
		const readings = paths.map((path) => newsOf(path, progress.folders[path], context, contents));
		for (const [path, read] of await ahead.ask(readings)) {
			const { uids: asked, since, flags } = readings.find((reading) => reading.path === path)!;
			ahead.folders.set(path, { read, asked, since, flags, contents: new Map(read.contents), contentParts: parts });
			ahead.want(path, progress.folders[path]);
		}
		return ahead;
	}

	/** The folders of which something was read. */
	get paths(): string[] {
		return [...this.folders.keys()];
	}

	/** A connection that opens a folder as it was read, once, and from then on, or where more is asked than was, by itself. */
	inFrontOf(connection: FolderConnection): FolderConnection {
		const open: FolderConnection['open'] = async (path, since) => {
			if (this.brokenBy) throw this.brokenBy;
			return await connection.open(path, since);
		};
		return {
			open: async (path, since) => {
				const ahead = this.folders.get(path);
				const isOther = since && (since.modseq !== ahead?.since?.modseq || since.uidValidity !== ahead.since.uidValidity);
				if (!ahead || isOther) return await open(path, since);
				this.folders.delete(path);
				return new FolderReadAhead(ahead, () => open(path));
			},
			keepsFlag: async (path, flag) => await connection.keepsFlag(path, flag),
		};
	}

	/** Reads the messages of this folder, and those of the next ones with them. */
	async messagesOf(path: string): Promise<void> {
		if (!this.wanted.has(path) || this.brokeOff || this.brokenBy) return;
		const readings: FolderReading[] = [];
		let bytes = 0;
		let count = 0;
		for (const [folder, { uids, announced }] of this.wanted) {
			if (readings.length > 0 && (bytes + announced > MOST_BYTES || count >= this.context.budget.remainingEvents)) break;
			readings.push({ path: folder, uids, parts: 'source', search: false, announced });
			this.wanted.delete(folder);
			bytes += announced;
			count += uids.size;
		}
		for (const [folder, { snapshot, messages }] of await this.ask(readings)) {
			const ahead = this.folders.get(folder);
			if (ahead?.read.snapshot.uidValidity !== snapshot.uidValidity) continue;
			for (const [uid, message] of messages) ahead.contents.set(uid, message);
		}
	}

	/** What is being read when the connection ends is in doubt from then on. */
	private async ask(readings: readonly FolderReading[]): Promise<FoldersRead['folders']> {
		const { doubts, budget } = this.context;
		let answer: FoldersRead = { folders: new Map() };
		try {
			answer = await this.readFolders(readings, Math.max(1, budget.timeLeft / PATIENCE));
			this.brokeOff = answer.brokeOff === true;
		} catch {
			// The connection was gone, and there is none to be had, or something is wrong with a folder: the visits say so.
			this.brokeOff = true;
		}
		for (const { snapshot } of answer.folders.values()) {
			doubts.opened(snapshot);
			doubts.came();
		}
		if (answer.lost) {
			const { snapshot, parts, uids } = answer.lost;
			doubts.opened(snapshot);
			doubts.blame(snapshot, parts, uids);
		}
		return answer.folders;
	}

	/** Which messages a visit will read whole, as far as that is certain. */
	private want(path: string, state: FolderState): void {
		const { settings, needs, budget, isMoveCandidate } = this.context;
		const { read } = this.folders.get(path)!;
		const parts = partsFor(settings.reading);
		if (parts !== 'source' || !needs.newMessages || read.snapshot.uidValidity !== state.uidValidity) return;
		const isNew = (message: MessageSummary): boolean =>
			message.uid >= state.uidNext && message.uid < read.snapshot.uidNext && !isMoveCandidate?.(path, message);
		const { contents } = this.folders.get(path)!;
		const news = [...read.messages.values()].filter(isNew).sort((a, b) => a.uid - b.uid);
		const whole = [...batches(news, parts, settings.reading, budget)].flatMap((batch) =>
			batch.parts === 'source' ? batch.messages : [],
		);
		const held: MessageSummary[] = [];
		let announced = 0;
		for (const message of whole) {
			if (contents.has(message.uid)) continue;
			if (announced + message.size > Math.min(MOST_BYTES, budget.bytes)) break;
			announced += message.size;
			held.push(message);
		}
		if (held.length > 0) this.wanted.set(path, { uids: UidSet.of(held.map(({ uid }) => uid)), announced });
	}
}

/** Whether what a visit of the folder asks first is known before it is opened. */
function canReadAhead({ context, progress }: Run, plan: VisitPlan, path: string, status: FolderStatus | undefined): boolean {
	const { settings, needs, filterChanged, doubts, services } = context;
	const state = progress.folders[path];
	return (
		state !== undefined &&
		!state.missing &&
		!state.mayBeMissing &&
		!filterChanged &&
		!plan.auditsDue.has(path) &&
		!mustProbeAckFlag(state, settings.delivery.acknowledge) &&
		!mustFindIgnored(state, settings.watch) &&
		// A suspect is read by itself.
		!doubts.hasDoubts(path) &&
		(status?.uidValidity === undefined || status.uidValidity === state.uidValidity) &&
		// Sets of flags take many questions, which several connections answer sooner.
		(!needs.updates || services.server.capabilities.condstore || readsFlagsByRows(state.knownUids ?? UidSet.empty, false)) &&
		(status?.uidNext === undefined || status.uidNext - state.uidNext <= NARROW_RANGE) &&
		(needs.newMessages || needs.updates || needs.deletions)
	);
}

/** Whether what came in these folders is so little that the contents of messages come at once. */
const isLittle = ({ progress }: Run, paths: readonly string[], statuses: ReadonlyMap<string, FolderStatus>): boolean =>
	paths.reduce((sum, path) => sum + cameTo(progress.folders[path], statuses.get(path)), 0) <= MOST_AT_ONCE;

/** Whether messages came and none left, as far as that is asked for; QRESYNC tells what left. */
function hasOnlyGrown({ context, progress }: Run, path: string, statuses: ReadonlyMap<string, FolderStatus>): boolean {
	const { needs, services } = context;
	const { uidNext, exists } = progress.folders[path];
	const status = statuses.get(path);
	const came = status?.uidNext === undefined ? 0 : status.uidNext - uidNext;
	return came > 0 && (!tracksExisting(needs) || services.server.capabilities.qresync || status?.messages === exists + came);
}

/** How many messages came at most, by the status; without one, more than few. */
const cameTo = ({ uidNext }: FolderState, status: FolderStatus | undefined): number =>
	status?.uidNext === undefined ? MOST_AT_ONCE + 1 : Math.max(0, status.uidNext - uidNext);

/** The questions about what came since, as findNew() asks them. */
function newsOf(
	path: string,
	state: FolderState,
	{ needs, services }: RunContext,
	contents: ContentParts | undefined,
): FolderReading {
	const since = qresyncParameters(state, needs, services.server.capabilities.qresync);
	const news = UidSet.range(state.uidNext, Math.min(MAX_UID, state.uidNext + NARROW_RANGE - 1));
	const uids = news.union(newestFingerprinted(state));
	const flags = since ? undefined : flagsToRead(state, needs, services.server.capabilities);
	return {
		path,
		since,
		uids,
		parts: 'descriptor',
		contents: contents && needs.newMessages ? { uids: news, parts: contents } : undefined,
		search: true,
		flags,
	};
}

/** The flags that are asked for at each look where QRESYNC does not say what changed: see planOfChanges() and readFlags(). */
function flagsToRead(
	{ knownUids, highestModseq, uidNext }: FolderState,
	{ updates }: SyncNeeds,
	{ condstore, gmail }: Capabilities,
): FolderReading['flags'] {
	if (!updates || knownUids === undefined || uidNext <= 1) return undefined;
	if (condstore && highestModseq !== undefined) return { uids: UidSet.range(1, uidNext - 1), changedSince: highestModseq };
	return readsFlagsByRows(knownUids, gmail) ? { uids: knownUids } : undefined;
}
