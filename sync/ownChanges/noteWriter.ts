import {
	LARGEST_NOTE,
	NOTES_KEPT_MS,
	isNoteHeader,
	writeChangeNote,
	type AnnouncedChange,
	type ArrivedMessages,
	type SettledChange,
} from './changeNote';
import { asSyncError, SyncError } from '../errors/syncError';
import { makingFolder } from '../changing/folderOnDemand';
import type { OwnChange } from './ownChanges';
import type { MailServer } from '../server/mailServer';
import { UidSet } from '../uids/uidSet';
import type { MailboxWriter } from '../changing/writing';
import { pathIn } from '../server/folderListing';

/** What became of a change may wait so long for the next note, so that who stores a thousand messages does not write a thousand notes. */
const GATHERED_MS = 250;

/** What became of changes is written down at once when there is as much as this of it. */
const MOST_GATHERED = 100;

/** Old notes that are removed at a time. */
const MOST_REMOVED = 2_000;

/** What this file needs beside the account. */
export interface NoteSettings {
	/** The folder for notes, as people name it. */
	folder: string;
	/** With which notes are sealed. */
	key: () => Promise<Buffer>;
	/** This process, to itself and to others. */
	process: string;
	now: () => number;
	/** Gives a text unlike any other. */
	chance: () => string;
	/** Whether it is time to look for old notes; asked once a session that wrote any. */
	mayTidy: () => boolean;
}

/**
 * Notes what one session changes in a folder of the mailbox, so that the other n8n processes know: each change of flags and each leaving
 * before it is made, together with what became of the one before, and the last outcomes in the end. None of its methods throws: what is
 * to be changed is changed without notes too, and `problem` says what is wrong with them.
 */
export class NoteWriter {
	private readonly session: string;
	private readonly path: string;
	private notes = 0;
	private lastId = 0;
	private latest = 0;
	private writtenAt = -Infinity;
	private settled: SettledChange[] = [];
	private came: ArrivedMessages[] = [];
	private failure: SyncError | undefined;
	/** The connection was lost: a note is no reason to open another one. */
	private lost = false;

	constructor(
		private readonly writer: MailboxWriter,
		private readonly settings: NoteSettings,
	) {
		this.session = settings.chance();
		this.path = pathIn(writer.hierarchy, settings.folder);
	}

	/** Why there are no more notes; undefined as long as all is well. */
	get problem(): SyncError | undefined {
		return this.failure;
	}

	/** Says what is about to be done; gives the ids to say later what became of it. */
	async announce(folder: string, uidValidity: string, changes: readonly OwnChange[]): Promise<number[]> {
		this.lost = false;
		if (changes.length === 0 || this.failure) return [];
		const announced = changes.map((change): AnnouncedChange => ({ id: ++this.lastId, folder, uidValidity, change }));
		await this.write(announced);
		return announced.map(({ id }) => id);
	}

	/** Says what became of announced changes, and where messages are now. */
	async done(ids: readonly number[], { modseq, came }: { modseq?: string; came?: ArrivedMessages } = {}): Promise<void> {
		this.settled.push(...ids.map((id) => ({ id, done: true, ...(modseq === undefined ? {} : { modseq }), at: this.moment() })));
		if (came && !came.uids.isEmpty) this.came.push(came);
		await this.writeSoon();
	}

	/** Says that announced changes were not made. Where the connection was lost meanwhile nobody knows: then nothing more is said of them. */
	async failed(ids: readonly number[], error: unknown): Promise<void> {
		if (error instanceof SyncError && (error.scope === 'connection' || error.scope === 'account')) {
			this.lost = true;
			return;
		}
		this.settled.push(...ids.map((id) => ({ id, done: false, at: this.moment() })));
		await this.writeSoon();
	}

	/** Writes down what was not written yet, and removes old notes when it is time. Before the connection is closed. */
	async close(reader: Pick<MailServer, 'visitFolders'>): Promise<void> {
		if (!this.lost) await this.write([]);
		if (this.lost || this.failure || this.notes === 0 || !this.writer.capabilities.uidPlus || !this.settings.mayTidy()) return;
		try {
			await this.tidy(reader);
		} catch (error) {
			this.failure = notKept(this.path, 'notRemoved', asSyncError(error));
		}
	}

	private async writeSoon(): Promise<void> {
		const gathered = this.settled.length + this.came.length;
		if (gathered >= MOST_GATHERED || this.settings.now() - this.writtenAt >= GATHERED_MS) await this.write([]);
	}

	private async write(announced: AnnouncedChange[]): Promise<void> {
		const { settled, came } = this;
		[this.settled, this.came] = [[], []];
		if (this.failure || announced.length + settled.length + came.length === 0) return;
		const { process, key, now } = this.settings;
		try {
			const note = { process, session: this.session, number: ++this.notes, at: now(), announced, settled, came };
			const source = writeChangeNote(note, await key());
			// Nobody would read it. A set of UIDs that one command takes is far shorter.
			if (source.length > LARGEST_NOTE) throw new SyncError('refusedForSafety', { reason: 'noteTooLong' });
			await makingFolder(this.writer, this.path, () => this.writer.append(this.path, { source, flags: ['\\Seen'] }));
			this.writtenAt = now();
		} catch (error) {
			this.failure = notKept(this.path, 'notWritten', asSyncError(error));
		}
	}

	/** Removes notes that are too old to be of use, and nothing but notes. */
	private async tidy(reader: Pick<MailServer, 'visitFolders'>): Promise<void> {
		const before = new Date(this.settings.now() - NOTES_KEPT_MS);
		const [visit] = await reader.visitFolders([this.path], async (path, connection) => {
			const folder = await connection.open(path);
			const { uidValidity, exists } = folder.snapshot;
			const found = exists === 0 ? UidSet.empty : await folder.search({ before, smaller: LARGEST_NOTE });
			const old: number[] = [];
			if (!found.isEmpty) {
				for await (const { uid, header, internalDate } of folder.fetch(found.lowest(MOST_REMOVED), 'headerAndStructure')) {
					if (header && isNoteHeader(header) && internalDate && internalDate < before) old.push(uid);
				}
			}
			return { uidValidity, old: UidSet.of(old) };
		});
		if (visit.status === 'rejected') throw visit.reason;
		const { uidValidity, old } = visit.value;
		if (old.isEmpty) return;
		const folder = await this.writer.open(this.path);
		if (folder.uidValidity !== uidValidity) return;
		for (const uids of old.chunks(this.writer.capabilities.maxSetLength)) await folder.remove(uids);
	}

	/** Two outcomes never have the same time, and time never goes back. */
	private moment(): number {
		return (this.latest = Math.max(this.settings.now(), this.latest + 1));
	}
}

function notKept(folder: string, reason: 'notRemoved' | 'notWritten', cause: SyncError): SyncError {
	return new SyncError('notesNotKept', { reason, folder }, { cause });
}
