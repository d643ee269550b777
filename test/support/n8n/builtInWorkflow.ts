import { randomUUID } from 'node:crypto';
import type { Sink } from '../sink';
import { sendTo, type PushPlace } from './PushWorkflow';

/** The name of the trigger's node. */
export const builtInTrigger = 'Email Trigger (IMAP)';

/** A workflow of n8n's own trigger for mail, as the editor sets it up, that sends each item to the sink, on a mailbox of its own. */
export async function createBuiltIn({ n8n, host: mailHost }: PushPlace, sink: Sink): Promise<{ id: string; user: string }> {
	const user = mailHost.newUser();
	const name = `built in ${randomUUID()}`;
	const { host, port, password } = mailHost;
	const data = { user, password, host, port, secure: false, allowUnauthorizedCerts: false };
	const { id } = await n8n.api.createCredential({ name, type: 'imap', data });
	const nodes = [
		{
			id: randomUUID(),
			name: builtInTrigger,
			type: 'n8n-nodes-base.emailReadImap',
			typeVersion: 2.2,
			position: [0, 0],
			parameters: { options: {} },
			credentials: { imap: { id, name } },
		},
		{ id: randomUUID(), name: 'Sink', position: [200, 0], ...sendTo(sink) },
	];
	const connections = { [builtInTrigger]: { main: [[{ node: 'Sink', type: 'main', index: 0 }]] } };
	const workflow = await n8n.api.createWorkflow({ name, nodes, connections });
	return { id: workflow.id, user };
}
