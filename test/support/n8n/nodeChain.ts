import { randomUUID } from 'node:crypto';
import type { N8nApi } from './scripts';

/** The action node's type. */
export const action = 'n8n-nodes-imap-sync.imapSync';

export interface NodeSpec {
	name: string;
	/** The action node where it is absent. */
	type?: string;
	parameters: object;
	more?: object;
}

/** What begins a workflow that is run by hand. */
export const manual: NodeSpec = { name: 'Start', type: 'n8n-nodes-base.manualTrigger', parameters: {} };

/** Creates a workflow of nodes one after the other, and gives its id. Those of this package have the credentials. */
export async function createChain(api: N8nApi, specs: readonly NodeSpec[], credentials: object, settings = {}): Promise<string> {
	const nodes = specs.map(({ name, type = action, parameters, more }, i) => ({
		id: randomUUID(),
		name,
		type,
		typeVersion: 1,
		position: [200 * i, 0],
		parameters,
		...(type.startsWith('n8n-nodes-imap-sync') ? { credentials } : {}),
		...more,
	}));
	const connections = Object.fromEntries(
		specs.slice(1).map(({ name }, i) => [specs[i].name, { main: [[{ node: name, type: 'main', index: 0 }]] }]),
	);
	return (await api.createWorkflow({ name: `workflow ${randomUUID()}`, nodes, connections, settings })).id;
}
