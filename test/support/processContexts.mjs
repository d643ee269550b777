import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';

/** What a script that runs the built nodes in a process of its own needs: n8n's contexts, as little of them as the nodes use. */

const require = createRequire(import.meta.url);

/** The built node of this name, from the folder `dist`. */
export const builtNode = (dist, name) => new (require(`${dist}/nodes/${name}/${name}.node.js`)[name])();

/** Takes a file where n8n would put it, out of memory, and says what it was. */
export const takeFile = (say) => async (data, fileName, mimeType) => {
	const hash = createHash('sha256');
	let bytes = 0;
	for await (const piece of Buffer.isBuffer(data) ? [data] : data) {
		hash.update(piece);
		bytes += piece.length;
	}
	say({ file: fileName, bytes, sha256: hash.digest('hex'), streamed: !Buffer.isBuffer(data) });
	return { id: fileName, data: 'filesystem-v2', mimeType, fileName };
};

/** The context of a polling trigger, one for all its polls, as n8n has it in memory. */
export function pollContext({ id = '1', credential, parameters, log, prepareBinaryData }) {
	const staticData = {};
	return {
		logger: { error: log('error'), warn: log('warn'), info: () => {}, debug: () => {} },
		helpers: { prepareBinaryData },
		getMode: () => 'trigger',
		getActivationMode: () => 'activate',
		getNode: () => node(`node-${id}`, 'imapSyncTrigger', parameters),
		getWorkflow: () => ({ id: `workflow-${id}`, name: 'Memory', active: true }),
		getTimezone: () => 'UTC',
		getWorkflowStaticData: () => staticData,
		getCredentials: async () => credential,
		getNodeParameter: (name, fallback) => parameters[name] ?? fallback,
	};
}

/** The context of one execution of the action node, with one input item. */
export function actionContext({ credential, targetCredential, parameters, prepareBinaryData }) {
	return {
		helpers: { prepareBinaryData },
		getInputData: () => [{ json: {} }],
		getNode: () => node('node-1', 'imapSync', parameters),
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
}

const node = (id, type, parameters) => ({
	id,
	name: 'Mailbox',
	type: `n8n-nodes-imap-sync.${type}`,
	typeVersion: 1,
	position: [0, 0],
	parameters,
});
