import { asSyncError, type SyncError } from '../errors/syncError';
import type { FolderState } from '../folder/folderState';
import type { FolderStatus } from '../server/folderListing';
import type { FolderConnection } from '../server/mailServer';
import { idNameOf, mayBeOneOf } from './folderIdentities';
import { ReadAhead } from './readAhead';
import { isBroken, type Run } from './runProgress';
import { syncFolder, type SyncFolderResult } from './syncFolder';
import { visitEach } from './visitEach';
import { visitOnDemand } from './visitOnDemand';
import type { VisitPlan } from './visitPlan';
import { whyNotSelectable } from './watchedFolders';

/**
 * Opens the folders of the plan, finds out what happened in each, and delivers it. The error of a folder becomes a problem and
 * stops no other folder. Throws SyncError when a fault of the connection or the account let nothing be done.
 */
export async function visitFolders(run: Run, plan: VisitPlan, statuses: ReadonlyMap<string, FolderStatus>): Promise<void> {
	const { context, progress } = run;
	const { problems } = progress;
	const visits: Visits = new Map();
	for (const portion of ReadAhead.portions(run, plan, statuses)) {
		if (!(await visitReadAhead(run, plan, portion, { visits, statuses }))) break;
	}
	const others = plan.toOpen.filter((path) => !visits.has(path));
	for (const [i, visit] of (await visitAll(run, plan, others)).entries()) visits.set(others[i], visit);
	// Where the limits left no room, the next run begins with the first of them.
	const place = new Map(plan.toOpen.map((path, i) => [path, i]));
	progress.waiting.sort((a, b) => (place.get(a) ?? -1) - (place.get(b) ?? -1));
	for (const path of plan.toOpen) {
		const visit = visits.get(path);
		if (!visit) continue;
		if (visit.status === 'fulfilled') {
			if (visit.value) noteVisited(run, path, visit.value);
			continue;
		}
		const problem = asSyncError(visit.reason, path);
		progress.failedToOpen.push(path);
		if (problem.code === 'folderNotFound') noteMissing(run, path, problem);
		else problems.push(problem);
	}
	const nothingDone = plan.toOpen.length > 0 && progress.failedToOpen.length === plan.toOpen.length;
	// What is in doubt must be kept: else each run would end at the same message.
	const nothingToKeep = !context.doubts.blamedAny && context.budget.delivered === 0;
	if (nothingDone && nothingToKeep && isBroken(progress)) throw decisive(problems);
}

type Visit = PromiseSettledResult<SyncFolderResult | undefined>;
type Visits = Map<string, Visit>;

/**
 * Reads what is new in these folders together, and visits those of which that said something, one after the other. False where it
 * broke off: the others are then visited together, which gives up in time.
 */
async function visitReadAhead(
	run: Run,
	plan: VisitPlan,
	paths: readonly string[],
	{ visits, statuses }: { visits: Visits; statuses: ReadonlyMap<string, FolderStatus> },
): Promise<boolean> {
	const ahead = await ReadAhead.of(run, paths, statuses);
	for (const path of ahead?.paths ?? []) {
		await ahead!.messagesOf(path);
		const [visit] = await visitAll(run, plan, [path], ahead);
		const error = visit.status === 'rejected' ? asSyncError(visit.reason, path) : visit.value?.error;
		if (error && error.scope !== 'folder' && error.scope !== 'message') ahead!.brokenBy = error;
		if (visit.status === 'fulfilled' || !ahead!.brokenBy) visits.set(path, visit);
	}
	return ahead !== undefined && !ahead.brokenBy && !ahead.brokeOff;
}

/** Visits folders, or one of which something was read ahead. */
async function visitAll(run: Run, plan: VisitPlan, paths: string[], ahead?: ReadAhead): Promise<Visit[]> {
	const { context } = run;
	const { server } = context.services;
	return await visitEach(
		context,
		paths,
		async (path, connection) => {
			try {
				return await visitFolder(run, plan, path, ahead?.inFrontOf(connection) ?? connection);
			} finally {
				// A folder that takes its time, or that fails, must not keep the run from ending at its deadline.
				context.budget.noteProgress();
			}
		},
		(result) => result?.error,
		ahead && (async (some, visit) => await Promise.all(some.map((path) => visitOnDemand(server, path, visit)))),
	);
}

async function visitFolder(
	run: Run,
	plan: VisitPlan,
	path: string,
	connection: FolderConnection,
): Promise<SyncFolderResult | undefined> {
	const { context, watched, progress } = run;
	const { folders } = progress;
	// Without LIST-STATUS some folders have no status, others in the next run.
	const knowsAll = context.settings.watch.selection.kind !== 'chosen' && context.services.server.capabilities.listStatus;
	const isOnlyAudit = plan.onlyToAudit.has(path);
	if (context.budget.remainingEvents === 0) {
		if (!isOnlyAudit) progress.waiting.push(path);
		return undefined;
	}
	if (context.budget.pastDeadline && isOnlyAudit) return undefined;
	const result = await syncFolder(context, connection, {
		path,
		before: folders[path],
		initialSync: run.initialSync(path),
		idName: (uidValidity) => {
			// A lost folder that had this UIDVALIDITY told of other messages under the same UIDs.
			const isAnothers = progress.lost.some((known) => known !== folders[path] && known.uidValidity === uidValidity);
			return knowsAll && !isAnothers ? idNameOf(watched.listing, uidValidity) : undefined;
		},
		mayBeKnown: (state, { kind }) =>
			mayBeOneOf([...progress.lost, ...progress.lostSinceListing, ...(kind === 'reset' ? othersThan(run, path) : [])], state),
		auditDue: plan.auditsDue.has(path),
		withBackfill: plan.toOpen.length === 1,
	});
	noteReplaced(run, path, result);
	folders[path] = result.state;
	run.moves.addCandidates(path, result.moveCandidates);
	return result;
}

/** What is known of all other folders: between the listing and its opening a folder may have taken the name of another one. */
const othersThan = ({ progress: { folders } }: Run, path: string): FolderState[] =>
	Object.keys(folders).flatMap((other) => (other === path ? [] : [folders[other]]));

/** The listing still said that the name is the known folder's; by now it is another one's. */
function noteReplaced({ progress }: Run, path: string, { plan, state }: SyncFolderResult): void {
	const before = progress.folders[path];
	if (before && plan.reason === 'uidValidityChanged' && !progress.lost.includes(before) && !mayBeOneOf([before], state))
		progress.lostSinceListing.push(before);
}

/** A folder could not be opened since it is not there; where a listing left it out too, it is gone. */
function noteMissing({ watched, progress }: Run, path: string, problem: SyncError): void {
	const { folders, problems } = progress;
	const known = folders[path];
	problems.push((watched.listing && whyNotSelectable(path, watched.listing, known)) ?? problem);
	if (!known) return;
	const { mayBeMissing, ...rest } = known;
	if (mayBeMissing) watched.lost.push(path);
	folders[path] = { ...rest, missing: true };
}

function noteVisited({ progress }: Run, path: string, { plan, error, warning }: SyncFolderResult): void {
	progress.opened.push({ path, kind: plan.kind, reason: plan.reason });
	if (error) progress.problems.push(error);
	if (warning) progress.problems.push(warning);
}

const decisive = (problems: SyncError[]): SyncError =>
	problems.find(({ scope }) => scope === 'account' || scope === 'connection')!;
