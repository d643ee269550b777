import type { Acknowledge, SyncEvent } from '../../sync/model';

/**
 * Counts, as somebody who takes every event, how often each message was handed over for its acknowledgement. Refuses what
 * cannot be: an attempt too many or too few, one before its time, another event id for the same message.
 */
export class HandOvers {
	private readonly messages = new Map<string, { eventId: string; attempts: number; at: number; givenUp: boolean }>();

	constructor(private readonly acknowledge: Acknowledge) {}

	/** Takes the events of one run at `now`; `kept` says whether its state was kept, else they come once more. Throws on an illegal one. */
	take(events: SyncEvent[], now: number, kept: boolean): void {
		for (const { event, eventId, folder, uidValidity, uid, attempt, error } of events) {
			if (event !== 'messageNew' && event !== 'messageFailed') continue;
			const name = `${folder}/${uidValidity}/${uid}`;
			const before = this.messages.get(name) ?? { eventId, attempts: 0, at: -Infinity, givenUp: false };
			const illegal = (why: string): never => {
				throw new Error(`illegal ${event} ${attempt ?? error?.attempts} of ${name}: ${why}`);
			};
			if (before.givenUp) illegal('it was given up');
			if (now - before.at < this.acknowledge.redeliverAfter) illegal('it is not due yet');
			if (event === 'messageNew') {
				if (before.eventId !== eventId) illegal(`its event id was ${before.eventId}`);
				if (attempt !== before.attempts + 1) illegal(`it was handed over ${before.attempts} times`);
				if (before.attempts >= this.acknowledge.maxAttempts) illegal('that is once too often');
			} else if (before.attempts !== this.acknowledge.maxAttempts || error?.attempts !== before.attempts) {
				illegal(`it was handed over ${before.attempts} times`);
			}
			if (!kept) continue;
			this.messages.set(name, { eventId, attempts: attempt ?? before.attempts, at: now, givenUp: event === 'messageFailed' });
		}
	}

	/** What became of each message: "INBOX/3 2, given up". */
	get results(): string[] {
		return [...this.messages]
			.map(([name, { attempts, givenUp }]) => `${name.replace(/\/\d+\//, '/')} ${attempts}${givenUp ? ', given up' : ''}`)
			.sort();
	}
}
