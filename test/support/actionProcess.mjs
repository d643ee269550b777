import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';

/**
 * Runs the built action node in a process of its own, whose heap can be capped: `node --max-old-space-size=N actionProcess.mjs
 * SETTINGS`. Files go where n8n's would, out of memory; of each a line with its length and SHA-256 is printed, and in the end
 * the items and the peak of the process's memory in bytes.
 */
const { credential, targetCredential, parameters, dist } = JSON.parse(process.argv[2]);
const { ImapSync } = createRequire(import.meta.url)(`${dist}/nodes/ImapSync/ImapSync.node.js`);
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const context = {
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
	getInputData: () => [{ json: {} }],
	getNode: () => ({
		id: 'node-1',
		name: 'Mailbox',
		type: 'n8n-nodes-imap-sync.imapSync',
		typeVersion: 1,
		position: [0, 0],
		parameters,
	}),
	getWorkflow: () => ({ id: 'workflow-1', name: 'Memory', active: true }),
	continueOnFail: () => false,
	// Long work says how far it is.
	logger: { debug() {}, info() {}, warn() {}, error() {} },
	sendMessageToUI() {},
	getExecutionCancelSignal: () => undefined,
	getTimezone: () => 'UTC',
	getCredentials: async (type) => (type === 'imapSyncTargetApi' ? targetCredential : credential),
	getNodeParameter(path, _index, fallback) {
		let value = parameters;
		for (const part of path.split('.')) value = value?.[part];
		return value ?? fallback;
	},
};

const [items] = await new ImapSync().execute.call(context);
print({ items: items.map(({ json }) => json), maxMemory: process.resourceUsage().maxRSS * 1024 });
