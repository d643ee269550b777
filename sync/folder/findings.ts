import type { Healed } from './audit';
import type { Lie } from '../server/serverFaults';
import type { SyncError } from '../errors/syncError';
import type { Plan } from './plan';
import type { ReusedIn } from './reusedUids';
import { UidSet } from '../uids/uidSet';
import type { ServerAbilities } from '../server/capabilities';
import type { Observation } from './observation';
import type { Done, Work } from './transition';

/** What a run notices beside its events; collected while it goes on. */
export interface Findings {
	/** What the server was caught at. */
	lies: Lie[];
	/** What audits put right. */
	healed: Healed[];
	/** Folders that gave UIDs out again, and from which one on. */
	reused: ReusedIn[];
	/** What did not keep the folder from being looked at. */
	problems: SyncError[];
}

/** Adds what one look at a folder found, which counts once, however often the folder had to be opened. */
export function noteFindings(
	findings: Findings,
	look: Findings,
	{ reason }: Plan,
	audited: Observation['audited'],
	abilities: ServerAbilities,
): void {
	findings.lies.push(...look.lies);
	findings.problems.push(...look.problems);
	if (reason === 'modseqLost') findings.lies.push('modseqWentBack');
	if (audited === undefined) return;
	if (abilities.qresync && !(audited.arrivals.isEmpty && audited.deletions.isEmpty)) findings.lies.push('vanishedMissing');
	if (abilities.condstore && !audited.flags.isEmpty) findings.lies.push('changeUntold');
}

/** Counts what of an audit's findings is told, or no longer needs the audit to be found. Returns whether that is all of it. */
export function noteAudit(
	findings: Findings,
	path: string,
	audited: NonNullable<Observation['audited']>,
	work: Work,
	done: Done,
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
	if (healed.arrivals + healed.deletions + healed.flags > 0) findings.healed.push(healed);
	return owedUpdates.isEmpty && owedDeletions.isEmpty;
}

export const noFindings = (): Findings => ({ lies: [], healed: [], reused: [], problems: [] });
