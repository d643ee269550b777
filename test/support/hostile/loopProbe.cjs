/**
 * Loaded into n8n by NODE_OPTIONS: says over HTTP, on the port PROBE_PORT, for how long the event loop was kept busy in one go since it
 * was last asked, in milliseconds of CPU of the main thread.
 */
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { isMainThread } = require('node:worker_threads');

if (isMainThread && process.env.PROBE_PORT) {
	const used = () => Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[0]) / 1e6;
	let longest = 0;
	let last = used();
	setInterval(() => {
		const now = used();
		longest = Math.max(longest, now - last);
		last = now;
	}, 5).unref();
	createServer((_request, response) => {
		response.end(String(longest));
		longest = 0;
	})
		// The programs that n8n starts have the same environment.
		.on('error', () => undefined)
		.listen(Number(process.env.PROBE_PORT), '127.0.0.1')
		.unref();
}
