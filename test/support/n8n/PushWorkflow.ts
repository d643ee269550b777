import { randomUUID } from 'node:crypto';
import type { Dovecot } from '../dovecot';
import { mail } from '../mail';
import { Sink } from '../sink';
import { importScript } from './scripts';
import type { TestN8n } from './startN8n';
import { credentialData } from './TriggerWorkflow';

/** The name of the trigger's node. */
export const pushTrigger = 'IMAP Push Trigger';

/** Where a workflow runs, and the server of its mailbox. */
export interface PushPlace {
	n8n: TestN8n;
	dovecot: Dovecot;
}

/** What a workflow does with the items of its trigger, and what its settings are, where it is not the usual. */
export interface PushPurpose {
	/** The node in the place of the one that sends to the sink. */
	node?: { type: string; typeVersion: number; parameters: object; credentials?: object };
	settings?: object;
}

/** A workflow that sends each item of the trigger to a sink of its own, on a mailbox of its own. */
export class PushWorkflow {
	private constructor(
		private readonly place: PushPlace,
		readonly id: string,
		readonly user: string,
		readonly sink: Sink,
	) {}

	static async create(place: PushPlace, parameters: object = {}, purpose: PushPurpose = {}): Promise<PushWorkflow> {
		const { n8n, dovecot } = place;
		const user = dovecot.newUser();
		const sink = await Sink.start();
		const name = `push ${randomUUID()}`;
		const login = { user, password: dovecot.password, host: dovecot.host, port: dovecot.port };
		const { id } = await n8n.api.createCredential({ name, type: 'imapSyncApi', data: credentialData(login) });
		const nodes = [
			{
				id: randomUUID(),
				name: pushTrigger,
				type: 'n8n-nodes-imap-sync.imapPushTrigger',
				typeVersion: 1,
				position: [0, 0],
				parameters: { output: 'metadata', ...parameters },
				credentials: { imapSyncApi: { id, name } },
			},
			{
				id: randomUUID(),
				name: 'Sink',
				position: [200, 0],
				...(purpose.node ?? sendTo(sink)),
			},
		];
		const connections = { [pushTrigger]: { main: [[{ node: 'Sink', type: 'main', index: 0 }]] } };
		const workflow = await n8n.api.createWorkflow({ name, nodes, connections, settings: purpose.settings ?? {} });
		return new PushWorkflow(place, workflow.id, user, sink);
	}

	async append(...subjects: string[]): Promise<void> {
		await this.place.dovecot.appendMany(this.user, 'INBOX', subjects.map(mail));
	}

	get delivered(): string[] {
		return this.sink.deliveries.map(({ attempt, subject, event }) => `${attempt} ${subject ?? event}`);
	}

	async until(condition: () => boolean | Promise<boolean>, what: string, withinMs = 60_000): Promise<void> {
		const { waitUntil } = await importScript('waitUntil.mjs');
		await waitUntil(async () => (await condition()) || undefined, {
			what,
			withinMs,
			everyMs: 50,
			detail: () => `Delivered: ${this.delivered.join(', ')}\n${this.place.n8n.log().split('\n').slice(-15).join('\n')}`,
		});
	}

	async seen(): Promise<string[]> {
		const all = await this.place.dovecot.fetchAll(this.user, 'INBOX');
		return all.filter(({ flags }) => flags.includes('\\Seen')).map(({ messageId }) => messageId.replace(/[<>]|@.*/g, ''));
	}
}

const sendTo = ({ url }: Sink): NonNullable<PushPurpose['node']> => ({
	type: 'n8n-nodes-base.httpRequest',
	typeVersion: 4.2,
	parameters: {
		method: 'POST',
		url,
		sendBody: true,
		specifyBody: 'json',
		jsonBody: '={{ JSON.stringify($json) }}',
		options: {},
	},
});
