import type { AuditCorrection } from './audit';
import type { ServerFault } from '../server/serverFaults';
import type { SyncError } from '../errors/syncError';
import type { Plan } from './plan';
import type { UidReuse } from './uidReuse';
import { UidSet } from '../uids/uidSet';
import type { Capabilities } from '../server/capabilities';
import type { Observation } from './observation';
import type { DeliveryResult, PendingEvents } from './transition';

/** What a run notices beside its events. */
export interface Diagnostics {
	/** Faults of the server. */
	faults: ServerFault[];
	/** What audits corrected. */
	corrections: AuditCorrection[];
	/** Folders that reused UIDs, and from which UID on. */
	reused: UidReuse[];
	/** Errors that did not end the look at the folder. */
	problems: SyncError[];
}

/** Adds what one look at a folder found. It counts once, however often the folder was opened. */
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

/** Counts the findings of an audit that were delivered, or can be found without it. Returns whether that is all of them. */
export function addAudit(
	diagnostics: Diagnostics,
	path: string,
	audited: NonNullable<Observation['audited']>,
	pending: PendingEvents,
	done: DeliveryResult,
): boolean {
	const updated = new Set(done.updated);
	const undeliveredUpdates = UidSet.of(pending.updates.filter((change) => !updated.has(change)).map(({ uid }) => uid)).intersect(
		audited.flags,
	);
	const undeliveredDeletions = pending.deletions.subtract(done.deleted).intersect(audited.deletions);
	const correction = {
		path,
		arrivals: audited.arrivals.size,
		deletions: audited.deletions.size - undeliveredDeletions.size,
		flags: audited.flags.size - undeliveredUpdates.size,
	};
	if (correction.arrivals + correction.deletions + correction.flags > 0) diagnostics.corrections.push(correction);
	return undeliveredUpdates.isEmpty && undeliveredDeletions.isEmpty;
}

export const noDiagnostics = (): Diagnostics => ({ faults: [], corrections: [], reused: [], problems: [] });
