import { randomUUID } from 'node:crypto';
import { loginOf } from '../imap/login';
import type { ConnectionSettings } from '../imap/settings';
import { NoteReader } from '../ownChanges/noteReader';
import { OwnChangeLog } from '../ownChanges/ownChangeLog';
import { together, type OwnChanges } from '../ownChanges/ownChanges';
import { accountSealOf } from './accountSealOf';
import { LoginMemory } from './loginMemory';

/** The name of this process in its notes. */
export const PROCESS = randomUUID();

/** Minimum time between two searches for old notes over a login, in milliseconds. */
const TIDIED_EVERY_MS = 10 * 60_000;

/** What this process did by each way to a mailbox, and the logins that did it: with the last of them it is forgotten. */
const logs = new Map<string, { log: OwnChangeLog; logins: Set<string> }>();

/** The logins that changed something. */
const writers = new LoginMemory<{ tidiedAt?: number }>(
	() => ({}),
	(login) => {
		for (const [way, { logins }] of logs) if (logins.delete(login) && logins.size === 0) logs.delete(way);
	},
);

/** What was read from notes. Never shared: which server it was that had them is known to this login alone. */
const readers = new LoginMemory(() => new Map<string, NoteReader>());

/** Maximum folders for notes of one login; an expression may name another each time. */
const MOST_READERS = 10;

/**
 * The log in which a session records what it changes. Only after its login succeeded: until then, nobody knows whether it is the
 * user's. It is one for all who logged in as this user by the same way.
 */
export function ownChangesOf(settings: ConnectionSettings): OwnChangeLog {
	const login = loginOf(settings);
	writers.of(login);
	let shared = logs.get(login.way);
	if (!shared) logs.set(login.way, (shared = { log: new OwnChangeLog(), logins: new Set() }));
	shared.logins.add(login.key);
	return shared.log;
}

/**
 * Own changes of a mailbox: what this process did by the same way and, if the credential has a folder for notes, what other
 * processes noted there. To be asked over a connection that has logged in with these settings.
 */
export function knownChangesOf(settings: ConnectionSettings): OwnChanges {
	const { way } = loginOf(settings);
	// Looked up when asked, and never made here: a credential that gets in nowhere leaves nothing behind.
	const here: OwnChanges = { inFolder: (folder, uidValidity) => logs.get(way)?.log.inFolder(folder, uidValidity) };
	return settings.notesFolder === undefined ? here : together(here, noted(settings, settings.notesFolder));
}

function noted(settings: ConnectionSettings, folder: string): OwnChanges {
	const reader = (): NoteReader => {
		const folders = readers.of(loginOf(settings));
		let known = folders.get(folder);
		if (!known) folders.set(folder, (known = new NoteReader(new OwnChangeLog(), folder, PROCESS)));
		if (folders.size > MOST_READERS) folders.delete([...folders.keys()][0]);
		return known;
	};
	return {
		inFolder: (path, uidValidity) => reader().inFolder(path, uidValidity),
		// The seal goes along each time: what stays in memory holds no password.
		readNotes: async (connection, hierarchy) => await reader().readNotes(connection, hierarchy, accountSealOf(settings)),
	};
}

/** Whether it is time to search for old notes over a login. Asking starts the interval anew. */
export function mayTidyNotes(settings: ConnectionSettings, now: number): boolean {
	const writer = writers.of(loginOf(settings));
	if (writer.tidiedAt !== undefined && now - writer.tidiedAt < TIDIED_EVERY_MS) return false;
	writer.tidiedAt = now;
	return true;
}
