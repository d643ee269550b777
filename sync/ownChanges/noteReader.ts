import { LARGEST_NOTE, NOTES_KEPT_MS, readChangeNote, type ChangeNote } from './changeNote';
import { SyncError } from '../errors/syncError';
import type { OwnChangeLog } from './ownChangeLog';
import type { OwnChanges, OwnChangesInFolder } from './ownChanges';
import type { FolderConnection, OpenFolder } from '../server/mailServer';
import { MAX_UID } from '../uids/uid';
import { pathIn, type Hierarchy } from '../server/folderListing';

/** Maximum notes read at a time; changes in older ones are emitted as events. */
const MOST_NOTES = 2_000;
const NOTES_AT_ONCE = 100;

/** A note from further in the future is ignored: measured by it, others would seem long past. */
const WRONG_CLOCK_MS = 24 * 60 * 60_000;

/** How far the notes were read; without it those of the last two days are read. */
interface ReadPosition {
	uidValidity: string;
	/** Every UID at or above is unread. */
	uidNext: number;
}

/** The own changes of an account, with those that other n8n processes noted in a folder of it. One per account and process. */
export class NoteReader implements OwnChanges {
	private readTo: ReadPosition | undefined;
	private reading: Promise<unknown> = Promise.resolve();

	/** `folder` is the folder for notes as people name it, `process` the name of this process. */
	constructor(
		private readonly log: OwnChangeLog,
		private readonly folder: string,
		private readonly key: () => Promise<Buffer>,
		private readonly process: string,
		private readonly now: () => number = Date.now,
	) {}

	inFolder(folder: string, uidValidity: string): OwnChangesInFolder | undefined {
		return this.log.inFolder(folder, uidValidity);
	}

	async readNotes(connection: FolderConnection, hierarchy: Hierarchy): Promise<void> {
		// Two folders observed at the same time must not both take the same note for unread.
		const reading = this.reading.then(() => this.read(connection, pathIn(hierarchy, this.folder)));
		this.reading = reading.catch(() => undefined);
		await reading;
	}

	private async read(connection: FolderConnection, path: string): Promise<void> {
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
				const key = await this.key();
				const uids = left.lowest(NOTES_AT_ONCE);
				left = left.subtract(uids);
				const notes: Array<{ uid: number; note: ChangeNote }> = [];
				for await (const { uid, source } of folder.fetch(uids, 'source')) {
					const note = source && readChangeNote(source, key);
					if (note && note.process !== this.process && note.at < this.now() + WRONG_CLOCK_MS) notes.push({ uid, note });
				}
				for (const { note } of notes.sort((a, b) => a.uid - b.uid)) this.log.take(note);
			}
			next = Math.max(next, (unread.last ?? 0) + 1);
		}
		this.readTo = { uidValidity, uidNext: next };
	}
}
