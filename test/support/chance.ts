/**
 * The seed of a random test: the same one each time, so that a test that fails after a change fails because of it. The environment
 * variable gives another one, or with the value "random" one that nobody tried yet: whoever takes one prints it.
 */
export function seedFrom(variable: 'HISTORY_SEED' | 'MIME_SEED' | 'PUSH_SEED'): number {
	const asked = process.env[variable];
	return asked === 'random' ? Date.now() % 2 ** 31 : Number(asked ?? 20_261_122);
}

/**
 * How often a random test in memory is played: the first eighth of its values while somebody works on the code, all of them with
 * ALL_RUNS=1, as `npm test` does it.
 */
export function runs(all: number): number {
	return process.env.ALL_RUNS ? all : Math.ceil(all / 8);
}

/** The same for random histories, which HISTORIES prolongs. */
export function histories(all: number): number {
	return Number(process.env.HISTORIES ?? runs(all));
}

/** A small seeded generator of numbers from 0 to below 1: what is measured on chance must not depend on it. */
export function chance(seed: number): () => number {
	let a = seed;
	return () => {
		a = (a + 0x6d2b79f5) | 0;
		let t = Math.imul(a ^ (a >>> 15), 1 | a);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}
