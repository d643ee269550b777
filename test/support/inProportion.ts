import { used } from './mainThread';

/** CPU milliseconds of the main thread, the least of three times: the collector of garbage and the compiler come in between. */
async function leastCpu(work: () => unknown): Promise<number> {
	let least = Infinity;
	for (let round = 0; round < 3; round++) {
		const before = used();
		await work();
		least = Math.min(least, used() - before);
	}
	return least;
}

/** Asserts that four times the length takes no more than some four times as long; squares would take sixteen times. */
export async function expectInProportion(work: (length: number) => unknown): Promise<void> {
	await work(10_000);
	const [short, long] = [await leastCpu(() => work(40_000)), await leastCpu(() => work(160_000))];
	expect(long).toBeLessThan(10 * short + 100);
}
