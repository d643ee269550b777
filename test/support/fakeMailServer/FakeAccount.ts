/** A message in a folder of the fake. */
export interface FakeMessage {
	uid: number;
	flags: Set<string>;
	source: Buffer;
	internalDate: Date;
	modseq: bigint;
	/** RFC822.SIZE as the server reports it */
	size: number;
	emailId: string;
	threadId?: string;
	labels: string[];
}

export interface NewFakeMessage {
	flags?: string[];
	internalDate?: Date;
	emailId?: string;
	threadId?: string;
	labels?: string[];
	/** A size to report that is not the true one. */
	size?: number;
}

/** A folder of the fake, with the history of its expunges. */
export interface FakeFolder {
	path: string;
	selectable: boolean;
	specialUse?: string;
	uidValidity: number;
	uidNext: number;
	highestModseq: bigint;
	/** by UID, ascending */
	messages: FakeMessage[];
	expunged: Array<{ uid: number; modseq: bigint }>;
	/** keywords ever used here */
	keywords: Set<string>;
	mailboxId: string;
	/** false: NOMODSEQ */
	hasModseq: boolean;
	/** May be opened; false answers NOPERM. */
	readable: boolean;
	/** Flags that stay set; `\*` for any keyword. Says what keepsFlag() answers, hinders nobody. */
	permanentFlags: string[];
}

/** One mail account in memory. Changes here are what other programs do to it; FakeMailServer reads it. */
export class FakeAccount {
	private readonly folders = new Map<string, FakeFolder>();
	private lastUidValidity = 1000;
	private lastId = 0;
	private readonly copies = new Map<string, FakeFolder>();

	/** `expungeRaisesModseq` false: as servers with CONDSTORE and without QRESYNC may do (RFC 7162 section 3.2). */
	constructor(private readonly options: { expungeRaisesModseq?: boolean } = {}) {
		this.createFolder('INBOX', { specialUse: '\\Inbox' });
	}

	/** All folders, INBOX first. */
	get all(): FakeFolder[] {
		return [...this.folders.values()].sort(
			(a, b) => Number(b.path === 'INBOX') - Number(a.path === 'INBOX') || (a.path < b.path ? -1 : 1),
		);
	}

	/** The folder, if there is one. */
	find(path: string): FakeFolder | undefined {
		return this.folders.get(path.toUpperCase() === 'INBOX' ? 'INBOX' : path);
	}

	/** The folder. Throws when there is none. */
	folder(path: string): FakeFolder {
		const folder = this.find(path);
		if (!folder) throw new Error(`the account has no folder ${path}`);
		return folder;
	}

	createFolder(
		path: string,
		options: Partial<
			Pick<FakeFolder, 'selectable' | 'specialUse' | 'hasModseq' | 'readable' | 'uidValidity' | 'permanentFlags'>
		> = {},
	): void {
		if (this.folders.has(path)) throw new Error(`the account already has a folder ${path}`);
		this.folders.set(path, {
			path,
			selectable: true,
			hasModseq: true,
			readable: true,
			permanentFlags: ['\\Seen', '\\Flagged', '\\Answered', '\\Deleted', '\\Draft', '\\*'],
			uidValidity: ++this.lastUidValidity,
			uidNext: 1,
			highestModseq: 1n,
			messages: [],
			expunged: [],
			keywords: new Set(),
			mailboxId: `F${++this.lastId}`,
			...options,
		});
	}

	deleteFolder(path: string): void {
		if (!this.folders.delete(path)) throw new Error(`the account has no folder ${path}`);
	}

	/** The folder keeps its UIDVALIDITY and its messages. */
	renameFolder(path: string, newPath: string): void {
		const folder = this.folder(path);
		this.folders.delete(path);
		folder.path = newPath;
		this.folders.set(newPath, folder);
	}

	/** As after a restore: the messages stay with their UIDs, and the UIDs mean nothing any more. */
	setUidValidity(path: string, uidValidity: number): void {
		const folder = this.folder(path);
		folder.uidValidity = uidValidity;
		folder.expunged = [];
		this.lastUidValidity = Math.max(this.lastUidValidity, uidValidity);
	}

	/** Keeps a copy of a folder, as a backup does; a later one takes its place. */
	keepCopy(path: string): void {
		this.copies.set(path, copyOf(this.folder(path)));
	}

	/** Puts the kept copy back, if there is one: what happened since never was, and UIDs are given out again under the same UIDVALIDITY. */
	restoreCopy(path: string): void {
		const copy = this.copies.get(path);
		if (copy) this.folders.set(path, copyOf(copy));
	}

	/** Leaves out UIDs, as expunges at the end of a folder and failed deliveries do. */
	skipUids(path: string, count: number): void {
		this.folder(path).uidNext += count;
	}

	/** Stores a message, delivered or copied in, with whatever date; gives its UID. */
	append(path: string, source: string | Buffer, options: NewFakeMessage = {}): number {
		const folder = this.folder(path);
		const bytes = Buffer.isBuffer(source) ? source : Buffer.from(source);
		const uid = folder.uidNext++;
		const flags = new Set(options.flags ?? []);
		folder.messages.push({
			uid,
			flags,
			source: bytes,
			internalDate: options.internalDate ?? new Date('2026-01-01T00:00:00Z'),
			modseq: ++folder.highestModseq,
			size: options.size ?? bytes.length,
			emailId: options.emailId ?? `M${++this.lastId}`,
			threadId: options.threadId,
			labels: options.labels ?? [],
		});
		learnKeywords(folder, flags);
		return uid;
	}

	/** Removes messages; those that are not there are no matter. */
	expunge(path: string, uids: Iterable<number>): void {
		const folder = this.folder(path);
		const gone = new Set(uids);
		const leaving = folder.messages.filter((message) => gone.has(message.uid));
		if (leaving.length === 0) return;
		const modseq = folder.highestModseq + 1n;
		if (this.options.expungeRaisesModseq !== false) folder.highestModseq = modseq;
		folder.messages = folder.messages.filter((message) => !gone.has(message.uid));
		folder.expunged.push(...leaving.map(({ uid }) => ({ uid, modseq })));
	}

	/** Changes flags and keywords; messages that have them already keep their mod-sequence. */
	setFlags(path: string, uids: Iterable<number>, change: { add?: string[]; remove?: string[]; set?: string[] }): void {
		const folder = this.folder(path);
		const touched = new Set(uids);
		const modseq = folder.highestModseq + 1n;
		for (const message of folder.messages) {
			if (!touched.has(message.uid)) continue;
			const flags = new Set(change.set ?? message.flags);
			for (const flag of change.add ?? []) flags.add(flag);
			for (const flag of change.remove ?? []) flags.delete(flag);
			if (flags.size === message.flags.size && [...flags].every((flag) => message.flags.has(flag))) continue;
			message.flags = flags;
			message.modseq = modseq;
			folder.highestModseq = modseq;
			learnKeywords(folder, flags);
		}
	}

	/** Copies messages; date, flags and the id of the mail stay (RFC 8474 section 5.1). Gives the new UIDs. */
	copy(from: string, uids: Iterable<number>, to: string): number[] {
		const wanted = new Set(uids);
		return this.folder(from)
			.messages.filter((message) => wanted.has(message.uid))
			.map(({ source, flags, internalDate, emailId, threadId, labels, size }) =>
				this.append(to, source, { flags: [...flags], internalDate, emailId, threadId, labels, size }),
			);
	}

	/** Moves messages; gives the new UIDs. */
	move(from: string, uids: Iterable<number>, to: string): number[] {
		const list = [...uids];
		const moved = this.copy(from, list, to);
		this.expunge(from, list);
		return moved;
	}
}

const copyOf = (folder: FakeFolder): FakeFolder => ({
	...folder,
	messages: folder.messages.map((message) => ({ ...message, flags: new Set(message.flags) })),
	expunged: [...folder.expunged],
	keywords: new Set(folder.keywords),
});

function learnKeywords(folder: FakeFolder, flags: Iterable<string>): void {
	for (const flag of flags) if (!flag.startsWith('\\')) folder.keywords.add(flag);
}
