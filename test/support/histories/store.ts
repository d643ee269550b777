/** A message of a folder, as somebody sees it who shares nothing with the core. */
export interface Row {
	uid: number;
	/** The name of the letter. */
	letter: string;
	flags: string[];
}

/**
 * What others do to the mailbox of a history: in memory, or on a real server. An act that the server cannot do answers false and has
 * changed nothing.
 */
export interface Store {
	/** The server's name of a folder. */
	path(name: string): string;
	look(path: string): Promise<{ uidValidity: string; rows: Row[] }>;
	append(path: string, sources: string[], options?: { flags?: string[]; internalDate?: Date }): Promise<void>;
	flag(path: string, uids: number[], change: { add?: string[]; remove?: string[] }): Promise<void>;
	expunge(path: string, uids: number[]): Promise<void>;
	move(path: string, uids: number[], to: string): Promise<void>;
	copy(path: string, uids: number[], to: string): Promise<void>;
	create(path: string): Promise<boolean>;
	remove(path: string): Promise<void>;
	rename(path: string, to: string): Promise<void>;
	/** Gives the folder another UIDVALIDITY; some servers make it anew for that. Undefined where it cannot be done. */
	renumber(path: string): Promise<'renumbered' | 'remade' | undefined>;
	skipUids(path: string, count: number): Promise<boolean>;
	/** Keeps a copy of the folder, as a backup does. */
	backUp(path: string): Promise<boolean>;
	/** Puts it back: what happened since never was. */
	restore(path: string): Promise<boolean>;
}
