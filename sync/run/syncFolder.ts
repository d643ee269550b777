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
import { readingWhole } from './readingWhole';
import type { RunContext } from './runContext';

/** The result of a delivery from a folder. */
export interface FolderResult {
	/** The state to keep; only what was delivered is committed. */
	state: FolderState;
	/** The error that ended the delivery early; what was delivered before it counts. */
	error?: SyncError;
	/** A problem to report although nothing failed. */
	warning?: SyncError;
}

export interface SyncFolderResult extends FolderResult {
	plan: Plan;
	/** New messages that may have come from another folder. */
	moveCandidates: MessageSummary[];
}

/**
 * Brings one folder up to date: observe, deliver, commit. Throws SyncError when the folder could not be observed; then its state
 * has not moved.
 */
export async function syncFolder(context: RunContext, connection: FolderConnection, task: FolderTask): Promise<SyncFolderResult> {
	const { folder, snapshot, plan, transition, summaries, audited } = await observeFolder(context, connection, task);
	if (transition.pending.held) return { state: { ...transition.state, unfinished: true }, plan, moveCandidates: [] };
	const changes = await deliverChanges({ ...inputFor(context, folder, transition, summaries), audited });
	const { moveCandidates } = changes.done;
	const state = withIgnored(commit(transition, snapshot, changes.done, context.needs), changes.done);
	if (audited) {
		const isAllDelivered = addAudit(context.diagnostics, task.path, audited, transition.pending, changes.done);
		// Only another audit finds again what this one found and could not be delivered yet.
		if (!isAllDelivered || transition.pending.deferred) state.auditedAt = task.before?.auditedAt;
	}
	if (changes.error || !task.withBackfill || state.backfill.isEmpty) {
		return { state, plan, error: changes.error, warning: changes.warning, moveCandidates };
	}
	const backfill = await deliverBackfill(inputFor(context, folder, { state, pending: nothingPending }, summaries));
	return {
		state: commitLater(context, state, folder, backfill),
		plan,
		error: backfill.error,
		warning: changes.warning ?? backfill.warning,
		moveCandidates,
	};
}

/** Delivers older messages of a folder whose events are delivered. Throws SyncError when the folder cannot be opened. */
export async function continueBackfill(
	context: RunContext,
	connection: FolderConnection,
	path: string,
	state: FolderState,
): Promise<FolderResult> {
	const folder = await connection.open(path);
	// Another folder has this name by now: its UIDs mean other messages. The next run handles it.
	if (folder.snapshot.uidValidity !== state.uidValidity) return { state };
	const backfill = await deliverBackfill(inputFor(context, folder, { state, pending: nothingPending }));
	return { state: commitLater(context, state, folder, backfill), error: backfill.error, warning: backfill.warning };
}

/**
 * Delivers move candidates whose sources are decided; returns the sources that were delivered. Throws SyncError when the folder
 * cannot be opened.
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
	const { newUids, backfill } = transition.state;
	return {
		context,
		folder: readingWhole(context, folder, newUids.union(backfill)),
		transition,
		summaries,
		isMoveCandidate: isMoveCandidate && ((message) => isMoveCandidate(path, message)),
	};
}

/** Commits what was delivered after the events. The cursor stays: changes since the opening are for the next run. */
function commitLater({ needs }: RunContext, state: FolderState, folder: OpenFolder, { done }: Delivered): FolderState {
	const committed = withIgnored(commit({ state, pending: nothingPending }, folder.snapshot, done, needs), done);
	// What was gone before the folder was counted is not counted in it.
	const gone = state.knownUids ? done.gone.intersect(state.knownUids) : done.gone;
	return {
		...committed,
		exists: tracksExisting(needs) ? Math.max(0, state.exists - gone.size) : state.exists,
		highestModseq: state.highestModseq,
		unfinished: state.unfinished || !done.gone.isEmpty,
	};
}
