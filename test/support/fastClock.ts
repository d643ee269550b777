/** A clock that runs faster for one module of this process. */
export interface FastClock {
	/** Goes on at the usual speed, after a jump of so many milliseconds. What was scheduled before comes as soon as it would have. */
	slow(jump: number): void;
	/** Gives back the usual clock: its time goes back. */
	restore(): void;
}

/**
 * Lets Date.now() go `factor` times as fast from now on, and the timers that are set in a file of this name: what the wire is waited for
 * takes the time that it takes.
 */
export function speedUpClock(factor: number, file: RegExp): FastClock {
	const [realNow, realTimeout] = [Date.now, globalThis.setTimeout];
	const since = realNow();
	let ahead = 0;
	let speed = factor;
	Date.now = () => Math.round(realNow() + ahead + (realNow() - since) * (speed - 1));
	const scaled = (callback: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): NodeJS.Timeout => {
		const isSetThere = file.test((new Error().stack ?? '').split('\n')[2] ?? '');
		return realTimeout(callback, isSetThere ? ms / speed : ms, ...args);
	};
	globalThis.setTimeout = Object.assign(scaled, realTimeout) as typeof setTimeout;
	return {
		slow: (jump) => {
			ahead = Date.now() - realNow() + jump;
			speed = 1;
		},
		restore: () => {
			Date.now = realNow;
			globalThis.setTimeout = realTimeout;
		},
	};
}
