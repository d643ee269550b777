import { settle, takeIn } from '../folder/apply';
import { markFlag, markNotKept, mustAskForMark } from '../folder/awaiting';
import type { RunBudget } from '../delivery/runBudget';
import { SyncError } from '../errors/syncError';
import { noFindings, noteAudit, noteFindings, type Findings } from '../folder/findings';
import type { HandOver, HandOverInput } from '../delivery/delivery';
import { handOverBackfill, handOverNews, handOverTraced } from '../delivery/handOver';
import { takeInIgnored, withIgnored } from '../folder/ignore';
import { doubtOf, isConfirmed, notConfirmed, type Doubt } from '../folder/massDeletion';
import type { Origin } from '../folder/moves';
import { FolderShifted, observe } from '../folder/observe';
import { passOverOwn } from '../ownChanges/passOverOwn';
import { changesToAskFor, planFolder, readsAll, type Plan } from '../folder/plan';
import type { FolderConnection, MailServer, OpenFolder } from '../server/mailServer';
import type { EventSink } from '../events/eventSink';
import type { ReadFacts } from '../search/readFacts';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FolderSnapshot } from '../server/folderSnapshot';
import type { MessageDescriptor } from '../server/message';
import { takesArrivals, watchesKnown, type Beginning, type Wants } from '../folder/syncNeeds';
import type { FolderState } from '../folder/folderState';
import type { Observation } from '../folder/observation';
import type { Applied, Work } from '../folder/transition';
import type { SyncRequest } from './syncRequest';

/** What all folders of a run share. */
export interface FolderContext {
	server: Pick<MailServer, 'abilities' | 'hierarchy'>;
	request: SyncRequest;
	wants: Wants;
	budget: RunBudget;
	sink: EventSink;
	now: () => number;
	accountKey: string;
	deliveries: number;
	/** Whether the filter is another one than the state was made with. */
	filterChanged: boolean;
	/** Whether a new message of a folder may have come from another one. */
	isSuspect?: (path: string, message: MessageDescriptor) => boolean;
	/** Where what is noticed on the way goes. */
	findings: Findings;
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
	suspects: MessageDescriptor[];
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
	beginning: Beginning,
	context: FolderContext,
	backfillToo: boolean,
): Promise<FolderResult> {
	const { folder, snapshot, plan, applied, descriptors, audited } = await look(connection, path, before, beginning, context);
	const news = await handOverNews(inputFor(folder, applied, context, descriptors));
	let state = withIgnored(settle(applied, snapshot, news.done, context.wants), news.done);
	// What an audit found and could not be told yet, nothing but another audit finds again.
	if (audited && (!noteAudit(context.findings, path, audited, applied.work, news.done) || applied.work.held))
		state.auditedAt = before?.auditedAt;
	const { warning } = news;
	const { suspects } = news.done;
	if (news.error || !backfillToo || state.backfill.isEmpty) return { state, plan, error: news.error, warning, suspects };
	const backfill = await handOverBackfill(inputFor(folder, { state, work: nothing }, context, descriptors));
	state = settleBackfill(state, folder, backfill, context);
	return { state, plan, error: backfill.error, warning: warning ?? backfill.warning, suspects };
}

/** Hands over older messages of a folder whose news is out already. Throws SyncError when the folder cannot be opened. */
export async function continueBackfill(
	connection: FolderConnection,
	path: string,
	state: FolderState,
	context: FolderContext,
): Promise<Omit<FolderResult, 'plan' | 'suspects'>> {
	const folder = await connection.open(path);
	// Another folder under this name by now: its UIDs mean other messages. The next run sees to it.
	if (folder.snapshot.uidValidity !== state.uidValidity) return { state };
	const backfill = await handOverBackfill(inputFor(folder, { state, work: nothing }, context, new Map()));
	return { state: settleBackfill(state, folder, backfill, context), error: backfill.error, warning: backfill.warning };
}

/**
 * Hands over new messages of which it was found out where they came from; says which of the origins were handed over with them.
 * Throws SyncError when the folder cannot be opened.
 */
export async function continueTraced(
	connection: FolderConnection,
	path: string,
	state: FolderState,
	origins: ReadonlyMap<Uid, Origin | undefined>,
	context: FolderContext,
): Promise<Pick<FolderResult, 'state' | 'error'> & { moved: Origin[] }> {
	const folder = await connection.open(path);
	if (folder.snapshot.uidValidity !== state.uidValidity) return { state, moved: [] };
	const traced = await handOverTraced({
		...inputFor(folder, { state, work: nothing }, context, new Map()),
		isSuspect: undefined,
		origins,
	});
	return { state: settleBackfill(state, folder, traced, context), error: traced.error, moved: traced.done.moved };
}

const nothing: Work = { updates: [], deletions: UidSet.empty };

async function look(
	connection: FolderConnection,
	path: string,
	before: FolderState | undefined,
	beginning: Beginning,
	context: FolderContext,
): Promise<{
	folder: OpenFolder;
	snapshot: FolderSnapshot;
	plan: Plan;
	applied: Applied;
	descriptors: Map<Uid, MessageDescriptor>;
	audited: Observation['audited'];
}> {
	const { server, request, wants, filterChanged, now } = context;
	const since = filterChanged ? undefined : changesToAskFor(before, wants, server.abilities.qresync);
	const { acknowledge } = request;
	const flag = acknowledge && markFlag(acknowledge);
	if (acknowledge && flag !== undefined && mustAskForMark(before, acknowledge) && !(await connection.keepsFlag(path, flag))) {
		throw markNotKept(path, acknowledge);
	}
	let doubt: Doubt | undefined;
	for (let opening = 1; ;) {
		const folder = await connection.open(path, doubt ? undefined : since);
		// In a folder that does not hold still there is no audit: what else happened must not wait for it.
		const auditDue = context.auditsDue.has(path) && opening < OPENINGS && !context.budget.isLate && context.budget.room > 0;
		const secondLook = doubt !== undefined;
		const findings = noFindings();
		const plan = planFolder({
			state: before,
			snapshot: folder.snapshot,
			wants,
			filterChanged,
			beginning,
			now: now(),
			auditDue,
			secondLook,
		});
		try {
			const { seen, descriptors } = await observe({
				folder,
				state: before,
				plan,
				wants,
				abilities: server.abilities,
				filter: request.filter,
				facts: factsFor(request, folder, plan),
				stopped: () => context.budget.isLate,
				datesMove: request.filterDates !== undefined,
				startDate: request.startFrom.kind === 'date' ? request.startFrom.date : undefined,
				findings,
			});
			if (plan.kind !== 'seed' && plan.kind !== 'reset') {
				if (!doubt && (doubt = doubtOf(before, seen))) continue;
				if (doubt && !(await isConfirmed(doubt, seen, folder))) {
					if (!doubt.byListing) context.findings.lies.push('vanishedLiving');
					throw notConfirmed(doubt, path);
				}
			}
			const { snapshot } = folder;
			const found = takeIn(before, snapshot, plan, seen, wants, beginning);
			const { problems } = context.findings;
			const over = await passOverOwn(request.own, { before, folder, found, connection, hierarchy: server.hierarchy, problems });
			const audited = doubt?.audited ?? seen.audited;
			noteFindings(context.findings, findings, plan, audited, server.abilities);
			if (seen.reusedFrom !== undefined) request.facts?.forget(path, snapshot.uidValidity);
			if (seen.reusedFrom !== undefined && plan.reason !== 'uidsReused')
				context.findings.reused.push({ path, from: seen.reusedFrom });
			const applied = await takeInIgnored({
				before,
				applied: over.applied,
				seen,
				folder: over.folder,
				request,
				looksAtArrivals: takesArrivals(wants),
				stopped: () => context.budget.isLate,
			});
			if (watchesKnown(wants) && (plan.kind === 'seed' || readsAll(plan))) applied.state.auditedAt = now();
			return { folder: over.folder, snapshot, plan, applied, descriptors, audited };
		} catch (error) {
			if (!(error instanceof FolderShifted)) throw error;
			if (opening++ === OPENINGS) {
				throw new SyncError(
					'folderInconsistent',
					`Messages were expunged from "${path}" each of ${OPENINGS} times it was looked at.`,
					'Nothing was taken for deleted. The next run looks again.',
					{ place: { folder: path }, cause: error },
				);
			}
		}
	}
}

/** What was read in this folder before; nothing where the server may have given its UIDs to other messages meanwhile. */
function factsFor(
	{ facts }: SyncRequest,
	{ snapshot: { path, uidValidity } }: OpenFolder,
	{ reason }: Plan,
): ReadFacts | undefined {
	if (reason === 'uidNextWentBack') facts?.forget(path, uidValidity);
	return facts?.inFolder(path, uidValidity);
}

function inputFor(
	folder: OpenFolder,
	applied: Applied,
	context: FolderContext,
	descriptors: Map<Uid, MessageDescriptor>,
): HandOverInput {
	const { request, budget, sink, now, accountKey, deliveries, isSuspect } = context;
	const { path } = folder.snapshot;
	return {
		folder,
		applied,
		request,
		budget,
		sink,
		now,
		accountKey,
		deliveries,
		descriptors,
		isSuspect: isSuspect && ((message) => isSuspect(path, message)),
	};
}

/** Back-fill moves no cursor: what changed since the opening is for the next run. */
function settleBackfill(state: FolderState, folder: OpenFolder, { done }: HandOver, { wants }: FolderContext): FolderState {
	const settled = withIgnored(settle({ state, work: nothing }, folder.snapshot, done, wants), done);
	return {
		...settled,
		exists: watchesKnown(wants) ? state.exists - done.gone.size : state.exists,
		highestModseq: state.highestModseq,
		unfinished: state.unfinished || !done.gone.isEmpty,
	};
}
