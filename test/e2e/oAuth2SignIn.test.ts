/**
 * A person signs in with OAuth2 in Chromium, in an n8n in queue mode: the main process keeps the tokens, two workers use and renew them.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { describeChromium, launchChromium } from '../support/chromium';
import type { Dovecot } from '../support/dovecot';
import { importScript, type Execution, type Item } from '../support/n8n/scripts';
import { owner, type TestN8n } from '../support/n8n/startN8n';
import { startQueue } from '../support/n8n/startQueue';
import { client, OAuth2Provider, startTokenDovecot } from '../support/oAuth2Provider';

/** The first run on a machine installs n8n. */
const setUpTimeout = 30 * 60_000;

const type = 'imapSyncOAuth2Api';
const start = 'Start';
const node = 'Mailbox';

describeChromium('in queue mode with two workers', () => {
	let provider: OAuth2Provider;
	let dovecot: Dovecot;
	let n8n: TestN8n;
	let browser: Browser;
	let page: Page;
	let user: string;

	beforeAll(async () => {
		provider = await OAuth2Provider.start();
		provider.asks = true;
		const env = {
			N8N_DISABLE_UI: 'false',
			// What is run by hand is carried out by the workers too, one at a time: two at once are on both.
			OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
			N8N_CONCURRENCY_PRODUCTION_LIMIT: '1',
		};
		[dovecot, n8n] = await Promise.all([startTokenDovecot(provider, 'plain xoauth2 oauthbearer'), startQueue(2, env)]);
		browser = await launchChromium();
		page = await browser.newPage();
		page.setDefaultTimeout(60_000);
		await page.goto(`${n8n.url}/signin`);
		await page.locator('input[type="email"], input[name="emailOrLdapLoginId"]').fill(owner.email);
		await page.locator('input[type="password"]').fill(owner.password);
		await page.locator('[data-test-id="form-submit-button"]').click();
		await page.waitForURL(/\/(home|workflow)/);
	}, setUpTimeout);
	afterAll(async () => {
		await browser?.close();
		await n8n?.remove();
		await Promise.all([dovecot?.stop(), provider?.stop()]);
	});
	beforeEach(() => {
		user = dovecot.newUser();
		Object.assign(provider, { account: user, lifetime: 3600 });
		provider.grants.length = 0;
	});

	const connected = () => page.locator('[data-test-id="oauth-connect-success-banner"]:visible');

	/** Opens a credential, and answers what the provider asks in its window. */
	async function signIn(id: string, answer: 'Allow' | 'Refuse'): Promise<void> {
		await page.goto(`${n8n.url}/home/credentials/${id}`);
		const connect = page.getByRole('button', { name: 'Connect', exact: true });
		const again = page.locator('[data-test-id="oauth-switch-account-button"]:visible');
		const [asking] = await Promise.all([page.waitForEvent('popup'), connect.or(again).first().click()]);
		await asking.getByRole('heading', { name: `Mail of ${user}` }).waitFor();
		const closed = answer === 'Allow' ? asking.waitForEvent('close') : undefined;
		await asking.getByRole('link', { name: answer }).click();
		if (answer === 'Allow') await Promise.all([closed, connected().waitFor()]);
		else {
			// n8n says why behind a fold.
			expect(await asking.locator('pre.reason').textContent()).toContain('access_denied');
			await asking.close();
		}
	}

	async function credential(): Promise<{ id: string; name: string }> {
		const name = `mailbox ${randomUUID()}`;
		const data = {
			...{ user, host: dovecot.host, port: dovecot.port, security: 'none' },
			...{ grantType: 'authorizationCode', clientId: client.id, clientSecret: client.secret, scope: 'imap' },
			...{ authUrl: `${provider.url}/authorize`, accessTokenUrl: `${provider.url}/token` },
		};
		const { id } = await n8n.api.createCredential({ name, type, data });
		return { id, name };
	}

	/** Lists the folders, on a worker. */
	async function run(of: { id: string; name: string }): Promise<{ execution: Execution; items: Item[] }> {
		const parameters = { authentication: 'oAuth2', resource: 'folder', operation: 'getMany' };
		const nodes = [
			{ id: randomUUID(), name: start, type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, position: [0, 0], parameters: {} },
			{
				...{ id: randomUUID(), name: node, type: 'n8n-nodes-imap-sync.imapSync', typeVersion: 1, position: [200, 0] },
				...{ parameters, credentials: { [type]: of } },
			},
		];
		const connections = { [start]: { main: [[{ node, type: 'main', index: 0 }]] } };
		const workflow = await n8n.api.createWorkflow({ name: `workflow ${randomUUID()}`, nodes, connections });
		const execution = await n8n.api.runManually(workflow.id, start);
		const { itemsOf } = await importScript('N8nApi.mjs');
		return { execution, items: itemsOf(execution, node) };
	}

	test('a person allows it, and the workers read the mailbox', async () => {
		const mailbox = await credential();
		await signIn(mailbox.id, 'Allow');
		expect(provider.grants).toEqual(['authorization_code']);
		const { execution, items } = await run(mailbox);
		expect(execution.status).toBe('success');
		expect(items.map(({ folder }) => folder)).toContain('INBOX');
	});

	test('what a person refused is not connected, and says so', async () => {
		const mailbox = await credential();
		await signIn(mailbox.id, 'Refuse');
		expect(await connected().count()).toBe(0);
		const { execution } = await run(mailbox);
		expect(execution.status).toBe('error');
		expect(JSON.stringify(execution.data)).toMatch(/Open the credential and sign in/);
	});

	test('two workers that find an ended token at once renew it once, although each renewal ends the token before', async () => {
		const mailbox = await credential();
		provider.lifetime = 60;
		await signIn(mailbox.id, 'Allow');
		Object.assign(provider, { lifetime: 3600 });
		provider.grants.length = 0;
		const runs = await Promise.all([run(mailbox), run(mailbox), run(mailbox), run(mailbox)]);
		expect(runs.map(({ execution }) => execution.status)).toEqual(['success', 'success', 'success', 'success']);
		expect(provider.grants).toEqual(['refresh_token']);
	});

	test('a sign-in that was revoked is said, and one in Chromium mends it', async () => {
		const mailbox = await credential();
		await signIn(mailbox.id, 'Allow');
		provider.revoke();
		const { execution } = await run(mailbox);
		expect(execution.status).toBe('error');
		expect(JSON.stringify(execution.data)).toMatch(/The sign-in is no longer valid/);
		await signIn(mailbox.id, 'Allow');
		expect((await run(mailbox)).execution.status).toBe('success');
	});
});
