import { SyncError } from '../errors/syncError';
import { makingFolder } from '../changing/folderOnDemand';
import type { OpenFolder } from '../server/mailServer';
import type { AccountSeal } from './accountSeal';
import { unreadable, type Position } from './position';
import type { MailSession } from '../changing/session';
import type { Sealing } from './keptMessage';
import { samePath } from '../server/folderListing';
import { readStateMessage, STATE_HEADER, stateKey, writeStateMessage, type StateMessage } from './stateMessage';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';

/** The state messages in the folder: the newest readable one, and all. */
interface Found {
	newest?: StateMessage;
	/** Readable or not: a later save() removes them. */
	all: Map<Uid, StateMessage | 'broken' | 'unsealed'>;
}

/** A folder of at most this many messages is read whole if its search finds nothing: some servers search badly. */
const SMALL = 100;

/** More state messages than this are there only if nobody may remove them. */
const MANY = 50;

/**
 * Keeps a position as one message on the mail server, for all n8n processes. Saving is compare-and-set: if the message read is no
 * longer the newest, another process went on, and save() throws stateOvertaken. A new message is stored before the old one is
 * removed, so there is always one. Of two stored at the same time the one with the lower UID wins, as every process can see.
 * What the account did not seal counts for nothing.
 */
export class StateMailbox {
	private readonly key: string;
	private readonly where: string;
	/** undefined until load(); null: there was none. */
	private read: StateMessage | null | undefined;
	private ignoresDamaged = false;

	/** `chance` returns a unique text; `name` distinguishes several states in one folder. */
	constructor(
		private readonly session: MailSession,
		private readonly folder: string,
		private readonly name: string,
		private readonly chance: () => string,
		private readonly seal: AccountSeal,
	) {
		this.key = stateKey(name);
		this.where = `the folder "${folder}" (state "${name}")`;
	}

	/**
	 * The position; undefined if there is no message of this state. Throws stateUnreadable if there is one that cannot be read, and
	 * refusedForSafety where a position would be begun among mail.
	 */
	async load(): Promise<Position | undefined> {
		this.mustNotBeInbox();
		const { newest } = await this.look();
		if (!newest) await this.mustReceiveNoMail();
		this.read = newest ?? null;
		return newest?.position;
	}

	/** From now on an unreadable message counts as none, and save() replaces it. */
	overDamaged(): void {
		this.ignoresDamaged = true;
	}

	/**
	 * Replaces the message that load() read. Throws stateOvertaken if it is no longer the newest: then nothing was saved. Throws
	 * notOffered on a server without UIDPLUS, and whatever the writer throws.
	 */
	async save(position: Position): Promise<void> {
		const { internalWriter: writer } = this.session;
		this.mustNotBeInbox();
		if (!writer.capabilities.uidPlus) {
			throw new SyncError('notOffered', { reason: 'replacePosition', folder: this.folder });
		}
		const before = this.read === undefined ? await this.look().then(({ newest }) => newest ?? null) : this.read;
		this.mustBe(before?.nonce, await this.look());
		const message: StateMessage = { key: this.key, nonce: this.chance(), position };
		await this.store(message, before?.nonce);
		const after = await this.look();
		const own = [...after.all]
			.filter(([, other]) => typeof other === 'object' && other.nonce === message.nonce)
			.map(([uid]) => uid);
		if (after.newest?.nonce !== message.nonce) {
			await this.remove(UidSet.of(own));
			throw this.overtaken();
		}
		this.read = message;
		// A repeated command leaves two of our own.
		const [first] = own.sort((a, b) => a - b);
		await this.remove(UidSet.of(after.all.keys()).remove(first));
	}

	/** Stores the message. After a lost connection it looks whether the message is there, and tries once more if not. */
	private async store({ nonce, ...rest }: StateMessage, before: string | undefined): Promise<void> {
		const { internalWriter: writer } = this.session;
		const source = await writeStateMessage({ nonce, ...rest }, this.name, rest.position.savedAt, this.sealing);
		const append = async (): Promise<void> => {
			// Courier 5.0 (November 2026) stores nothing in a folder that the same connection opened read-only.
			await writer.open(this.folder);
			await writer.append(this.folder, { source, flags: ['\\Seen'] });
		};
		try {
			await makingFolder(writer, this.folder, append);
		} catch (error) {
			if (!(error instanceof SyncError) || error.scope !== 'connection') throw error;
			const { all, newest } = await this.look();
			if ([...all.values()].some((one) => typeof one === 'object' && one.nonce === nonce)) return;
			this.mustBe(before, { all, newest });
			await append();
		}
	}

	private mustBe(nonce: string | undefined, { newest }: Found): void {
		if (newest?.nonce !== nonce) throw this.overtaken();
	}

	/** Removes messages. The next save() removes what is left behind. */
	private async remove(uids: UidSet): Promise<void> {
		if (uids.isEmpty) return;
		try {
			const folder = await this.session.internalWriter.open(this.folder);
			const there = await folder.existing(uids);
			if (!there.isEmpty) await folder.remove(there);
		} catch (error) {
			if (!(error instanceof SyncError) || uids.size > MANY) throw error;
		}
	}

	private async look(): Promise<Found> {
		const [visit] = await this.session.reader.visitFolders(
			[this.folder],
			async (path, connection) => await this.lookInto(await connection.open(path)),
		);
		if (visit.status === 'fulfilled') return visit.value;
		if (visit.reason instanceof SyncError && visit.reason.code === 'folderNotFound') return { all: new Map() };
		throw visit.reason;
	}

	private async lookInto(folder: OpenFolder): Promise<Found> {
		const { exists } = folder.snapshot;
		if (exists === 0) return { all: new Map() };
		let uids = await folder.search({ header: [{ name: STATE_HEADER, value: this.key }] });
		if (uids.isEmpty && exists <= SMALL) uids = await folder.search({});
		const all: Found['all'] = new Map();
		if (!uids.isEmpty) {
			for await (const { uid, source } of folder.fetch(uids.highest(SMALL), 'source')) {
				const message = source && (await readStateMessage(source, this.key, this.where, this.sealing));
				if (message) all.set(uid, message);
			}
		}
		const readable = [...all].flatMap(([uid, message]) => (typeof message === 'object' ? [{ uid, message }] : []));
		if (readable.length === 0 && all.size > 0 && !this.ignoresDamaged)
			throw unreadable(
				this.where,
				[...all.values()].includes('broken')
					? 'its message is damaged, or of a newer version of this package'
					: 'its message was not made by this account for this folder: the password, the host or the name of the folder is another one since, the message is of a version that did not seal it, or somebody else put it there',
			);
		readable.sort((a, b) => b.message.position.serial - a.message.position.serial || a.uid - b.uid);
		return { newest: readable[0]?.message, all };
	}

	private get sealing(): Sealing {
		return { seal: this.seal, folder: this.folder };
	}

	private mustNotBeInbox(): void {
		if (samePath(this.folder, 'INBOX'))
			throw new SyncError('refusedForSafety', { reason: 'positionAmongMail', folder: this.folder });
	}

	/**
	 * A position is not begun in a folder that mail comes into: others could push it out of sight there, and nobody looks for it. Asked
	 * only while there is none, so that a mail that is put beside it later stops nothing.
	 */
	private async mustReceiveNoMail(): Promise<void> {
		const { reader, internalWriter } = this.session;
		const [visit] = await reader.visitFolders([this.folder], async (path, connection) => {
			const folder = await connection.open(path);
			// What mail servers put on each message that they deliver (RFC 5321 section 4.4).
			return folder.snapshot.exists > 0 && !(await folder.search({ header: [{ name: 'Received', value: '' }] })).isEmpty;
		});
		if (visit.status === 'rejected') {
			if (visit.reason instanceof SyncError && visit.reason.code === 'folderNotFound') return;
			throw visit.reason;
		}
		// Drafts, Junk, Sent and the like.
		const listed = await internalWriter.folders();
		const hasUse = listed.some(({ path, specialUse }) => specialUse !== undefined && samePath(path, this.folder));
		if (visit.value || hasUse) throw new SyncError('refusedForSafety', { reason: 'positionAmongMail', folder: this.folder });
	}

	private overtaken(): SyncError {
		return new SyncError('stateOvertaken', { where: this.where, folder: this.folder });
	}
}
