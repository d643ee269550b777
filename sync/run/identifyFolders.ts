import { asSyncError } from '../errors/syncError';
import type { FolderState } from '../folder/folderState';
import { emptyByName } from '../uids/byName';
import type { FolderStatus } from '../server/folderListing';
import { findFormerName } from './findFormerName';
import { identityQuestions, isOther, underTheirNames, type IdentityQuestion } from './folderIdentities';
import { emitFolderEvent } from './folderEvents';
import type { Run } from './runProgress';
import { visitEach } from './visitEach';
import { isListedWithStatus } from './watchedFolders';

/**
 * Finds the folders that have another name since the last run, also where another folder took the old name, or two swapped theirs,
 * and gives each what is known of it. A folder whose former name cannot be found out in this run waits for the next one, together with
 * the folders it may be confused with.
 */
export async function identifyFolders(run: Run): Promise<void> {
	const { watched, progress } = run;
	const isNew = (path: string): boolean => run.initialSync(path) === 'created';
	const known = knownFolders(run);
	if (Object.keys(known).length === 0) return;
	progress.statuses = await statusesOfNames(run, isNew);
	const questions = identityQuestions(known, watched, progress.statuses);
	const names = await confirmed(run, await findFormerNames(run, questions));
	if (names.size === 0) return;
	const { folders, replaced } = underTheirNames(known, names);
	for (const path of replaced) {
		progress.replaced.push(progress.folders[path]);
		await emitFolderEvent(run, 'folderDeleted', path);
	}
	for (const path of Object.keys(progress.folders)) delete progress.folders[path];
	for (const [path, state] of folders) if (names.has(path) || !watched.deselected[path]) progress.folders[path] = state;
	run.context.emitter.renamed(names);
	for (const [path, from] of names) {
		progress.reusedNames.add(from);
		watched.gone.splice(0, watched.gone.length, ...watched.gone.filter((name) => name !== from));
		await emitFolderEvent(run, 'folderRenamed', path, { folder: from });
	}
}

/**
 * What names stand for, as far as it is known before a folder is opened: what the run knows already, and of the others what is asked for
 * where the selection has grown by a folder, or a known folder is not where it was. Without it, a known folder whose name is used again
 * would not be looked for under a name that is selected since, or is known too.
 */
async function statusesOfNames(run: Run, isNew: (path: string) => boolean): Promise<ReadonlyMap<string, FolderStatus>> {
	const { context, watched, progress } = run;
	const { statuses } = progress;
	if (isListedWithStatus(watched)) return statuses;
	const known = knownFolders(run);
	const isDisplaced = Object.keys(known).some(
		(path) => (watched.gone.includes(path) && !known[path].missing) || isOther(known[path], statuses.get(path)),
	);
	const isUnknown = (path: string): boolean => !progress.folders[path] && !statuses.has(path);
	if (!isDisplaced && watched.paths.filter(isUnknown).every(isNew)) return statuses;
	const names = new Set([...watched.paths, ...Object.keys(known).filter((path) => !watched.gone.includes(path))]);
	const asked = [...names].filter((path) => !statuses.has(path));
	return asked.length === 0 ? statuses : new Map([...statuses, ...(await context.services.server.folderStatuses(asked))]);
}

/** Opens the folders in question; name of today -> former name. */
async function findFormerNames(run: Run, questions: IdentityQuestion[]): Promise<Map<string, string>> {
	const { waiting } = run.progress;
	const folders = knownFolders(run);
	const names = new Map<string, string>();
	// Without a status of each folder all known ones are in question: they must not wait for one that is shut for a while.
	const hasStatus = run.progress.statuses.size > 0;
	if (questions.length === 0) return names;
	const visits = await visitEach(
		run.context,
		questions.map(({ path }) => path),
		async (path, connection) => {
			const { candidates } = questions.find((question) => question.path === path)!;
			return await findFormerName(await connection.open(path), folders, candidates);
		},
		() => undefined,
	);
	for (const [i, { path, candidates }] of questions.entries()) {
		const visit = visits[i];
		// Of several folders that may be the same lost one, one is.
		if (visit.status === 'fulfilled') {
			if (visit.value !== undefined && ![...names.values()].includes(visit.value)) names.set(path, visit.value);
		} else if (asSyncError(visit.reason, path).passing) {
			const former = formerNameByStatus(run, path, candidates);
			if (former !== undefined && ![...names.values()].includes(former)) {
				names.set(path, former);
				continue;
			}
			keepInMind(run, candidates);
			const confused = hasStatus ? [path, ...candidates] : [path];
			waiting.push(...confused.filter((name) => run.watched.paths.includes(name) && !waiting.includes(name)));
		}
	}
	return names;
}

/**
 * The former name of a folder that stays shut, where the statuses leave no other: its UIDVALIDITY or MAILBOXID is that of one known folder,
 * whose name is another folder's by now. That other one must not wait until this one can be opened.
 */
function formerNameByStatus(run: Run, path: string, candidates: string[]): string | undefined {
	const { statuses } = run.progress;
	const folders = knownFolders(run);
	const [only, ...others] = candidates;
	const status = statuses.get(path);
	if (others.length > 0 || !status || !isOther(folders[only], statuses.get(only))) return undefined;
	return (status.uidNext ?? 0) >= folders[only].uidNext ? only : undefined;
}

/**
 * Without those whose former name still names what it named: they are copies. Where nothing is known yet of a former name that is still in
 * use, its status is asked for, and a folder without one is opened. One that stays shut is no reason to keep another one waiting.
 */
async function confirmed(run: Run, names: Map<string, string>): Promise<Map<string, string>> {
	const { watched, progress, context } = run;
	const { statuses } = progress;
	const folders = knownFolders(run);
	const asked = [...names.values()].filter((from) => !watched.gone.includes(from) && !isOther(folders[from], statuses.get(from)));
	if (asked.length === 0) return names;
	const found = await context.services.server.folderStatuses(asked.filter((from) => !statuses.has(from)));
	const others = new Set(asked.filter((from) => isOther(folders[from], found.get(from))));
	const silent = asked.filter((from) => !statuses.has(from) && !found.has(from));
	const visits = await visitEach(
		context,
		silent,
		async (path, connection) => isOther(folders[path], (await connection.open(path)).snapshot),
		() => undefined,
	);
	const unanswered = new Set<string>();
	for (const [i, path] of silent.entries()) {
		const visit = visits[i];
		if (visit.status === 'rejected' && asSyncError(visit.reason, path).passing) unanswered.add(path);
		else if (visit.status === 'rejected' || visit.value) others.add(path);
	}
	for (const [path, from] of names) if (unanswered.has(from) && !progress.waiting.includes(path)) progress.waiting.push(path);
	keepInMind(run, unanswered);
	return new Map([...names].filter(([, from]) => !asked.includes(from) || others.has(from)));
}

/** Keeps what is known of folders that are not selected any more: a selected one that could not be looked at may be one of them. */
function keepInMind({ watched, progress }: Run, names: Iterable<string>): void {
	for (const name of names) if (watched.deselected[name]) progress.folders[name] ??= watched.deselected[name];
}

/** All folders that are known, selected or not any more: one may have a selected name by now. */
const knownFolders = ({ watched, progress }: Run): Record<string, FolderState> =>
	Object.assign(emptyByName<FolderState>(), watched.deselected, progress.folders);

/** What is known of folders that are nowhere to be found, or have become another one: one of them may have a name that is new. */
export function lostFolders(run: Run): FolderState[] {
	const { watched } = run;
	const { statuses, replaced } = run.progress;
	const folders = knownFolders(run);
	const lost = Object.keys(folders).filter((path) => watched.gone.includes(path) || isOther(folders[path], statuses.get(path)));
	return [...replaced, ...lost.map((path) => folders[path])];
}
