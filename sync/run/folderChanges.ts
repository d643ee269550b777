import { emptyByName } from '../uids/byName';
import { type FolderListing, samePath } from '../server/folderListing';
import type { FolderState } from '../folder/folderState';

/** What became of the folders that are known. */
export interface FolderChanges {
	/** The known folders, those that are no longer selected left out. */
	folders: Record<string, FolderState>;
	/** Those that are left out: one of them may have a selected name by now. */
	deselected: Record<string, FolderState>;
	/** Known folders that are not there, since now or since earlier: renamed, deleted, or left out of one listing. */
	gone: string[];
	/** Those of them that are missing since this run: the last one did not find them either. */
	lost: string[];
}

/**
 * Compares known folders with existing ones. `paths` are the selected ones, `listing` all of the account, if it was asked for.
 * Without it only opening shows whether a folder is gone. Opening also shows whether an unknown folder is one that is gone under
 * another name: see findFormerName().
 */
export function followFolders(
	known: Readonly<Record<string, FolderState>>,
	paths: string[],
	listing: FolderListing[] | undefined,
): FolderChanges {
	const folders = emptyByName<FolderState>();
	const deselected = emptyByName<FolderState>();
	const isThere = (path: string): boolean => listing?.some((folder) => folder.selectable && samePath(folder.path, path)) ?? true;
	// An existing folder that is not selected was deselected: when selected again, it begins anew.
	for (const path of Object.keys(known)) (paths.includes(path) || !isThere(path) ? folders : deselected)[path] = known[path];
	const gone = Object.keys(folders).filter((path) => !isThere(path));
	// One listing proves nothing: a server that lags behind, or is restored, leaves folders out (RFC 9051 section 6.3.9 allows no
	// such thing, and it happens).
	const lost = gone.filter((path) => !folders[path].missing && folders[path].mayBeMissing);
	for (const path of gone) {
		if (folders[path].missing) continue;
		const { mayBeMissing, ...known } = folders[path];
		folders[path] = mayBeMissing ? { ...known, missing: true } : { ...known, mayBeMissing: true };
	}
	return { folders, deselected, gone, lost };
}

/**
 * Which of the names that are gone a folder may have had. The MAILBOXID (RFC 8474 section 4) decides where the server has one;
 * else the same UIDVALIDITY is required. Folders created in the same second may share it (Cyrus, Courier), so there may be several such
 * names. A lower UIDNEXT excludes none: the folder may have been restored too.
 */
export function formerNames(
	folders: Readonly<Record<string, FolderState>>,
	gone: string[],
	now: { uidValidity?: string; mailboxId?: string },
): string[] {
	return gone.filter((path) => {
		const { mailboxId, uidValidity } = folders[path] ?? {};
		if (mailboxId !== undefined && now.mailboxId !== undefined) return mailboxId === now.mailboxId;
		return uidValidity !== undefined && uidValidity === now.uidValidity;
	});
}
