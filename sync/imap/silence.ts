/**
 * How long the server may be silent while something is waited for: for one answer, or for each row of a long one with the same timer.
 * Each time the time is over it is given anew if bytes arrived since, so that a large message on a slow line passes, and so does
 * Dovecot's "OK still searching".
 */
export class Silence {
	private timer: NodeJS.Timeout | undefined;
	private giveUp: ((error: Error) => void) | undefined;
	/** Bytes when the time was given last, and how often it was given anew. */
	private before = 0;
	private extensions = 0;

	/**
	 * `bound` in milliseconds. `received` tells how many bytes came until now, or undefined where nothing more will. `expired` is called
	 * when the time is over, with all milliseconds that were waited; what it returns is thrown.
	 */
	constructor(
		private readonly bound: number,
		private readonly mostExtensions: number,
		private readonly received: () => number | undefined,
		private readonly expired: (waited: number) => Error,
	) {}

	/** Waits for a promise, one at a time. Rejects as it does, or where the server was silent for too long. */
	async wait<T>(promise: Promise<T>): Promise<T> {
		this.before = this.received() ?? 0;
		this.extensions = 0;
		// One timer for all rows: to make one for each costs as much as to read it.
		if (this.timer) this.timer.refresh();
		else this.timer = setTimeout(() => this.check(), this.bound);
		try {
			return await new Promise<T>((resolve, reject) => {
				this.giveUp = reject;
				promise.then(resolve, reject);
			});
		} finally {
			this.giveUp = undefined;
		}
	}

	/** To be called when nothing more is waited for. */
	stop(): void {
		clearTimeout(this.timer);
	}

	private check(): void {
		// Whoever got the last row is still at work with it.
		if (!this.giveUp) return;
		const now = this.received();
		if (now !== undefined && now > this.before && this.extensions < this.mostExtensions) {
			this.before = now;
			this.extensions++;
			this.timer?.refresh();
			return;
		}
		this.giveUp(this.expired(this.bound * (this.extensions + 1)));
	}
}
