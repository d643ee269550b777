import { asSyncError, serverOut } from '../errors/syncError';
import type { Run } from './runProgress';
import { continueBackfill } from './syncFolder';
import { visitEach } from './visitEach';
import type { VisitPlan } from './visitPlan';

/**
 * Delivers older messages within what is left of the limits, after the events of every folder. A single folder had its turn
 * already.
 */
export async function deliverOlderMail({ context, watched, progress }: Run, { toOpen }: VisitPlan): Promise<void> {
	const { folders, problems, failedToOpen } = progress;
	const { budget } = context;
	const older = watched.paths.filter((path) => folders[path] && !folders[path].backfill.isEmpty && !failedToOpen.includes(path));
	if (toOpen.length === 1 || older.length === 0 || budget.remainingEvents === 0) return;
	// A folder that ends the connection each time it is opened must not keep the others' older mail for ever.
	if (problems.some(serverOut)) return;
	const visits = await visitEach(
		context,
		older,
		async (path, connection) => {
			if (budget.remainingEvents === 0) return undefined;
			const result = await continueBackfill(context, connection, path, folders[path]);
			folders[path] = result.state;
			return result;
		},
		(result) => result?.error,
	);
	for (const [i, visit] of visits.entries()) {
		if (visit.status === 'rejected') problems.push(asSyncError(visit.reason, older[i]));
		else problems.push(...[visit.value?.error, visit.value?.warning].filter((problem) => problem !== undefined));
	}
}
