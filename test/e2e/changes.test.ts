/**
 * Change > Get Many at a Schedule Trigger, in each store, in a real n8n: in regular mode, and in queue mode with a worker; and the node
 * as a tool, called through n8n's own agent machinery without a model.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { randomUUID } from 'node:crypto';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { importScript, type Execution, type Item } from '../support/n8n/scripts';
import { sharedN8n, type SharedN8n } from '../support/n8n/sharedN8n';
import { credentialData, TriggerWorkflow } from '../support/n8n/TriggerWorkflow';
import { startRedis, type Redis } from '../support/redis';

/** The first run on a machine installs n8n. */
const setUpTimeout = 30 * 60_000;

const action = 'n8n-nodes-imap-sync.imapSync';
const modes = ['regular', 'queue'] as const;
type Mode = (typeof modes)[number];

let dovecot: Dovecot;
let redis: Redis;
const running = {} as Record<Mode, SharedN8n>;

beforeAll(async () => {
	[dovecot, redis] = await Promise.all([startDovecot(), startRedis()]);
	for (const mode of modes) running[mode] = await sharedN8n(mode);
}, setUpTimeout);
afterAll(async () => {
	await Promise.all(Object.values(running).map((n8n) => n8n.leave()));
	await Promise.all([dovecot?.stop(), redis?.stop()]);
});

const mail = (subject: string): string =>
	`Message-ID: <${subject}@example.com>\r\nSubject: ${subject}\r\n\r\nAbout ${subject}.\r\n`;

interface NodeSpec {
	name: string;
	type: string;
	parameters: object;
	typeVersion?: number;
	credentials?: object;
}

const everyFewSeconds: NodeSpec = {
	name: 'Schedule',
	type: 'n8n-nodes-base.scheduleTrigger',
	typeVersion: 1.2,
	parameters: { rule: { interval: [{ field: 'seconds', secondsInterval: 4 }] } },
};

/** A mailbox with its credential in one n8n, and what runs on it. */
class Mailbox {
	private constructor(
		readonly n8n: SharedN8n,
		readonly user: string,
		readonly credentials: object,
	) {}

	static async create(n8n: SharedN8n, more: { notesFolder?: string } = {}): Promise<Mailbox> {
		const user = dovecot.newUser();
		const name = `mailbox ${randomUUID()}`;
		const data = credentialData({ user, password: dovecot.password, host: dovecot.host, port: dovecot.port, ...more });
		const { id } = await n8n.api.createCredential({ name, type: 'imapSyncApi', data });
		return new Mailbox(n8n, user, { imapSyncApi: { id, name } });
	}

	getMany(stateStore: string, parameters: object = {}): NodeSpec {
		const all = {
			resource: 'change',
			operation: 'getMany',
			stateStore,
			ifNothingSaved: 'start',
			startFrom: 'all',
			output: 'metadata',
			...parameters,
		};
		return { name: 'Changes', type: action, typeVersion: 1, parameters: all, credentials: this.credentials };
	}

	/** Creates a workflow of nodes one after the other; `beside` are not connected. */
	async workflow(specs: NodeSpec[], beside: NodeSpec[] = []): Promise<string> {
		const nodes = [...specs, ...beside].map((spec, i) => ({ id: randomUUID(), typeVersion: 1, position: [200 * i, 0], ...spec }));
		const connections = Object.fromEntries(
			specs.slice(1).map(({ name }, i) => [specs[i].name, { main: [[{ node: name, type: 'main', index: 0 }]] }]),
		);
		return (await this.n8n.api.createWorkflow({ name: `workflow ${randomUUID()}`, nodes, connections })).id;
	}

	async append(...subjects: string[]): Promise<void> {
		for (const subject of subjects) await dovecot.append(this.user, 'INBOX', mail(subject));
	}

	/** What Get Many told in all executions together, once it is at least `count` events; fails when an execution does. */
	async told(workflow: string, count: number): Promise<string[]> {
		const { itemsOf } = await importScript('N8nApi.mjs');
		const { waitUntil } = await importScript('waitUntil.mjs');
		let items: Item[] = [];
		await waitUntil(
			async () => {
				const executions = await this.n8n.api.executions(workflow);
				const failed = executions.find(({ status }) => ['error', 'crashed'].includes(status));
				if (failed) throw new Error(`An execution failed: ${JSON.stringify(failed.data).slice(0, 2_000)}`);
				items = executions.flatMap((execution) => itemsOf(execution, 'Changes')).filter(({ event }) => event !== 'summary');
				return items.length >= count;
			},
			{ what: `${count} events`, withinMs: 180_000, detail: () => `There are ${items.length}` },
		);
		return items.map(({ event, subject }) => `${String(event)} ${String(subject)}`);
	}

	/** The first execution that ended, with what it says. */
	async failure(workflow: string): Promise<string> {
		const { waitUntil } = await importScript('waitUntil.mjs');
		const execution = await waitUntil(
			async () => (await this.n8n.api.executions(workflow)).find(({ stoppedAt }) => stoppedAt !== null),
			{ what: 'an execution', withinMs: 180_000 },
		);
		return `${execution.status}: ${errorOf(execution)}`;
	}
}

const errorOf = ({ data }: Execution): string => {
	const { error } = (data as { resultData: { error?: { message: string; description?: string } } }).resultData;
	return `${error?.message} ${error?.description}`;
};

describe.each(modes)('in %s mode', (mode) => {
	test('each message comes once, at the schedule, with the stores Mail Server and Cursor', async () => {
		const n8n = running[mode];
		const server = await Mailbox.create(n8n);
		const cursor = await Mailbox.create(n8n);
		const login = {
			name: `redis ${randomUUID()}`,
			type: 'redis',
			data: { host: redis.host, port: redis.port, database: 1, ssl: false, password: '', user: '' },
		};
		const { id } = await n8n.api.createCredential(login);
		// The workflow keeps the cursor: in Redis, as in any database.
		const keep = (name: string, parameters: object): NodeSpec => ({
			name,
			type: 'n8n-nodes-base.redis',
			credentials: { redis: { id, name: login.name } },
			parameters: { key: `cursor of ${cursor.user} in ${mode} mode`, keyType: 'string', ...parameters },
		});
		await server.append('one', 'two');
		await cursor.append('one', 'two');
		const ids = [
			await server.workflow([everyFewSeconds, server.getMany('mailServer', { folderSelection: 'all' })]),
			await cursor.workflow([
				everyFewSeconds,
				keep('Read', { operation: 'get', propertyName: 'cursor', options: {} }),
				cursor.getMany('cursor', { cursor: '={{ $json.cursor }}' }),
				{ name: 'Last', type: 'n8n-nodes-base.limit', parameters: { maxItems: 1, keep: 'lastItems' } },
				keep('Keep', { operation: 'set', value: '={{ $json.cursor }}' }),
			]),
		];
		for (const workflow of ids) await n8n.api.publish(workflow);
		const both = [server, cursor];
		for (const [i, box] of both.entries())
			expect((await box.told(ids[i], 2)).sort()).toEqual(['messageNew one', 'messageNew two']);
		for (const box of both) await box.append('three');
		for (const [i, box] of both.entries()) expect((await box.told(ids[i], 3)).slice(2)).toEqual(['messageNew three']);
		for (const box of both) await box.append('four');
		for (const [i, box] of both.entries()) expect((await box.told(ids[i], 4)).slice(3)).toEqual(['messageNew four']);
		for (const workflow of ids) await n8n.api.unpublish(workflow);
		expect((await dovecot.fetchAll(server.user, 'IMAP Sync')).length).toBe(1);
	});
});

test('in regular mode each message comes once with the store Static Data', async () => {
	const box = await Mailbox.create(running.regular);
	await box.append('one', 'two');
	const id = await box.workflow([everyFewSeconds, box.getMany('staticData')]);
	await box.n8n.api.publish(id);
	expect((await box.told(id, 2)).sort()).toEqual(['messageNew one', 'messageNew two']);
	await box.append('three');
	expect((await box.told(id, 3)).slice(2)).toEqual(['messageNew three']);
	await box.append('four');
	expect((await box.told(id, 4)).slice(3)).toEqual(['messageNew four']);
	await box.n8n.api.unpublish(id);
	const manual = await box.n8n.api.runManually(id, 'Schedule');
	expect(errorOf(manual)).toMatch(/Static data cannot keep .* test run .* 'Mail Server', .* 'Cursor'/);
});

test('static data is refused in queue mode, and beside a trigger that polls', async () => {
	const queue = await Mailbox.create(running.queue);
	const inQueue = await queue.workflow([everyFewSeconds, queue.getMany('staticData')]);
	await queue.n8n.api.publish(inQueue);
	const regular = await Mailbox.create(running.regular);
	const poll: NodeSpec = {
		name: 'Poll',
		type: 'n8n-nodes-imap-sync.imapSyncTrigger',
		parameters: { pollTimes: { item: [{ mode: 'everyMinute' }] } },
		credentials: regular.credentials,
	};
	const besideIt = await regular.workflow([everyFewSeconds, regular.getMany('staticData')], [poll]);
	await regular.n8n.api.publish(besideIt);
	expect(await queue.failure(inQueue)).toMatch(/^error: Static data cannot keep .* queue mode .* 'Mail Server', .* 'Cursor'/);
	expect(await regular.failure(besideIt)).toMatch(/^error: Static data cannot keep .*"Poll".* 'Mail Server', .* 'Cursor'/);
	await queue.n8n.api.unpublish(inQueue);
	await regular.n8n.api.unpublish(besideIt);
});

test('what the action does is no event for a trigger of the same process, what somebody else does is', async () => {
	const box = await Mailbox.create(running.regular);
	await dovecot.createFolder(box.user, 'Work');
	await box.append('one', 'two', 'three');
	const login = { user: box.user, password: dovecot.password, host: dovecot.host, port: dovecot.port };
	const trigger = await TriggerWorkflow.create(box.n8n.api, login, { folders: ['INBOX', 'Work'] });
	await trigger.publish();
	const start: NodeSpec = { name: 'Start', type: 'n8n-nodes-base.manualTrigger', parameters: {} };
	const act = (name: string, parameters: object): NodeSpec => ({ name, type: action, parameters, credentials: box.credentials });
	const id = await box.workflow([
		start,
		act('Flag', { resource: 'message', operation: 'addFlags', messageFrom: 'uid', uid: '1:2', flags: ['\\Flagged'] }),
		act('Move', { resource: 'message', operation: 'move', toFolder: { __rl: true, mode: 'path', value: 'Work' } }),
	]);
	expect((await box.n8n.api.runManually(id, 'Start')).status).toBe('success');
	expect((await dovecot.fetchAll(box.user, 'Work')).map(({ flags }) => flags.includes('\\Flagged'))).toEqual([true, true]);
	await trigger.poll();
	await dovecot.flags(box.user, 'INBOX', [3], { add: ['\\Seen'] });
	await dovecot.flags(box.user, 'Work', [1], { add: ['\\Seen'] });
	await trigger.poll();
	const emitted = (await trigger.emitted(2)).map(({ event, folder, uid, flagsAdded }) => [event, folder, uid, flagsAdded]);
	expect(emitted).toEqual([
		['messageUpdated', 'INBOX', 3, ['\\Seen']],
		['messageUpdated', 'Work', 1, ['\\Seen']],
	]);
	await trigger.unpublish();
});

test('in queue mode, what a worker does is no event for the trigger in the main process, with a folder for notes; without one it is', async () => {
	const { waitUntil } = await importScript('waitUntil.mjs');
	const n8n = running.queue;
	const boxes = [await Mailbox.create(n8n, { notesFolder: 'IMAP Sync Notes' }), await Mailbox.create(n8n)];
	const told: string[][] = [];
	for (const [i, box] of boxes.entries()) {
		await dovecot.createFolder(box.user, 'Work');
		await box.append('one', 'two', 'three');
		const login = {
			user: box.user,
			password: dovecot.password,
			host: dovecot.host,
			port: dovecot.port,
			...(i === 0 ? { notesFolder: 'IMAP Sync Notes' } : {}),
		};
		const trigger = await TriggerWorkflow.create(n8n.api, login, { folderSelection: 'all', folders: undefined });
		await trigger.publish();
		const act = (name: string, parameters: object): NodeSpec & { onError: string } => ({
			name,
			type: action,
			parameters: { resource: 'message', messageFrom: 'uid', ...parameters },
			credentials: box.credentials,
			// The schedule may come a second time.
			onError: 'continueRegularOutput',
		});
		const id = await box.workflow([
			everyFewSeconds,
			act('Flag', { operation: 'addFlags', uid: '1', flags: ['\\Flagged'] }),
			act('Move', { operation: 'move', uid: '2', toFolder: { __rl: true, mode: 'path', value: 'Work' } }),
		]);
		await n8n.api.publish(id);
		await waitUntil(
			async () =>
				(await n8n.api.executions(id)).some(({ stoppedAt }) => stoppedAt) &&
				(await dovecot.fetchAll(box.user, 'Work')).length === 1,
			{ what: 'the worker to flag and to move', withinMs: 180_000 },
		);
		await n8n.api.unpublish(id);
		await waitUntil(async () => (await n8n.api.executions(id)).every(({ stoppedAt }) => stoppedAt), {
			what: 'its executions to end',
			withinMs: 180_000,
		});
		await dovecot.flags(box.user, 'INBOX', [1, 3], { add: ['\\Seen'] });
		await trigger.poll();
		await dovecot.flags(box.user, 'Work', [1], { add: ['\\Seen'] });
		await trigger.poll();
		// One line for each flag: n8n polls by itself too, so that two changes may come as one event or as two.
		const lines = async (): Promise<string[]> =>
			(await trigger.emitted(0))
				.flatMap(({ event, folder, uid, flagsAdded }) =>
					((flagsAdded as string[] | undefined) ?? ['']).map((flag) => `${event} ${folder}/${uid} ${flag}`),
				)
				.sort();
		let seen: string[] = [];
		await waitUntil(async () => (seen = await lines()).length >= (i === 0 ? 3 : 6), {
			what: 'the events',
			withinMs: 180_000,
			detail: () => `Seen so far, in mailbox ${i}: ${JSON.stringify(seen)}`,
		});
		told.push(seen);
		await trigger.unpublish();
	}
	const byOthers = ['messageUpdated INBOX/1 \\Seen', 'messageUpdated INBOX/3 \\Seen', 'messageUpdated Work/1 \\Seen'];
	const byWorker = ['messageDeleted INBOX/2 ', 'messageNew Work/1 ', 'messageUpdated INBOX/1 \\Flagged'];
	expect(told).toEqual([byOthers, [...byWorker, ...byOthers]]);
});

test('as a tool: its schema is what the fields ask the model for, and a call does it', async () => {
	const box = await Mailbox.create(running.regular);
	await box.append('one', 'two');
	const path = randomUUID();
	const tool = (name: string, parameters: object): NodeSpec & { id: string; position: number[] } => ({
		id: randomUUID(),
		name,
		type: `${action}Tool`,
		typeVersion: 1,
		position: [0, 200],
		parameters: { descriptionType: 'auto', ...parameters },
		credentials: box.credentials,
	});
	const nodes = [
		{
			id: randomUUID(),
			name: 'MCP',
			type: '@n8n/n8n-nodes-langchain.mcpTrigger',
			typeVersion: 2,
			position: [0, 0],
			webhookId: path,
			parameters: { path, authentication: 'none' },
		},
		tool('Flag_message', {
			resource: 'message',
			operation: 'addFlags',
			messageFrom: 'uid',
			folder: { __rl: true, mode: 'path', value: "={{ $fromAI('folder', 'Path of the folder', 'string') }}" },
			uid: "={{ $fromAI('uid', 'UID of the message', 'number') }}",
			flags: ['\\Flagged'],
		}),
		tool('Read_changes', {
			resource: 'change',
			operation: 'getMany',
			stateStore: 'mailServer',
			ifNothingSaved: 'start',
			startFrom: 'all',
			output: 'metadata',
		}),
	];
	const connections = Object.fromEntries(
		nodes.slice(1).map(({ name }) => [name, { ai_tool: [[{ node: 'MCP', type: 'ai_tool', index: 0 }]] }]),
	);
	const { id } = await box.n8n.api.createWorkflow({ name: `workflow ${path}`, nodes, connections });
	await box.n8n.api.publish(id);
	const call = await mcpClient(`${box.n8n.url}/mcp/${path}`);
	const { tools } = (await call('tools/list', {})) as {
		tools: Array<{ name: string; description: string; inputSchema: object }>;
	};
	expect(tools.map(({ name }) => name).sort()).toEqual(['Flag_message', 'Read_changes']);
	expect(tools.find(({ name }) => name === 'Flag_message')).toMatchObject({
		description: expect.stringMatching(/flag/i) as string,
		inputSchema: {
			type: 'object',
			properties: { folder: { type: 'string' }, uid: { type: 'number' } },
			required: ['folder', 'uid'],
		},
	});
	const flagged = JSON.stringify(await call('tools/call', { name: 'Flag_message', arguments: { folder: 'INBOX', uid: 2 } }));
	expect(flagged).toContain('Flagged');
	expect((await dovecot.fetchAll(box.user, 'INBOX')).map(({ flags }) => flags.includes('\\Flagged'))).toEqual([false, true]);
	const read = JSON.stringify(await call('tools/call', { name: 'Read_changes', arguments: {} }));
	expect(read).toContain('messageNew');
	expect(read).toMatch(/\bone\b.*|\btwo\b.*/);
	// What does not fit the schema never reaches the node.
	await expect(
		call('tools/call', { name: 'Flag_message', arguments: { folder: 'INBOX', uid: 'all' } }).then(failedAnswer),
	).rejects.toThrow(/uid|number|schema/i);
	await box.n8n.api.unpublish(id);
});

/** An answer that says that the call failed is a failure here. */
function failedAnswer(answer: unknown): void {
	const text = JSON.stringify(answer);
	if (/"isError":true/.test(text)) throw new Error(text);
}

/** A client of n8n's MCP server: what an agent's framework does before and between the thoughts of a model. */
async function mcpClient(url: string): Promise<(method: string, params: object) => Promise<unknown>> {
	let session: string | null = null;
	let id = 0;
	const post = async (message: object): Promise<{ result?: unknown; error?: { message: string } } | undefined> => {
		const response = await fetch(url, {
			method: 'POST',
			headers: {
				'content-type': 'application/json',
				accept: 'application/json, text/event-stream',
				...(session === null ? {} : { 'mcp-session-id': session, 'mcp-protocol-version': '2025-03-26' }),
			},
			body: JSON.stringify({ jsonrpc: '2.0', ...message }),
			signal: AbortSignal.timeout(60_000),
		});
		session = response.headers.get('mcp-session-id') ?? session;
		const text = await response.text();
		if (!response.ok) throw new Error(`n8n answered ${response.status}: ${text}`);
		const lines = text.split('\n').filter((line) => line.startsWith('data:'));
		const body = lines.length > 0 ? lines[lines.length - 1].slice(5) : text;
		return body.trim() === '' ? undefined : (JSON.parse(body) as { result?: unknown; error?: { message: string } });
	};
	const call = async (method: string, params: object): Promise<unknown> => {
		const answer = await post({ id: ++id, method, params });
		if (answer?.error) throw new Error(answer.error.message);
		return answer?.result;
	};
	await call('initialize', { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'test', version: '1' } });
	await post({ method: 'notifications/initialized' });
	return call;
}
