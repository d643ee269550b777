import { asSyncError } from '../errors/syncError';
import type { FolderState } from '../folder/folderState';
import { samePath } from '../server/folderListing';
import { findFormerName } from './findFormerName';
import { identityQuestions, isOther, underTheirNames, type IdentityQuestion } from './folderIdentities';
import { emitFolderEvent } from './folderEvents';
import type { Run } from './runProgress';
import { visitEach } from './visitEach';

/**
 * Finds the folders that have another name since the last run, also where another folder took the old name, or two swapped theirs,
 * and gives each what is known of it. A folder whose former name cannot be found out in this run waits for the next one, together with
 * the folders it may be confused with.
 */
export async function identifyFolders(run: Run): Promise<void> {
	const { watched, progress } = run;
	const isNew = (path: string): boolean => run.initialSync(path) === 'created';
	const known = Object.keys(progress.folders).length > 0;
	const questions = known ? identityQuestions(progress.folders, watched, isNew) : [];
	const names = await confirmed(run, await findFormerNames(run, questions));
	if (names.size === 0) return;
	const { folders, replaced } = underTheirNames(progress.folders, names);
	for (const path of replaced) {
		progress.replaced.push(progress.folders[path]);
		await emitFolderEvent(run, 'folderDeleted', path);
	}
	for (const path of Object.keys(progress.folders)) delete progress.folders[path];
	for (const [path, state] of folders) progress.folders[path] = state;
	run.context.emitter.renamed(names);
	for (const [path, from] of names) {
		progress.reusedNames.add(from);
		watched.gone.splice(0, watched.gone.length, ...watched.gone.filter((name) => name !== from));
		await emitFolderEvent(run, 'folderRenamed', path, { folder: from });
	}
}

/** Opens the folders in question; name of today -> former name. */
async function findFormerNames(run: Run, questions: IdentityQuestion[]): Promise<Map<string, string>> {
	const { folders, waiting } = run.progress;
	const names = new Map<string, string>();
	// Without a status of each folder all known ones are in question: they must not wait for one that is shut for a while.
	const hasStatus = run.watched.listing?.some(({ status }) => status);
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
			const confused = hasStatus ? [path, ...candidates] : [path];
			waiting.push(...confused.filter((name) => run.watched.paths.includes(name) && !waiting.includes(name)));
		}
	}
	return names;
}

/**
 * Without those whose former name still names what it named: they are copies. Where the listing says nothing about a former name
 * that is still in use, that folder is opened.
 */
async function confirmed(run: Run, names: Map<string, string>): Promise<Map<string, string>> {
	const { watched, progress } = run;
	const asked = [...names.values()].filter(
		(from) => !watched.gone.includes(from) && !isOther(progress.folders[from], statusOf(run, from)),
	);
	const others = new Set<string>();
	const visits = await run.context.services.server.visitFolders(asked, async (path, connection) => {
		const { snapshot } = await connection.open(path);
		if (isOther(progress.folders[path], snapshot)) others.add(path);
	});
	const unanswered = new Set<string>();
	for (const [i, path] of asked.entries()) {
		const visit = visits[i];
		if (visit.status === 'fulfilled') continue;
		// Nobody has the former name any more.
		if (asSyncError(visit.reason, path).code === 'folderNotFound') others.add(path);
		else unanswered.add(path);
	}
	for (const [path, from] of names) if (unanswered.has(from) && !progress.waiting.includes(path)) progress.waiting.push(path);
	return new Map([...names].filter(([, from]) => !asked.includes(from) || others.has(from)));
}

/** What is known of folders that are nowhere to be found, or have become another one: one of them may have a name that is new. */
export function lostFolders(run: Run): FolderState[] {
	const { progress, watched } = run;
	const lost = Object.keys(progress.folders).filter(
		(path) => watched.gone.includes(path) || isOther(progress.folders[path], statusOf(run, path)),
	);
	return [...progress.replaced, ...lost.map((path) => progress.folders[path])];
}

const statusOf = ({ watched }: Run, path: string) => watched.listing?.find((folder) => samePath(folder.path, path))?.status;
