import { SyncError } from '../../../sync/errors/syncError';
import { asUid, type Uid } from '../../../sync/uids/uid';
import { UidSet } from '../../../sync/uids/uidSet';
import type { MailboxWriter, NewMessage, Transferred, WritableFolder, WritingCapabilities } from '../../../sync/changing/writing';
import type { FakeAccount } from './FakeAccount';
import type { MessageFlags } from '../../../sync/server/message';

/** What changes messages of an account in memory: the part of the writer's port that changes of messages need. */
export class FakeWriter implements Pick<MailboxWriter, 'capabilities' | 'hierarchy' | 'open' | 'append' | 'createFolder'> {
	readonly capabilities: WritingCapabilities = {
		move: true,
		uidPlus: true,
		gmailLabels: false,
		quota: false,
		maxSetLength: 1000,
	};
	readonly hierarchy = { prefix: '', delimiter: '/' };
	/** What it was asked, in order. */
	readonly asked: string[] = [];

	/** `before` is called before each command, and may throw what the command then throws. */
	constructor(
		private readonly account: FakeAccount,
		private readonly now: () => number,
		private readonly before: (command: string) => void | Promise<void> = () => undefined,
	) {}

	async ask(command: string): Promise<void> {
		this.asked.push(command);
		await this.before(command);
	}

	async open(path: string): Promise<WritableFolder> {
		await this.ask(`open ${path}`);
		return new FakeWritableFolder(this, this.account, path) as unknown as WritableFolder;
	}

	async append(path: string, { source, flags }: NewMessage): Promise<{ uid?: Uid; uidValidity?: string }> {
		await this.ask(`append ${path}`);
		const folder = this.account.find(path);
		if (!folder) throw new SyncError('folderNotFound', { reason: 'gone', folder: path });
		const uid = this.account.append(path, source, { flags, internalDate: new Date(this.now()) });
		return { uid: asUid(uid), uidValidity: String(folder.uidValidity) };
	}

	async createFolder(path: string): Promise<boolean> {
		await this.ask(`create ${path}`);
		this.account.createFolder(path);
		return true;
	}
}

class FakeWritableFolder {
	readonly readOnly = false;
	readonly uidValidity: string;

	constructor(
		private readonly writer: FakeWriter,
		private readonly account: FakeAccount,
		readonly path: string,
	) {
		this.uidValidity = String(account.folder(path).uidValidity);
	}

	async store(uids: UidSet, { mode, flags }: { mode: 'add' | 'remove' | 'set'; flags: string[] }): Promise<MessageFlags[]> {
		await this.writer.ask(`store ${mode} ${flags} ${uids}`);
		this.account.setFlags(this.path, uids, { [mode]: flags });
		return this.account
			.folder(this.path)
			.messages.filter(({ uid }) => uids.has(uid))
			.map(({ uid, flags: now, modseq }) => ({ uid: asUid(uid), flags: [...now], modseq: modseq.toString() }));
	}

	async copy(uids: UidSet, to: string): Promise<Transferred> {
		await this.writer.ask(`copy ${uids} ${to}`);
		return this.transferred(uids, to, this.account.copy(this.path, uids, to));
	}

	async move(uids: UidSet, to: string): Promise<Transferred> {
		await this.writer.ask(`move ${uids} ${to}`);
		const there = this.there(uids);
		return this.transferred(there, to, this.account.move(this.path, there, to));
	}

	async remove(uids: UidSet): Promise<void> {
		await this.writer.ask(`remove ${uids}`);
		this.account.expunge(this.path, uids);
	}

	private there(uids: UidSet): UidSet {
		return UidSet.of(this.account.folder(this.path).messages.map(({ uid }) => uid)).intersect(uids);
	}

	private transferred(uids: UidSet, to: string, arrived: number[]): Transferred {
		return {
			uidValidity: String(this.account.folder(to).uidValidity),
			uids: new Map([...uids].map((uid, i) => [uid, asUid(arrived[i])])),
		};
	}
}
