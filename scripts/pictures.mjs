/**
 * `npm run pictures`: takes the pictures of all panels and of all ready-made workflows, in a real n8n with the package as it is. For
 * developers; needs Chromium (Debian package `chromium`). What is to be read on them goes to docs/pictures/labels.json, by which
 * test/docs/pictures.test.ts notices a picture that is out of date.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { launchChromium } from './chromium.mjs';
import { N8nApi } from './n8n/N8nApi.mjs';
import { N8nInstance } from './n8n/N8nInstance.mjs';
import { installIntoUserFolder } from './n8n/package.mjs';
import { setUp } from './n8n/setUp.mjs';

const root = join(import.meta.dirname, '..');
const owner = { email: 'owner@example.com', password: 'Only-for-pictures-1' };

/** One node alone, with the parameters that its picture shows. */
const panels = [
	{ picture: 'imap-push-trigger', type: 'imapPushTrigger', name: 'IMAP Push Trigger', parameters: {} },
	{ picture: 'imap-sync-trigger', type: 'imapSyncTrigger', name: 'IMAP Sync Trigger', parameters: {} },
	{ picture: 'get-many-messages', type: 'imapSync', name: 'Get Many Messages', parameters: {} },
	{ picture: 'move-messages', type: 'imapSync', name: 'Move Messages', parameters: { operation: 'move' } },
	{ picture: 'create-reply-draft', type: 'imapSync', name: 'Create Reply Draft', parameters: { operation: 'createReplyDraft' } },
	{ picture: 'get-changes', type: 'imapSync', name: 'Get Changes', parameters: { resource: 'change', operation: 'getMany' } },
	{ picture: 'export', type: 'imapSync', name: 'Export', parameters: { resource: 'archive', operation: 'export' } },
];

/** @type {Record<string, string[]>} by the path of a picture in this tree */
const labels = {};

const { packed, program } = await setUp({ log: (line) => console.log(line) });
const userFolder = mkdtempSync(join(tmpdir(), 'imap-sync-pictures-'));
await installIntoUserFolder(packed, userFolder);
const n8n = new N8nInstance({ program, userFolder });
await n8n.start();
const browser = await launchChromium();
try {
	const api = new N8nApi(n8n.url);
	await api.signIn(owner);
	const page = await browser.newPage({ viewport: { width: 1400, height: 800 }, colorScheme: 'light' });
	await signIn(page);
	const credential = await api.createCredential({
		name: 'Mailbox',
		type: 'imapSyncApi',
		data: { user: 'nathan@example.com', password: 'x', host: 'imap.example.com' },
	});
	for (const panel of panels) await takePanel(page, api, panel, credential);
	await takeCredential(page, credential);
	for (const folder of workflowFolders()) await takeWorkflow(page, api, folder);
	const file = join(root, 'docs/pictures/labels.json');
	writeFileSync(file, await format(JSON.stringify(labels), { ...(await resolveConfig(file)), parser: 'json' }));
} finally {
	await browser.close();
	await n8n.stop();
	rmSync(userFolder, { recursive: true, force: true });
}

async function signIn(page) {
	await page.goto(`${n8n.url}/signin`);
	await page.locator('input[name="emailOrLdapLoginId"]').fill(owner.email);
	await page.locator('input[name="password"]').fill(owner.password);
	await page.locator('input[name="password"]').press('Enter');
	await page.waitForURL(/\/(home|workflow|projects)/);
}

async function takePanel(page, api, { picture, type, name, parameters }, { id, name: credentialName }) {
	const node = {
		id: picture,
		name,
		type: `n8n-nodes-imap-sync.${type}`,
		typeVersion: 1,
		position: [0, 0],
		parameters,
		credentials: { imapSyncApi: { id, name: credentialName } },
	};
	await openWorkflow(page, await api.createWorkflow({ name, nodes: [node], connections: {}, settings: {} }));
	await page.locator('.vue-flow__node').first().dblclick();
	const panel = page.locator('[data-test-id="node-parameters"]').first();
	await panel.waitFor();
	// Lists that are loaded from the account fail: there is none. What is to be seen is the field.
	await page.waitForLoadState('networkidle');
	await take(panel, `docs/pictures/${picture}.png`, await labelsOf(panel));
}

async function takeCredential(page, { id }) {
	// There is no such mailbox; the picture shows what a person sees who has one.
	await page.route('**/rest/credentials/test', (route) =>
		route.fulfill({ json: { data: { status: 'OK', message: 'Connection successful!' } } }),
	);
	await page.goto(`${n8n.url}/home/credentials/${id}`);
	const dialog = page.locator('[data-test-id="editCredential-modal"]').first();
	await dialog.locator('[data-test-id="parameter-input-password"]').waitFor();
	await page.waitForLoadState('networkidle');
	const labels = await dialog.locator('[data-test-id="credential-connection-parameter"] label').allInnerTexts();
	await take(dialog, 'docs/pictures/imap-sync-api.png', labels);
}

async function takeWorkflow(page, api, folder) {
	const workflow = JSON.parse(readFileSync(join(root, 'workflows', folder, 'workflow.json'), 'utf8'));
	await openWorkflow(page, await api.createWorkflow(workflow));
	const names = workflow.nodes.filter(({ type }) => type !== 'n8n-nodes-base.stickyNote').map(({ name }) => name);
	await take(page, `workflows/${folder}/picture.png`, names, await aroundNodes(page));
}

async function openWorkflow(page, { id }) {
	await page.goto(`${n8n.url}/workflow/${id}`);
	await page.locator('.vue-flow__node').first().waitFor();
	// n8n lays a list of things to do over the canvas.
	if (await page.getByText('Production Checklist').isVisible()) await page.keyboard.press('Escape');
	// Fits everything in, and glides there.
	await page.keyboard.press('1');
	const canvas = page.locator('.vue-flow__transformationpane').first();
	for (let before = ''; ; await page.waitForTimeout(300)) {
		const at = (await canvas.getAttribute('style')) ?? '';
		if (at === before) return;
		before = at;
	}
}

async function labelsOf(part) {
	return await part.locator('[data-test-id="input-label"] label:visible').allInnerTexts();
}

/** The part of the page that has the nodes and notes, and little of n8n's buttons around them. */
async function aroundNodes(page) {
	const boxes = await Promise.all((await page.locator('.vue-flow__node').all()).map((node) => node.boundingBox()));
	const margin = 24;
	const left = Math.min(...boxes.map(({ x }) => x)) - margin;
	const top = Math.min(...boxes.map(({ y }) => y)) - margin;
	const right = Math.max(...boxes.map(({ x, width }) => x + width)) + margin;
	const bottom = Math.max(...boxes.map(({ y, height }) => y + height)) + margin;
	return { x: left, y: top, width: right - left, height: bottom - top };
}

/**
 * @param {import('playwright-core').Locator | import('playwright-core').Page} part
 * @param {string} path
 * @param {string[]} seen what is to be read on it
 * @param {{ x: number, y: number, width: number, height: number }} [clip]
 */
async function take(part, path, seen, clip) {
	mkdirSync(dirname(join(root, path)), { recursive: true });
	await part.screenshot({ path: join(root, path), animations: 'disabled', ...(clip && { clip }) });
	// Below a label n8n keeps its buttons, and a star behind it where a value is needed.
	labels[path] = [
		...new Set(
			seen
				.map((label) =>
					label
						.split('\n')[0]
						.replace(/\s*\*$/, '')
						.trim(),
				)
				.filter((label) => label !== ''),
		),
	];
	console.log(path);
}

function workflowFolders() {
	return readdirSync(join(root, 'workflows'), { withFileTypes: true })
		.filter((entry) => entry.isDirectory())
		.map(({ name }) => name);
}
