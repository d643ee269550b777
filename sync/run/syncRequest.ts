import type { OwnChanges } from '../ownChanges/ownChanges';
import type { ContentMatchesByFolder } from '../search/contentMatches';
import type { Account } from '../server/account';
import type { BodyPart } from '../server/bodyPart';
import type { PartChoice } from '../server/message';
import type { SearchCriteria } from '../server/searchCriteria';
import type { FolderSelection } from '../server/folderSelection';
import type { EventName } from '../events/syncEvent';
import type { Acknowledge } from '../folder/acknowledge';
import type { StartFrom } from '../folder/syncNeeds';
import type { IgnoreRules } from '../mime/ignoreRules';
import type { OutputLevel } from '../reading/outputLevel';
import type { RunLimits } from '../delivery/runBudget';

/** Everything a run is asked to do. */
export interface SyncRequest {
	account: Account;
	events: ReadonlySet<EventName>;
	selection: FolderSelection;
	startFrom: StartFrom;
	output: OutputLevel;
	/** Whether attachments are handed over too. */
	attachments: boolean;
	/**
	 * Chooses what to read of a message too large to be read whole without looking (`size` in bytes). Without it every message
	 * is read whole.
	 */
	chooseParts?: (size: number, structure: BodyPart) => PartChoice;
	filter?: SearchCriteria;
	/** Where an expression computes dates of the filter: its text. They move on from run to run, and it stays the same filter. */
	filterDates?: string;
	/** Of messages that a rule means nothing is told. */
	ignore?: IgnoreRules;
	/** With it a new message is handed over again until it is acknowledged. */
	acknowledge?: Acknowledge;
	/** With it, what this package itself changed is known silently. */
	own?: OwnChanges;
	/** What was read of messages in earlier runs, so that the filter does not take reading them again. */
	contentMatches?: ContentMatchesByFolder;
	/** A folder in which this package keeps notes, as people name it: never looked at as mail, whatever the selection says. */
	notesFolder?: string;
	limits: RunLimits;
}
