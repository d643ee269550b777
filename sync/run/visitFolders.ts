import { asSyncError, type SyncError } from '../errors/syncError';
import type { FolderState } from '../folder/folderState';
import type { FolderConnection } from '../server/mailServer';
import { findFormerName } from './findFormerName';
import { emitFolderEvent } from './folderEvents';
import { isBroken, type Run } from './runProgress';
import { syncFolder } from './syncFolder';
import type { VisitPlan } from './visitPlan';

/**
 * Opens the folders of the plan, finds out what happened in each, and delivers it. The error of a folder becomes a problem and
 * stops no other folder. Throws SyncError when a fault of the connection or the account let nothing be done.
 */
export async function visitFolders(run: Run, plan: VisitPlan): Promise<void> {
	const { context, progress } = run;
	const { folders, problems } = progress;
	const visits = await context.services.server.visitFolders(plan.toOpen, (path, connection) =>
		visitFolder(run, plan, path, connection),
	);
	for (const [index, visit] of visits.entries()) {
		if (visit.status === 'fulfilled') continue;
		const path = plan.toOpen[index];
		const problem = asSyncError(visit.reason);
		problems.push(problem);
		progress.failedToOpen.push(path);
		if (folders[path] && problem.code === 'folderNotFound') folders[path] = { ...folders[path], missing: true };
	}
	const nothingDone = plan.toOpen.length > 0 && progress.failedToOpen.length === plan.toOpen.length;
	if (nothingDone && context.budget.delivered === 0 && isBroken(progress)) throw decisive(problems);
}

async function visitFolder(run: Run, plan: VisitPlan, path: string, connection: FolderConnection): Promise<void> {
	const { context, watched, progress } = run;
	const { folders, problems } = progress;
	const isOnlyAudit = plan.onlyToAudit.has(path);
	if (context.budget.remainingEvents === 0) {
		if (!isOnlyAudit) progress.waiting.push(path);
		return;
	}
	if (context.budget.pastDeadline && isOnlyAudit) return;
	if (!folders[path] && watched.gone.length > 0) await takeFormerName(run, path, connection);
	const result = await syncFolder(context, connection, {
		path,
		before: folders[path],
		initialSync: run.initialSync(path),
		auditDue: plan.auditsDue.has(path),
		withBackfill: plan.toOpen.length === 1,
	});
	folders[path] = result.state;
	run.moves.addCandidates(path, result.moveCandidates);
	progress.opened.push({ path, kind: result.plan.kind, reason: result.plan.reason });
	if (result.error) problems.push(result.error);
	if (result.warning) problems.push(result.warning);
}

/** An unknown folder may be a renamed one: then it takes over the state of its former name. */
async function takeFormerName(run: Run, path: string, connection: FolderConnection): Promise<void> {
	const { folders } = run.progress;
	const from = await findFormerName(await connection.open(path), folders, run.watched.gone);
	// Another folder compared at the same time may have taken the name.
	if (from === undefined || !folders[from]) return;
	folders[path] = renamed(folders[from], from, path);
	delete folders[from];
	await emitFolderEvent(run, 'folderRenamed', path, { folder: from });
}

function renamed(state: FolderState, from: string, to: string): FolderState {
	const firstName = state.firstName ?? from;
	return { ...state, missing: false, firstName: firstName === to ? undefined : firstName };
}

const decisive = (problems: SyncError[]): SyncError =>
	problems.find(({ scope }) => scope === 'account' || scope === 'connection')!;
