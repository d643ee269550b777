import { areFingerprintsDue, AUDITS_PER_RUN, isAuditDue } from '../folder/audit';
import type { FolderState } from '../folder/folderState';
import { mustFindIgnored } from '../folder/ignoreRules';
import { isUnchangedByStatus } from '../folder/plan';
import { tracksExisting } from '../folder/syncNeeds';
import { mustProbeAckFlag } from '../folder/unacknowledged';
import type { FolderStatus } from '../server/folderListing';
import type { RunContext } from './runContext';
import type { Run } from './runProgress';
import { whyNotSelectable } from './watchedFolders';

/** Which folders are opened, and why. */
export interface VisitPlan {
	/** In the order in which they are opened; those that are only audited come last. */
	toOpen: string[];
	/** Nothing happened in these: they are opened because their audit is due. */
	onlyToAudit: ReadonlySet<string>;
	auditsDue: ReadonlySet<string>;
}

/**
 * Decides which folders to open: those whose status does not prove that nothing happened, and those whose audit is due. A folder
 * that cannot be selected becomes a problem, and counts as missing.
 */
export function planVisits({ context, watched, progress }: Run, statuses: ReadonlyMap<string, FolderStatus>): VisitPlan {
	const { folders, problems } = progress;
	const { listing } = watched;
	const now = context.services.now();
	const isDue = tracksExisting(context.needs) ? isAuditDue : areFingerprintsDue;
	const changed: string[] = [];
	const onlyToAudit: string[] = [];
	const auditsDue = new Set<string>();
	for (const path of watched.paths) {
		const state = folders[path];
		if (progress.waiting.includes(path)) continue;
		if (auditsDue.size < AUDITS_PER_RUN && isDue(path, state, now)) auditsDue.add(path);
		// Left out of one listing: opening it is the second fact.
		const problem = listing && !state?.mayBeMissing ? whyNotSelectable(path, listing, state) : undefined;
		if (problem) {
			problems.push(problem);
		} else if (mayHaveChanged(state, statuses.get(path), context, now)) {
			changed.push(path);
		} else if (auditsDue.has(path)) {
			onlyToAudit.push(path);
		}
	}
	return { toOpen: [...changed, ...onlyToAudit], onlyToAudit: new Set(onlyToAudit), auditsDue };
}

function mayHaveChanged(
	state: FolderState | undefined,
	status: FolderStatus | undefined,
	{ needs, settings, filterChanged }: RunContext,
	now: number,
): boolean {
	return (
		filterChanged ||
		mustProbeAckFlag(state, settings.delivery.acknowledge) ||
		mustFindIgnored(state, settings.watch) ||
		!isUnchangedByStatus(state, status, needs, now)
	);
}
