import type { Row, Store } from './store';

/** A moment of a history: it rises with everything that happens to the mailbox. */
export type Moment = number;

/** Copies of a letter in one folder. */
export interface Stay {
	there: number;
	/** When each copy came in: delivered, copied or moved; not what a restore brought back. */
	entered: Moment[];
	/** How many copies left: expunged, moved away, lost by a restore or with the folder. */
	left: number;
	/** How many copies a restore brought back. */
	returned: number;
	/** The letter was acknowledged at some time. */
	wasMarked: boolean;
}

/** A folder as a thing: it stays what it is under whatever name and UIDVALIDITY. */
export interface Folder {
	id: number;
	/** Absent once it is deleted. */
	path: string | undefined;
	/** Every name it had, with the moments between which it had it; the last one may still last. */
	names: Array<{ path: string; from: Moment; to: Moment }>;
	uidValidity: string;
	rows: Row[];
	/** `UIDVALIDITY/UID` -> names of the letters that had it, the latest last. */
	holders: Map<string, string[]>;
	stays: Map<string, Stay>;
}

/** The flag by which letters are acknowledged. */
export const ACKNOWLEDGED = 'done';

/**
 * The mailbox of a history with what really happened in it. After each act the folders that it touched are looked at, so that the
 * oracle knows every message that ever was where, and under which UID.
 */
export class Mailbox {
	/** Everything up to here has happened. */
	now: Moment = 0;
	/** All folders that ever were. */
	readonly folders: Folder[] = [];
	/** When something happened last after which nobody can say what was told: a folder renumbered, restored, renamed or replaced. */
	doubtfulSince: Moment | undefined;
	private readonly backups = new Map<string, number>();

	constructor(readonly store: Store) {
		this.begin('INBOX');
	}

	/** The folders that are there, INBOX first. */
	get present(): Array<Folder & { path: string }> {
		return this.folders.filter((folder): folder is Folder & { path: string } => folder.path !== undefined);
	}

	at(path: string): Folder | undefined {
		return this.folders.find((folder) => folder.path === path);
	}

	/** The folders that had this name at some time from a moment on. */
	named(path: string, since: Moment): Folder[] {
		return this.folders.filter(({ names }) => names.some((name) => name.path === path && name.to >= since));
	}

	async append(path: string, sources: string[], options?: { flags?: string[]; internalDate?: Date }): Promise<void> {
		await this.store.append(path, sources, options);
		await this.look(path);
	}

	async flag(path: string, uids: number[], change: { add?: string[]; remove?: string[] }): Promise<void> {
		await this.store.flag(path, uids, change);
		await this.look(path);
	}

	async expunge(path: string, uids: number[]): Promise<void> {
		await this.store.expunge(path, uids);
		await this.look(path);
	}

	async move(path: string, uids: number[], to: string): Promise<void> {
		await this.store.move(path, uids, to);
		await this.look(path);
		await this.look(to);
	}

	async copy(path: string, uids: number[], to: string): Promise<void> {
		await this.store.copy(path, uids, to);
		await this.look(to);
	}

	/** Returns whether the folder could be made. */
	async create(path: string): Promise<boolean> {
		if (this.at(path) || !(await this.store.create(path))) return false;
		this.doubt();
		this.begin(path);
		await this.look(path);
		return true;
	}

	async remove(path: string): Promise<void> {
		await this.store.remove(path);
		this.doubt();
		this.end(path);
	}

	async rename(path: string, to: string): Promise<void> {
		await this.store.rename(path, to);
		this.doubt();
		const folder = this.known(path);
		this.endName(folder);
		folder.path = to;
		folder.names.push({ path: to, from: this.now, to: Infinity });
		await this.look(to);
	}

	async renumber(path: string): Promise<void> {
		const done = await this.store.renumber(path);
		if (done === undefined) return;
		this.doubt();
		if (done === 'remade') {
			this.end(path);
			this.begin(path);
		}
		await this.look(path);
	}

	async skipUids(path: string, count: number): Promise<void> {
		if (await this.store.skipUids(path, count)) await this.look(path);
	}

	async backUp(path: string): Promise<boolean> {
		if (!(await this.store.backUp(path))) return false;
		this.backups.set(path, this.known(path).id);
		return true;
	}

	/** Puts the last backup of a folder back, if it is this folder's. */
	async restore(path: string): Promise<void> {
		if (this.backups.get(path) !== this.known(path).id || !(await this.store.restore(path))) return;
		this.doubt();
		await this.look(path, true);
	}

	private begin(path: string): void {
		this.folders.push({
			id: this.folders.length,
			path,
			names: [{ path, from: ++this.now, to: Infinity }],
			uidValidity: '',
			rows: [],
			holders: new Map(),
			stays: new Map(),
		});
	}

	private end(path: string): void {
		const folder = this.known(path);
		for (const stay of folder.stays.values()) {
			stay.left += stay.there;
			stay.there = 0;
		}
		folder.rows = [];
		this.endName(folder);
		folder.path = undefined;
	}

	private doubt(): void {
		this.doubtfulSince = ++this.now;
	}

	private endName(folder: Folder): void {
		const name = folder.names.at(-1);
		if (name) name.to = ++this.now;
	}

	private known(path: string): Folder {
		const folder = this.at(path);
		if (!folder) throw new Error(`there is no folder ${path}`);
		return folder;
	}

	/** Notes what came and went since the last look at a folder. */
	private async look(path: string, isRestored = false): Promise<void> {
		const folder = this.known(path);
		const { uidValidity, rows } = await this.store.look(path);
		this.now++;
		const before = countsOf(folder.rows);
		const after = countsOf(rows);
		for (const letter of new Set([...before.keys(), ...after.keys()])) {
			const stay = folder.stays.get(letter) ?? { there: 0, entered: [], left: 0, returned: 0, wasMarked: false };
			folder.stays.set(letter, stay);
			const more = (after.get(letter) ?? 0) - (before.get(letter) ?? 0);
			if (more < 0) stay.left -= more;
			else if (isRestored) stay.returned += more;
			else stay.entered.push(...Array.from({ length: more }, () => this.now));
			stay.there += more;
		}
		for (const { uid, letter, flags } of rows) {
			const name = `${uidValidity}/${uid}`;
			const holders = folder.holders.get(name) ?? [];
			if (holders.at(-1) !== letter) folder.holders.set(name, [...holders, letter]);
			if (flags.includes(ACKNOWLEDGED)) folder.stays.get(letter)!.wasMarked = true;
		}
		Object.assign(folder, { uidValidity, rows });
	}
}

function countsOf(rows: Row[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const { letter } of rows) counts.set(letter, (counts.get(letter) ?? 0) + 1);
	return counts;
}
