import { RecordingWriter } from '../recordingWriter';
import type { MailSession } from '../session';
import { connectMailServer } from './ImapMailServer';
import { ImapWriter } from './ImapWriter';
import { ownChangesOf } from './ownChangesOf';
import type { ConnectionSettings } from './settings';

/** Connects and logs in, to read and to change. Throws settingsInvalid, or a SyncError of scope connection or account. */
export async function connectSession(settings: ConnectionSettings): Promise<MailSession> {
	const reader = await connectMailServer(settings);
	const writer = new ImapWriter(await reader.mainConnection(), () => reader.mainConnection());
	return { reader, writer: new RecordingWriter(writer, ownChangesOf(settings)), close: () => reader.close() };
}
