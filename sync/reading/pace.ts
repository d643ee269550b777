/** How long work may hold the event loop before it gives way, in milliseconds. */
const LONGEST = 20;

/**
 * For loops whose length somebody else chooses: returns a function to be awaited in each round, which lets all others of the process
 * have a turn once the loop has held it for a while, and costs next to nothing otherwise.
 */
export function paced(): () => Promise<void> | undefined {
	let since = performance.now();
	return () => {
		if (performance.now() - since < LONGEST) return undefined;
		return new Promise((resolve) => {
			setImmediate(() => {
				since = performance.now();
				resolve();
			});
		});
	};
}
