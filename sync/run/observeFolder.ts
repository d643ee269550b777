import { SyncError } from '../errors/syncError';
import { applyObservation } from '../folder/apply';
import { addDiagnostics, noDiagnostics, type Diagnostics } from '../folder/diagnostics';
import type { FolderState } from '../folder/folderState';
import { applyIgnoreRules } from '../folder/ignoreRules';
import { isConfirmed, massDeletionIn, notConfirmed, type MassDeletion } from '../folder/massDeletion';
import type { Observation } from '../folder/observation';
import { ExpungedDuringSync } from '../folder/listing';
import { observe } from '../folder/observe';
import { nothingRecognised } from '../folder/recognition';
import { planFolder, qresyncParameters, readsAll, type Plan } from '../folder/plan';
import { inspectsNew, tracksExisting, type InitialSync } from '../folder/syncNeeds';
import type { Transition } from '../folder/transition';
import { ackFlag, ackFlagNotKept, mustProbeAckFlag } from '../folder/unacknowledged';
import { suppressOwnChanges } from '../ownChanges/suppressOwnChanges';
import type { ContentMatches } from '../search/contentMatches';
import type { FolderSnapshot } from '../server/folderSnapshot';
import type { FolderConnection, OpenFolder } from '../server/mailServer';
import type { MessageSummary } from '../server/message';
import { MAX_UID, type Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import { readingWhole } from './readingWhole';
import type { RunContext } from './runContext';

/** What a run is to do with one folder. */
export interface FolderTask {
	path: string;
	/** What is known of it; undefined for an unknown folder. */
	before: FolderState | undefined;
	/** How it begins if it is not known. */
	initialSync: InitialSync;
	/** The name that ids of a folder with this UIDVALIDITY are made with: see idNameOf(). */
	idName: (uidValidity: string) => string | undefined;
	/**
	 * Whether a folder that was made since, or that has nothing of what had its name, may be one that is known: then its messages may have
	 * been reported.
	 */
	mayBeKnown: (state: FolderState, plan: Plan) => boolean;
	/** Whether it is another known folder, by these messages: what it has in common with the one that had its name are copies then. */
	isAnother: (snapshot: FolderSnapshot, messages: Iterable<MessageSummary>) => boolean;
	/** Whether an audit is due. */
	auditDue: boolean;
	/** Whether older messages follow the events at once; else they wait until every folder's events are delivered. */
	withBackfill: boolean;
}

/** A folder that was opened and observed. */
export interface ObservedFolder {
	/** Open for reading what is to be delivered. */
	folder: OpenFolder;
	/** The folder in the moment in which it was opened. */
	snapshot: FolderSnapshot;
	plan: Plan;
	transition: Transition;
	/** What is already known of messages. */
	summaries: Map<Uid, MessageSummary>;
	audited: Observation['audited'];
}

/** How often a folder that changes while it is observed is opened before it is left for the next run. */
const OPENINGS = 3;

/**
 * Opens a folder and finds out what happened in it: plan, observe, apply, suppress. When much of it seems to be gone, it takes a
 * second look another way. Throws SyncError; then the state has not moved.
 */
export async function observeFolder(
	context: RunContext,
	connection: FolderConnection,
	task: FolderTask,
): Promise<ObservedFolder> {
	await assertAckFlagKept(context, connection, task);
	let massDeletion: MassDeletion | undefined;
	for (let opening = 1; ;) {
		try {
			const look = await openAndObserve(context, connection, task, {
				// A folder that keeps changing is not audited: its other events must not wait for that.
				mayAudit: opening < OPENINGS,
				isSecondLook: massDeletion !== undefined,
			});
			if (look.plan.kind !== 'seed' && look.plan.kind !== 'reset') {
				if (massDeletion) await assertConfirmed(context, massDeletion, look);
				else if ((massDeletion = massDeletionIn(task.before, look.observation))) continue;
			}
			return await toTransition(context, connection, task, look, massDeletion);
		} catch (error) {
			if (!(error instanceof ExpungedDuringSync)) throw error;
			if (opening++ === OPENINGS) throw neverHeldStill(task.path, error);
		}
	}
}

/** One opening, and what it showed. */
interface Look {
	folder: OpenFolder;
	plan: Plan;
	observation: Observation;
	summaries: Map<Uid, MessageSummary>;
	/** What this opening showed about the server; counted only if its observation is used. */
	diagnostics: Diagnostics;
}

async function openAndObserve(
	context: RunContext,
	connection: FolderConnection,
	{ path, before, initialSync, auditDue }: FolderTask,
	{ mayAudit, isSecondLook }: { mayAudit: boolean; isSecondLook: boolean },
): Promise<Look> {
	const { services, settings, needs, filterChanged, budget } = context;
	const { capabilities } = services.server;
	const since = filterChanged || isSecondLook ? undefined : qresyncParameters(before, needs, capabilities.qresync);
	const opened = await connection.open(path, since);
	const plan = planFolder({
		state: before,
		snapshot: opened.snapshot,
		needs,
		filterChanged,
		initialSync,
		now: services.now(),
		auditDue: auditDue && mayAudit && !budget.pastDeadline && budget.remainingEvents > 0,
		secondLook: isSecondLook,
	});
	const isNumberedAsBefore = before !== undefined && plan.kind !== 'seed' && plan.kind !== 'reset';
	const news = isNumberedAsBefore && needs.newMessages ? UidSet.range(before.uidNext, MAX_UID) : UidSet.empty;
	const folder = readingWhole(context, opened, news);
	const diagnostics = noDiagnostics();
	const { observation, summaries } = await observe({
		folder,
		state: before,
		plan,
		needs,
		capabilities,
		watch: settings.watch,
		lookup: { contentMatches: contentMatchesFor(context, folder, plan), signal: budget },
		diagnostics,
	});
	return { folder, plan, observation, summaries, diagnostics };
}

/** Turns an observation into a transition, and suppresses what produces no event. */
async function toTransition(
	context: RunContext,
	connection: FolderConnection,
	{ path, before, initialSync, idName, mayBeKnown, isAnother }: FolderTask,
	{ folder, plan, observation, summaries, diagnostics: ofLook }: Look,
	massDeletion: MassDeletion | undefined,
): Promise<ObservedFolder> {
	const { services, settings, needs, budget, diagnostics } = context;
	const { snapshot } = folder;
	if (before && observation.recognition && isAnother(snapshot, summaries.values()))
		observation.recognition = nothingRecognised(before, observation.listing ?? UidSet.empty);
	const applied = applyObservation(before, snapshot, plan, observation, needs, initialSync);
	if (plan.kind === 'seed' || plan.kind === 'reset')
		nameAnew(applied.state, { path, before, idName: idName(snapshot.uidValidity) });
	// Under the name of a folder that never had a message, another one is as unknown as under a new name.
	const isCreated = plan.kind === 'seed' && plan.reason !== 'firstRun';
	const isUnknown = isCreated || observation.recognition?.same.size === 0;
	if (isUnknown && mayBeKnown(applied.state, plan)) applied.state.maybeReported = applied.state.newUids;
	const { hierarchy, capabilities } = services.server;
	const { problems } = diagnostics;
	const ofOthers = await suppressOwnChanges(services.ownChanges, { before, folder, applied, connection, hierarchy, problems });
	const audited = massDeletion?.audited ?? observation.audited;
	addDiagnostics(diagnostics, ofLook, plan, audited, capabilities);
	if (observation.reused) {
		services.contentMatches?.forget(path, snapshot.uidValidity);
		if (plan.reason !== 'uidsReused') diagnostics.reused.push({ path, from: observation.reused.from });
	}
	const transition = await applyIgnoreRules({
		before,
		transition: ofOthers.transition,
		observation,
		folder: ofOthers.folder,
		watch: settings.watch,
		inspectsNew: inspectsNew(needs),
		signal: budget,
	});
	if (tracksExisting(needs) && (plan.kind === 'seed' || readsAll(plan))) transition.state.auditedAt = services.now();
	return { folder: ofOthers.folder, snapshot, plan, transition, summaries, audited };
}

/** The name for ids of a folder that was numbered anew; what left before keeps the one that its ids were made with. */
function nameAnew(
	state: FolderState,
	{ path, before, idName }: Pick<FolderTask, 'path' | 'before'> & { idName: string | undefined },
): void {
	const former = before?.idName ?? path;
	if (former !== (idName ?? path)) state.tombstones = state.tombstones.map((message) => ({ idName: former, ...message }));
	state.idName = idName;
}

/** Throws if messages wait for a flag that the server does not keep. */
async function assertAckFlagKept(
	{ settings }: RunContext,
	connection: FolderConnection,
	{ path, before }: FolderTask,
): Promise<void> {
	const { acknowledge } = settings.delivery;
	const flag = acknowledge && ackFlag(acknowledge);
	if (!acknowledge || flag === undefined || !mustProbeAckFlag(before, acknowledge)) return;
	if (!(await connection.keepsFlag(path, flag))) throw ackFlagNotKept(path, acknowledge);
}

async function assertConfirmed(
	{ diagnostics }: RunContext,
	massDeletion: MassDeletion,
	{ folder, observation }: Look,
): Promise<void> {
	if (await isConfirmed(massDeletion, observation, folder)) return;
	if (!massDeletion.byListing) diagnostics.faults.push('vanishedLiving');
	throw notConfirmed(massDeletion, folder.snapshot.path);
}

/** What was read in this folder before; nothing if the server may have reused its UIDs meanwhile. */
function contentMatchesFor(
	{ services: { contentMatches } }: RunContext,
	{ snapshot: { path, uidValidity } }: OpenFolder,
	{ reason }: Plan,
): ContentMatches | undefined {
	if (reason === 'uidNextWentBack') contentMatches?.forget(path, uidValidity);
	return contentMatches?.inFolder(path, uidValidity);
}

function neverHeldStill(path: string, cause: unknown): SyncError {
	return new SyncError('folderInconsistent', { reason: 'keepsChanging', folder: path, times: OPENINGS }, { cause });
}
