/** A folder as LIST shows it. */
export interface FolderListing {
	path: string;
	/** Can be opened: neither \Noselect nor \NonExistent. */
	selectable: boolean;
	/** e.g. "\Sent" (RFC 6154), or "\Inbox" */
	specialUse?: string;
	delimiter?: string;
	status?: FolderStatus;
}

/** What STATUS returns for a folder without opening it. A value the server did not send is absent. */
export interface FolderStatus {
	uidValidity?: string;
	uidNext?: number;
	messages?: number;
	/** Decimal string: mod-sequences have 63 bits. Absent also where the server sends 0, which means "not for this folder". */
	highestModseq?: string;
}

/** How an account writes the paths of its folders: "INBOX." and "." on Courier, "" and "/" on most others. */
export interface Hierarchy {
	prefix: string;
	delimiter: string;
}

/** A folder of the account by the name that people give it: the prefix "INBOX.", as on Courier, may be left out. */
export const pathIn = ({ prefix }: Pick<Hierarchy, 'prefix'>, name: string): string =>
	name.toUpperCase() === 'INBOX' || name.startsWith(prefix) ? name : `${prefix}${name}`;

/** Two names of one folder. */
export const samePath = (a: string, b: string): boolean =>
	a === b || (a.toUpperCase() === 'INBOX' && b.toUpperCase() === 'INBOX');
