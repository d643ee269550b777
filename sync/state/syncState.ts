import type { FaultScore } from '../server/serverFaults';
import type { InDoubt } from '../reading/doubtfulMessages';
import type { FolderState } from '../folder/folderState';

/** What the core remembers between two runs: one value, bound to one account. */
export interface SyncState {
	/** Hashes: a state travels with an exported workflow, a mail address should not. */
	account: { user: string; host: string };
	/** Counts the runs that delivered something: distinguishes equal changes at different times. */
	deliveries: number;
	/** Hash of the folder selection. */
	selectionKey: string;
	/** The patterns of the selection: an unknown folder that they mean was created since, whatever is selected next. */
	patterns?: { include: readonly string[]; exclude: readonly string[] };
	/** Hash of the filter that `matching` was computed with; absent without a filter. */
	filterKey?: string;
	/** Hash of the ignore rules that `ignored` was computed with; absent without rules. */
	ignoreKey?: string;
	/** The first folder that the limits of the last run left no room for. */
	startWith?: string;
	/** Selected folders that could not be opened yet; once they can, they are no new folders. */
	unopened: string[];
	/**
	 * Watched folders that were created, or are chosen and did not exist, since they are watched, and were not opened yet: what is in one
	 * when it opens came since.
	 */
	createdLater?: readonly string[];
	/** What lost folders are recognised by, as long as a selected one that may be one of them was not opened: see lostFolders(). */
	lost?: readonly FolderState[];
	folders: Record<string, FolderState>;
	/** Messages that may have ended the connection: see DoubtfulMessages. */
	inDoubt?: ReadonlyMap<string, InDoubt>;
	/** Faults of the server: see serverFaults.ts. */
	faultScores?: readonly FaultScore[];
	/** Stored states of accounts that the credential used before; switching back goes on from there. */
	earlierAccounts: unknown[];
}
