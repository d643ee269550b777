import type { SyncEvent } from '../../sync/events/syncEvent';

/** The events of runs whose state was lost: whoever took them gets them again, under the same ids. */
export class LostRuns {
	/** Name of the happening -> event id. */
	private readonly lost = new Map<string, string>();

	lose(events: SyncEvent[]): void {
		for (const event of events) this.lost.set(nameOf(event), event.eventId);
	}

	/** Events of a run that was kept. Throws where one was told before, and under another id, unless it says that this may be. */
	take(events: SyncEvent[]): void {
		for (const event of events.filter(({ possibleDuplicate }) => !possibleDuplicate)) {
			const name = nameOf(event);
			if (this.lost.has(name)) expect({ name, id: event.eventId }).toEqual({ name, id: this.lost.get(name) });
		}
	}
}

const mayHappenAgain = ({ event }: SyncEvent): boolean =>
	event === 'messageUpdated' || event === 'messageMatched' || event === 'messageUnmatched' || event.startsWith('folder');

/** What makes a message's arrival or deletion the same happening; two updates of one message may be two happenings. */
const nameOf = (event: SyncEvent): string =>
	mayHappenAgain(event) ? event.eventId : `${event.event} ${event.folder}/${event.uidValidity}/${event.uid}`;
