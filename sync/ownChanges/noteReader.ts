import { LARGEST_NOTE, NOTES_KEPT_MS, readChangeNote, type ChangeNote } from './changeNote';
import { SyncError } from '../errors/syncError';
import type { OwnChangeLog } from './ownChangeLog';
import type { OwnChangesInFolder } from './ownChanges';
import type { FolderConnection, OpenFolder } from '../server/mailServer';
import type { AccountSeal } from '../state/accountSeal';
import { MAX_UID } from '../uids/uid';
import { pathIn, type Hierarchy } from '../server/folderListing';

/** Maximum notes read at a time; changes in older ones are emitted as events. */
const MOST_NOTES = 2_000;
const NOTES_AT_ONCE = 100;

/** A note from further in the future is ignored: measured by it, others would seem long past. */
const WRONG_CLOCK_MS = 24 * 60 * 60_000;

/** Maximum sessions of which the last note is remembered. */
const MOST_SESSIONS = 10_000;

/** How far the notes were read; without it those of the last two days are read. */
interface ReadPosition {
	uidValidity: string;
	/** Every UID at or above is unread. */
	uidNext: number;
}

/** What other n8n processes noted in a folder of a mailbox, as far as it was read over one login. */
export class NoteReader {
	private readTo: ReadPosition | undefined;
	private reading: Promise<unknown> = Promise.resolve();
	/** The number of the last note of each session: one that does not come after it was put there a second time. */
	private readonly lastNotes = new Map<string, number>();

	/** `folder` is the folder for notes as people name it, `process` the name of this process. */
	constructor(
		private readonly log: OwnChangeLog,
		private readonly folder: string,
		private readonly process: string,
		private readonly now: () => number = Date.now,
	) {}

	inFolder(folder: string, uidValidity: string): OwnChangesInFolder | undefined {
		return this.log.inFolder(folder, uidValidity);
	}

	/** Reads what was noted since the last time. Uses the connection: a folder open on it is closed. Throws SyncError. */
	async readNotes(connection: FolderConnection, hierarchy: Hierarchy, seal: AccountSeal): Promise<void> {
		// Two folders observed at the same time must not both take the same note for unread.
		const reading = this.reading.then(() => this.read(connection, pathIn(hierarchy, this.folder), seal));
		this.reading = reading.catch(() => undefined);
		await reading;
	}

	private async read(connection: FolderConnection, path: string, seal: AccountSeal): Promise<void> {
		let folder: OpenFolder;
		try {
			folder = await connection.open(path);
		} catch (error) {
			// Nobody has noted anything yet.
			if (error instanceof SyncError && error.code === 'folderNotFound') return;
			throw error;
		}
		const { uidValidity, uidNext, exists } = folder.snapshot;
		const from = this.readTo?.uidValidity === uidValidity ? this.readTo.uidNext : 1;
		let next = Math.max(uidNext, from);
		if (exists > 0 && uidNext > from) {
			const since = new Date(this.now() - NOTES_KEPT_MS);
			const unread = (await folder.search({ since, smaller: LARGEST_NOTE, uids: `${from}:${MAX_UID}` })).from(from);
			let left = unread.highest(MOST_NOTES);
			while (!left.isEmpty) {
				const uids = left.lowest(NOTES_AT_ONCE);
				left = left.subtract(uids);
				const notes: Array<{ uid: number; note: ChangeNote }> = [];
				for await (const { uid, source } of folder.fetch(uids, 'source')) {
					const note = source && (await readChangeNote(source, { seal, folder: path }));
					if (note && note.process !== this.process && this.isOfNow(note)) notes.push({ uid, note });
				}
				for (const { note } of notes.sort((a, b) => a.uid - b.uid)) if (this.isNew(note)) this.log.take(note);
			}
			next = Math.max(next, (unread.last ?? 0) + 1);
		}
		this.readTo = { uidValidity, uidNext: next };
	}

	/** By the sealed time: the date of the message is whatever somebody gave it who stored an old note again. */
	private isOfNow({ at }: ChangeNote): boolean {
		const now = this.now();
		return at > now - NOTES_KEPT_MS - WRONG_CLOCK_MS && at < now + WRONG_CLOCK_MS;
	}

	private isNew({ session, number }: ChangeNote): boolean {
		const last = this.lastNotes.get(session) ?? 0;
		if (number <= last) return false;
		this.lastNotes.delete(session);
		this.lastNotes.set(session, number);
		if (this.lastNotes.size > MOST_SESSIONS) this.lastNotes.delete([...this.lastNotes.keys()][0]);
		return true;
	}
}
