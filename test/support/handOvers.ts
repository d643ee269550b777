import type { SyncEvent } from '../../sync/events/syncEvent';
import type { Acknowledge } from '../../sync/settings/acknowledge';

interface HandedOver {
	eventId: string;
	attempts: number;
	at: number;
	givenUp: boolean;
}

/**
 * Counts, as somebody who takes every event, how often each message was handed over for its acknowledgement. Refuses what
 * cannot be: an attempt too many or too few, one before its time, another event id for the same message.
 */
export class HandOvers {
	private readonly messages = new Map<string, HandedOver>();
	/** Folders in which messages have other names than before. */
	private readonly renumbered = new Set<string>();

	constructor(private readonly acknowledge: Acknowledge) {}

	/** Takes the events of one run at `now`; `kept` says whether its state was kept, else they come once more. Throws on an illegal one. */
	take(events: SyncEvent[], now: number, kept: boolean): void {
		for (const told of events) {
			const { event, eventId, folder, uidValidity, uid, attempt, error, previous } = told;
			if (event === 'folderReset') this.renumbered.add(folder);
			if (event === 'folderRenamed' && kept) this.rename(previous?.folder ?? '', folder);
			if (this.acknowledge.by === 'leavesFolder') this.expectSilence(told);
			if (event !== 'messageNew' && event !== 'messageFailed') continue;
			const name = nameOf({ folder, uidValidity, uid });
			const known = this.messages.get(name);
			// What it was called before the folder was renumbered is not known here.
			const before = known ?? {
				eventId,
				attempts: this.renumbered.has(folder) && attempt ? attempt - 1 : 0,
				at: -Infinity,
				givenUp: false,
			};
			const illegal = (why: string): never => {
				throw new Error(`illegal ${event} ${attempt ?? error?.attempts} of ${name}: ${why}`);
			};
			if (before.givenUp) illegal('it was given up');
			if (event === 'messageNew') {
				if (before.eventId !== eventId) illegal(`its event id was ${before.eventId}`);
				if (attempt !== before.attempts + 1) illegal(`it was handed over ${before.attempts} times`);
				if (before.attempts >= this.acknowledge.maxAttempts) illegal('that is once too often');
			} else if (isUnacknowledged(told) && (known || !this.renumbered.has(folder))) {
				if (before.attempts !== this.acknowledge.maxAttempts || error?.attempts !== before.attempts)
					illegal(`it was handed over ${before.attempts} times`);
			}
			if (before.attempts > 0 && now - before.at < this.acknowledge.redeliverAfter) illegal('it is not due yet');
			if (!kept) continue;
			this.messages.set(name, { eventId, attempts: attempt ?? before.attempts, at: now, givenUp: event === 'messageFailed' });
		}
	}

	/** Of what happens to these folders now, not all is told. */
	loseTrack(folders: string[]): void {
		for (const folder of folders) this.renumbered.add(folder);
	}

	/** What became of each message: "INBOX/3 2, given up". */
	get results(): string[] {
		return [...this.messages]
			.map(([name, { attempts, givenUp }]) => `${name.replace(/\/\d+\//, '/')} ${attempts}${givenUp ? ', given up' : ''}`)
			.sort();
	}

	/** Whether a message was handed over, and not yet for the last time. */
	isUnderWay(message: Place): boolean {
		const handedOver = this.messages.get(nameOf(message));
		return handedOver !== undefined && !handedOver.givenUp;
	}

	private expectSilence({ event, folder, uidValidity, uid, previous }: SyncEvent): void {
		const left =
			event === 'messageDeleted'
				? { folder, uidValidity, uid }
				: event === 'messageMoved' && previous?.uidValidity
					? { ...previous, uidValidity: previous.uidValidity }
					: undefined;
		if (left && this.isUnderWay(left))
			throw new Error(`illegal ${event} of ${nameOf(left)}: that it left was its acknowledgement`);
	}

	private rename(from: string, to: string): void {
		for (const [name, message] of [...this.messages]) {
			if (!name.startsWith(`${from}/`)) continue;
			this.messages.delete(name);
			this.messages.set(to + name.slice(from.length), message);
		}
		if (this.renumbered.has(from)) this.renumbered.add(to);
	}
}

interface Place {
	folder: string;
	uidValidity: string | number;
	uid?: number;
}

const nameOf = ({ folder, uidValidity, uid }: Place): string => `${folder}/${uidValidity}/${uid}`;

/** One that could not be read is given up sooner. */
const isUnacknowledged = ({ error }: SyncEvent): boolean => /^No workflow acknowledged/.test(error?.message ?? '');
