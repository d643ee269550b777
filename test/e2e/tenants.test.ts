/**
 * Two tenants of one n8n. One points credentials at the mailbox of the other, whose password he does not know, by a proxy of his own,
 * behind which his own server says what serves him. Nothing of it reaches the other: in regular mode, where both share one process,
 * and in queue mode, where her trigger runs in the main process and his actions beside hers in the worker.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { randomUUID } from 'node:crypto';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { FalseServer } from '../support/hostile/FalseServer';
import { importScript, type Execution } from '../support/n8n/scripts';
import { sharedN8n, type SharedN8n } from '../support/n8n/sharedN8n';
import { credentialData, TriggerWorkflow, type MailboxLogin } from '../support/n8n/TriggerWorkflow';

/** The first run on a machine installs n8n. */
const setUpTimeout = 30 * 60_000;

const modes = ['regular', 'queue'] as const;
const notesFolder = 'Notes';

let dovecot: Dovecot;

beforeAll(async () => {
	dovecot = await startDovecot();
});
afterAll(async () => {
	await dovecot?.stop();
});

const withFile = (subject: string): string =>
	`From: a@example.com\r\nMessage-ID: <${subject}@example.com>\r\nSubject: ${subject}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee the file\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\nx\r\n--b--\r\n`;

interface NodeSpec {
	name: string;
	type?: string;
	typeVersion?: number;
	parameters: object;
}

const beginning = 'Start';
const manual: NodeSpec = { name: beginning, type: 'n8n-nodes-base.manualTrigger', parameters: {} };

/** What somebody may do in n8n with one credential. */
class Tenant {
	private constructor(
		private readonly n8n: SharedN8n,
		readonly login: MailboxLogin,
		private readonly credentials: { imapSyncApi: { id: string; name: string } },
	) {}

	static async create(n8n: SharedN8n, login: MailboxLogin): Promise<Tenant> {
		const name = `mailbox ${randomUUID()}`;
		const { id } = await n8n.api.createCredential({ name, type: 'imapSyncApi', data: credentialData(login) });
		return new Tenant(n8n, login, { imapSyncApi: { id, name } });
	}

	/** A trigger, with a credential of its own that has the same fields; published. */
	async trigger(parameters: object = {}): Promise<TriggerWorkflow> {
		const triggerOn = ['messageNew', 'messageUpdated', 'messageDeleted'];
		const trigger = await TriggerWorkflow.create(this.n8n.api, this.login, { triggerOn, output: 'metadata', ...parameters });
		await trigger.publish();
		return trigger;
	}

	/** A workflow that does these, one after the other, when it is run by hand. */
	async workflow(...actions: NodeSpec[]): Promise<string> {
		const nodes = [manual, ...actions].map((spec, i) => ({
			id: randomUUID(),
			type: 'n8n-nodes-imap-sync.imapSync',
			typeVersion: 1,
			position: [200 * i, 0],
			...spec,
			...(spec.type === undefined ? { credentials: this.credentials } : {}),
		}));
		const connections = Object.fromEntries(
			actions.map(({ name }, i) => [nodes[i].name, { main: [[{ node: name, type: 'main', index: 0 }]] }]),
		);
		return (await this.n8n.api.createWorkflow({ name: `workflow ${randomUUID()}`, nodes, connections })).id;
	}

	async run(workflow: string): Promise<Execution> {
		return await this.n8n.api.runManually(workflow, beginning);
	}

	async act(...actions: NodeSpec[]): Promise<Execution> {
		return await this.run(await this.workflow(...actions));
	}

	/** Does it, and does not wait for its end. */
	async begin(...actions: NodeSpec[]): Promise<void> {
		const id = await this.workflow(...actions);
		await this.n8n.api.rest('POST', `/workflows/${id}/run`, { triggerToStartFrom: { name: beginning } });
	}
}

const folder = (value: string): object => ({ __rl: true, mode: 'path', value });

const copy = (uid: string, from = 'INBOX'): NodeSpec => ({
	name: 'Copy',
	parameters: {
		resource: 'message',
		operation: 'copy',
		messageFrom: 'uid',
		folder: folder(from),
		uid,
		toFolder: folder('INBOX'),
	},
});

const flag: NodeSpec = {
	name: 'Flag',
	parameters: { resource: 'message', operation: 'addFlags', messageFrom: 'uid', uid: '1', flags: ['\\Flagged'] },
};

const changes = (operation: 'getMany' | 'reset', parameters: object = {}): NodeSpec => ({
	name: 'Changes',
	parameters: {
		resource: 'change',
		operation,
		stateStore: 'mailServer',
		ifNothingSaved: 'start',
		output: 'metadata',
		triggerOn: ['messageNew', 'messageUpdated', 'messageDeleted'],
		...parameters,
	},
});

async function toldBy(execution: Execution): Promise<string[]> {
	const { itemsOf } = await importScript('N8nApi.mjs');
	expect(execution.status).toBe('success');
	return itemsOf(execution, 'Changes')
		.filter(({ event }) => event !== 'summary')
		.map(({ event, subject }) => `${String(event)} ${String(subject)}`);
}

const told = async (trigger: TriggerWorkflow, count: number): Promise<string[]> =>
	(await trigger.emitted(count)).map(({ event, subject }) => `${String(event)} ${String(subject)}`);

const threeMails = ['one', 'two', 'three'];
const threeNew = threeMails.map((subject) => `messageNew ${subject}`);

/** Everything that says that UIDs of her INBOX are copies: all that it has, and all that come next. */
const MANY = 300;

/** How somebody who does not know her password writes credentials for her mailbox. */
const strangers: Array<[string, (hers: MailboxLogin, server: FalseServer) => MailboxLogin]> = [
	['any password and a proxy of his own', (hers, { proxyUrl }) => ({ ...hers, password: 'anything', proxyUrl })],
	[
		'her host in capitals, by his proxy',
		(hers, { proxyUrl }) => ({ ...hers, host: hers.host.toUpperCase(), password: 'x', proxyUrl }),
	],
	[
		'her host with a dot at its end, by his proxy',
		(hers, { proxyUrl }) => ({ ...hers, host: `${hers.host}.`, password: 'x', proxyUrl }),
	],
	[
		'the address in place of the name, by his proxy',
		(hers, { proxyUrl }) => ({ ...hers, host: '127.0.0.1', password: 'x', proxyUrl }),
	],
	['her user and host, and the port of his server', (hers, { port }) => ({ ...hers, port, password: 'x' })],
	['no password that is right, and no proxy', (hers) => ({ ...hers, password: 'x' })],
];

describe.each(modes)('in %s mode', (mode) => {
	let n8n: SharedN8n;
	let her: Tenant;
	let uidValidity: number;
	let servers: FalseServer[];

	beforeAll(async () => {
		n8n = await sharedN8n(mode);
	}, setUpTimeout);
	afterAll(async () => {
		await n8n?.leave();
	});
	beforeEach(async () => {
		servers = [];
		const user = dovecot.newUser();
		await dovecot.append(user, 'INBOX', withFile('zero'));
		({ uidValidity } = await dovecot.status(user, 'INBOX'));
		her = await Tenant.create(n8n, { user, password: dovecot.password, host: 'localhost', port: dovecot.port });
	});
	afterEach(async () => {
		await Promise.all(servers.map((server) => server.stop()));
	});

	const falseServer = async (more: object = {}): Promise<FalseServer> => {
		const copied = { from: `1:${MANY}`, to: `2:${MANY + 1}` };
		const server = await FalseServer.start({ uidValidity, exists: MANY, copied, ...more });
		servers.push(server);
		return server;
	};

	const threeArrive = async (): Promise<void> => {
		for (const subject of threeMails) await dovecot.append(her.login.user, 'INBOX', withFile(subject));
	};

	test.each(strangers)('somebody with %s hides no mail, neither from her trigger nor from her action', async (_name, write) => {
		const server = await falseServer();
		const him = await Tenant.create(n8n, write(her.login, server));
		const trigger = await her.trigger();
		const getMany = await her.workflow(changes('getMany', { startFrom: 'now' }));
		expect(await toldBy(await her.run(getMany))).toEqual([]);
		const attack = await him.act(copy(`1:${MANY}`));
		// What his own server says, he is told; hers lets him in nowhere.
		expect(attack.status).toBe(him.login.proxyUrl || him.login.port !== her.login.port ? 'success' : 'error');
		await threeArrive();
		await trigger.poll();
		expect(await told(trigger, 3)).toEqual(threeNew);
		expect(await toldBy(await her.run(getMany))).toEqual(threeNew);
		await trigger.unpublish();
	});

	test('somebody empties no list of her own changes, and says nothing about what her messages hold', async () => {
		const server = await falseServer({ exists: 1, isOtherEachTime: true, copied: { from: '1', to: '1' } });
		const stranger = { ...her.login, password: 'anything', proxyUrl: server.proxyUrl };
		const him = await Tenant.create(n8n, stranger);
		const all = await her.trigger();
		const withFiles = await her.trigger({ triggerOn: ['messageNew'], options: { filter: { hasAttachment: 'yes' } } });
		const getMany = await her.workflow(changes('getMany', { startFrom: 'now' }));
		await her.run(getMany);
		await her.act(flag);
		const folders = {
			name: 'Folders',
			type: 'n8n-nodes-base.set',
			typeVersion: 3.4,
			parameters: { mode: 'raw', jsonOutput: '={{ ({ name: Array.from({ length: 520 }, (_, i) => "f" + i) }) }}', options: {} },
		};
		const each = { name: 'Each', type: 'n8n-nodes-base.splitOut', parameters: { fieldToSplitOut: 'name', options: {} } };
		expect((await him.act(folders, each, copy('1', '={{ $json.name }}'))).status).toBe('success');
		Object.assign(server.mailbox, { exists: 20, isOtherEachTime: false });
		const his = await him.trigger({ triggerOn: ['messageNew'], startFrom: 'all', options: { filter: { hasAttachment: 'no' } } });
		expect(await told(his, 20)).toHaveLength(20);
		await threeArrive();
		await Promise.all([all.poll(), withFiles.poll()]);
		expect(await told(withFiles, 3)).toEqual(threeNew);
		// What the worker did, the main process hears by notes only. An update has no subject.
		const ownChange = mode === 'queue' ? ['messageUpdated undefined'] : [];
		expect((await told(all, 3 + ownChange.length)).sort()).toEqual([...threeNew, ...ownChange].sort());
		expect(await toldBy(await her.run(getMany))).toEqual(threeNew);
		await Promise.all([all, withFiles, his].map((trigger) => trigger.unpublish()));
	});

	test('somebody takes none of her connections, and his refused logins and full server hold nobody up', async () => {
		const [slow, full] = [await falseServer({ exists: 3 }), await falseServer()];
		slow.isSlow = true;
		full.isFull = true;
		const trigger = await her.trigger();
		const search: NodeSpec = {
			name: 'Search',
			parameters: { resource: 'message', operation: 'getMany', output: 'metadata', returnAll: true },
		};
		const by = async (change: Partial<MailboxLogin>): Promise<Tenant> =>
			await Tenant.create(n8n, { ...her.login, password: 'x', ...change });
		const holder = await by({ proxyUrl: slow.proxyUrl });
		for (let i = 0; i < 3; i++) await holder.begin(search);
		const { waitUntil } = await importScript('waitUntil.mjs');
		await waitUntil(() => slow.waiting >= 3, { what: 'three searches that wait', withinMs: 120_000 });
		expect((await (await by({})).act(search)).status).toBe('error');
		await (await by({ proxyUrl: full.proxyUrl })).begin(search);
		await threeArrive();
		await trigger.poll();
		expect(await told(trigger, 3)).toEqual(threeNew);
		expect((await her.act(search)).status).toBe('success');
		expect(slow.waiting).toBe(3);
		await trigger.unpublish();
	});

	test('somebody writes no notes and no position for her', async () => {
		const { user } = her.login;
		her = await Tenant.create(n8n, { ...her.login, notesFolder });
		const trigger = await her.trigger();
		const getMany = await her.workflow(changes('getMany', { startFrom: 'now' }));
		await her.run(getMany);
		const [notes, positions] = [await falseServer(), await falseServer({ isStore: true })];
		const by = async ({ proxyUrl }: FalseServer): Promise<Tenant> =>
			await Tenant.create(n8n, { ...her.login, password: 'anything', proxyUrl });
		await (await by(notes)).act(copy(`1:${MANY}`));
		const reset = changes('reset', { startOver: 'now' });
		for (let i = 0; i < 3; i++) await (await by(positions)).act(reset);
		expect([notes.appended.length, positions.appended.length]).toEqual([expect.any(Number), 3]);
		expect(notes.appended.length).toBeGreaterThan(0);
		await threeArrive();
		// Whoever can send mail, or has a folder of hers, puts there what he likes.
		await dovecot.createFolder(user, notesFolder).catch(() => undefined);
		for (const note of notes.appended) await dovecot.append(user, notesFolder, note);
		for (const position of positions.appended) await dovecot.append(user, 'IMAP Sync', position);
		await trigger.poll();
		expect(await told(trigger, 3)).toEqual(threeNew);
		expect(await toldBy(await her.run(getMany))).toEqual(threeNew);
		await trigger.unpublish();
	});
});
