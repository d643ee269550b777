import type { SyncError } from '../errors/syncError';
import type { Delivered, DeliveryInput } from '../delivery/delivery';
import { deliverBackfill, deliverChanges, deliverMoves } from '../delivery/deliver';
import { commit } from '../folder/commit';
import { addAudit } from '../folder/diagnostics';
import type { FolderState } from '../folder/folderState';
import { withIgnored } from '../folder/ignoreRules';
import type { MoveSource } from '../folder/moves';
import type { Plan } from '../folder/plan';
import { tracksExisting } from '../folder/syncNeeds';
import { nothingPending, type Transition } from '../folder/transition';
import type { FolderConnection, OpenFolder } from '../server/mailServer';
import type { MessageSummary } from '../server/message';
import type { Uid } from '../uids/uid';
import { observeFolder, type FolderTask } from './observeFolder';
import type { RunContext } from './runContext';

/** What a delivery from a folder gave. */
export interface FolderResult {
	/** The state to keep; moved over what was delivered only. */
	state: FolderState;
	/** What ended the delivery early; everything delivered before stays so. */
	error?: SyncError;
	/** What somebody has to know although nothing failed. */
	warning?: SyncError;
}

export interface SyncFolderResult extends FolderResult {
	plan: Plan;
	/** New messages that may have come from another folder. */
	moveCandidates: MessageSummary[];
}

/**
 * Brings one folder up to date: observe, deliver, commit. Throws SyncError when the folder could not be looked at; then its state has
 * not moved.
 */
export async function syncFolder(context: RunContext, connection: FolderConnection, task: FolderTask): Promise<SyncFolderResult> {
	const { folder, snapshot, plan, transition, summaries, audited } = await observeFolder(context, connection, task);
	const news = await deliverChanges(inputFor(context, folder, transition, summaries));
	const { moveCandidates } = news.done;
	const state = withIgnored(commit(transition, snapshot, news.done, context.needs), news.done);
	if (audited) {
		const isAllOut = addAudit(context.diagnostics, task.path, audited, transition.pending, news.done);
		// What an audit found and could not be delivered yet, nothing but another audit finds again.
		if (!isAllOut || transition.pending.deferred) state.auditedAt = task.before?.auditedAt;
	}
	if (news.error || !task.withBackfill || state.backfill.isEmpty) {
		return { state, plan, error: news.error, warning: news.warning, moveCandidates };
	}
	const backfill = await deliverBackfill(inputFor(context, folder, { state, pending: nothingPending }, summaries));
	return {
		state: commitLater(context, state, folder, backfill),
		plan,
		error: backfill.error,
		warning: news.warning ?? backfill.warning,
		moveCandidates,
	};
}

/** Delivers older messages of a folder whose news is out already. Throws SyncError when the folder cannot be opened. */
export async function continueBackfill(
	context: RunContext,
	connection: FolderConnection,
	path: string,
	state: FolderState,
): Promise<FolderResult> {
	const folder = await connection.open(path);
	// Another folder under this name by now: its UIDs mean other messages. The next run sees to it.
	if (folder.snapshot.uidValidity !== state.uidValidity) return { state };
	const backfill = await deliverBackfill(inputFor(context, folder, { state, pending: nothingPending }));
	return { state: commitLater(context, state, folder, backfill), error: backfill.error, warning: backfill.warning };
}

/**
 * Delivers new messages whose sources were found; says which of the sources were delivered with them. Throws SyncError when the
 * folder cannot be opened.
 */
export async function continueMoves(
	context: RunContext,
	connection: FolderConnection,
	{ path, state, moveSources }: { path: string; state: FolderState; moveSources: ReadonlyMap<Uid, MoveSource | undefined> },
): Promise<FolderResult & { moved: MoveSource[] }> {
	const folder = await connection.open(path);
	if (folder.snapshot.uidValidity !== state.uidValidity) return { state, moved: [] };
	const input = inputFor(context, folder, { state, pending: nothingPending });
	const moves = await deliverMoves({ ...input, isMoveCandidate: undefined, moveSources });
	return { state: commitLater(context, state, folder, moves), error: moves.error, moved: moves.done.moved };
}

function inputFor(
	context: RunContext,
	folder: OpenFolder,
	transition: Transition,
	summaries = new Map<Uid, MessageSummary>(),
): DeliveryInput {
	const { isMoveCandidate } = context;
	const { path } = folder.snapshot;
	return {
		context,
		folder,
		transition,
		summaries,
		isMoveCandidate: isMoveCandidate && ((message) => isMoveCandidate(path, message)),
	};
}

/** Moves the state over what was delivered after the news. No cursor moves: what changed since the opening is for the next run. */
function commitLater({ needs }: RunContext, state: FolderState, folder: OpenFolder, { done }: Delivered): FolderState {
	const committed = withIgnored(commit({ state, pending: nothingPending }, folder.snapshot, done, needs), done);
	return {
		...committed,
		exists: tracksExisting(needs) ? state.exists - done.gone.size : state.exists,
		highestModseq: state.highestModseq,
		unfinished: state.unfinished || !done.gone.isEmpty,
	};
}
