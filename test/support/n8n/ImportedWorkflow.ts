import { randomUUID } from 'node:crypto';
import type { Dovecot } from '../dovecot';
import type { Postgres } from '../postgres';
import { readWorkflow, readWorkflowPage, type ExportedNode } from '../workflowFiles';
import { importScript, type Execution, type Item } from './scripts';
import type { TestN8n } from './startN8n';
import { credentialData } from './TriggerWorkflow';

/** What all ready-made workflows run on: one n8n, one mail server, one PostgreSQL. */
export interface WorkflowPlace {
	n8n: TestN8n;
	dovecot: Dovecot;
	postgres: Postgres;
}

/** What a file in test/e2e/workflows/ exports: the tests of the workflow of its name. */
export type WorkflowTests = (place: () => WorkflowPlace) => void;

/** The data of the credential for a mailbox of this Dovecot. */
export const loginTo = ({ dovecot: { password, host, port } }: WorkflowPlace, user: string): Record<string, unknown> =>
	credentialData({ user, password, host, port });

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
		case '@n8n/n8n-nodes-langchain.lmChatOpenAi':
			return ['openAiApi'];
		case 'n8n-nodes-base.webhook':
			return node.parameters.authentication === 'headerAuth' ? ['httpHeaderAuth'] : [];
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
}

/** A ready-made workflow, imported into an n8n as its page says. */
export class ImportedWorkflow {
	private constructor(
		private readonly n8n: TestN8n,
		/** The folder in workflows/. */
		readonly folder: string,
		readonly id: string,
	) {}

	static async import(n8n: TestN8n, folder: string, { credentials, changed = {} }: Adaptation): Promise<ImportedWorkflow> {
		const workflow = readWorkflow(folder);
		for (const node of workflow.nodes) {
			for (const type of credentialTypes(node)) {
				if (credentials[type] === undefined)
					throw new Error(`${folder}: the node ${node.name} wants a credential of the type ${type}`);
			}
		}
		const made = new Map<string, { id: string; name: string }>();
		for (const [type, data] of Object.entries(credentials)) {
			const { id, name } = await n8n.api.createCredential({ name: `${type} ${randomUUID()}`, type, data });
			made.set(type, { id, name });
		}
		const page = readWorkflowPage(folder);
		for (const [name, parameters] of Object.entries(changed)) {
			const node = workflow.nodes.find((candidate) => candidate.name === name);
			if (!node) throw new Error(`${folder} has no node ${name}`);
			if (!page.includes(`*${name}*`)) throw new Error(`The page of ${folder} does not say that *${name}* has to be changed`);
			Object.assign(node.parameters, parameters);
		}
		for (const node of workflow.nodes) {
			const types = credentialTypes(node);
			if (types.length > 0) node.credentials = Object.fromEntries(types.map((type) => [type, made.get(type)]));
			// What n8n's editor does on import: two workflows with one path could not be active together.
			if (node.webhookId !== undefined) node.webhookId = randomUUID();
		}
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
	async until<T>(condition: () => Promise<T | undefined | false>, what: string, withinMs = 60_000): Promise<T> {
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
