import type { SyncEvent } from '../../sync/model';

/**
 * A copy of the mailbox built from events alone: what a CRM would hold. Refuses every event that cannot be true of the copy as
 * it is, such as the deletion of a message that was never told of.
 */
export class Replica {
	/** folder -> uid -> flags, sorted */
	readonly folders = new Map<string, Map<number, string>>();
	private readonly seen = new Set<string>();

	/** What is there before the first run with startFrom now, which no event tells. */
	know(folder: string, messages: Array<{ uid: number; flags: string[] }>): void {
		this.folders.set(folder, new Map(messages.map(({ uid, flags }) => [uid, [...flags].sort().join(' ')])));
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

	private applyOne({ event, folder, uid, flags = [], flagsAdded = [], flagsRemoved = [] }: SyncEvent): void {
		const messages = this.folders.get(folder) ?? new Map<number, string>();
		this.folders.set(folder, messages);
		const illegal = (why: string): never => {
			throw new Error(`illegal ${event} of ${folder}/${uid}: ${why}`);
		};
		if (uid === undefined) return;
		const before = messages.get(uid);
		const now = [...flags].sort().join(' ');
		switch (event) {
			case 'messageNew':
			case 'messageMatched':
				if (before !== undefined) illegal('it is known already');
				messages.set(uid, now);
				break;
			case 'messageUpdated': {
				if (before === undefined) return illegal('it is not known');
				const then = before === '' ? [] : before.split(' ');
				if (flagsAdded.length + flagsRemoved.length === 0) illegal('nothing changed');
				for (const flag of flagsAdded) if (then.includes(flag)) illegal(`${flag} was there`);
				for (const flag of flagsRemoved) if (!then.includes(flag)) illegal(`${flag} was not there`);
				const expected = [...then.filter((flag) => !flagsRemoved.includes(flag)), ...flagsAdded].sort().join(' ');
				if (expected !== now) illegal(`the change gives "${expected}", the event says "${now}"`);
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
