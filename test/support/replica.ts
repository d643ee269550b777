import { flagsOf, noFlags } from '../../sync/folder/flagSets';
import { UidSet } from '../../sync/uids/uidSet';
import type { SyncEvent } from '../../sync/events/syncEvent';
import type { SyncState } from '../../sync/state/syncState';

/**
 * A copy of the mailbox built from events alone: what a CRM would hold. Refuses every event that cannot be true of the copy as
 * it is, such as the deletion of a message that was never told of.
 */
export class Replica {
	/** folder -> uid -> flags, sorted */
	readonly folders = new Map<string, Map<number, string>>();
	private readonly seen = new Set<string>();

	/** `ignored` is a flag that is not followed, such as the mark by which messages are acknowledged. */
	constructor(private readonly ignored?: string) {}

	/** What is there before the first run with startFrom now, which no event tells. */
	know(folder: string, messages: Array<{ uid: number; flags: string[] }>): void {
		this.folders.set(folder, new Map(messages.map(({ uid, flags }) => [uid, this.followed(flags).sort().join(' ')])));
	}

	/** Takes the events of a run whose state was kept, those about folders too. */
	takeRun({ events, state }: { events: SyncEvent[]; state: SyncState }): void {
		for (const [i, event] of events.entries()) {
			const { event: name, folder: path, previous } = event;
			if (name === 'folderRenamed') {
				const messages = this.folders.get(previous?.folder ?? '');
				if (!messages) throw new Error(`illegal folderRenamed to ${path}: ${previous?.folder} is not known`);
				this.folders.set(path, messages);
				this.folders.delete(previous?.folder ?? '');
			} else if (name === 'folderDeleted') {
				if (!this.folders.delete(path)) throw new Error(`illegal folderDeleted of ${path}: it is not known`);
			} else if (name === 'folderCreated') {
				if (this.folders.has(path)) throw new Error(`illegal folderCreated of ${path}: it is known`);
				this.folders.set(path, new Map());
			} else if (name === 'folderReset') {
				this.knowAgain(path, events.slice(i + 1), state);
			} else if (name === 'messageDeleted' && event.uidValidity !== state.folders[path]?.uidValidity) {
				// It was gone when its folder was renumbered, and its old UID is nobody's any more.
			} else if (
				previous &&
				previous.uidValidity !== state.folders[previous.folder]?.uidValidity &&
				this.folders.has(previous.folder)
			) {
				this.apply([{ ...event, event: 'messageNew' }]);
			} else {
				this.apply([event]);
			}
		}
	}

	/**
	 * After a folderReset the state says what is known under which UID, with the flags it was told with; only what still waits, or is
	 * told right after it, is not. That the state is right shows in the end, when the copy must be the mailbox.
	 */
	private knowAgain(path: string, later: SyncEvent[], { folders }: SyncState): void {
		const { uidValidity, knownUids, matching, ignored, newUids, backfill, failed, flags = noFlags } = folders[path];
		const uids = (matching ?? knownUids ?? UidSet.empty).subtract(ignored ?? UidSet.empty).toArray();
		const waiting = new Set<number>([...newUids, ...backfill, ...failed.map(({ uid }) => uid)]);
		const flagsThen = new Map<number, string[]>(uids.map((uid) => [uid, flagsOf(flags, uid)]));
		for (const event of [...later].reverse()) {
			const { uid, flagsAdded = [], flagsRemoved = [] } = event;
			if (event.folder !== path || uid === undefined || event.uidValidity !== uidValidity) continue;
			if (event.event === 'messageNew' || event.event === 'messageMoved' || event.event === 'messageMatched') waiting.add(uid);
			if (event.event === 'messageUnmatched') {
				uids.push(uid);
				flagsThen.set(uid, event.flags ?? []);
			}
			if (event.event === 'messageUpdated')
				flagsThen.set(uid, [...(event.flags ?? []).filter((flag) => !flagsAdded.includes(flag)), ...flagsRemoved]);
		}
		this.know(
			path,
			uids.filter((uid) => !waiting.has(uid)).map((uid) => ({ uid, flags: flagsThen.get(uid) ?? [] })),
		);
	}

	/** Takes events in order. An event id seen before is a repetition after a crash and changes nothing. Throws on an illegal one. */
	apply(events: SyncEvent[]): void {
		for (const event of events) {
			if (this.seen.has(event.eventId)) continue;
			this.seen.add(event.eventId);
			this.applyOne(event);
		}
	}

	/** The messages of a folder: uid -> flags. */
	messages(folder: string): Record<number, string> {
		return Object.fromEntries([...(this.folders.get(folder) ?? new Map<number, string>())].sort(([a], [b]) => a - b));
	}

	private followed(flags: string[] = []): string[] {
		return flags.filter((flag) => flag !== this.ignored);
	}

	private applyOne({ event, folder, uid, previous, ...told }: SyncEvent): void {
		const flags = this.followed(told.flags);
		const flagsAdded = this.followed(told.flagsAdded);
		const flagsRemoved = this.followed(told.flagsRemoved);
		const messages = this.folders.get(folder) ?? new Map<number, string>();
		this.folders.set(folder, messages);
		const illegal = (why: string): never => {
			throw new Error(`illegal ${event} of ${folder}/${uid}: ${why}`);
		};
		if (uid === undefined) return;
		const before = messages.get(uid);
		const now = flags.sort().join(' ');
		switch (event) {
			case 'messageNew':
			case 'messageMatched':
				if (before !== undefined) illegal('it is known already');
				messages.set(uid, now);
				break;
			case 'messageUpdated': {
				if (before === undefined) return illegal('it is not known');
				if (flagsAdded.length + flagsRemoved.length === 0 && this.ignored !== undefined) return;
				const then = before === '' ? [] : before.split(' ');
				if (flagsAdded.length + flagsRemoved.length === 0) illegal('nothing changed');
				for (const flag of flagsAdded) if (then.includes(flag)) illegal(`${flag} was there`);
				for (const flag of flagsRemoved) if (!then.includes(flag)) illegal(`${flag} was not there`);
				const expected = [...then.filter((flag) => !flagsRemoved.includes(flag)), ...flagsAdded].sort().join(' ');
				if (expected !== now) illegal(`the change gives "${expected}", the event says "${now}"`);
				messages.set(uid, now);
				break;
			}
			case 'messageMoved': {
				if (before !== undefined) illegal('it is known already');
				const from = this.folders.get(previous?.folder ?? '');
				if (from && !from.delete(previous?.uid ?? 0)) illegal(`it was not in ${previous?.folder}/${previous?.uid}`);
				messages.set(uid, now);
				break;
			}
			case 'messageDeleted':
			case 'messageUnmatched':
				if (before === undefined) illegal('it is not known');
				messages.delete(uid);
				break;
			default:
				break;
		}
	}
}
