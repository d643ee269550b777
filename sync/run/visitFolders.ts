import { asSyncError, type SyncError } from '../errors/syncError';
import { fingerprintOf } from '../folder/fingerprint';
import type { FolderState } from '../folder/folderState';
import type { Plan } from '../folder/plan';
import type { FolderStatus } from '../server/folderListing';
import type { FolderSnapshot } from '../server/folderSnapshot';
import type { FolderConnection } from '../server/mailServer';
import type { MessageSummary } from '../server/message';
import { hadUidValidity, idNameOf, isUnderAnotherName, mayBeOneOf, sharesMessages } from './folderIdentities';
import { emptyByName } from '../uids/byName';
import { ReadAhead } from './readAhead';
import { isBroken, type Run } from './runProgress';
import { syncFolder, type SyncFolderResult } from './syncFolder';
import { visitEach } from './visitEach';
import { visitOnDemand } from './visitOnDemand';
import type { VisitPlan } from './visitPlan';
import { isListedWithStatus, whyNotSelectable } from './watchedFolders';

/**
 * Opens the folders of the plan, finds out what happened in each, and delivers it. The error of a folder becomes a problem and
 * stops no other folder. Throws SyncError when a fault of the connection or the account let nothing be done.
 */
export async function visitFolders(run: Run, plan: VisitPlan, statuses: ReadonlyMap<string, FolderStatus>): Promise<void> {
	const { context, progress } = run;
	const { problems } = progress;
	progress.known = Object.assign(emptyByName<FolderState>(), progress.folders);
	const visits: Visits = new Map();
	for (const portion of ReadAhead.portions(run, plan, statuses)) {
		if (!(await visitReadAhead(run, plan, portion, { visits, statuses }))) break;
	}
	const others = plan.toOpen.filter((path) => !visits.has(path));
	for (const wave of wavesOf(run, others, statuses))
		for (const [i, visit] of (await visitAll(run, plan, wave)).entries()) visits.set(wave[i], visit);
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

/**
 * Without statuses only opening shows that a known name is another folder's by now. A new folder, which may be the one that lost it, is
 * opened after that; but not one that had to wait for its turn before.
 */
function wavesOf({ progress }: Run, paths: string[], statuses: ReadonlyMap<string, FolderStatus>): string[][] {
	const isKnown = (path: string): boolean => progress.folders[path] !== undefined;
	if (statuses.size > 0 || paths.length === 0 || !isKnown(paths[0]) || paths.every(isKnown)) return [paths];
	return [paths.filter(isKnown), paths.filter((path) => !isKnown(path))];
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
			// A lost folder that had this UIDVALIDITY emitted other messages under the same UIDs.
			const isAnothers = progress.lost.some((known) => known !== folders[path] && known.uidValidity === uidValidity);
			return knowsAll && !isAnothers ? idNameOf(watched.listing, uidValidity) : undefined;
		},
		isAnother: (snapshot, messages) => isAnother(run, path, snapshot, [...messages]),
		mayBeKnown: (state, plan) => mayBeKnown(run, state, { path, plan }),
		auditDue: plan.auditsDue.has(path),
		withBackfill: plan.toOpen.length === 1,
	});
	noteReplaced(run, path, result);
	folders[path] = result.state;
	run.moves.addCandidates(path, result.moveCandidates);
	return result;
}

/**
 * Whether what is in a new folder, or in one of which nothing was recognised, may have been emitted: in a folder that is lost, or in one that
 * may have lost its name since it was seen last.
 */
function mayBeKnown(run: Run, state: FolderState, { path, plan }: { path: string; plan: Plan }): boolean {
	const { known, folders, statuses } = run.progress;
	if (mayBeOneOf([...allLost(run), ...(plan.kind === 'reset' ? othersThan(run, path) : [])], state)) return true;
	const isUnseen = (other: string): boolean => !statuses.has(other) && folders[other] === known[other];
	return Object.keys(known).some(
		(other) => other !== path && (isUnseen(other) || hadUidValidity(known[other], state)) && sharesMessages(known[other], state),
	);
}

/**
 * Whether a folder is another one that is known, or was lost, and not the one that is known under its name. A lost one may be what the
 * folder itself was some runs ago: then what they have in common is known of it.
 */
function isAnother(run: Run, path: string, snapshot: FolderSnapshot, messages: MessageSummary[]): boolean {
	if (othersThan(run, path).some((known) => isUnderAnotherName(known, snapshot, messages))) return true;
	const own = new Set(run.progress.known[path]?.fingerprints?.byUid.values());
	const others = messages.filter((message) => !own.has(fingerprintOf(message)));
	return allLost(run).some((lost) => isUnderAnotherName(lost, snapshot, others));
}

/** What is known of folders that were nowhere to be found, or had become another one, when the folders were listed or since. */
const allLost = ({ progress: { lost, lostSinceListing } }: Run): FolderState[] => [...lost, ...lostSinceListing];

/** What was known of all other folders: between the listing and its opening a folder may have taken the name of another one. */
const othersThan = ({ progress: { known } }: Run, path: string): FolderState[] =>
	Object.keys(known).flatMap((other) => (other === path ? [] : [known[other]]));

/**
 * When the folders were listed, the name was still the known folder's, or may have been; by now it is another one's. What has that
 * folder's new name shows in the next listing.
 */
function noteReplaced({ watched, progress }: Run, path: string, { plan }: SyncFolderResult): void {
	const before = progress.folders[path];
	if (!before || plan.reason !== 'uidValidityChanged') return;
	if (!isListedWithStatus(watched) || !progress.lost.includes(before)) progress.lostSinceListing.push(before);
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
