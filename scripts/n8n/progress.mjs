/**
 * Runs a piece of work that takes a while and says every few seconds that it is still running and why it takes so long.
 *
 * @param {string} title what is being done, in the -ing form
 * @param {{ why?: string, soFar?: () => string, log?: (line: string) => void }} options
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 * @template T
 */
export async function withProgress(title, { why, soFar, log = console.log }, work) {
	const started = Date.now();
	const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`;
	log(`${title}${why ? ` (${why})` : ''}`);
	const ticker = setInterval(() => {
		const state = soFar?.();
		log(`  still ${lowerFirst(title)}: ${elapsed()}${state ? `, ${state}` : ''}`);
	}, 5_000);
	try {
		const result = await work();
		if (Date.now() - started > 5_000) log(`  done in ${elapsed()}`);
		return result;
	} finally {
		clearInterval(ticker);
	}
}

function lowerFirst(text) {
	return text[0].toLowerCase() + text.slice(1);
}
