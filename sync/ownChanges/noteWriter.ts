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
import type { AccountSeal } from '../state/accountSeal';
import { UidSet } from '../uids/uidSet';
import type { MailboxWriter } from '../changing/writing';
import { pathIn } from '../server/folderListing';

/** How long outcomes may wait for the next note, so that storing a thousand messages does not write a thousand notes. */
const GATHERED_MS = 250;

/** This many outcomes are written at once. */
const MOST_GATHERED = 100;

/** Maximum old notes removed at a time. */
const MOST_REMOVED = 2_000;

/** What this file needs beside the account. */
export interface NoteSettings {
	/** The folder for notes, as people name it. */
	folder: string;
	/** What seals notes. */
	seal: AccountSeal;
	/** The name of this process. */
	process: string;
	now: () => number;
	/** Returns a unique text. */
	chance: () => string;
	/** Whether it is time to search for old notes; asked once per session that wrote any. */
	mayTidy: () => boolean;
}

/**
 * Writes notes of what one session changes, for other n8n processes: each flag change and each removal before it is made,
 * together with earlier outcomes, and the last outcomes at the end. Its methods never throw: changes are made without notes too,
 * and `problem` says what is wrong with them.
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
	/** The connection was lost: a note does not justify another one. */
	private lost = false;

	constructor(
		private readonly writer: MailboxWriter,
		private readonly settings: NoteSettings,
	) {
		this.session = settings.chance();
		this.path = pathIn(writer.hierarchy, settings.folder);
	}

	/** Why no more notes are written; undefined while all is well. */
	get problem(): SyncError | undefined {
		return this.failure;
	}

	/** Announces changes; returns the ids to report their outcome with. */
	async announce(folder: string, uidValidity: string, changes: readonly OwnChange[]): Promise<number[]> {
		this.lost = false;
		if (changes.length === 0 || this.failure) return [];
		const announced = changes.map((change): AnnouncedChange => ({ id: ++this.lastId, folder, uidValidity, change }));
		await this.write(announced);
		return announced.map(({ id }) => id);
	}

	/** Reports that announced changes were made, and where messages are now. */
	async done(ids: readonly number[], { modseq, came }: { modseq?: string; came?: ArrivedMessages } = {}): Promise<void> {
		this.settled.push(...ids.map((id) => ({ id, done: true, ...(modseq === undefined ? {} : { modseq }), at: this.moment() })));
		if (came && !came.uids.isEmpty) this.came.push(came);
		await this.writeSoon();
	}

	/** Reports that announced changes were not made. After a lost connection the outcome is unknown, and nothing is reported. */
	async failed(ids: readonly number[], error: unknown): Promise<void> {
		if (error instanceof SyncError && (error.scope === 'connection' || error.scope === 'account')) {
			this.lost = true;
			return;
		}
		this.settled.push(...ids.map((id) => ({ id, done: false, at: this.moment() })));
		await this.writeSoon();
	}

	/** Writes the outcomes not written yet, and removes old notes when it is time. To be called before the connection is closed. */
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
		const { process, seal, now } = this.settings;
		try {
			const note = { process, session: this.session, number: ++this.notes, at: now(), announced, settled, came };
			const source = await writeChangeNote(note, { seal, folder: this.path });
			// Nobody would read it. The UID set of one command is far shorter.
			if (source.length > LARGEST_NOTE) throw new SyncError('refusedForSafety', { reason: 'noteTooLong' });
			await makingFolder(this.writer, this.path, () => this.writer.append(this.path, { source, flags: ['\\Seen'] }));
			this.writtenAt = now();
		} catch (error) {
			this.failure = notKept(this.path, 'notWritten', asSyncError(error));
		}
	}

	/** Removes notes too old to be of use, and nothing but notes. */
	private async tidy(reader: Pick<MailServer, 'visitFolders'>): Promise<void> {
		const before = new Date(this.settings.now() - NOTES_KEPT_MS);
		const [visit] = await reader.visitFolders([this.path], async (path, connection) => {
			const folder = await connection.open(path);
			const { uidValidity, exists } = folder.snapshot;
			const candidates = exists === 0 ? UidSet.empty : await folder.search({ before, smaller: LARGEST_NOTE });
			const old: number[] = [];
			if (!candidates.isEmpty) {
				for await (const { uid, header, internalDate } of folder.fetch(candidates.lowest(MOST_REMOVED), 'headerAndStructure')) {
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

	/** The time of an outcome: strictly ascending. */
	private moment(): number {
		return (this.latest = Math.max(this.settings.now(), this.latest + 1));
	}
}

function notKept(folder: string, reason: 'notRemoved' | 'notWritten', cause: SyncError): SyncError {
	return new SyncError('notesNotKept', { reason, folder }, { cause });
}
