import type { FaultScore } from '../server/serverFaults';
import type { FolderState } from '../folder/folderState';

/** What the core remembers between two runs: one value, bound to one account. */
export interface SyncState {
	/** Hashes: a state travels with an exported workflow, a mail address should not. */
	account: { user: string; host: string };
	/** Counts the runs that handed something over: tells two equal changes at different times apart. */
	deliveries: number;
	/** Hash of the folder selection: with the same selection a folder not seen before was created since. */
	selectionKey: string;
	/** Hash of the filter that `matching` was computed with; absent without a filter. */
	filterKey?: string;
	/** Hash of the rules that `ignored` was found with; absent without rules. */
	ignoreKey?: string;
	/** The folder that the last run had no room for goes first. */
	startWith?: string;
	/** Selected folders that could not be opened yet; they are no new folders when they can. */
	unopened: string[];
	folders: Record<string, FolderState>;
	/** What is held against the server: see distrust.ts. */
	faultScores?: readonly FaultScore[];
	/** States of accounts that the credential pointed to before, as stored; switching back goes on from there. */
	earlierAccounts: unknown[];
}
