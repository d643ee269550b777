import type { DeliveryServices } from '../../sync/delivery/deliveryContext';
import type { ConnectionSettings } from '../../sync/imap/settings';
import { contentMatchesOf } from '../../sync/session/contentMatchesOf';
import { knownChangesOf } from '../../sync/session/ownChangesOf';
import type { SyncSettings } from '../../sync/settings/syncSettings';
import type { NodeRequest } from './request';

/** What this process knows of an account, for a run. */
export type AccountKnowledge = Pick<DeliveryServices, 'ownChanges' | 'contentMatches'>;

/** What the core is asked for; the folder for notes of the credential is never watched. */
export const settingsFor = ({ sync }: NodeRequest, { notesFolder }: ConnectionSettings): SyncSettings => ({
	...sync,
	watch: { ...sync.watch, ...(notesFolder === undefined ? {} : { notesFolder }) },
});

/** What the process knows of the account already: own changes where they are no events, and what a filter read before. */
export const knowledgeFor = ({ sync, ignoreOwnChanges }: NodeRequest, settings: ConnectionSettings): AccountKnowledge => ({
	...(ignoreOwnChanges ? { ownChanges: knownChangesOf(settings) } : {}),
	...(sync.watch.filter ? { contentMatches: contentMatchesOf(settings) } : {}),
});
