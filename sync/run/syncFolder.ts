import { commit, applyObservation } from '../folder/apply';
import { ackFlag, ackFlagNotKept, mustProbeAckFlag } from '../folder/unacknowledged';
import type { RunBudget } from '../delivery/runBudget';
import { SyncError } from '../errors/syncError';
import { noDiagnostics, addAudit, addDiagnostics, type Diagnostics } from '../folder/diagnostics';
import type { Delivered, DeliveryInput } from '../delivery/delivery';
import { deliverBackfill, deliverChanges, deliverMoves } from '../delivery/deliver';
import { applyIgnoreRules, withIgnored } from '../folder/ignoreRules';
import { massDeletionIn, isConfirmed, notConfirmed, type MassDeletion } from '../folder/massDeletion';
import type { MoveSource } from '../folder/moves';
import { ExpungedDuringSync, observe } from '../folder/observe';
import { suppressOwnChanges } from '../ownChanges/suppressOwnChanges';
import { qresyncParameters, planFolder, readsAll, type Plan } from '../folder/plan';
import type { FolderConnection, MailServer, OpenFolder } from '../server/mailServer';
import type { EventSink } from '../events/eventSink';
import type { ContentMatches } from '../search/contentMatches';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FolderSnapshot } from '../server/folderSnapshot';
import type { MessageSummary } from '../server/message';
import { inspectsNew, tracksExisting, type InitialSync, type SyncNeeds } from '../folder/syncNeeds';
import type { FolderState } from '../folder/folderState';
import type { Observation } from '../folder/observation';
import type { Transition, PendingEvents } from '../folder/transition';
import type { SyncRequest } from './syncRequest';

/** What all folders of a run share. */
export interface FolderContext {
	server: Pick<MailServer, 'capabilities' | 'hierarchy'>;
	request: SyncRequest;
	needs: SyncNeeds;
	budget: RunBudget;
	sink: EventSink;
	now: () => number;
	accountKey: string;
	deliveries: number;
	/** Whether the filter is another one than the state was made with. */
	filterChanged: boolean;
	/** Whether a new message of a folder may have come from another one. */
	isMoveCandidate?: (path: string, message: MessageSummary) => boolean;
	/** Where what is noticed on the way goes. */
	diagnostics: Diagnostics;
	/** Folders whose audit is due, as many as one run makes. */
	auditsDue: ReadonlySet<string>;
}

export interface FolderResult {
	/** The state to keep; moved over what was handed over only. */
	state: FolderState;
	plan: Plan;
	/** What ended the hand-over early; everything handed over before stays so. */
	error?: SyncError;
	/** New messages that may have come from another folder. */
	moveCandidates: MessageSummary[];
	/** What somebody has to know although nothing failed. */
	warning?: SyncError;
}

/** How often a folder that is changed while it is looked at is opened again before it is left for the next run. */
const OPENINGS = 3;

/**
 * Brings one folder up to date: open, plan, observe, take in, hand over, settle. With `backfillToo` older messages follow at
 * once; else they wait until every folder's news is out. Throws SyncError when the folder could not be looked at; then its
 * state has not moved.
 */
export async function syncFolder(
	connection: FolderConnection,
	path: string,
	before: FolderState | undefined,
	initialSync: InitialSync,
	context: FolderContext,
	backfillToo: boolean,
): Promise<FolderResult> {
	const { folder, snapshot, plan, transition, summaries, audited } = await openAndObserve(
		connection,
		path,
		before,
		initialSync,
		context,
	);
	const news = await deliverChanges(inputFor(folder, transition, context, summaries));
	let state = withIgnored(commit(transition, snapshot, news.done, context.needs), news.done);
	// What an audit found and could not be told yet, nothing but another audit finds again.
	if (audited && (!addAudit(context.diagnostics, path, audited, transition.pending, news.done) || transition.pending.deferred))
		state.auditedAt = before?.auditedAt;
	const { warning } = news;
	const { moveCandidates } = news.done;
	if (news.error || !backfillToo || state.backfill.isEmpty) return { state, plan, error: news.error, warning, moveCandidates };
	const backfill = await deliverBackfill(inputFor(folder, { state, pending: nothing }, context, summaries));
	state = settleBackfill(state, folder, backfill, context);
	return { state, plan, error: backfill.error, warning: warning ?? backfill.warning, moveCandidates };
}

/** Hands over older messages of a folder whose news is out already. Throws SyncError when the folder cannot be opened. */
export async function continueBackfill(
	connection: FolderConnection,
	path: string,
	state: FolderState,
	context: FolderContext,
): Promise<Omit<FolderResult, 'plan' | 'moveCandidates'>> {
	const folder = await connection.open(path);
	// Another folder under this name by now: its UIDs mean other messages. The next run sees to it.
	if (folder.snapshot.uidValidity !== state.uidValidity) return { state };
	const backfill = await deliverBackfill(inputFor(folder, { state, pending: nothing }, context, new Map()));
	return { state: settleBackfill(state, folder, backfill, context), error: backfill.error, warning: backfill.warning };
}

/**
 * Hands over new messages of which it was found out where they came from; says which of the origins were handed over with them.
 * Throws SyncError when the folder cannot be opened.
 */
export async function continueMoves(
	connection: FolderConnection,
	path: string,
	state: FolderState,
	moveSources: ReadonlyMap<Uid, MoveSource | undefined>,
	context: FolderContext,
): Promise<Pick<FolderResult, 'state' | 'error'> & { moved: MoveSource[] }> {
	const folder = await connection.open(path);
	if (folder.snapshot.uidValidity !== state.uidValidity) return { state, moved: [] };
	const traced = await deliverMoves({
		...inputFor(folder, { state, pending: nothing }, context, new Map()),
		isMoveCandidate: undefined,
		moveSources,
	});
	return { state: settleBackfill(state, folder, traced, context), error: traced.error, moved: traced.done.moved };
}

const nothing: PendingEvents = { updates: [], deletions: UidSet.empty };

async function openAndObserve(
	connection: FolderConnection,
	path: string,
	before: FolderState | undefined,
	initialSync: InitialSync,
	context: FolderContext,
): Promise<{
	folder: OpenFolder;
	snapshot: FolderSnapshot;
	plan: Plan;
	transition: Transition;
	summaries: Map<Uid, MessageSummary>;
	audited: Observation['audited'];
}> {
	const { server, request, needs, filterChanged, now } = context;
	const since = filterChanged ? undefined : qresyncParameters(before, needs, server.capabilities.qresync);
	const { acknowledge } = request;
	const flag = acknowledge && ackFlag(acknowledge);
	if (acknowledge && flag !== undefined && mustProbeAckFlag(before, acknowledge) && !(await connection.keepsFlag(path, flag))) {
		throw ackFlagNotKept(path, acknowledge);
	}
	let doubt: MassDeletion | undefined;
	for (let opening = 1; ;) {
		const folder = await connection.open(path, doubt ? undefined : since);
		// In a folder that does not hold still there is no audit: what else happened must not wait for it.
		const auditDue =
			context.auditsDue.has(path) && opening < OPENINGS && !context.budget.pastDeadline && context.budget.remainingEvents > 0;
		const secondLook = doubt !== undefined;
		const diagnostics = noDiagnostics();
		const plan = planFolder({
			state: before,
			snapshot: folder.snapshot,
			needs,
			filterChanged,
			initialSync,
			now: now(),
			auditDue,
			secondLook,
		});
		try {
			const { observation, summaries } = await observe({
				folder,
				state: before,
				plan,
				needs: needs,
				capabilities: server.capabilities,
				filter: request.filter,
				contentMatches: factsFor(request, folder, plan),
				stopped: () => context.budget.pastDeadline,
				datesMove: request.filterDates !== undefined,
				startDate: request.startFrom.kind === 'date' ? request.startFrom.date : undefined,
				diagnostics,
			});
			if (plan.kind !== 'seed' && plan.kind !== 'reset') {
				if (!doubt && (doubt = massDeletionIn(before, observation))) continue;
				if (doubt && !(await isConfirmed(doubt, observation, folder))) {
					if (!doubt.byListing) context.diagnostics.faults.push('vanishedLiving');
					throw notConfirmed(doubt, path);
				}
			}
			const { snapshot } = folder;
			const found = applyObservation(before, snapshot, plan, observation, needs, initialSync);
			const { problems } = context.diagnostics;
			const over = await suppressOwnChanges(request.own, {
				before,
				folder,
				found,
				connection,
				hierarchy: server.hierarchy,
				problems,
			});
			const audited = doubt?.audited ?? observation.audited;
			addDiagnostics(context.diagnostics, diagnostics, plan, audited, server.capabilities);
			if (observation.reusedFrom !== undefined) request.contentMatches?.forget(path, snapshot.uidValidity);
			if (observation.reusedFrom !== undefined && plan.reason !== 'uidsReused')
				context.diagnostics.reused.push({ path, from: observation.reusedFrom });
			const transition = await applyIgnoreRules({
				before,
				transition: over.transition,
				observation,
				folder: over.folder,
				request,
				looksAtArrivals: inspectsNew(needs),
				stopped: () => context.budget.pastDeadline,
			});
			if (tracksExisting(needs) && (plan.kind === 'seed' || readsAll(plan))) transition.state.auditedAt = now();
			return { folder: over.folder, snapshot, plan, transition, summaries, audited };
		} catch (error) {
			if (!(error instanceof ExpungedDuringSync)) throw error;
			if (opening++ === OPENINGS) {
				throw new SyncError('folderInconsistent', { reason: 'keepsChanging', folder: path, times: OPENINGS }, { cause: error });
			}
		}
	}
}

/** What was read in this folder before; nothing where the server may have given its UIDs to other messages meanwhile. */
function factsFor(
	{ contentMatches }: SyncRequest,
	{ snapshot: { path, uidValidity } }: OpenFolder,
	{ reason }: Plan,
): ContentMatches | undefined {
	if (reason === 'uidNextWentBack') contentMatches?.forget(path, uidValidity);
	return contentMatches?.inFolder(path, uidValidity);
}

function inputFor(
	folder: OpenFolder,
	transition: Transition,
	context: FolderContext,
	summaries: Map<Uid, MessageSummary>,
): DeliveryInput {
	const { request, budget, sink, now, accountKey, deliveries, isMoveCandidate } = context;
	const { path } = folder.snapshot;
	return {
		folder,
		transition,
		request,
		budget,
		sink,
		now,
		accountKey,
		deliveries,
		summaries,
		isMoveCandidate: isMoveCandidate && ((message) => isMoveCandidate(path, message)),
	};
}

/** Back-fill moves no cursor: what changed since the opening is for the next run. */
function settleBackfill(state: FolderState, folder: OpenFolder, { done }: Delivered, { needs }: FolderContext): FolderState {
	const settled = withIgnored(commit({ state, pending: nothing }, folder.snapshot, done, needs), done);
	return {
		...settled,
		exists: tracksExisting(needs) ? state.exists - done.gone.size : state.exists,
		highestModseq: state.highestModseq,
		unfinished: state.unfinished || !done.gone.isEmpty,
	};
}
