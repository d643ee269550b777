import type { AuditCorrection } from './audit';
import type { ServerFault } from '../server/serverFaults';
import type { SyncError } from '../errors/syncError';
import type { Plan } from './plan';
import type { UidReuse } from './uidReuse';
import { UidSet } from '../uids/uidSet';
import type { Capabilities } from '../server/capabilities';
import type { Observation } from './observation';
import type { DeliveryResult, PendingEvents } from './transition';

/** What a run notices beside its events; collected while it goes on. */
export interface Diagnostics {
	/** What the server was caught at. */
	faults: ServerFault[];
	/** What audits put right. */
	corrections: AuditCorrection[];
	/** Folders that gave UIDs out again, and from which one on. */
	reused: UidReuse[];
	/** What did not keep the folder from being looked at. */
	problems: SyncError[];
}

/** Adds what one look at a folder found, which counts once, however often the folder had to be opened. */
export function addDiagnostics(
	diagnostics: Diagnostics,
	look: Diagnostics,
	{ reason }: Plan,
	audited: Observation['audited'],
	capabilities: Capabilities,
): void {
	diagnostics.faults.push(...look.faults);
	diagnostics.problems.push(...look.problems);
	if (reason === 'modseqLost') diagnostics.faults.push('modseqWentBack');
	if (audited === undefined) return;
	if (capabilities.qresync && !(audited.arrivals.isEmpty && audited.deletions.isEmpty))
		diagnostics.faults.push('vanishedMissing');
	if (capabilities.condstore && !audited.flags.isEmpty) diagnostics.faults.push('changeUntold');
}

/** Counts what of an audit's findings is told, or no longer needs the audit to be found. Returns whether that is all of it. */
export function addAudit(
	diagnostics: Diagnostics,
	path: string,
	audited: NonNullable<Observation['audited']>,
	work: PendingEvents,
	done: DeliveryResult,
): boolean {
	const updated = new Set(done.updated);
	const owedUpdates = UidSet.of(work.updates.filter((change) => !updated.has(change)).map(({ uid }) => uid)).intersect(
		audited.flags,
	);
	const owedDeletions = work.deletions.subtract(done.deleted).intersect(audited.deletions);
	const healed = {
		path,
		arrivals: audited.arrivals.size,
		deletions: audited.deletions.size - owedDeletions.size,
		flags: audited.flags.size - owedUpdates.size,
	};
	if (healed.arrivals + healed.deletions + healed.flags > 0) diagnostics.corrections.push(healed);
	return owedUpdates.isEmpty && owedDeletions.isEmpty;
}

export const noDiagnostics = (): Diagnostics => ({ faults: [], corrections: [], reused: [], problems: [] });
