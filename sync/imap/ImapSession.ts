import type { MailSession } from '../session';
import { connectMailServer } from './ImapMailServer';
import { ImapWriter } from './ImapWriter';
import { ownChangesOf } from './ownChangeLog';
import type { ConnectionSettings } from './settings';

/** Connects and logs in, to read and to change. Throws settingsInvalid, or a SyncError of scope connection or account. */
export async function connectSession(settings: ConnectionSettings): Promise<MailSession> {
	const reader = await connectMailServer(settings);
	return {
		reader,
		writer: new ImapWriter(await reader.mainConnection(), () => reader.mainConnection(), ownChangesOf(settings)),
		close: () => reader.close(),
	};
}
