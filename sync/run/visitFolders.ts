import { asSyncError, type SyncError } from '../errors/syncError';
import type { FolderState } from '../folder/folderState';
import type { FolderConnection } from '../server/mailServer';
import { findFormerName } from './findFormerName';
import { emitFolderEvent } from './folderEvents';
import { isBroken, type Run } from './runProgress';
import { syncFolder, type SyncFolderResult } from './syncFolder';
import { visitEach } from './visitEach';
import type { VisitPlan } from './visitPlan';

/**
 * Opens the folders of the plan, finds out what happened in each, and delivers it. The error of a folder becomes a problem and
 * stops no other folder. Throws SyncError when a fault of the connection or the account let nothing be done.
 */
export async function visitFolders(run: Run, plan: VisitPlan): Promise<void> {
	const { context, progress } = run;
	const { folders, problems } = progress;
	const visits = await visitEach(
		context,
		plan.toOpen,
		async (path, connection) => {
			try {
				return await visitFolder(run, plan, path, connection);
			} finally {
				// A folder that takes its time, or that fails, must not keep the run from ending at its deadline.
				context.budget.noteProgress();
			}
		},
		(result) => result?.error,
	);
	for (const [index, visit] of visits.entries()) {
		const path = plan.toOpen[index];
		if (visit.status === 'fulfilled') {
			if (visit.value) noteVisited(run, path, visit.value);
			continue;
		}
		const problem = asSyncError(visit.reason, path);
		problems.push(problem);
		progress.failedToOpen.push(path);
		if (folders[path] && problem.code === 'folderNotFound') folders[path] = { ...folders[path], missing: true };
	}
	const nothingDone = plan.toOpen.length > 0 && progress.failedToOpen.length === plan.toOpen.length;
	// What is in doubt must be kept: else each run would end at the same message.
	const nothingToKeep = !context.doubts.blamedAny && context.budget.delivered === 0;
	if (nothingDone && nothingToKeep && isBroken(progress)) throw decisive(problems);
}

async function visitFolder(
	run: Run,
	plan: VisitPlan,
	path: string,
	connection: FolderConnection,
): Promise<SyncFolderResult | undefined> {
	const { context, watched, progress } = run;
	const { folders } = progress;
	const isOnlyAudit = plan.onlyToAudit.has(path);
	if (context.budget.remainingEvents === 0) {
		if (!isOnlyAudit) progress.waiting.push(path);
		return undefined;
	}
	if (context.budget.pastDeadline && isOnlyAudit) return undefined;
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
	return result;
}

function noteVisited({ progress }: Run, path: string, { plan, error, warning }: SyncFolderResult): void {
	progress.opened.push({ path, kind: plan.kind, reason: plan.reason });
	if (error) progress.problems.push(error);
	if (warning) progress.problems.push(warning);
}

/** An unknown folder may be a renamed one: then it takes over the state of its former name. */
async function takeFormerName(run: Run, path: string, connection: FolderConnection): Promise<void> {
	const { folders } = run.progress;
	const from = await findFormerName(await connection.open(path), folders, run.watched.gone);
	// Another folder compared at the same time may have taken the name.
	if (from === undefined || !folders[from]) return;
	folders[path] = renamed(folders[from], from, path);
	delete folders[from];
	run.context.emitter.renamed(from, path);
	await emitFolderEvent(run, 'folderRenamed', path, { folder: from });
}

function renamed(state: FolderState, from: string, to: string): FolderState {
	const firstName = state.firstName ?? from;
	return { ...state, missing: false, firstName: firstName === to ? undefined : firstName };
}

const decisive = (problems: SyncError[]): SyncError =>
	problems.find(({ scope }) => scope === 'account' || scope === 'connection')!;
