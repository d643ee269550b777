/**
 * `npm start`: a real n8n with this package, a mailbox that lives, and a workflow that turns its mail into tickets.
 *
 *   IMAP_URL=imaps://user:password@host npm start    uses that mailbox and only reads it
 *   DEMO_UNTIL_FIRST_TICKET=1 npm start              stops by itself when the first ticket is there
 *   DEMO_FOLDER=<folder> npm start                   keeps its data there instead of in the cache folder
 */
import { SCRIPTS_NEED_NODE } from '../../scripts/n8n/versions.mjs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < SCRIPTS_NEED_NODE[0] || (major === SCRIPTS_NEED_NODE[0] && minor < SCRIPTS_NEED_NODE[1])) {
	console.error(`This needs Node ${SCRIPTS_NEED_NODE.join('.')} or newer; this is Node ${process.versions.node}.`);
	process.exit(1);
}
if (process.platform === 'win32') {
	console.error('The demo runs on Linux and macOS. On Windows, run it inside WSL.');
	process.exit(1);
}

// Only now: an old Node could not even read the rest.
const { runDemo } = await import('./demo.mjs');

const stopped = new AbortController();
let signals = 0;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
	process.on(name, () => {
		signals += 1;
		if (signals === 1) {
			console.log('\nStopping …');
			stopped.abort();
		} else if (signals === 3) {
			// Whatever hangs: leaving ends all that was started.
			process.exit(1);
		}
	});
}

try {
	const { IMAP_URL, DEMO_FOLDER, DEMO_UNTIL_FIRST_TICKET } = process.env;
	await runDemo({
		imapUrl: IMAP_URL || undefined,
		folder: DEMO_FOLDER || undefined,
		untilFirstTicket: DEMO_UNTIL_FIRST_TICKET === '1',
		stopped: stopped.signal,
	});
	console.log('Stopped.');
	process.exit(0);
} catch (error) {
	// Before there is anything to stop, Ctrl-C interrupts the set-up.
	if (stopped.signal.aborted) process.exit(0);
	console.error(process.env.DEBUG ? error : `\n${error.message}`);
	process.exit(1);
}
