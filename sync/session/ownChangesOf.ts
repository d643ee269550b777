import { randomUUID } from 'node:crypto';
import { noteKey } from '../ownChanges/noteKey';
import { NoteReader } from '../ownChanges/noteReader';
import { OwnChangeLog } from '../ownChanges/ownChangeLog';
import type { OwnChanges } from '../ownChanges/ownChanges';
import type { ConnectionSettings } from '../imap/settings';

/** The name of this process in its notes. */
export const PROCESS = randomUUID();

/** Minimum time between two searches for old notes of an account, in milliseconds. */
const TIDIED_EVERY_MS = 10 * 60_000;

/** Maximum note readers per account; more belong to changed passwords. */
const MOST_READERS = 10;

interface Known {
	log: OwnChangeLog;
	/** By folder and login: credentials of one account may differ in these. */
	readers: Map<string, NoteReader>;
	tidiedAt?: number;
}

const accounts = new Map<string, Known>();

type Account = Pick<ConnectionSettings, 'user' | 'host' | 'port'>;

/** The log of an account, one for the whole process. */
export const ownChangesOf = (settings: Account): OwnChangeLog => known(settings).log;

/** Own changes of an account: this process's and, if the credential has a folder for notes, those of other processes. */
export function knownChangesOf(settings: Account & Pick<ConnectionSettings, 'password' | 'notesFolder'>): OwnChanges {
	const { notesFolder: folder, user, password } = settings;
	const account = known(settings);
	if (folder === undefined) return account.log;
	const id = JSON.stringify([folder, user, password]);
	let reader = account.readers.get(id);
	if (!reader) {
		reader = new NoteReader(account.log, folder, async () => await noteKey({ user, password }), PROCESS);
		account.readers.set(id, reader);
		if (account.readers.size > MOST_READERS) account.readers.delete([...account.readers.keys()][0]);
	}
	return reader;
}

/** Whether it is time to search for old notes of an account. Asking starts the interval anew. */
export function mayTidyNotes(settings: Account, now: number): boolean {
	const account = known(settings);
	if (account.tidiedAt !== undefined && now - account.tidiedAt < TIDIED_EVERY_MS) return false;
	account.tidiedAt = now;
	return true;
}

function known({ user, host, port }: Account): Known {
	const key = `${user.toLowerCase()}\n${host.toLowerCase()}:${port}`;
	let account = accounts.get(key);
	if (!account) accounts.set(key, (account = { log: new OwnChangeLog(), readers: new Map() }));
	return account;
}
