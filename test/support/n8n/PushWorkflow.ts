import { randomUUID } from 'node:crypto';
import { mail } from '../mail';
import type { MailHost } from '../mailHost';
import { Sink } from '../sink';
import { encodeFolderName } from '../wire/modifiedUtf7';
import { quote } from '../wire/rawImap';
import { importScript } from './scripts';
import type { TestN8n } from './startN8n';
import { credentialData } from './TriggerWorkflow';

/** The name of the trigger's node. */
export const pushTrigger = 'IMAP Push Trigger';

/** What is done to a message whose execution succeeded. */
export const acts = ['markRead', 'move', 'delete'] as const;
export type Act = (typeof acts)[number];

/** Where a workflow runs, and the server of its mailbox. */
export interface PushPlace {
	n8n: TestN8n;
	host: MailHost;
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
		const { n8n, host } = place;
		const user = host.newUser();
		const sink = await Sink.start();
		// Where messages are moved to.
		for (const folder of ['Done', 'Trash']) await host.createFolder(user, host.folder(folder));
		const name = `push ${randomUUID()}`;
		const login = { user, password: host.password, host: host.host, port: host.port };
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
		await this.place.host.appendMany(this.user, 'INBOX', subjects.map(mail));
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
		return await this.names('INBOX', '\\Seen');
	}

	/** The subjects of the messages in a folder, in the order of the folder; of those with the flag. */
	async names(folder: string, flag?: string): Promise<string[]> {
		const client = await this.place.host.login(this.user);
		try {
			const opened = await client.ok(`EXAMINE ${quote(encodeFolderName(folder))}`);
			if (opened.untagged.includes('* 0 EXISTS')) return [];
			const { untagged } = await client.ok('UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])');
			// A flag that changes at this moment gives a row of its own, without the field.
			const rows = untagged.filter((line) => / FETCH \(/.test(line) && line.includes('@'));
			const flagsOf = (row: string): string[] => (/\bFLAGS \(([^)]*)\)/.exec(row)?.[1] ?? '').split(' ');
			const wanted = rows.filter((row) => flag === undefined || flagsOf(row).includes(flag));
			return wanted.map((row) => /<([^@>]+)@/.exec(row)![1]);
		} finally {
			await client.logout();
		}
	}

	/** The subjects of the messages to which `act` was done, as the server shows it. */
	async done(act: Act): Promise<string[]> {
		if (act === 'markRead') return await this.seen();
		return await this.names(this.place.host.folder(act === 'move' ? 'Done' : 'Trash'));
	}

	/** Those to which `act` was done although no execution of theirs had come to its end. */
	async doneTooSoon(act: Act): Promise<string[]> {
		const done = await this.done(act);
		const answered = new Set(this.sink.deliveries.filter((one) => one.answered).map(({ subject }) => subject));
		return done.filter((subject) => !answered.has(subject));
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
