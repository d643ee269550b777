import { type FolderListing, type Hierarchy, samePath } from '../server/folderListing';

export interface Naming {
	from: Hierarchy;
	to: Hierarchy;
	/** A folder of the target under which all others are put, as the target writes it. */
	below?: string;
	/** Names that were given: path in the source -> path in the target. */
	named?: ReadonlyMap<string, string>;
	/** Folders of the target: with them the one for sent mail goes to the one for sent mail, whatever they are called. */
	targets?: readonly FolderListing[];
}

/**
 * The path in another account that a folder is called by there: as given; or the folder with the same special use; or the same
 * names, written as that server writes paths. INBOX is INBOX.
 */
export function nameInOtherAccount(
	folder: Pick<FolderListing, 'path' | 'specialUse'>,
	{ from, to, below, named, targets }: Naming,
): string {
	for (const [path, name] of named ?? []) if (samePath(path, folder.path)) return name;
	const use = folder.specialUse?.toLowerCase();
	if (below === undefined && use !== undefined && use !== '\\inbox') {
		const same = targets?.find(({ specialUse, selectable }) => selectable && specialUse?.toLowerCase() === use);
		if (same) return same.path;
	}
	const isInbox = folder.path.toUpperCase() === 'INBOX';
	const own =
		!isInbox && from.prefix !== '' && folder.path.startsWith(from.prefix) ? folder.path.slice(from.prefix.length) : folder.path;
	const names = (from.delimiter === '' ? [own] : own.split(from.delimiter)).map((name) =>
		// What ends a name there cannot be part of it.
		to.delimiter === '' ? name : name.replaceAll(to.delimiter, '_'),
	);
	if (below !== undefined) return [below, ...names].join(to.delimiter);
	if (isInbox) return 'INBOX';
	const path = names.join(to.delimiter);
	return to.prefix !== '' && path.toUpperCase().startsWith(to.prefix.toUpperCase())
		? to.prefix + path.slice(to.prefix.length)
		: to.prefix + path;
}
