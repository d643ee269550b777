import { randomUUID } from 'node:crypto';
import { changeMessages, type Changed, type MessageChange } from '../../sync/changing/changeMessages';
import { connectMailServer } from '../../sync/imap/ImapMailServer';
import { ImapWriter } from '../../sync/imap/ImapWriter';
import type { ConnectionSettings } from '../../sync/imap/settings';
import { NoteReader } from '../../sync/ownChanges/noteReader';
import { NoteWriter } from '../../sync/ownChanges/noteWriter';
import { OwnChangeLog } from '../../sync/ownChanges/ownChangeLog';
import { together, type OwnChanges } from '../../sync/ownChanges/ownChanges';
import { RecordingWriter } from '../../sync/ownChanges/recordingWriter';
import { SealKeys } from '../../sync/state/accountSeal';
import type { SyncError } from '../../sync/errors/syncError';
import { asUid } from '../../sync/uids/uid';
import type { MailboxWriter } from '../../sync/changing/writing';

/** A clock that a test puts forward. */
export interface Clock {
	ahead: number;
}

/** One n8n process that works in an account with a folder for notes: it has a memory of its own. Another one is another object. */
export class NotingProcess {
	readonly log: OwnChangeLog;
	readonly ownChanges: OwnChanges;
	/** What the last session said was wrong with its notes. */
	problem: SyncError | undefined;
	private readonly name = randomUUID();
	private readonly now: () => number;
	private readonly keys = new SealKeys();

	constructor(
		private readonly settings: ConnectionSettings,
		private readonly folder: string,
		clock: Clock = { ahead: 0 },
	) {
		this.now = () => Date.now() + clock.ahead;
		this.log = new OwnChangeLog(this.now);
		const notes = new NoteReader(new OwnChangeLog(this.now), folder, this.name, this.now);
		this.ownChanges = together(this.log, {
			inFolder: (path, uidValidity) => notes.inFolder(path, uidValidity),
			readNotes: async (connection, hierarchy) => await notes.readNotes(connection, hierarchy, this.keys.sealFor(settings)),
		});
	}

	/** One session, as an execution of the action node has it. `dies` ends it without a word in the end. */
	async session<T>(use: (writer: MailboxWriter) => Promise<T>, { dies = false, mayTidy = false } = {}): Promise<T> {
		const reader = await connectMailServer(this.settings);
		const writer = new ImapWriter(await reader.mainConnection(), () => reader.mainConnection());
		const notes = new NoteWriter(writer, {
			folder: this.folder,
			seal: this.keys.sealFor(this.settings),
			process: this.name,
			now: this.now,
			chance: randomUUID,
			mayTidy: () => mayTidy,
		});
		try {
			return await use(new RecordingWriter(writer, this.log, notes));
		} finally {
			if (!dies) await notes.close(reader);
			this.problem = notes.problem;
			await reader.close();
		}
	}

	/** Changes messages as the action node does. */
	async act(
		uids: number[],
		task: MessageChange,
		folder = 'INBOX',
		how: { dies?: boolean; mayTidy?: boolean } = {},
	): Promise<Changed[]> {
		return await this.session(async (writer) => {
			const done: Changed[] = [];
			const tasks = uids.map((uid) => ({ address: { folder, uid: asUid(uid) }, task }));
			const onResult = (_index: number, outcome: Changed | Error): void => {
				if (outcome instanceof Error) throw outcome;
				done.push(outcome);
			};
			await changeMessages(writer, tasks, { onResult });
			return done;
		}, how);
	}
}
