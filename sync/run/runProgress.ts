import type { SyncError } from '../errors/syncError';
import type { FolderState } from '../folder/folderState';
import type { Plan } from '../folder/plan';
import type { FolderStatus } from '../server/folderListing';
import type { InitialSync } from '../folder/syncNeeds';
import type { MoveTracker } from './moveTracker';
import type { RunContext } from './runContext';
import type { WatchedFolders } from './watchedFolders';

/** What a run has done so far. Its phases read and write it in turn. */
export interface RunProgress {
	/** What is known of each folder by now. */
	folders: Record<string, FolderState>;
	/** What was known of each when the visits began. */
	known: Readonly<Record<string, FolderState>>;
	/** Errors that did not end the run. */
	problems: SyncError[];
	opened: Array<{ path: string; kind: Plan['kind']; reason: Plan['reason'] }>;
	/** Folders that the limits left no room for. */
	waiting: string[];
	failedToOpen: string[];
	/** Former names of folders that were renamed: what has such a name now was made since. */
	reusedNames: Set<string>;
	/** What was known of folders that another one took the place of, and that were found under no other name. */
	replaced: FolderState[];
	/** What is known of folders that are lost: see lostFolders(). */
	lost: readonly FolderState[];
	/** Those of which this shows only since other folders were listed: what has their messages now is for the next run. */
	lostSinceListing: FolderState[];
	/** What names stand for, as far as it is known before a folder is opened. */
	statuses: ReadonlyMap<string, FolderStatus>;
}

/** One run: what its phases share. */
export interface Run {
	context: RunContext;
	watched: WatchedFolders;
	progress: RunProgress;
	moves: MoveTracker;
	/** How many watched folders were not known when the run began. */
	unknownFolders: number;
	/** How a folder begins that is not in the state. */
	initialSync: (path: string) => InitialSync;
}

/** Begins with what is known of the folders, and with the problems so far. */
export function startProgress(folders: Record<string, FolderState>, problems: SyncError[]): RunProgress {
	return {
		folders,
		known: folders,
		problems,
		opened: [],
		waiting: [],
		failedToOpen: [],
		reusedNames: new Set(),
		replaced: [],
		lost: [],
		lostSinceListing: [],
		statuses: new Map(),
	};
}

/** Whether the connection or the account failed: then no further command makes sense. */
export const isBroken = ({ problems }: RunProgress): boolean =>
	problems.some(({ scope }) => scope === 'account' || scope === 'connection');

/** Whether the server says that there is no folder of this name. */
export const isNotThere = ({ problems }: RunProgress, path: string): boolean =>
	problems.some(({ code, data }) => code === 'folderNotFound' && data.folder === path);
