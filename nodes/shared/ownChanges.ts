import { knownChangesOf } from '../../sync/imap/ownChangesOf';
import type { ConnectionSettings } from '../../sync/imap/settings';
import type { NodeRequest } from './request';
import type { SyncRequest } from '../../sync/run/syncRequest';

/** What the core is asked, with what this package itself changed in the account. */
export const withOwnChanges = ({ sync, ignoreOwnChanges }: NodeRequest, settings: ConnectionSettings): SyncRequest => ({
	...sync,
	...(ignoreOwnChanges ? { own: knownChangesOf(settings) } : {}),
	...(settings.notesFolder === undefined ? {} : { notesFolder: settings.notesFolder }),
});
