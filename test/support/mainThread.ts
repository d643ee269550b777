import { readFileSync } from 'node:fs';

/**
 * CPU milliseconds that the main thread has used: what else the process does, in threads, does not hold up its event loop. Linux says
 * it; elsewhere it is that of the whole process.
 */
export function used(): number {
	try {
		return Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[0]) / 1e6;
	} catch {
		const { user, system } = process.cpuUsage();
		return (user + system) / 1000;
	}
}

/** The longest that the event loop was kept busy in one go while this was done, in milliseconds of CPU. */
export async function longestTurn(work: () => Promise<unknown>): Promise<number> {
	let longest = 0;
	let last = used();
	const look = (): void => {
		const now = used();
		longest = Math.max(longest, now - last);
		last = now;
	};
	const timer = setInterval(look, 2);
	try {
		await work();
		look();
	} finally {
		clearInterval(timer);
	}
	return longest;
}
