/**
 * n8n's protection against requests into its own network holds for mail servers, proxies and look-ups too. Here n8n may reach 127.0.0.1,
 * and nothing else that is private; nobody listens on the other addresses, so that a connection would be refused in other words.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { randomUUID } from 'node:crypto';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { importScript, type Execution, type Item } from '../support/n8n/scripts';
import { startN8n, type TestN8n } from '../support/n8n/startN8n';
import { credentialData, TriggerWorkflow, type MailboxLogin } from '../support/n8n/TriggerWorkflow';

/** The first run on a machine installs n8n. */
const setUpTimeout = 30 * 60_000;

const type = 'imapSyncApi';
const start = 'Start';
const node = 'Mailbox';

let dovecot: Dovecot;
let n8n: TestN8n;
let allowed: MailboxLogin;

beforeAll(async () => {
	const protection = { N8N_SSRF_PROTECTION_ENABLED: 'true', N8N_SSRF_ALLOWED_IP_RANGES: '127.0.0.1/32' };
	[dovecot, n8n] = await Promise.all([startDovecot(), startN8n(protection)]);
}, setUpTimeout);
afterAll(async () => {
	await Promise.all([n8n?.remove(), dovecot?.stop()]);
});
beforeEach(() => {
	allowed = { user: dovecot.newUser(), password: dovecot.password, host: '127.0.0.1', port: dovecot.port };
});

const refused: Array<[string, (login: MailboxLogin) => MailboxLogin]> = [
	['an address of the same machine', (login) => ({ ...login, host: '127.0.0.2' })],
	['an address of the cloud it runs in', (login) => ({ ...login, host: '169.254.169.254' })],
	['a private address written as IPv6', (login) => ({ ...login, host: '::ffff:10.0.0.1' })],
	['a proxy at a private address', (login) => ({ ...login, proxyUrl: 'socks5://127.0.0.2:1080' })],
	[
		'a server behind a proxy, at a private address',
		(login) => ({ ...login, host: '10.0.0.1', proxyUrl: 'http://127.0.0.1:3128' }),
	],
];

async function credential(login: MailboxLogin): Promise<{ id: string; name: string }> {
	const name = `mailbox ${randomUUID()}`;
	return { id: (await n8n.api.createCredential({ name, type, data: credentialData(login) })).id, name };
}

async function listFolders(login: MailboxLogin): Promise<{ execution: Execution; items: Item[] }> {
	const nodes = [
		{ id: randomUUID(), name: start, type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, position: [0, 0], parameters: {} },
		{
			...{ id: randomUUID(), name: node, type: 'n8n-nodes-imap-sync.imapSync', typeVersion: 1, position: [200, 0] },
			...{ parameters: { resource: 'folder', operation: 'getMany' }, credentials: { [type]: await credential(login) } },
		},
	];
	const connections = { [start]: { main: [[{ node, type: 'main', index: 0 }]] } };
	const { id } = await n8n.api.createWorkflow({ name: `workflow ${randomUUID()}`, nodes, connections });
	const execution = await n8n.api.runManually(id, start);
	const { itemsOf } = await importScript('N8nApi.mjs');
	return { execution, items: itemsOf(execution, node) };
}

const tested = async (login: MailboxLogin) => {
	const { id, name } = await credential(login);
	return await n8n.api.testCredential({ id, name, type, data: credentialData(login) });
};

test('what n8n may reach is reached: the credential, the action, and the trigger', async () => {
	expect(await tested(allowed)).toMatchObject({ status: 'OK' });
	const { execution, items } = await listFolders(allowed);
	expect(execution.status).toBe('success');
	expect(items.map(({ folder }) => folder)).toContain('INBOX');
	const trigger = await TriggerWorkflow.create(n8n.api, allowed, { output: 'metadata' });
	await trigger.publish();
	await dovecot.append(allowed.user, 'INBOX', 'Message-ID: <one@example.com>\r\nSubject: one\r\n\r\nText\r\n');
	await trigger.poll();
	expect((await trigger.emitted(1)).map(({ subject }) => subject)).toEqual(['one']);
	await trigger.unpublish();
});

test.each(refused)('%s is refused, by the test of the credential and by the action', async (_name, change) => {
	const login = change(allowed);
	expect(await tested(login)).toMatchObject({ status: 'Error', message: expect.stringMatching(/allows no connection to/) });
	const { execution } = await listFolders(login);
	expect(execution.status).toBe('error');
	expect(JSON.stringify(execution.data)).toMatch(/allows no connection to/);
});

async function triggerOf(name: string): Promise<string> {
	const nodes = [
		{
			...{ id: randomUUID(), name: node, type: `n8n-nodes-imap-sync.${name}`, typeVersion: 1, position: [0, 0] },
			...{ parameters: {}, credentials: { [type]: await credential({ ...allowed, host: '127.0.0.2' }) } },
		},
	];
	return (await n8n.api.createWorkflow({ name: `workflow ${randomUUID()}`, nodes, connections: {} })).id;
}

test.each(['imapSyncTrigger', 'imapPushTrigger'])('%s does not start where n8n may not go', async (name) => {
	await expect(n8n.api.publish(await triggerOf(name))).rejects.toThrow(/allows no connection to/);
});
