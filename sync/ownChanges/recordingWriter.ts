import { LABEL_PREFIX } from '../folder/flagSets';
import type { NoteWriter } from './noteWriter';
import type { OwnChangeLog } from './ownChangeLog';
import type { OwnChange } from './ownChanges';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type {
	Appended,
	Appending,
	FlagChange,
	FolderCounts,
	FolderDetails,
	MailboxWriter,
	NewMessage,
	Quota,
	Transferred,
	WritableFolder,
	WritingCapabilities,
} from '../changing/writing';
import type { MessageFlags } from '../server/message';

/**
 * A writer that records all its changes as own ones, so that they produce no events. With `notes` it reports them to other
 * processes too.
 */
export class RecordingWriter implements MailboxWriter {
	constructor(
		private readonly writer: MailboxWriter,
		private readonly log: OwnChangeLog,
		private readonly notes?: NoteWriter,
	) {}

	get capabilities(): WritingCapabilities {
		return this.writer.capabilities;
	}

	get hierarchy(): { prefix: string; delimiter: string } {
		return this.writer.hierarchy;
	}

	async open(path: string): Promise<WritableFolder> {
		return new RecordedFolder(await this.withFailureNoted(() => this.writer.open(path)), this.log, this.notes);
	}

	async append(path: string, message: NewMessage): Promise<Appended> {
		const stored = await this.withFailureNoted(() => this.writer.append(path, message));
		const { uid, uidValidity } = stored;
		if (uid === undefined || uidValidity === undefined) return stored;
		this.log.came(path, uidValidity, [uid]);
		await this.notes?.done([], { came: { folder: path, uidValidity, uids: UidSet.of([uid]) } });
		return stored;
	}

	appendMany(path: string): Appending {
		return new RecordedAppending(this.writer, path, this.log, this.notes);
	}

	/** Reports a failure to the notes: after a lost connection none are written. */
	private async withFailureNoted<T>(command: () => Promise<T>): Promise<T> {
		try {
			return await command();
		} catch (error) {
			await this.notes?.failed([], error);
			throw error;
		}
	}

	async folders(options?: { counts?: boolean; subscribed?: boolean }): Promise<FolderDetails[]> {
		return await this.writer.folders(options);
	}

	async status(path: string): Promise<FolderCounts> {
		return await this.writer.status(path);
	}

	async createFolder(path: string, options?: { mayExist?: boolean }): Promise<boolean> {
		return await this.writer.createFolder(path, options);
	}

	async renameFolder(path: string, newPath: string): Promise<void> {
		await this.writer.renameFolder(path, newPath);
	}

	async deleteFolder(path: string): Promise<void> {
		await this.writer.deleteFolder(path);
	}

	async setSubscribed(path: string, subscribed: boolean): Promise<void> {
		await this.writer.setSubscribed(path, subscribed);
	}

	async quota(path: string): Promise<Quota | undefined> {
		return await this.writer.quota(path);
	}
}

/** Messages that came and are not in a note yet: one note for many, and none much later than its messages. */
const CAME_PER_NOTE = 200;

class RecordedAppending implements Appending {
	private appending: Appending;
	private came: Uid[] = [];
	private uidValidity: string | undefined;
	private error: Error | undefined;

	constructor(
		private readonly writer: MailboxWriter,
		private readonly path: string,
		private readonly log: OwnChangeLog,
		private readonly notes: NoteWriter | undefined,
	) {
		this.appending = writer.appendMany(path);
	}

	async add(message: NewMessage, answered: (outcome: Appended | Error) => void): Promise<void> {
		if (this.notes && this.came.length >= CAME_PER_NOTE) {
			await this.end();
			this.appending = this.writer.appendMany(this.path);
		}
		await this.appending.add(message, (outcome) => {
			if (outcome instanceof Error) this.error ??= outcome;
			else this.note(outcome);
			answered(outcome);
		});
	}

	async end(): Promise<void> {
		await this.appending.end();
		const { came, uidValidity, error } = this;
		if (error) await this.notes?.failed([], error);
		this.came = [];
		if (came.length === 0 || uidValidity === undefined) return;
		await this.notes?.done([], { came: { folder: this.path, uidValidity, uids: UidSet.of(came) } });
	}

	private note({ uid, uidValidity }: Appended): void {
		if (uid === undefined || uidValidity === undefined) return;
		this.log.came(this.path, uidValidity, [uid]);
		this.uidValidity = uidValidity;
		this.came.push(uid);
	}
}

/** The outcome of a command, as far as the server returned it. */
interface Outcome {
	/** The highest mod-sequence of the messages it changed. */
	modseq?: string;
	came?: { folder: string } & Transferred;
}

class RecordedFolder implements WritableFolder {
	readonly path: string;
	readonly uidValidity: string;
	readonly uidNext?: number;
	readonly readOnly: boolean;
	readonly changesNothing: boolean;

	constructor(
		private readonly folder: WritableFolder,
		private readonly log: OwnChangeLog,
		private readonly notes: NoteWriter | undefined,
	) {
		({ path: this.path, uidValidity: this.uidValidity, uidNext: this.uidNext } = folder);
		({ readOnly: this.readOnly, changesNothing: this.changesNothing } = folder);
	}

	assertStorable(flags: string[]): void {
		this.folder.assertStorable(flags);
	}

	assertExpungeable(): void {
		this.folder.assertExpungeable();
	}

	async existing(uids: UidSet): Promise<UidSet> {
		return await this.folder.existing(uids);
	}

	async store(uids: UidSet, change: FlagChange): Promise<MessageFlags[]> {
		const own: OwnChange = { kind: 'flags', uids, mode: change.mode, names: [...change.flags], labels: false };
		return await this.recorded(
			[own],
			() => this.folder.store(uids, change),
			(rows) => ({ modseq: highestModseq(rows) }),
		);
	}

	async storeLabels(uids: UidSet, change: FlagChange): Promise<void> {
		const names = change.flags.map((label) => LABEL_PREFIX + label);
		await this.recorded([{ kind: 'flags', uids, mode: change.mode, names, labels: true }], () =>
			this.folder.storeLabels(uids, change),
		);
	}

	async copy(uids: UidSet, to: string): Promise<Transferred> {
		return await this.recorded(
			[],
			() => this.folder.copy(uids, to),
			(copied) => ({ came: { folder: to, ...copied } }),
		);
	}

	async move(uids: UidSet, to: string): Promise<Transferred> {
		return await this.recorded(
			[{ kind: 'left', uids }],
			() => this.folder.move(uids, to),
			(moved) => ({ came: { folder: to, ...moved } }),
		);
	}

	async remove(uids: UidSet): Promise<void> {
		// A run between the two commands sees the messages flagged \Deleted.
		const flagging: OwnChange = { kind: 'flags', uids, mode: 'add', names: ['\\Deleted'], labels: false };
		await this.recorded([flagging, { kind: 'left', uids }], () => this.folder.remove(uids));
	}

	/** Runs a command that changes messages of this folder. */
	private async recorded<T>(
		changes: OwnChange[],
		command: () => Promise<T>,
		outcomeOf: (answer: T) => Outcome = () => ({}),
	): Promise<T> {
		const begun = changes.map((change) => this.log.begin(this.path, this.uidValidity, change));
		const announced = (await this.notes?.announce(this.path, this.uidValidity, changes)) ?? [];
		let answer: T;
		try {
			answer = await command();
		} catch (error) {
			for (const one of begun) one.failed();
			await this.notes?.failed(announced, error);
			throw error;
		}
		const { modseq, came } = outcomeOf(answer);
		for (const one of begun) one.done(modseq);
		const { uidValidity, uids = [] } = came ?? {};
		const arrived =
			came && uidValidity !== undefined ? { folder: came.folder, uidValidity, uids: UidSet.of(uids.values()) } : undefined;
		if (arrived) this.log.came(arrived.folder, arrived.uidValidity, arrived.uids);
		await this.notes?.done(announced, { modseq, came: arrived });
		return answer;
	}
}

function highestModseq(rows: readonly MessageFlags[]): string | undefined {
	const highest = rows.reduce((most, { modseq }) => (modseq !== undefined && BigInt(modseq) > most ? BigInt(modseq) : most), 0n);
	return highest > 0n ? highest.toString() : undefined;
}
