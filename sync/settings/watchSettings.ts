import type { EventName } from '../events/syncEvent';
import type { FolderSelection } from '../server/folderSelection';
import type { SearchCriteria } from '../server/searchCriteria';

/** Which existing messages of a new folder are emitted: none, all, or those received since a date. */
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
	/** The expression that computes the filter's dates: they move from run to run, and the filter stays the same. */
	filterDates?: string;
	ignore?: IgnoreRules;
	/** Whether keywords that servers set by themselves are a messageUpdated. */
	machineKeywords?: boolean;
	/** The folder for notes, as people name it: never watched, whatever `selection` says. */
	notesFolder?: string;
}
