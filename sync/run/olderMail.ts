import { asSyncError } from '../errors/syncError';
import { isBroken, type Run } from './runProgress';
import { continueBackfill } from './syncFolder';
import type { VisitPlan } from './visitPlan';

/**
 * Delivers older messages within what is left of the limits, after the events of every folder. A single folder had its turn
 * already.
 */
export async function deliverOlderMail({ context, watched, progress }: Run, { toOpen }: VisitPlan): Promise<void> {
	const { folders, problems, failedToOpen } = progress;
	const { budget, services } = context;
	const older = watched.paths.filter((path) => folders[path] && !folders[path].backfill.isEmpty && !failedToOpen.includes(path));
	if (toOpen.length === 1 || isBroken(progress) || older.length === 0 || budget.remainingEvents === 0) return;
	const visits = await services.server.visitFolders(older, async (path, connection) => {
		if (budget.remainingEvents === 0) return;
		const result = await continueBackfill(context, connection, path, folders[path]);
		folders[path] = result.state;
		if (result.error) problems.push(result.error);
		if (result.warning) problems.push(result.warning);
	});
	for (const visit of visits) if (visit.status === 'rejected') problems.push(asSyncError(visit.reason));
}
