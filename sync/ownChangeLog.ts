import type { OwnChange, OwnChanges, OwnChangesInFolder, OwnFlagChange } from './ownChanges';
import { UidSet } from './uidSet';

/**
 * What this process changed in its accounts, so that those who follow them need not take it for news. Bounded in size and time;
 * what is forgotten is told as an event, no more.
 */

/** All is remembered for one to two of these. */
const GENERATION_MS = 24 * 60 * 60_000;

/** Folders of an account; the one not changed for the longest time is forgotten first. */
const MOST_FOLDERS = 500;

/** Changes of flags of a folder, each of any number of messages. */
const MOST_FLAG_CHANGES = 500;

/** Ranges of UIDs of a folder; the newest messages stay. */
const MOST_RUNS = 20_000;

interface Entry {
	came: UidSet;
	left: UidSet;
	flags: OwnFlagChange[];
}

type Folders = Map<string, Entry>;

/** The own changes of one account. */
export class OwnChangeLog implements OwnChanges {
	private current: Folders = new Map();
	private previous: Folders = new Map();
	private begun: number;
	private latest = 0;

	constructor(private readonly now: () => number = Date.now) {
		this.begun = now();
	}

	inFolder(folder: string, uidValidity: string): OwnChangesInFolder | undefined {
		this.turn();
		const key = keyOf(folder, uidValidity);
		const parts = [this.previous.get(key), this.current.get(key)].filter((part) => part !== undefined);
		if (parts.length < 2) return parts[0];
		const [older, newer] = parts;
		return { came: older.came.union(newer.came), left: older.left.union(newer.left), flags: [...older.flags, ...newer.flags] };
	}

	/** Messages were stored, copied or moved to a folder, as far as the server told where. */
	came(folder: string, uidValidity: string | undefined, uids: Iterable<number>): void {
		const set = UidSet.of(uids);
		if (uidValidity === undefined || set.isEmpty) return;
		const entry = this.entry(folder, uidValidity);
		entry.came = bounded(entry.came.union(set));
	}

	/**
	 * A command is about to change messages of a folder. Noted beforehand, for who looks in between sees it done already; one that failed
	 * is no longer known. `done` takes the highest mod-sequence that the server told.
	 */
	begin(folder: string, uidValidity: string, own: OwnChange): { done: (modseq?: string) => void; failed: () => void } {
		const entry = this.entry(folder, uidValidity);
		if (own.kind === 'left') {
			const added = own.uids.subtract(entry.left);
			entry.left = bounded(entry.left.union(own.uids));
			return { done: () => undefined, failed: () => (entry.left = entry.left.subtract(added)) };
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
		if (entry.flags.length > MOST_FLAG_CHANGES) entry.flags.shift();
	}

	private entry(folder: string, uidValidity: string): Entry {
		this.turn();
		const key = keyOf(folder, uidValidity);
		const entry = this.current.get(key) ?? { came: UidSet.empty, left: UidSet.empty, flags: [] };
		// Last in the order of the map: the first one is forgotten first.
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

	/** Two changes never have the same time, and time never goes back. */
	private moment(): number {
		return (this.latest = Math.max(this.now(), this.latest + 1));
	}
}

const keyOf = (folder: string, uidValidity: string): string => `${uidValidity} ${folder.toUpperCase() === 'INBOX' ? 'INBOX' : folder}`;

const bounded = (uids: UidSet): UidSet => (uids.runs <= MOST_RUNS ? uids : uids.highest(Math.floor(uids.size / 2)));
