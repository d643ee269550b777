import type { EventName } from '../events/syncEvent';
import type { FolderSelection } from '../server/folderSelection';
import type { SearchCriteria } from '../server/searchCriteria';

/** Which mail of a folder that is seen for the first time is emitted: none of what is there, all of it, or what came since a date. */
export type StartFrom = { kind: 'now' } | { kind: 'all' } | { kind: 'date'; date: Date };

/** Messages matching one of these rules produce no events. The rules are written as mime/ignoreRules.ts reads them. */
export interface IgnoreRules {
	senders: readonly string[];
	subjects: readonly string[];
	/** Everything in these conversations. */
	threads: readonly string[];
}

/** What is watched: which events of which messages in which folders. */
export interface WatchSettings {
	events: ReadonlySet<EventName>;
	selection: FolderSelection;
	startFrom: StartFrom;
	/** Only messages that match it are of interest. */
	filter?: SearchCriteria;
	/** The text of the expression that computes dates of the filter: the dates move from run to run, and it stays the same filter. */
	filterDates?: string;
	ignore?: IgnoreRules;
	/** The folder in which processes note their own changes, as people name it: never watched, whatever `selection` says. */
	notesFolder?: string;
}
