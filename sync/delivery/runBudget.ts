import type { StopSignal } from '../errors/stopSignal';
import type { RunLimits } from '../settings/deliverySettings';

/**
 * What a run may still do. Shared by all folders of the run. Time and bytes count only once something got done, so that every
 * run makes progress however small its limits are.
 */
export class RunBudget implements StopSignal {
	private spentMessages = 0;
	private spentBytes = 0;
	private progressed = false;
	/** Kept back for changes, while new messages are delivered. */
	private reserved = 0;
	private messages: number;

	constructor(
		private readonly limits: RunLimits,
		private readonly now: () => number,
		private readonly signal?: AbortSignal,
	) {
		this.messages = limits.messages;
	}

	/** How many events may still be delivered; 0 when the run has to end. */
	get remainingEvents(): number {
		if (this.signal?.aborted) return 0;
		if (this.progressed && (this.pastDeadline || this.spentBytes >= this.limits.bytes)) return 0;
		return Math.max(0, this.messages - this.spentMessages - this.reserved);
	}

	/**
	 * Hands out one event for which `bytes` were read; false, without calling `give`, where nothing is left. It counts before it is
	 * given: folders are visited several at a time, and each has looked at the budget before its batch. What throws was not handed
	 * out.
	 */
	async handOut(give: () => Promise<void>, bytes = 0): Promise<boolean> {
		if (this.remainingEvents === 0) return false;
		this.spentMessages++;
		try {
			await give();
		} catch (error) {
			this.spentMessages--;
			throw error;
		}
		this.progressed = true;
		this.spentBytes += bytes;
		return true;
	}

	/** From now on only older messages are delivered: they have a limit of their own. A run that new mail has filled up ends. */
	beginOlderMail(): void {
		if (this.remainingEvents > 0) this.messages = this.limits.olderMessages ?? this.messages;
	}

	/**
	 * Keeps room for so many changes, at most a quarter of what is left, so that they do not wait for ever while more new messages come
	 * than a run may deliver. With room for one event only, new messages and changes take turns by `turn`. Returns what gives it back.
	 */
	reserve(changes: number, turn: number): () => void {
		const left = this.remainingEvents;
		const share = left === 1 ? turn % 2 : Math.ceil(left / 4);
		const kept = Math.min(changes, share);
		this.reserved += kept;
		return () => void (this.reserved -= kept);
	}

	/** How many bytes may still be fetched. */
	get bytes(): number {
		return Math.max(0, this.limits.bytes - this.spentBytes);
	}

	/** Milliseconds until the time is over. */
	get timeLeft(): number {
		return Math.max(0, this.limits.deadline - this.now());
	}

	/** Whether the time is over, or the run was cancelled. */
	get pastDeadline(): boolean {
		return this.signal?.aborted === true || this.now() >= this.limits.deadline;
	}

	/** Stops what takes several commands. */
	get aborted(): boolean {
		return this.pastDeadline;
	}

	/** How many events were delivered. */
	get delivered(): number {
		return this.spentMessages;
	}

	/** Bytes of message data fetched. */
	get bytesFetched(): number {
		return this.spentBytes;
	}

	/** Something was done that delivers nothing, such as skipping a message that the filter excludes. */
	noteProgress(): void {
		this.progressed = true;
	}

	spend(messages: number, bytes: number): void {
		this.progressed ||= messages > 0;
		this.spentMessages += messages;
		this.spentBytes += bytes;
	}
}
