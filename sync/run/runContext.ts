import type { DeliveryContext, DeliveryServices } from '../delivery/deliveryContext';
import type { Diagnostics } from '../folder/diagnostics';
import type { SyncNeeds } from '../folder/syncNeeds';
import type { MailServer } from '../server/mailServer';
import type { MessageSummary } from '../server/message';

/** What a run works with, beside what it is asked for. */
export interface SyncServices extends DeliveryServices {
	server: MailServer;
	/** Ends the run early; what was delivered until then stays delivered. */
	signal?: AbortSignal;
	/** Nobody said that anything happened. Then a single folder, too, is asked for its status first: it costs half as much as opening it. */
	isRoutine?: boolean;
}

/** What all phases of a run share. It stays the same during a run, except for the budget and the diagnostics. */
export interface RunContext extends DeliveryContext {
	services: SyncServices;
	needs: SyncNeeds;
	diagnostics: Diagnostics;
	/** Whether the filter differs from the one that the state was made with. */
	filterChanged: boolean;
	/** Whether a new message of a folder may have come from another one. */
	isMoveCandidate?: (path: string, message: MessageSummary) => boolean;
}
