import type { Emitter } from './emitter';
import type { RunBudget } from './runBudget';
import type { DoubtfulMessages } from '../reading/doubtfulMessages';
import type { EventAccount } from '../events/createEvent';
import type { EventSink } from '../events/eventSink';
import type { OwnChanges } from '../ownChanges/ownChanges';
import type { ContentMatchesByFolder } from '../search/contentMatches';
import type { SyncSettings } from '../settings/syncSettings';

/** What deliveries work with, beside what they are asked for. */
export interface DeliveryServices {
	/** Takes the events. */
	sink: EventSink;
	/** milliseconds since 1970 */
	now: () => number;
	/** What this package itself changed: known without an event. */
	ownChanges?: OwnChanges;
	/** What was read of messages in earlier runs, so that the filter does not read them again. */
	contentMatches?: ContentMatchesByFolder;
}

/** What all deliveries of a run share. */
export interface DeliveryContext {
	settings: SyncSettings;
	services: DeliveryServices;
	budget: RunBudget;
	/** Messages that may end the connection. */
	doubts: DoubtfulMessages;
	emitter: Emitter;
	eventAccount: EventAccount;
}
