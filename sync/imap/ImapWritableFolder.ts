import type { CopyResponseObject, FlagsEvent, ImapFlow, MailboxObject } from 'imapflow';
import { SyncError } from '../errors/syncError';
import { folderReadOnly } from '../changing/folderReadOnly';
import { asUid } from '../uids/uid';
import type { UidSet } from '../uids/uidSet';
import type { FlagChange, Transferred, WritableFolder, WritingCapabilities } from '../changing/writing';
import type { ImapConnection } from './connection';
import { cleanFlags } from './flags';
import type { FolderRights } from './folderRights';
import { HARMLESS, MAYBE_TWICE } from './ifLost';
import { searchUids } from './searchCommand';
import type { WriteCommand } from './writeErrors';
import type { MessageFlags } from '../server/message';

/** Who sends the commands of a folder: the writer of its session. */
interface CommandSender {
	readonly capabilities: WritingCapabilities;
	command<T>(
		command: WriteCommand,
		send: (client: ImapFlow) => Promise<T | false | undefined | void>,
		on: ImapConnection,
	): Promise<T>;
}

interface OpenedForChanges {
	path: string;
	uidValidity: string;
	uidNext?: number;
	readOnly: boolean;
	rights: FolderRights;
}

/** A folder that was opened with SELECT, for the commands that change messages in it. */
export class ImapWritableFolder implements WritableFolder {
	readonly path: string;
	readonly uidValidity: string;
	readonly uidNext?: number;
	readonly readOnly: boolean;

	constructor(
		private readonly writer: CommandSender,
		private readonly connection: ImapConnection,
		private readonly mailbox: MailboxObject,
		private readonly opened: OpenedForChanges,
	) {
		({ path: this.path, uidValidity: this.uidValidity, uidNext: this.uidNext, readOnly: this.readOnly } = opened);
	}

	/** Whether this is what is open on the connection: the reader of the session may have opened something else. */
	isOpenOn(connection: ImapConnection): boolean {
		return connection === this.connection && connection.client.mailbox === this.mailbox;
	}

	get changesNothing(): boolean {
		return this.opened.rights.changesNothing;
	}

	assertStorable(flags: string[]): void {
		if (this.changesNothing) throw folderReadOnly(this.path);
		const lacking = this.opened.rights.lacking(flags);
		if (lacking?.right !== undefined) {
			throw new SyncError('folderForbidden', {
				reason: 'setFlag',
				folder: this.path,
				host: this.connection.host,
				flag: lacking.flag,
				rights: [lacking.right],
			});
		}
		if (lacking === undefined) return;
		throw new SyncError('notOffered', {
			reason: 'flag',
			folder: this.path,
			host: this.connection.host,
			flag: lacking.flag,
		});
	}

	assertExpungeable(): void {
		if (this.changesNothing) throw folderReadOnly(this.path);
		const missing = this.opened.rights.missingToRemove;
		if (missing) {
			throw new SyncError('folderForbidden', {
				reason: 'removeMessages',
				folder: this.path,
				host: this.connection.host,
				rights: missing,
			});
		}
	}

	async existing(uids: UidSet): Promise<UidSet> {
		this.mustBeOpen();
		const found = await searchUids(this.connection, { uid: uids.toString() }, { doing: 'search', folder: this.path });
		return found.intersect(uids);
	}

	async store(uids: UidSet, { mode, flags }: FlagChange): Promise<MessageFlags[]> {
		const rows = new Map<number, MessageFlags>();
		const take = ({ uid, flags: now, modseq }: FlagsEvent): void => {
			if (uid !== undefined && uids.has(uid))
				rows.set(uid, { uid: asUid(uid), flags: cleanFlags(now), modseq: modseq?.toString() });
		};
		const { client } = this.connection;
		client.on('flags', take);
		try {
			await this.run({ ifLost: HARMLESS }, () => {
				const set = uids.toString();
				if (mode === 'add') return client.messageFlagsAdd(set, flags, { uid: true });
				if (mode === 'remove') return client.messageFlagsRemove(set, flags, { uid: true });
				return client.messageFlagsSet(set, flags, { uid: true });
			});
		} finally {
			client.off('flags', take);
		}
		return [...rows.values()];
	}

	async storeLabels(uids: UidSet, { mode, flags }: FlagChange): Promise<void> {
		if (!this.writer.capabilities.gmailLabels) {
			throw new SyncError('notOffered', { reason: 'labels', folder: this.path, host: this.connection.host });
		}
		await this.run({ ifLost: HARMLESS }, (client) => {
			const set = uids.toString();
			const options = { uid: true, useLabels: true };
			if (mode === 'add') return client.messageFlagsAdd(set, flags, options);
			if (mode === 'remove') return client.messageFlagsRemove(set, flags, options);
			return client.messageFlagsSet(set, flags, options);
		});
	}

	async copy(uids: UidSet, to: string): Promise<Transferred> {
		return transferred(
			await this.run({ target: to, ifLost: MAYBE_TWICE }, (client) => client.messageCopy(uids.toString(), to, { uid: true })),
		);
	}

	async move(uids: UidSet, to: string): Promise<Transferred> {
		// imapflow would do without MOVE by an EXPUNGE that may take other messages along.
		if (!this.writer.capabilities.move) throw new TypeError('move() on a server without MOVE');
		return transferred(
			await this.run({ target: to, ifLost: { kind: 'messageMoved', target: to } }, (client) =>
				client.messageMove(uids.toString(), to, { uid: true }),
			),
		);
	}

	async remove(uids: UidSet): Promise<void> {
		// Without UIDPLUS imapflow would send a plain EXPUNGE, which takes other messages along.
		if (!this.writer.capabilities.uidPlus) throw new TypeError('remove() on a server without UIDPLUS');
		await this.run({ ifLost: HARMLESS, marksFirst: true }, (client) => client.messageDelete(uids.toString(), { uid: true }));
	}

	private async run<T>(
		command: Omit<WriteCommand, 'folder'>,
		send: (client: ImapFlow) => Promise<T | false | undefined | void>,
	): Promise<T> {
		this.mustBeOpen();
		return await this.writer.command({ folder: this.path, ...command }, send, this.connection);
	}

	/** A command meant for this folder must never reach another one. */
	private mustBeOpen(): void {
		if (this.connection.usable && !this.isOpenOn(this.connection))
			throw new TypeError(`the folder ${this.path} is not open any more`);
	}
}

function transferred({ uidMap, uidValidity }: CopyResponseObject): Transferred {
	return { uidValidity: uidValidity?.toString(), uids: new Map([...(uidMap ?? [])].map(([from, to]) => [from, asUid(to)])) };
}
