/**
 * A folder in the moment it was opened. Frozen then: the library's own object moves with every answer, and a cursor taken
 * from it later would skip changes (RFC 7162 section 6).
 */
export interface FolderSnapshot {
	path: string;
	uidValidity: string;
	uidNext: number;
	exists: number;
	/** Absent when the folder has no mod-sequences (NOMODSEQ, 0, or a server without CONDSTORE). */
	highestModseq?: string;
	mailboxId?: string;
	/** Keywords the folder knows, without system flags. */
	keywords: string[];
	/** Whether the server answered the QRESYNC question that came with opening. */
	qresyncAnswered: boolean;
}
