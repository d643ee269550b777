import { randomUUID } from 'node:crypto';
import type { Dovecot } from '../dovecot';
import type { Postgres } from '../postgres';
import { readWorkflow, readWorkflowPage, type ExportedNode, type ExportedWorkflow } from '../workflowFiles';
import { importScript, type Execution, type Item } from './scripts';
import type { SharedN8n } from './sharedN8n';
import { credentialData } from './TriggerWorkflow';

/** What all ready-made workflows run on: one n8n, one mail server, one PostgreSQL, one folder. */
export interface WorkflowPlace {
	n8n: SharedN8n;
	dovecot: Dovecot;
	postgres: Postgres;
	/** The folder in which workflows may write files. */
	files: string;
}

/** What a file in test/e2e/workflows/ exports: the tests of the workflow of its name. */
export type WorkflowTests = (place: () => WorkflowPlace) => void;

/** The data of the credential for a mailbox of this Dovecot. */
export const loginTo = ({ dovecot: { password, host, port } }: WorkflowPlace, user: string): Record<string, unknown> =>
	credentialData({ user, password, host, port });

/** The credential of a webhook, by its choice of authentication. */
const webhookLogins = new Map<unknown, string[]>([
	['basicAuth', ['httpBasicAuth']],
	['headerAuth', ['httpHeaderAuth']],
]);

/** The credentials that a person puts into a node, by the node's type. */
const credentialTypes = (node: ExportedNode): string[] => {
	switch (node.type) {
		case 'n8n-nodes-imap-sync.imapSync':
			return ['imapSyncApi', ...(node.parameters.operation === 'copyToAccount' ? ['imapSyncTargetApi'] : [])];
		case 'n8n-nodes-imap-sync.imapSyncTool':
		case 'n8n-nodes-imap-sync.imapSyncTrigger':
		case 'n8n-nodes-imap-sync.imapPushTrigger':
			return ['imapSyncApi'];
		case 'n8n-nodes-base.postgres':
			return ['postgres'];
		case 'n8n-nodes-base.emailSend':
			return ['smtp'];
		case 'n8n-nodes-base.s3':
			return ['s3'];
		case '@n8n/n8n-nodes-langchain.lmChatOpenAi':
			return ['openAiApi'];
		case 'n8n-nodes-base.webhook':
			return webhookLogins.get(node.parameters.authentication) ?? [];
		default:
			return [];
	}
};

/** What a person does after the import. */
export interface Adaptation {
	/** The data of the credentials that are put in, by their type. */
	credentials: Record<string, Record<string, unknown>>;
	/** Parameters that a person changes, by node. Only nodes that the workflow's page names: nothing else may need a change. */
	changed?: Record<string, Record<string, unknown>>;
	/** Nodes in whose place a person puts others, by name; named on the page too. */
	replaced?: Record<string, Pick<ExportedNode, 'type' | 'typeVersion' | 'parameters'>>;
	/** Options that a person changes, beside those that a node has; by node too. */
	options?: Record<string, Record<string, unknown>>;
	/** Credentials of single nodes that are for another account; by node, then as `credentials`. */
	ofNodes?: Record<string, Adaptation['credentials']>;
}

/** A ready-made workflow, imported into an n8n as its page says. */
export class ImportedWorkflow {
	private constructor(
		private readonly n8n: SharedN8n,
		/** The folder in workflows/. */
		readonly folder: string,
		readonly id: string,
	) {}

	static async import(n8n: SharedN8n, folder: string, adaptation: Adaptation): Promise<ImportedWorkflow> {
		const workflow = readWorkflow(folder);
		const page = readWorkflowPage(folder);
		const nodeOf = (name: string): ExportedNode => {
			const node = workflow.nodes.find((candidate) => candidate.name === name);
			if (!node) throw new Error(`${folder} has no node ${name}`);
			if (!page.includes(`*${name}*`)) throw new Error(`The page of ${folder} does not say that *${name}* has to be changed`);
			return node;
		};
		for (const [name, other] of Object.entries(adaptation.replaced ?? {})) Object.assign(nodeOf(name), other);
		await putCredentialsIn(n8n, workflow, adaptation);
		for (const [name, parameters] of Object.entries(adaptation.changed ?? {})) Object.assign(nodeOf(name).parameters, parameters);
		for (const [name, options] of Object.entries(adaptation.options ?? {})) {
			const { parameters } = nodeOf(name);
			parameters.options = { ...(parameters.options as object | undefined), ...options };
		}
		// What n8n's editor does on import: two workflows with one path could not be active together.
		for (const node of workflow.nodes) if (node.webhookId !== undefined) node.webhookId = randomUUID();
		const { id } = await n8n.api.createWorkflow({ ...workflow, name: `${workflow.name} ${randomUUID()}` });
		return new ImportedWorkflow(n8n, folder, id);
	}

	async publish(): Promise<void> {
		await this.n8n.api.publish(this.id);
	}

	async unpublish(): Promise<void> {
		await this.n8n.api.unpublish(this.id);
	}

	/** Lets a polling trigger look now. */
	async poll(): Promise<void> {
		await this.n8n.api.pollNow(this.id);
	}

	/** Runs it as the button in the editor does; fails where the execution does. `given`: what the trigger gives, such as a chat's input. */
	async runManually(triggerName: string, given?: object): Promise<Execution> {
		const execution = await this.n8n.api.runManually(this.id, triggerName, given);
		if (execution.status !== 'success') throw new Error(`${this.folder}: ${failureOf(execution)}`);
		return execution;
	}

	/** Its executions in production that have ended, oldest first. */
	async executions(): Promise<Execution[]> {
		const all = await this.n8n.api.executions(this.id);
		return all.filter(({ mode, stoppedAt }) => mode !== 'manual' && stoppedAt !== null);
	}

	/** The items that a node gave in all executions that succeeded. */
	async itemsOf(nodeName: string): Promise<Item[]> {
		const { itemsOf } = await importScript('N8nApi.mjs');
		const succeeded = (await this.executions()).filter(({ status }) => status === 'success');
		return succeeded.flatMap((execution) => itemsOf(execution, nodeName));
	}

	/** Waits until something holds, and gives what the condition gave. */
	async until<T>(condition: () => Promise<T | undefined | false>, what: string, withinMs = 180_000): Promise<T> {
		const { waitUntil } = await importScript('waitUntil.mjs');
		try {
			return (await waitUntil(condition, { what, withinMs, everyMs: 100 })) as T;
		} catch (error) {
			const failed = (await this.n8n.api.executions(this.id)).filter(({ status }) => status !== 'success');
			throw new Error(`${this.folder}: ${(error as Error).message}. ${failed.map(failureOf).join('; ')}`, { cause: error });
		}
	}
}

function failureOf({ id, status, data }: Execution): string {
	const { error, lastNodeExecuted } =
		(data as { resultData?: { error?: { message?: string; description?: string }; lastNodeExecuted?: string } })?.resultData ??
		{};
	return `execution ${id} is ${status} in ${lastNodeExecuted ?? 'no node'}: ${error?.message ?? ''} ${error?.description ?? ''}`;
}

/** Gives each node the credentials that it takes. */
async function putCredentialsIn(
	n8n: SharedN8n,
	{ name: workflow, nodes }: ExportedWorkflow,
	{ credentials, ofNodes = {} }: Adaptation,
): Promise<void> {
	const made = new Map<object, { id: string; name: string }>();
	const credentialFor = async (node: ExportedNode, type: string): Promise<[string, { id: string; name: string }]> => {
		const data = ofNodes[node.name]?.[type] ?? credentials[type];
		if (data === undefined) throw new Error(`${workflow}: the node ${node.name} wants a credential of the type ${type}`);
		let credential = made.get(data);
		if (!credential) {
			const { id, name } = await n8n.api.createCredential({ name: `${type} ${randomUUID()}`, type, data });
			made.set(data, (credential = { id, name }));
		}
		return [type, credential];
	};
	for (const node of nodes) {
		const entries: Array<[string, { id: string; name: string }]> = [];
		for (const type of credentialTypes(node)) entries.push(await credentialFor(node, type));
		if (entries.length > 0) node.credentials = Object.fromEntries(entries);
	}
}
