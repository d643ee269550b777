import { AUDITS_PER_RUN } from '../folder/audit';
import { applyObservation } from '../folder/apply';
import { tracksExisting } from '../folder/syncNeeds';
import type { FolderStatus } from '../server/folderListing';
import { UidSet } from '../uids/uidSet';
import type { Run } from './runProgress';

/** So few folders are opened at once, as audits are: then they are recognised from the first run on, whatever becomes of their UIDs. */
const FEW_FOLDERS = AUDITS_PER_RUN;

/** Whether a folder that is not known may begin by its status: only what comes from now on matters, so nothing has to be read. */
export function beginsByStatus(run: Run, path: string): boolean {
	const { context, watched, progress, initialSync } = run;
	return (
		!progress.folders[path] &&
		run.unknownFolders > FEW_FOLDERS &&
		!progress.waiting.includes(path) &&
		// A chosen folder that cannot be read has to be reported at once.
		context.settings.watch.selection.kind !== 'chosen' &&
		initialSync(path) === 'now' &&
		!tracksExisting(context.needs) &&
		// Only opening it shows whether it keeps the mark, and whether it is one that is gone, under another name.
		context.settings.delivery.acknowledge === undefined &&
		watched.gone.length === 0
	);
}

/**
 * Begins such folders without opening them: the first contact with a thousand of them is one round trip, not three thousand. Their
 * fingerprints are read later, some folders a run (see areFingerprintsDue).
 */
export function beginByStatus(run: Run, statuses: ReadonlyMap<string, FolderStatus>): void {
	const { context, watched, progress } = run;
	const nothing = { appeared: UidSet.empty, vanished: UidSet.empty, rows: [] };
	const seed = { kind: 'seed', reason: 'firstRun', steps: [] } as const;
	for (const path of watched.paths) {
		const { uidValidity, uidNext, messages, highestModseq } = statuses.get(path) ?? {};
		if (uidValidity === undefined || uidNext === undefined || messages === undefined || !beginsByStatus(run, path)) continue;
		const snapshot = {
			path,
			uidValidity,
			uidNext,
			exists: messages,
			highestModseq,
			mailboxId: undefined,
			keywords: [],
			qresyncAnswered: false,
		};
		const { state } = applyObservation(undefined, snapshot, { ...seed, steps: [] }, nothing, context.needs, 'now');
		progress.folders[path] = { ...state, begunByStatus: true, auditedAt: context.services.now() };
	}
}
