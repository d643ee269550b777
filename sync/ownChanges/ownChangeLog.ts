import type { ChangeNote } from './changeNote';
import type { OwnChange, OwnChanges, OwnChangesInFolder, OwnFlagChange } from './ownChanges';
import { UidSet } from '../uids/uidSet';

/**
 * What this process changed in its accounts, and what others noted in them, so that it produces no events. Bounded in size and
 * time; what is forgotten is emitted as an event, no more.
 */

/** Changes are remembered for one to two of these. */
const GENERATION_MS = 24 * 60 * 60_000;

/** Maximum folders per account; the least recently changed one is forgotten first. */
const MOST_FOLDERS = 500;

/** Maximum flag changes per folder, each of any number of messages. */
const MOST_FLAG_CHANGES = 500;

/** Maximum UID ranges per folder; the newest messages stay. */
const MOST_RUNS = 20_000;

/** Maximum announced changes without outcome; the oldest is forgotten first. */
const MOST_ANNOUNCED = 1_000;

/** How long the outcome of an announced change is waited for: longer than a command may take. */
const OUTCOME_WAIT_MS = 2 * 60_000;

/** An announcement older than this when first read is not waited for: its process is gone. */
const STALE_MS = 60 * 60_000;

interface Announced {
	/** Folder and UIDVALIDITY. */
	key: string;
	change: OwnChange;
	outcomeDueAt: number;
}

interface Entry {
	added: UidSet;
	removed: UidSet;
	flags: OwnFlagChange[];
}

type Folders = Map<string, Entry>;

/** The own changes of one account. */
export class OwnChangeLog implements OwnChanges {
	private current: Folders = new Map();
	private previous: Folders = new Map();
	private begun: number;
	private latest = 0;
	private readonly announced = new Map<string, Announced>();

	constructor(private readonly now: () => number = Date.now) {
		this.begun = now();
	}

	inFolder(folder: string, uidValidity: string): OwnChangesInFolder | undefined {
		this.turn();
		const key = keyOf(folder, uidValidity);
		const parts = [this.previous.get(key), this.current.get(key)].filter((part) => part !== undefined);
		const announced = this.announcedIn(key);
		if (parts.length === 0 && !announced) return undefined;
		const [older, newer = emptyEntry()] = parts.length === 0 ? [emptyEntry()] : parts;
		const known = {
			added: older.added.union(newer.added),
			removed: older.removed.union(newer.removed),
			flags: [...older.flags, ...newer.flags],
		};
		return announced ? { ...known, announced } : known;
	}

	/** Applies a note of another process. Notes must come in the order they were written; a repeated one does no harm. */
	take({ session, at, announced, settled, came }: ChangeNote): void {
		const now = this.now();
		for (const { id, folder, uidValidity, change } of announced) {
			this.announced.set(`${session} ${id}`, {
				key: keyOf(folder, uidValidity),
				change,
				outcomeDueAt: at < now - STALE_MS ? 0 : now + OUTCOME_WAIT_MS,
			});
			if (this.announced.size > MOST_ANNOUNCED) this.announced.delete([...this.announced.keys()][0]);
		}
		for (const { id, done, modseq, at: time } of settled) {
			const announcement = this.announced.get(`${session} ${id}`);
			if (!announcement) continue;
			this.announced.delete(`${session} ${id}`);
			if (!done) continue;
			const { change } = announcement;
			const entry = this.entryAt(announcement.key);
			if (change.kind === 'left') entry.removed = bounded(entry.removed.union(change.uids));
			else this.addFlags(entry, { ...change, at: time, ...(modseq === undefined ? {} : { modseq }) });
		}
		for (const { folder, uidValidity, uids } of came) this.cameSet(folder, uidValidity, uids);
	}

	private announcedIn(key: string): OwnChangesInFolder['announced'] {
		const now = this.now();
		const changes = [...this.announced.values()]
			.filter((one) => one.key === key && one.outcomeDueAt > now)
			.map(({ change }) => change);
		if (changes.length === 0) return undefined;
		return {
			left: changes.reduce((all, { kind, uids }) => (kind === 'left' ? all.union(uids) : all), UidSet.empty),
			flags: changes.flatMap((change) => (change.kind === 'flags' ? [{ ...change, at: now }] : [])),
		};
	}

	/** Messages were stored in, copied or moved to a folder, as far as the server returned their UIDs. */
	came(folder: string, uidValidity: string | undefined, uids: Iterable<number>): void {
		if (uidValidity !== undefined) this.cameSet(folder, uidValidity, UidSet.of(uids));
	}

	private cameSet(folder: string, uidValidity: string, uids: UidSet): void {
		if (uids.isEmpty) return;
		const entry = this.entry(folder, uidValidity);
		entry.added = bounded(entry.added.union(uids));
	}

	/**
	 * A command is about to change messages of a folder. Recorded beforehand, since a run in between already sees the change; a
	 * failed one is forgotten. `done` takes the highest mod-sequence that the server returned.
	 */
	begin(folder: string, uidValidity: string, own: OwnChange): { done: (modseq?: string) => void; failed: () => void } {
		const entry = this.entry(folder, uidValidity);
		if (own.kind === 'left') {
			const added = own.uids.subtract(entry.removed);
			entry.removed = bounded(entry.removed.union(own.uids));
			return { done: () => undefined, failed: () => (entry.removed = entry.removed.subtract(added)) };
		}
		const { uids, mode, names, labels } = own;
		const change: OwnFlagChange = { uids, mode, names, labels, at: this.moment() };
		this.addFlags(entry, change);
		return {
			done: (modseq) => {
				if (modseq !== undefined) change.modseq = modseq;
			},
			failed: () => {
				entry.flags = entry.flags.filter((one) => one !== change);
			},
		};
	}

	private addFlags(entry: Entry, change: OwnFlagChange): void {
		entry.flags.push(change);
		// Changes of other processes may arrive late.
		entry.flags.sort((a, b) => a.at - b.at);
		if (entry.flags.length > MOST_FLAG_CHANGES) entry.flags.shift();
	}

	private entry(folder: string, uidValidity: string): Entry {
		return this.entryAt(keyOf(folder, uidValidity));
	}

	private entryAt(key: string): Entry {
		this.turn();
		const entry = this.current.get(key) ?? emptyEntry();
		// Moved to the end of the map: its first entry is forgotten first.
		this.current.delete(key);
		this.current.set(key, entry);
		if (this.current.size > MOST_FOLDERS) this.current.delete([...this.current.keys()][0]);
		return entry;
	}

	private turn(): void {
		const age = this.now() - this.begun;
		if (age < GENERATION_MS) return;
		this.previous = age < 2 * GENERATION_MS ? this.current : new Map();
		this.current = new Map();
		this.begun = this.now();
	}

	/** The time of a change: strictly ascending. */
	private moment(): number {
		return (this.latest = Math.max(this.now(), this.latest + 1));
	}
}

const emptyEntry = (): Entry => ({ added: UidSet.empty, removed: UidSet.empty, flags: [] });

const keyOf = (folder: string, uidValidity: string): string =>
	`${uidValidity} ${folder.toUpperCase() === 'INBOX' ? 'INBOX' : folder}`;

const bounded = (uids: UidSet): UidSet => (uids.runs <= MOST_RUNS ? uids : uids.highest(Math.floor(uids.size / 2)));
