import { type FolderListing, samePath } from './folderListing';

/**
 * The folders of the account that the selection means, INBOX first, then by name. Folders that cannot be opened are left out.
 * For `chosen` use chosenFolders(): a chosen folder that does not exist is a matter to report.
 */
export function selectFolders(listing: FolderListing[], selection: FolderSelection): string[] {
	const selectable = listing.filter((folder) => folder.selectable);
	const wanted =
		selection.kind === 'all'
			? selectable
			: selection.kind === 'chosen'
				? selectable.filter((folder) => selection.folders.some((path) => samePath(path, folder.path)))
				: selectable.filter(
						(folder) =>
							selection.include.some((pattern) => matches(pattern, folder)) &&
							!selection.exclude.some((pattern) => matches(pattern, folder)),
					);
	return inOrder(wanted.map((folder) => folder.path));
}

/** Chosen paths without repeats, INBOX first. INBOX is the one name without upper and lower case (RFC 3501 section 5.1). */
export function chosenFolders(paths: readonly string[]): string[] {
	return inOrder([...new Set(paths.map((path) => (path.toUpperCase() === 'INBOX' ? 'INBOX' : path)))]);
}

function inOrder(paths: string[]): string[] {
	return [...paths].sort((a, b) => (a === 'INBOX' ? -1 : b === 'INBOX' ? 1 : a < b ? -1 : a > b ? 1 : 0));
}

/**
 * Whether a pattern means a folder: "\Sent" by special use (RFC 6154), else the path as a glob in which `*` stands for any
 * characters, hierarchy separators included, and `?` for one. Upper and lower case are the same: people type "archive*".
 */
function matches(pattern: string, folder: FolderListing): boolean {
	if (pattern.startsWith('\\')) return folder.specialUse?.toLowerCase() === pattern.toLowerCase();
	return glob(pattern.toLowerCase(), folder.path.toLowerCase());
}

/** Linear in practice and without a regular expression, which a pattern such as `*a*a*a*b` would make explode. */
function glob(pattern: string, text: string): boolean {
	let p = 0;
	let t = 0;
	let star = -1;
	let resume = 0;
	while (t < text.length) {
		if (p < pattern.length && (pattern[p] === '?' || (pattern[p] === text[t] && pattern[p] !== '*'))) {
			p++;
			t++;
		} else if (p < pattern.length && pattern[p] === '*') {
			star = p++;
			resume = t;
		} else if (star >= 0) {
			p = star + 1;
			t = ++resume;
		} else {
			return false;
		}
	}
	while (pattern[p] === '*') p++;
	return p === pattern.length;
}

export type FolderSelection =
	| { kind: 'chosen'; folders: readonly string[] }
	| { kind: 'pattern'; include: readonly string[]; exclude: readonly string[] }
	| { kind: 'all' };
