import type { EventSink } from '../events/eventSink';
import type { PreparedEvent } from '../events/syncEvent';
import type { FetchedMessage } from '../server/message';
import type { RunBudget } from './runBudget';

/** Hands events to the sink: numbers them within their folder, dates them, and counts them against the budget. */
export class Emitter {
	/** The number of the last event of each folder. */
	private readonly sequences: Map<string, number>;

	constructor(
		private readonly sink: EventSink,
		private readonly budget: RunBudget,
		private readonly now: () => number,
		sequences: Iterable<[folder: string, last: number]> = [],
	) {
		this.sequences = new Map(sequences);
	}

	/** Hands out one event for which `bytes` were read; false where the budget leaves no room. Throws what the sink throws. */
	async emit(event: PreparedEvent, message?: FetchedMessage, bytes = 0): Promise<boolean> {
		return await this.budget.handOut(() => this.give(event, message), bytes);
	}

	/** Hands out an event that cannot wait for the next run: it counts, but no limit holds it back. */
	async emitAtOnce(event: PreparedEvent): Promise<void> {
		await this.give(event);
		this.budget.spend(1, 0);
	}

	/** The number of the last event of a folder; 0 before the first. */
	sequenceOf(folder: string): number {
		return this.sequences.get(folder) ?? 0;
	}

	/** Folders have other names, given with the former ones: their numbers go on under them. */
	renamed(names: ReadonlyMap<string, string>): void {
		const last = [...names].map(([path, from]): [string, number] => [path, this.sequenceOf(from)]);
		for (const from of names.values()) this.sequences.delete(from);
		for (const [path, sequence] of last) this.sequences.set(path, sequence);
	}

	private async give(event: PreparedEvent, message?: FetchedMessage): Promise<void> {
		const sequence = this.sequenceOf(event.folder) + 1;
		// A folder is visited by one connection at a time, so its numbers are given in order. What throws was not handed out.
		await this.sink({ ...event, sequence, detectedAt: new Date(this.now()).toISOString() }, message);
		this.sequences.set(event.folder, sequence);
	}
}
