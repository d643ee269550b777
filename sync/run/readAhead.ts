import { SyncError } from '../errors/syncError';
import { newestFingerprinted } from '../folder/readFingerprints';
import { NARROW_RANGE } from '../folder/findNew';
import type { FolderState } from '../folder/folderState';
import { qresyncParameters } from '../folder/plan';
import { mustFindIgnored } from '../folder/ignoreRules';
import { mustProbeAckFlag } from '../folder/unacknowledged';
import { batches, partsFor } from '../reading/batch';
import type { FolderStatus } from '../server/folderListing';
import type { FolderReading, FoldersRead } from '../server/folderReading';
import type { OpenFolder } from '../server/mailServer';
import type { FetchedMessage, MessageSummary } from '../server/message';
import { MAX_UID, type Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import { FolderReadAhead, type Ahead } from './folderReadAhead';
import type { RunContext } from './runContext';
import type { Run } from './runProgress';
import type { VisitPlan } from './visitPlan';

/** Folders of one flight. */
const MOST_FOLDERS = 200;

/** Bytes of messages that are held at once, as they were announced. */
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * What is new in several folders, read before they are visited: one flight for what came in all of them, and one for each few
 * megabytes of messages. A visit would be two round trips or three. Nothing is decided here: a visit asks its questions as ever,
 * and what was not read ahead is asked of the server.
 */
export class ReadAhead {
	private readonly folders = new Map<string, Ahead & { since: FolderReading['since']; sources: Map<Uid, FetchedMessage> }>();
	/** Of these, what is still to be read. */
	private readonly wanted = new Map<string, { uids: UidSet; announced: number }>();

	private constructor(
		private readonly context: RunContext,
		private readonly server: { readFolders(readings: readonly FolderReading[]): Promise<FoldersRead> },
	) {}

	/** The folders of a plan that are read ahead together, in portions; the others are visited as they are. */
	static portions(run: Run, plan: VisitPlan, statuses: ReadonlyMap<string, FolderStatus>): string[][] {
		const { services, settings } = run.context;
		const { filter, ignore } = settings.watch;
		// With conditions and structures most questions of a visit are others, and several connections answer them sooner.
		const isWhole = partsFor(settings.reading) !== 'headerAndStructure';
		if (!services.server.readFolders || filter || ignore || !isWhole) return [];
		const together = plan.toOpen.filter((path) => canReadAhead(run, plan, path, statuses.get(path)));
		const portions: string[][] = [];
		for (let at = 0; at < together.length; at += MOST_FOLDERS) portions.push(together.slice(at, at + MOST_FOLDERS));
		// Of a single folder it would be no faster.
		return portions.filter(({ length }) => length > 1);
	}

	/** Asks what is new in these folders. Where that does not succeed, nothing is known of them, and their visits show why. */
	static async of({ context, progress }: Run, paths: readonly string[]): Promise<ReadAhead | undefined> {
		const { server } = context.services;
		if (!server.readFolders || context.budget.remainingEvents === 0) return undefined;
		const ahead = new ReadAhead(context, { readFolders: server.readFolders.bind(server) });
		const readings = paths.map((path) => newsOf(path, progress.folders[path], context));
		for (const [path, read] of await ahead.ask(readings)) {
			const { uids: asked, since } = readings.find((reading) => reading.path === path)!;
			ahead.folders.set(path, { read, asked, since, sources: new Map() });
			ahead.want(path, progress.folders[path]);
		}
		return ahead;
	}

	/** What was read of a folder, once; undefined where nothing was, or where more is asked than was. */
	take(path: string, since: FolderReading['since'], open: () => Promise<OpenFolder>): OpenFolder | undefined {
		const ahead = this.folders.get(path);
		if (!ahead || (since && (since.modseq !== ahead.since?.modseq || since.uidValidity !== ahead.since.uidValidity)))
			return undefined;
		this.folders.delete(path);
		return new FolderReadAhead(ahead, open);
	}

	/** Reads the messages of this folder, and those of the next ones with them. */
	async messagesOf(path: string): Promise<void> {
		if (!this.wanted.has(path)) return;
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
			for (const [uid, message] of messages) ahead.sources.set(uid, message);
		}
	}

	/** What is being read when the connection ends is in doubt from then on. */
	private async ask(readings: readonly FolderReading[]): Promise<FoldersRead['folders']> {
		const { doubts } = this.context;
		let answer: FoldersRead;
		try {
			answer = await this.server.readFolders(readings);
		} catch (error) {
			if (!(error instanceof SyncError)) throw error;
			// The connection was gone before, and there is none to be had: the visits say so.
			return new Map();
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
		const news = [...read.messages.values()].filter(isNew).sort((a, b) => a.uid - b.uid);
		const whole = [...batches(news, parts, settings.reading, budget)].flatMap((batch) =>
			batch.parts === 'source' ? batch.messages : [],
		);
		const held: MessageSummary[] = [];
		let announced = 0;
		for (const message of whole) {
			if (announced + message.size > Math.min(MOST_BYTES, budget.bytes)) break;
			announced += message.size;
			held.push(message);
		}
		if (held.length > 0) this.wanted.set(path, { uids: UidSet.of(held.map(({ uid }) => uid)), announced });
	}
}

/** Whether what a visit of the folder asks first is known before it is opened. */
function canReadAhead({ context, progress }: Run, plan: VisitPlan, path: string, status: FolderStatus | undefined): boolean {
	const { settings, needs, filterChanged, doubts } = context;
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
		(status?.uidNext === undefined || status.uidNext - state.uidNext <= NARROW_RANGE) &&
		(needs.newMessages || needs.updates || needs.deletions)
	);
}

/** The questions about what came since, as findNew() asks them. */
function newsOf(path: string, state: FolderState, { needs, services }: RunContext): FolderReading {
	const since = qresyncParameters(state, needs, services.server.capabilities.qresync);
	const uids = UidSet.range(state.uidNext, Math.min(MAX_UID, state.uidNext + NARROW_RANGE - 1)).union(newestFingerprinted(state));
	return { path, since, uids, parts: 'descriptor', search: true };
}
