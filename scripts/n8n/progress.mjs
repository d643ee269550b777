/** How often a line is renewed in a terminal, and how often one is added where lines stay. */
const RENEWED_MS = 1_000;
const ADDED_MS = 60_000;

/**
 * Runs a piece of work that takes a while and shows that it is still running, and why it takes so long: by one line that is renewed in a
 * terminal, and by a line a minute in a file.
 *
 * @param {string} title what is being done, in the -ing form
 * @param {{ why?: string, soFar?: () => string, log?: (line: string) => void }} options
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 * @template T
 */
export async function withProgress(title, { why, soFar, log = console.log }, work) {
	const started = Date.now();
	const renews = log === console.log && process.stdout.isTTY;
	const line = (state) => [`${title}${why ? ` (${why})` : ''}:`, state].join(' ');
	const state = () => [elapsedSince(started), soFar?.()].filter(Boolean).join(', ');
	const show = (text) => (renews ? process.stdout.write(`\r\x1b[K${fitted(text)}`) : log(text));
	show(line('…'));
	const ticker = setInterval(() => show(line(state())), renews ? RENEWED_MS : ADDED_MS);
	try {
		const result = await work();
		if (renews) process.stdout.write(`\r\x1b[K${fitted(line(`done in ${elapsedSince(started)}`))}\n`);
		else if (Date.now() - started > RENEWED_MS * 5) log(line(`done in ${elapsedSince(started)}`));
		return result;
	} catch (error) {
		if (renews) process.stdout.write('\n');
		throw error;
	} finally {
		clearInterval(ticker);
	}
}

/** A line that is longer than the terminal is wide cannot be renewed. */
function fitted(text) {
	const width = (process.stdout.columns || 80) - 1;
	return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function elapsedSince(started) {
	const seconds = Math.round((Date.now() - started) / 1000);
	return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
