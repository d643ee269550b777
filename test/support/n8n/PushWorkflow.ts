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
	/** An expression in n8n's language, without its braces: an item for which it is true ends in Stop and Error instead of at the sink. */
	fails?: string;
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
			...(purpose.fails === undefined ? [] : failsWhere(purpose.fails)),
		];
		const connections =
			purpose.fails === undefined
				? { [pushTrigger]: into('Sink') }
				: { [pushTrigger]: into('Fails?'), 'Fails?': into('Stop and Error', 'Sink') };
		const workflow = await n8n.api.createWorkflow({ name, nodes, connections, settings: purpose.settings ?? {} });
		return new PushWorkflow(place, workflow.id, user, sink);
	}

	async append(...subjects: string[]): Promise<void> {
		await this.place.dovecot.appendMany(this.user, 'INBOX', subjects.map(mail));
	}

	get delivered(): string[] {
		return this.sink.deliveries.map(({ attempt, subject, event }) => `${attempt} ${subject ?? event}`);
	}

	async until(condition: () => boolean | Promise<boolean>, what: string, withinMs = 180_000, everyMs = 50): Promise<void> {
		const { waitUntil } = await importScript('waitUntil.mjs');
		await waitUntil(async () => (await condition()) || undefined, {
			what,
			withinMs,
			everyMs,
			detail: () => `Delivered: ${this.delivered.join(', ')}\n${this.place.n8n.log().split('\n').slice(-15).join('\n')}`,
		});
	}

	async seen(): Promise<string[]> {
		const all = await this.place.dovecot.fetchAll(this.user, 'INBOX');
		return all.filter(({ flags }) => flags.includes('\\Seen')).map(({ messageId }) => messageId.replace(/[<>]|@.*/g, ''));
	}
}

/** The connections of a node, each of whose outputs leads to one other. */
const into = (...names: string[]): object => ({ main: names.map((node) => [{ node, type: 'main', index: 0 }]) });

const failsWhere = (expression: string): object[] => [
	{
		id: randomUUID(),
		name: 'Fails?',
		type: 'n8n-nodes-base.if',
		typeVersion: 2.2,
		position: [100, 0],
		parameters: {
			conditions: {
				options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
				combinator: 'and',
				conditions: [
					{
						id: randomUUID(),
						leftValue: `={{ ${expression} }}`,
						rightValue: '',
						operator: { type: 'boolean', operation: 'true', singleValue: true },
					},
				],
			},
			options: {},
		},
	},
	{
		id: randomUUID(),
		name: 'Stop and Error',
		type: 'n8n-nodes-base.stopAndError',
		typeVersion: 1,
		position: [200, 100],
		parameters: { errorType: 'errorMessage', errorMessage: 'fails on purpose' },
	},
];

/** The node that sends each item to the sink. */
export const sendTo = ({ url }: Sink): NonNullable<PushPurpose['node']> => ({
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
