import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';

/**
 * Polls the built trigger in a process of its own, so many times or until so many items came. The heap can be capped:
 * `node --max-old-space-size=N pollProcess.mjs SETTINGS`. Files go where n8n's would, out of memory; of each a line with its length
 * and SHA-256 is printed, and in the end the peak of the process's memory in bytes.
 */
const { credential, parameters, polls, until = Infinity, dist } = JSON.parse(process.argv[2]);
const { ImapSyncTrigger } = createRequire(import.meta.url)(`${dist}/nodes/ImapSyncTrigger/ImapSyncTrigger.node.js`);
const staticData = {};
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const log = (level) => (message) => print({ level, message });

const context = {
	logger: { error: log('error'), warn: log('warn'), info: () => {}, debug: () => {} },
	helpers: {
		async prepareBinaryData(data, fileName, mimeType) {
			const hash = createHash('sha256');
			let bytes = 0;
			for await (const piece of Buffer.isBuffer(data) ? [data] : data) {
				hash.update(piece);
				bytes += piece.length;
			}
			print({ file: fileName, bytes, sha256: hash.digest('hex'), streamed: !Buffer.isBuffer(data) });
			return { id: fileName, data: 'filesystem-v2', mimeType, fileName };
		},
	},
	getMode: () => 'trigger',
	getActivationMode: () => 'activate',
	getNode: () => ({
		id: 'node-1',
		name: 'Mailbox',
		type: 'n8n-nodes-imap-sync.imapSyncTrigger',
		typeVersion: 1,
		position: [0, 0],
		parameters,
	}),
	getWorkflow: () => ({ id: 'workflow-1', name: 'Memory', active: true }),
	getTimezone: () => 'UTC',
	getWorkflowStaticData: () => staticData,
	getCredentials: async () => credential,
	getNodeParameter: (name, fallback) => parameters[name] ?? fallback,
};

let items = 0;
for (let poll = 0; poll < polls && items < until; poll++) {
	const result = await new ImapSyncTrigger().poll.call(context);
	items += result?.[0].length ?? 0;
}
print({ items, maxMemory: process.resourceUsage().maxRSS * 1024 });
