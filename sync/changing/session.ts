import type { SyncError } from '../errors/syncError';
import type { MailServer } from '../server/mailServer';
import type { MailboxWriter } from './writing';

/**
 * One account for the time of one execution: reading and writing over the same connection. Opening a folder, here or
 * there, ends the use of the one before: finish one visit before you begin a change.
 */
export interface MailSession {
	readonly reader: MailServer;
	readonly writer: MailboxWriter;
	/** Writes what this package keeps in the mailbox for itself; other processes are not notified of it. */
	readonly internalWriter: MailboxWriter;
	/** What went wrong beside what was asked for; to be looked at when the session is closed. */
	readonly problem?: SyncError;
	/** Ends all connections; never throws and never hangs. */
	close(): Promise<void>;
}
