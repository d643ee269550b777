import { createRequire } from 'node:module';

/**
 * Runs of the core in a process of its own, whose items leave as they come: `node --expose-gc runProcess.mjs SETTINGS`. First one that
 * reads little, so that all is loaded and compiled; of the next one it prints how many items came, and how much memory the process took at
 * most beyond what it has when idle, in bytes.
 */
const { dist, account, folders, output, messages } = JSON.parse(process.argv[2]);
const require = createRequire(import.meta.url);
const core = (path) => require(`${dist}/${path}`);
const { connectMailServer } = core('sync/imap/ImapMailServer.js');
const { syncAccount } = core('sync/run/syncAccount.js');
const { decodeState } = core('sync/state/state.js');
const { collectItems } = core('nodes/shared/items.js');
const { readItemRequest } = core('nodes/shared/itemRequest.js');

async function run(folder) {
	const request = readItemRequest(output, {});
	const { items, sink } = collectItems(request, { prepareBinaryData: async () => ({ data: '', mimeType: 'message/rfc822' }) });
	let count = 0;
	const server = await connectMailServer({ ...account, security: 'none', allowUnauthorizedCerts: false });
	try {
		await syncAccount(
			{
				account: { name: account.user, user: account.user, host: account.host },
				watch: {
					events: new Set(['messageNew']),
					selection: { kind: 'chosen', folders: [folder] },
					startFrom: { kind: 'all' },
				},
				reading: request.reading,
				delivery: { limits: { messages, olderMessages: messages, bytes: Infinity, deadline: Date.now() + 300_000 } },
			},
			decodeState(undefined),
			{
				server,
				sink: async (...handed) => {
					const taken = await sink(...handed);
					count += items.length;
					items.length = 0;
					return taken;
				},
				now: Date.now,
			},
		);
		return count;
	} finally {
		await server.close();
	}
}

const [few, many] = folders;
await run(few);
global.gc();
const idle = process.memoryUsage().rss;
let highest = idle;
const watch = setInterval(() => (highest = Math.max(highest, process.memoryUsage.rss())), 5);
const items = await run(many);
clearInterval(watch);
process.stdout.write(JSON.stringify({ items, memory: highest - idle }));
process.exit();
