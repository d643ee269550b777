/**
 * OAuth2 in a real n8n with the packed package: n8n signs in at a provider on loopback and renews the tokens, Dovecot takes them.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { randomUUID } from 'node:crypto';
import type { Dovecot } from '../support/dovecot';
import { importScript, type Execution, type Item } from '../support/n8n/scripts';
import { sharedN8n, type SharedN8n } from '../support/n8n/sharedN8n';
import { client, OAuth2Provider, startTokenDovecot } from '../support/oAuth2Provider';

/** The first run on a machine installs n8n. */
const setUpTimeout = 30 * 60_000;

const start = 'Start';
const name = 'Mailbox';
const trigger = 'IMAP Sync Trigger';

let provider: OAuth2Provider;
let dovecot: Dovecot;
let n8n: SharedN8n;
let user: string;

beforeAll(async () => {
	provider = await OAuth2Provider.start();
	[dovecot, n8n] = await Promise.all([startTokenDovecot(provider, 'plain xoauth2 oauthbearer'), sharedN8n('regular')]);
}, setUpTimeout);
afterAll(async () => {
	await n8n?.leave();
	await Promise.all([dovecot?.stop(), provider?.stop()]);
});
beforeEach(() => {
	user = dovecot.newUser();
	provider.account = user;
	provider.lifetime = 3600;
	provider.grants.length = 0;
});

/** Makes a credential and signs in with it, through n8n's own callback, unless `data` has tokens or needs nobody to sign in. */
async function credential(type = 'imapSyncOAuth2Api', data: Record<string, unknown> = {}): Promise<Record<string, object>> {
	const label = `mailbox ${randomUUID()}`;
	const all = {
		user,
		host: dovecot.host,
		port: dovecot.port,
		security: 'none',
		grantType: 'authorizationCode',
		clientId: client.id,
		clientSecret: client.secret,
		authUrl: `${provider.url}/authorize`,
		accessTokenUrl: `${provider.url}/token`,
		scope: 'imap',
		...data,
	};
	const { id } = await n8n.api.createCredential({ name: label, type, data: all });
	if (all.grantType === 'authorizationCode' && !('oauthTokenData' in data)) await signIn(id);
	return { [type]: { id, name: label } };
}

async function signIn(id: string): Promise<void> {
	const address = (await n8n.api.rest('GET', `/oauth2-credential/auth?id=${id}`)) as string;
	const answer = await fetch(address, { redirect: 'manual' });
	// n8n calls itself localhost; here it listens on 127.0.0.1 alone.
	const back = new URL(answer.headers.get('location') ?? '');
	const done = await fetch(n8n.url + back.pathname + back.search);
	expect(done.status).toBe(200);
}

/** Runs one operation of the action node. */
async function run(credentials: object, parameters: object): Promise<{ execution: Execution; items: Item[] }> {
	const nodes = [
		{ id: randomUUID(), name: start, type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, position: [0, 0], parameters: {} },
		{
			id: randomUUID(),
			name,
			type: 'n8n-nodes-imap-sync.imapSync',
			typeVersion: 1,
			position: [200, 0],
			parameters: { authentication: 'oAuth2', ...parameters },
			credentials,
		},
	];
	const connections = { [start]: { main: [[{ node: name, type: 'main', index: 0 }]] } };
	const { id } = await n8n.api.createWorkflow({ name: `workflow ${randomUUID()}`, nodes, connections });
	const execution = await n8n.api.runManually(id, start);
	const { itemsOf } = await importScript('N8nApi.mjs');
	return { execution, items: itemsOf(execution, name) };
}

const listFolders = { resource: 'folder', operation: 'getMany' };

const messageOf = ({ data }: Execution): string =>
	JSON.stringify((data as { resultData?: { error?: unknown } } | undefined)?.resultData?.error ?? '');

test('signs in, and renews what ended and what the server does not take', async () => {
	provider.lifetime = 60;
	const credentials = await credential();
	expect(provider.grants).toEqual(['authorization_code']);
	const first = await run(credentials, listFolders);
	expect(first.items.map(({ folder }) => folder)).toContain('INBOX');
	expect(provider.grants).toEqual(['authorization_code', 'refresh_token']);
	provider.lifetime = 3600;
	await run(credentials, listFolders);
	provider.grants.length = 0;
	provider.endAccessTokens();
	const second = await run(credentials, listFolders);
	expect(second.execution.status).toBe('success');
	expect((await run(credentials, listFolders)).execution.status).toBe('success');
	expect(provider.grants).toEqual(['refresh_token']);
});

test('two runs at once renew once', async () => {
	provider.lifetime = 60;
	const credentials = await credential();
	provider.lifetime = 3600;
	provider.grants.length = 0;
	const runs = await Promise.all([run(credentials, listFolders), run(credentials, listFolders)]);
	expect(runs.map(({ execution }) => execution.status)).toEqual(['success', 'success']);
	expect(provider.grants).toEqual(['refresh_token']);
});

test('says that the sign-in was revoked, without a secret, and goes on after signing in again', async () => {
	const credentials = await credential();
	provider.revoke();
	const { execution } = await run(credentials, listFolders);
	expect(execution.status).toBe('error');
	expect(messageOf(execution)).toMatch(/"message":"The sign-in is no longer valid/);
	expect(messageOf(execution)).toMatch(/"description":"Open the credential and sign in again/);
	expect(JSON.stringify(execution.data)).not.toMatch(/access-[0-9a-f]{8}|refresh-[0-9a-f]{8}|client-secret/);
	await signIn((credentials.imapSyncOAuth2Api as { id: string }).id);
	expect((await run(credentials, listFolders)).execution.status).toBe('success');
});

test('says what may be wrong with a mailbox that the account may not open', async () => {
	const { execution } = await run(await credential('imapSyncOAuth2Api', { user: 'somebody-else' }), listFolders);
	expect(messageOf(execution)).toMatch(/"description":"Check that User is the mailbox.*refused the login of somebody-else/);
});

test('an app logs in by itself, without anybody having signed in', async () => {
	const { execution, items } = await run(
		await credential('imapSyncOAuth2Api', { grantType: 'clientCredentials', authentication: 'body' }),
		listFolders,
	);
	expect(messageOf(execution)).toBe('""');
	expect(items.map(({ folder }) => folder)).toContain('INBOX');
});

test.each([
	// n8n lets nobody change where tokens of Google come from.
	['imapSyncGoogleOAuth2Api', 'googleOAuth2', 3600, []],
	['imapSyncMicrosoftOAuth2Api', 'microsoftOAuth2', 1, ['refresh_token']],
])('%s is asked for where Authentication says so', async (type, authentication, expiresIn, grants) => {
	const tokens = provider.signIn(user, { expiresIn });
	const { execution, items } = await run(await credential(type, { oauthTokenData: tokens }), { ...listFolders, authentication });
	expect(messageOf(execution)).toBe('""');
	expect(items.map(({ folder }) => folder)).toContain('INBOX');
	expect(provider.grants).toEqual(grants);
});

test('copies to an account with OAuth2', async () => {
	const target = dovecot.newUser();
	await dovecot.append(user, 'INBOX', 'Message-ID: <one@example.com>\r\nSubject: one\r\n\r\nText\r\n');
	const here = await credential();
	provider.account = target;
	const there = await credential('imapSyncTargetOAuth2Api', { user: target });
	const { execution } = await run(
		{ ...here, ...there },
		{ resource: 'message', operation: 'copyToAccount', targetAuthentication: 'oAuth2', messageFrom: 'uid', uid: '1' },
	);
	expect(messageOf(execution)).toBe('""');
	expect(await dovecot.fetchAll(target, 'INBOX')).toHaveLength(1);
});

test('the trigger goes on over the end of a token', async () => {
	const credentials = await credential();
	const parameters = {
		authentication: 'oAuth2',
		triggerOn: ['messageNew'],
		folderSelection: 'chosen',
		folders: ['INBOX'],
		startFrom: 'now',
		output: 'metadata',
		pollTimes: { item: [{ mode: 'everyMinute' }] },
	};
	const node = { id: randomUUID(), name: trigger, type: 'n8n-nodes-imap-sync.imapSyncTrigger', typeVersion: 1, position: [0, 0] };
	const { id } = await n8n.api.createWorkflow({
		name: `workflow ${randomUUID()}`,
		nodes: [{ ...node, parameters, credentials }],
		connections: {},
	});
	await n8n.api.publish(id);
	await dovecot.append(user, 'INBOX', 'Message-ID: <one@example.com>\r\nSubject: one\r\n\r\nText\r\n');
	provider.endAccessTokens();
	await n8n.api.pollNow(id);
	const { waitUntil } = await importScript('waitUntil.mjs');
	const { itemsOf } = await importScript('N8nApi.mjs');
	const items = async (): Promise<Item[]> => (await n8n.api.executions(id)).flatMap((execution) => itemsOf(execution, trigger));
	await waitUntil(async () => (await items()).length > 0, { what: 'the message', withinMs: 180_000 });
	expect((await items()).map(({ subject }) => subject)).toEqual(['one']);
	await n8n.api.unpublish(id);
});
