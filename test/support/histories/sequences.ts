import type { SyncEvent } from '../../../sync/events/syncEvent';
import type { Folder, Mailbox, Moment } from './mailbox';

/**
 * Counts the events of each folder as whoever takes them can: `sequence` goes on without a gap under the name, or under the name that
 * the folder has now; it begins at 1 for a folder that is another one, or that was selected anew.
 */
export class Sequences {
	/** The last number under each name after each run, the latest run last. */
	private readonly ofPaths = new Map<string, Array<{ last: number; at: Moment }>>();
	private readonly ofFolders = new Map<number, { last: number; at: Moment }>();

	/** When the selection was another one before. */
	private selectedAt: Moment = -1;

	constructor(private readonly mailbox: Mailbox) {}

	/** Takes the events of a run that was kept; `since` is when the run before it began, `began` when it began itself. */
	take(events: SyncEvent[], { since, began }: Record<'since' | 'began', Moment>, isSelectedAnew: boolean): void {
		if (isSelectedAnew) this.selectedAt = this.mailbox.now;
		const paths = new Map<string, number>();
		const uidValidities = new Map<string, string>();
		for (const { event, folder, sequence, uid, uidValidity, previous } of events) {
			const before = paths.get(folder);
			const isFirst = before === undefined || event === 'folderRenamed';
			const expected = isFirst ? this.possible(folder, since, previous?.folder) : [before + 1];
			if (!expected.includes(sequence))
				throw new Error(
					`a gap in the sequence: ${event} ${folder}/${uid} has ${sequence}, expected was ${expected.join(' or ')}`,
				);
			paths.set(folder, sequence);
			uidValidities.set(folder, uidValidity);
		}
		for (const [path, last] of paths) {
			this.ofPaths.set(path, [...(this.ofPaths.get(path) ?? []), { last, at: this.mailbox.now }]);
			// Where the name was used again during the run, they are events of one of both.
			const told = this.mailbox.named(path, began).filter((folder) => mayHave(folder, uidValidities.get(path)));
			for (const { id } of told) this.ofFolders.set(id, { last, at: this.mailbox.now });
		}
	}

	private possible(path: string, since: Moment, formerName = path): number[] {
		const folders = this.mailbox.named(path, since);
		const next = folders.flatMap(({ id }) => (this.ofFolders.has(id) ? [this.ofFolders.get(id)!.last + 1] : []));
		const ofPath = this.ofPaths.get(formerName)?.at(-1);
		const mayBegin = ofPath === undefined || ofPath.at <= this.selectedAt || folders.some((folder) => this.changedSince(folder));
		const inherited = folders.flatMap((folder) => this.inherited(folder));
		return [...new Set([...next, ...inherited, ...(ofPath === undefined ? [] : [ofPath.last + 1]), ...(mayBegin ? [1] : [])])];
	}

	/**
	 * What follows where a folder took over a name that was counted, had no event under it, and took the count along to its next name; or
	 * where the last event under a name told that the folder is gone from it.
	 */
	private inherited({ id, names }: Folder): number[] {
		if (this.ofFolders.has(id)) return [];
		return names.flatMap(({ path, to }) => {
			const counts = this.ofPaths.get(path) ?? [];
			const wasTheLast = this.mailbox.named(path, to).every((folder) => folder.id === id);
			const counted = wasTheLast ? counts.at(-1) : counts.findLast(({ at }) => at <= to);
			return counted === undefined ? [] : [counted.last + 1];
		});
	}

	/** Whether a folder got its name after its last event. */
	private changedSince({ id, names }: Folder): boolean {
		const at = this.ofFolders.get(id)?.at;
		return at === undefined || (names.at(-1)?.from ?? 0) > at;
	}
}

/** Whether a folder has this UIDVALIDITY, or had it while there were messages in it. */
const mayHave = ({ uidValidity, holders }: Folder, asked: string | undefined): boolean =>
	!asked || uidValidity === asked || [...holders.keys()].some((name) => name.startsWith(`${asked}/`));
