import { randomUUID } from 'node:crypto';
import type { SyncError } from '../errors/syncError';
import { NoteWriter } from '../ownChanges/noteWriter';
import { RecordingWriter } from '../ownChanges/recordingWriter';
import type { MailSession } from '../changing/session';
import type { ImapConnection } from '../imap/connection';
import { connectMailServer, type ImapMailServer } from '../imap/ImapMailServer';
import { ImapWriter } from '../imap/ImapWriter';
import { accountSealOf } from './accountSealOf';
import { mayTidyNotes, ownChangesOf, PROCESS } from './ownChangesOf';
import type { ConnectionSettings } from '../imap/settings';

/** A session whose reader is the mail server of sync/imap itself. */
export interface ImapSession extends MailSession {
	readonly reader: ImapMailServer;
}

/**
 * Connects and logs in, to read and to change; `signal` gives up connecting at once. Throws settingsInvalid, or a SyncError of scope
 * connection or account.
 */
export async function connectSession(settings: ConnectionSettings, signal?: AbortSignal): Promise<ImapSession> {
	const reader = await connectMailServer(settings, signal);
	const writer = new ImapWriter(await firstConnection(reader), () => reader.mainConnection());
	const log = ownChangesOf(settings);
	const notes = settings.notesFolder === undefined ? undefined : noteWriter(writer, settings, settings.notesFolder);
	return {
		reader,
		writer: new RecordingWriter(writer, log, notes),
		internalWriter: new RecordingWriter(writer, log),
		get problem(): SyncError | undefined {
			return notes?.problem;
		},
		async close(): Promise<void> {
			try {
				await notes?.close(reader);
			} finally {
				await reader.close();
			}
		},
	};
}

/** It may have been lost since the login. */
async function firstConnection(reader: ImapMailServer): Promise<ImapConnection> {
	try {
		return await reader.mainConnection();
	} catch (error) {
		// Nobody else would give back its place among the connections of the login.
		reader.destroy();
		throw error;
	}
}

function noteWriter(writer: ImapWriter, settings: ConnectionSettings, folder: string): NoteWriter {
	return new NoteWriter(writer, {
		folder,
		seal: accountSealOf(settings),
		process: PROCESS,
		now: Date.now,
		chance: randomUUID,
		mayTidy: () => mayTidyNotes(settings, Date.now()),
	});
}
