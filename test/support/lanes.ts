import fc from 'fast-check';

/**
 * Asserts a property of random values as fc.assert does, and for the same seed with the same values, but plays one in each lane at a
 * time: with real servers a test mostly waits for their answers. What plays at once must not meet: a lane brings what only one can
 * use, such as a proxy. The first values that fail are played again by themselves, and made smaller, by fc.assert.
 */
export async function assertInLanes<Lane, Values extends unknown[]>(
	lanes: Lane[],
	arbitraries: { [Place in keyof Values]: fc.Arbitrary<Values[Place]> },
	play: (lane: Lane, ...values: Values) => Promise<void>,
	{ seed, numRuns }: { seed: number; numRuns: number },
): Promise<void> {
	const values = fc.tuple<Values>(...arbitraries);
	const all: Values[] = [];
	// Not fc.sample, which gives others.
	fc.assert(
		fc.property(values, (each) => void all.push(each)),
		{ seed, numRuns },
	);
	let failure: { place: number; error: unknown } | undefined;
	await eachInLanes(lanes, all.entries(), async (lane, [place, each]) => {
		if (failure) return;
		try {
			await play(lane, ...each);
		} catch (error) {
			failure ??= { place, error };
		}
	});
	if (!failure) return;
	await fc.assert(
		fc.asyncProperty(values, (each) => play(lanes[0], ...each)),
		{ seed, path: String(failure.place), numRuns: 1 },
	);
	throw new Error(`Failed beside others and not by itself, with seed ${seed}: ${fc.stringify(all[failure.place])}`, {
		cause: failure.error,
	});
}

/**
 * The same for long runs: plays all values whatever fails, and says in the end which failed how. A history that failed is played again
 * with the same seed and the `path` that is named here.
 */
export async function tryInLanes<Lane, Value>(
	lanes: Lane[],
	arbitrary: fc.Arbitrary<Value>,
	play: (lane: Lane, value: Value) => Promise<void>,
	{ seed, numRuns }: { seed: number; numRuns: number },
): Promise<void> {
	const all: Value[] = [];
	fc.assert(
		fc.property(arbitrary, (each) => void all.push(each)),
		{ seed, numRuns },
	);
	const failures: string[] = [];
	await eachInLanes(lanes, all.entries(), async (lane, [place, each]) => {
		await play(lane, each).catch((error: unknown) => void failures.push(`path ${place}: ${String(error)}`));
	});
	if (failures.length > 0) throw new Error(`${failures.length} of ${numRuns} failed with seed ${seed}:\n${failures.join('\n')}`);
}

/** Does something with each value, in order, with as many at once as there are lanes. Throws what the first lane to fail threw. */
export async function eachInLanes<Lane, Value>(
	lanes: Lane[],
	values: Iterable<Value>,
	act: (lane: Lane, value: Value) => Promise<void>,
): Promise<void> {
	const next = values[Symbol.iterator]();
	const ended = await Promise.allSettled(
		lanes.map(async (lane) => {
			for (let taken = next.next(); !taken.done; taken = next.next()) await act(lane, taken.value);
		}),
	);
	for (const lane of ended) if (lane.status === 'rejected') throw lane.reason;
}
