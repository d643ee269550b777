import { randomUUID } from 'node:crypto';
import { noteKey } from '../ownChanges/noteKey';
import { NoteReader } from '../ownChanges/noteReader';
import { OwnChangeLog } from '../ownChanges/ownChangeLog';
import type { OwnChanges } from '../ownChanges/ownChanges';
import type { ConnectionSettings } from './settings';

/** This process, in its notes. */
export const PROCESS = randomUUID();

/** How often a process looks for old notes of an account, in milliseconds. */
const TIDIED_EVERY_MS = 10 * 60_000;

interface Known {
	log: OwnChangeLog;
	/** Of the folder and the password that the credential had last. */
	reader?: { folder: string; password: string; reader: NoteReader };
	tidiedAt?: number;
}

const accounts = new Map<string, Known>();

type Account = Pick<ConnectionSettings, 'user' | 'host' | 'port'>;

/** The log of an account, one for the whole process. */
export const ownChangesOf = (settings: Account): OwnChangeLog => known(settings).log;

/** What is known of own changes of an account: this process's, and those of others where the credential has a folder for notes. */
export function knownChangesOf(settings: Account & Pick<ConnectionSettings, 'password' | 'notesFolder'>): OwnChanges {
	const { notesFolder: folder, user, password } = settings;
	const account = known(settings);
	if (folder === undefined) return account.log;
	if (account.reader?.folder !== folder || account.reader.password !== password) {
		const reader = new NoteReader(account.log, folder, async () => await noteKey({ user, password }), PROCESS);
		account.reader = { folder, password, reader };
	}
	return account.reader.reader;
}

/** Whether it is time to look for old notes of an account. Asked once, it is not for a while. */
export function mayTidyNotes(settings: Account, now: number): boolean {
	const account = known(settings);
	if (account.tidiedAt !== undefined && now - account.tidiedAt < TIDIED_EVERY_MS) return false;
	account.tidiedAt = now;
	return true;
}

function known({ user, host, port }: Account): Known {
	const key = `${user.toLowerCase()}\n${host.toLowerCase()}:${port}`;
	let account = accounts.get(key);
	if (!account) accounts.set(key, (account = { log: new OwnChangeLog() }));
	return account;
}
