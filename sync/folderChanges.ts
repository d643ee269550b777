import { samePath } from './folderSelection';
import type { FolderListing, FolderState } from './model';

/** What became of the folders that are known. */
export interface FolderChanges {
	/** The known folders under their names of today, those that are no longer selected left out. */
	folders: Record<string, FolderState>;
	renamed: Array<{ from: string; to: string }>;
	/** Known folders that are not there, since now or since earlier. */
	gone: string[];
	/** Those of them that were there at the last run. */
	lost: string[];
}

/**
 * Compares the folders that are known with those that there are. `paths` are the selected ones, `listing` all of the account, if
 * it was asked for: without it nothing can be said to be gone or renamed, and that is found out by opening.
 */
export function followFolders(known: Readonly<Record<string, FolderState>>, paths: string[], listing: FolderListing[] | undefined): FolderChanges {
	const folders: Record<string, FolderState> = {};
	const isThere = (path: string): boolean => listing?.some((folder) => samePath(folder.path, path)) ?? true;
	// A folder that is there and not selected was taken out of the selection: taken in again later, it begins again.
	for (const path of Object.keys(known)) if (paths.includes(path) || !isThere(path)) folders[path] = known[path];
	const renamed: FolderChanges['renamed'] = [];
	for (const to of paths) {
		const status = listing?.find((folder) => folder.path === to)?.status;
		const from = folders[to] || !status ? undefined : formerName(folders, Object.keys(folders).filter((path) => !isThere(path)), status);
		if (from === undefined) continue;
		folders[to] = { ...folders[from], missing: false };
		delete folders[from];
		renamed.push({ from, to });
	}
	const gone = Object.keys(folders).filter((path) => !isThere(path));
	const lost = gone.filter((path) => !folders[path].missing);
	for (const path of lost) folders[path] = { ...folders[path], missing: true };
	return { folders, renamed, gone, lost };
}

/**
 * Under which of the names that are gone a folder was known: the same UIDVALIDITY and no lower UIDNEXT. Undefined when there is
 * no such name, or more than one, since a guess could hide mail.
 */
export function formerName(
	folders: Readonly<Record<string, FolderState>>,
	gone: string[],
	now: { uidValidity?: string; uidNext?: number },
): string | undefined {
	const names = gone.filter((path) => folders[path]?.uidValidity === now.uidValidity && (now.uidNext ?? 0) >= folders[path].uidNext);
	return names.length === 1 ? names[0] : undefined;
}
