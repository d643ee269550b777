/** Chance that repeats: the same seed gives the same course of events. (mulberry32) */
export class Random {
	#state;

	/** @param {number} seed */
	constructor(seed) {
		this.#state = seed >>> 0;
	}

	/** A number from 0 up to, but not including, 1. */
	next() {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let mixed = this.#state;
		mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	/** A whole number, both ends included. */
	between(from, to) {
		return from + Math.floor(this.next() * (to - from + 1));
	}

	/** One of a list. */
	pick(list) {
		return list[this.between(0, list.length - 1)];
	}

	/**
	 * One of several things, each as likely as its weight says.
	 *
	 * @param {Record<string, number>} weights
	 */
	weighted(weights) {
		let left = this.next() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
		for (const [name, weight] of Object.entries(weights)) {
			left -= weight;
			if (left < 0) return name;
		}
		return Object.keys(weights)[0];
	}
}
