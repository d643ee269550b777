import { randomUUID } from 'node:crypto';
import type { Dovecot } from '../dovecot';
import { importScript, type Execution, type N8nApi } from './scripts';
import type { TestN8n } from './startN8n';
import { credentialData } from './TriggerWorkflow';

const credentialType = 'imapSyncApi';

/** A mailbox with a credential of its own. */
export class Box {
	private constructor(
		readonly dovecot: Dovecot,
		readonly user: string,
		readonly credential: { id: string; name: string },
	) {}

	static async create(api: N8nApi, dovecot: Dovecot, port?: number): Promise<Box> {
		const user = dovecot.newUser();
		const name = `mailbox ${randomUUID()}`;
		await dovecot.append(user, 'INBOX', message('was-there'));
		const { id } = await api.createCredential({ name, type: credentialType, data: Box.data(dovecot, { user, port }) });
		return new Box(dovecot, user, { id, name });
	}

	static data(dovecot: Dovecot, change: { user: string; password?: string; port?: number }): Record<string, unknown> {
		const { password = dovecot.password, port = dovecot.port } = change;
		return credentialData({ host: dovecot.host, user: change.user, password, port });
	}

	async receive(subject: string, folder = 'INBOX'): Promise<void> {
		await this.dovecot.append(this.user, folder, message(subject));
	}
}

const message = (subject: string): string =>
	`From: a@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject}.${randomUUID()}@example.com>\r\n\r\nhello\r\n`;

/** A node of a workflow, as the editor saves it. */
export interface WorkflowNode {
	id: string;
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: Record<string, unknown>;
	credentials?: Record<string, { id: string; name: string }>;
}

export const everyMinute = { item: [{ mode: 'everyMinute' }] };

/** Poll times that leave the next three minutes out, so that what a test does now comes before the first tick. */
export function later(now = new Date()): object {
	const soon = [-1, 0, 1, 2, 3].map((ahead) => (now.getUTCMinutes() + ahead + 60) % 60);
	const minutes = Array.from({ length: 60 }, (_, minute) => minute).filter((minute) => !soon.includes(minute));
	return { item: [{ mode: 'custom', cronExpression: `20 ${minutes.join(',')} * * * *` }] };
}

/** A trigger for new messages of a mailbox. */
export const trigger = (box: Box, pollTimes: object, more: { name?: string } & Record<string, unknown> = {}): WorkflowNode => {
	const { name = 'IMAP Sync Trigger', ...parameters } = more;
	return {
		id: randomUUID(),
		name,
		type: 'n8n-nodes-imap-sync.imapSyncTrigger',
		typeVersion: 1,
		position: [0, 0],
		parameters: {
			authentication: 'password',
			triggerOn: ['messageNew'],
			folderSelection: 'chosen',
			folders: ['INBOX'],
			startFrom: 'now',
			output: 'metadata',
			pollTimes,
			...parameters,
		},
		credentials: { [credentialType]: box.credential },
	};
};

/** A node that does nothing. */
export const noOperation = (name: string): WorkflowNode => ({
	id: randomUUID(),
	name,
	type: 'n8n-nodes-base.noOp',
	typeVersion: 1,
	position: [200, 0],
	parameters: {},
});

/** A workflow through its life: edited, published, paused, copied. */
export class LifecycleWorkflow {
	private constructor(
		private readonly n8n: TestN8n,
		readonly id: string,
		public nodes: WorkflowNode[],
	) {}

	static async create(n8n: TestN8n, nodes: WorkflowNode[], connections: object = {}): Promise<LifecycleWorkflow> {
		const { id } = await n8n.api.createWorkflow({ name: `workflow ${randomUUID()}`, nodes, connections });
		return new LifecycleWorkflow(n8n, id, nodes);
	}

	async publish(): Promise<void> {
		await this.n8n.api.publish(this.id);
	}

	async unpublish(): Promise<void> {
		await this.n8n.api.unpublish(this.id);
	}

	/** Saves other nodes, and publishes them. */
	async change(nodes: WorkflowNode[]): Promise<void> {
		this.nodes = nodes;
		await this.n8n.api.rest('PATCH', `/workflows/${this.id}`, { nodes, connections: {} });
		await this.publish();
	}

	/** Another workflow with the same nodes. */
	async copy(): Promise<LifecycleWorkflow> {
		return await LifecycleWorkflow.create(this.n8n, structuredClone(this.nodes));
	}

	/** The subjects of all that was emitted (of what has none, the event), sorted, and how many executions there were. Failed executions count apart. */
	async heard(): Promise<{ subjects: string[]; executions: number; failures: string[] }> {
		const { itemsOf } = await importScript('N8nApi.mjs');
		const executions = (await this.n8n.api.executions(this.id)).filter(({ mode }) => mode !== 'manual');
		const names = new Set(executions.flatMap(nodesOf));
		const worked = executions.filter(({ status }) => status === 'success');
		const items = worked.flatMap((execution) => [...names].flatMap((name) => itemsOf(execution, name)));
		const failed = executions.filter(({ status }) => ['error', 'crashed'].includes(status));
		return {
			subjects: items.map(({ subject, event }) => String(subject ?? event)).sort(),
			executions: worked.length,
			failures: failed.map((execution) => JSON.stringify(execution.data)),
		};
	}

	/** The subjects that each execution was given, whatever became of it. */
	async given(): Promise<Array<Set<string>>> {
		const executions = (await this.n8n.api.executions(this.id)).filter(({ mode }) => mode !== 'manual');
		// An execution that was cut off keeps what it was given in another place than one that ended.
		const subjectsOf = ({ data }: Execution): string[] =>
			[...JSON.stringify(data ?? {}).matchAll(/"subject":"([^"]*)"/g)].map(([, subject]) => subject);
		return executions.map((execution) => new Set(subjectsOf(execution)));
	}

	/** Waits until all of these were emitted; gives everything that was. */
	async hears(subjects: string[], withinMs = 150_000): Promise<string[]> {
		const { waitUntil } = await importScript('waitUntil.mjs');
		let heard: string[] = [];
		await waitUntil(
			async () => {
				heard = (await this.heard()).subjects;
				return subjects.every((subject) => heard.includes(subject));
			},
			{
				what: `the messages ${subjects.join(', ')}`,
				withinMs,
				everyMs: 1_000,
				detail: () => `There are: ${heard.join(', ')}\n${this.pollsInLog()}`,
			},
		);
		return heard;
	}

	/** What n8n logged of this workflow's polls, to see why one is missing. */
	private pollsInLog(): string {
		const lines = this.n8n.log().split('\n');
		return lines
			.filter((line) => line.includes(this.id) && /poll/i.test(line))
			.slice(-30)
			.join('\n');
	}

	/** What it was given and when, and what n8n logged of its polls: to see why something came twice, or not at all. */
	async story(): Promise<string> {
		const { itemsOf } = await importScript('N8nApi.mjs');
		const executions = await this.n8n.api.executions(this.id);
		const told = executions.map((execution) => {
			const subjects = nodesOf(execution).flatMap((node) =>
				itemsOf(execution, node).map((item) => `${node}: ${String(item.subject ?? item.event)} ${String(item.eventId)}`),
			);
			return `${execution.startedAt} ${execution.mode} ${execution.status} ${subjects.join(', ')}`;
		});
		return [`Workflow ${this.id}:`, ...told, this.pollsInLog()].join('\n');
	}

	/** Waits until an execution failed; gives what was written of it. */
	async fails(withinMs = 150_000): Promise<string> {
		const { waitUntil } = await importScript('waitUntil.mjs');
		return await waitUntil(async () => (await this.heard()).failures[0], {
			what: 'a failed execution',
			withinMs,
			everyMs: 1_000,
		});
	}
}

function nodesOf({ data }: Execution): string[] {
	const { resultData } = (data ?? {}) as { resultData?: { runData?: Record<string, unknown> } };
	return Object.keys(resultData?.runData ?? {});
}
