/**
 * `npm run pictures`: takes the pictures of all panels and of all ready-made workflows, in a real n8n with the package as it is;
 * `npm run pictures -- export replay`: only these. For developers; needs Chromium (Debian package `chromium`). What is to be read on them goes to docs/pictures/labels.json, by which
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

/** The folders of the mailbox on the pictures, which is nowhere. */
const folders = ['INBOX', 'Archive', 'Drafts', 'Sent', 'Support'];
const folder = (path) => ({ __rl: true, mode: 'list', value: path, cachedResultName: path });

/** What a person gives the nodes of other packages, by their type; the nodes of this package take the mailbox. */
const otherCredentials = {
	'n8n-nodes-base.postgres': 'postgres',
	'n8n-nodes-base.emailSend': 'smtp',
	'@n8n/n8n-nodes-langchain.lmChatOpenAi': 'openAiApi',
};

/** One node alone, with the parameters that its picture shows. */
const panels = [
	{ picture: 'imap-push-trigger', type: 'imapPushTrigger', name: 'IMAP Push Trigger', parameters: {} },
	{ picture: 'imap-sync-trigger', type: 'imapSyncTrigger', name: 'IMAP Sync Trigger', parameters: {} },
	{ picture: 'get-many-messages', type: 'imapSync', name: 'Get Many Messages', parameters: {} },
	{
		picture: 'move-messages',
		type: 'imapSync',
		name: 'Move Messages',
		parameters: { operation: 'move', toFolder: folder('Archive') },
	},
	{
		picture: 'create-reply-draft',
		type: 'imapSync',
		name: 'Create Reply Draft',
		parameters: { operation: 'createReplyDraft', draftsFolder: folder('Drafts') },
	},
	{ picture: 'get-changes', type: 'imapSync', name: 'Get Changes', parameters: { resource: 'change', operation: 'getMany' } },
	{ picture: 'export', type: 'imapSync', name: 'Export', parameters: { resource: 'archive', operation: 'export' } },
];

const named = process.argv.slice(2);
const isWanted = (picture) => named.length === 0 || named.includes(picture);

const labelsFile = join(root, 'docs/pictures/labels.json');

/** @type {Record<string, string[]>} by the path of a picture in this tree */
const labels = named.length === 0 ? {} : JSON.parse(readFileSync(labelsFile, 'utf8'));

const { packed, program } = await setUp({ log: (line) => console.log(line) });
const userFolder = mkdtempSync(join(tmpdir(), 'imap-sync-pictures-'));
await installIntoUserFolder(packed, userFolder);
const n8n = new N8nInstance({ program, userFolder });
await n8n.start();
const browser = await launchChromium();
try {
	const api = new N8nApi(n8n.url);
	await api.signIn(owner);
	// High enough for the longest panel.
	const page = await browser.newPage({ viewport: { width: 1400, height: 2200 }, colorScheme: 'light' });
	await pretendMailbox(page);
	await signIn(page);
	const credential = await api.createCredential({
		name: 'Mailbox',
		type: 'imapSyncApi',
		data: { user: 'nathan@example.com', password: 'x', host: 'imap.example.com' },
	});
	for (const panel of panels) if (isWanted(panel.picture)) await takePanel(page, api, panel, credential);
	if (isWanted('imap-sync-api')) await takeCredential(page, credential);
	await page.setViewportSize({ width: 1600, height: 1000 });
	const credentials = await credentialsFor(api, credential);
	for (const folder of workflowFolders()) if (isWanted(folder)) await takeWorkflow(page, api, folder, credentials);
	writeFileSync(labelsFile, await format(JSON.stringify(labels), { ...(await resolveConfig(labelsFile)), parser: 'json' }));
} finally {
	await browser.close();
	await n8n.stop();
	rmSync(userFolder, { recursive: true, force: true });
}

/** Answers for a mailbox that is nowhere: the pictures show what a person sees who has one. */
async function pretendMailbox(page) {
	const answer = (data) => (route) => route.fulfill({ json: { data } });
	await page.route('**/rest/credentials/test', answer({ status: 'OK', message: 'Connection successful!' }));
	await page.route('**/rest/dynamic-node-parameters/options', answer(folders.map((path) => ({ name: path, value: path }))));
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
	await page.waitForLoadState('networkidle');
	await leaveAlone(page);
	await take(page, `docs/pictures/${picture}.png`, await labelsOf(panel), await aroundFields(panel));
}

async function takeCredential(page, { id }) {
	await page.goto(`${n8n.url}/home/credentials/${id}`);
	const dialog = page.locator('[data-test-id="editCredential-modal"]').first();
	await dialog.locator('[data-test-id="parameter-input-password"]').waitFor();
	await page.waitForLoadState('networkidle');
	await leaveAlone(page);
	await unroll(dialog);
	const labels = await dialog.locator('[data-test-id="credential-connection-parameter"] label').allInnerTexts();
	await take(dialog, 'docs/pictures/imap-sync-api.png', labels);
}

/** Makes a part as long as what is in it, where n8n lets a person scroll. */
async function unroll(part) {
	await part.evaluate((dialog) => {
		for (const one of [dialog, ...dialog.querySelectorAll('*')])
			if (one.scrollHeight > Math.max(one.clientHeight + 8, 300) || one === dialog)
				Object.assign(one.style, { maxHeight: 'none', height: 'auto', overflow: 'visible' });
	});
}

async function takeWorkflow(page, api, folder, credentials) {
	const workflow = JSON.parse(readFileSync(join(root, 'workflows', folder, 'workflow.json'), 'utf8'));
	const nodes = workflow.nodes.map((node) => ({ ...chosenIn(node), credentials: Object.fromEntries(credentials(node)) }));
	await openWorkflow(page, await api.createWorkflow({ ...workflow, nodes }));
	// Room for the names below and beside the nodes, which n8n does not count.
	await page.keyboard.press('-');
	await standStill(page);
	await leaveAlone(page);
	const names = workflow.nodes.filter(({ type }) => type !== 'n8n-nodes-base.stickyNote').map(({ name }) => name);
	await take(page, `workflows/${folder}/picture.png`, names, await aroundNodes(page));
}

/** The same node, with the other workflow that a person chooses in it. */
function chosenIn(node) {
	if (node.type !== 'n8n-nodes-base.executeWorkflow') return node;
	const workflowId = { __rl: true, mode: 'list', value: 'other', cachedResultName: 'Mail to Ticket' };
	return { ...node, parameters: { ...node.parameters, workflowId } };
}

/**
 * What a person has chosen in each node of an imported workflow: without it, n8n marks the node as wrong.
 *
 * @returns {Promise<(node: object) => [string, { id: string, name: string }][]>}
 */
async function credentialsFor(api, mailbox) {
	const made = new Map([['imapSyncApi', mailbox]]);
	const others = {
		imapSyncTargetApi: { user: 'backup@example.com', password: 'x', host: 'imap.example.com' },
		postgres: {},
		smtp: {},
		openAiApi: { apiKey: 'x' },
		httpHeaderAuth: { name: 'x', value: 'x' },
		httpBasicAuth: { user: 'x', password: 'x' },
	};
	for (const [type, data] of Object.entries(others)) made.set(type, await api.createCredential({ name: type, type, data }));
	const typesOf = ({ type, parameters: { operation, authentication } }) => {
		if (type.startsWith('n8n-nodes-imap-sync.'))
			return operation === 'copyToAccount' ? ['imapSyncApi', 'imapSyncTargetApi'] : ['imapSyncApi'];
		if (type === 'n8n-nodes-base.webhook') return authentication === 'basicAuth' ? ['httpBasicAuth'] : ['httpHeaderAuth'];
		return type in otherCredentials ? [otherCredentials[type]] : [];
	};
	return (node) =>
		typesOf(node).map((type) => {
			const { id, name } = made.get(type);
			return [type, { id, name }];
		});
}

async function openWorkflow(page, { id }) {
	await page.goto(`${n8n.url}/workflow/${id}`);
	await page.locator('.vue-flow__node').first().waitFor();
	// n8n lays a list of things to do over the canvas.
	if (await page.getByText('Production Checklist').isVisible()) await page.keyboard.press('Escape');
	// Its buttons lie over the nodes.
	await page.addStyleTag({
		content: '.vue-flow__panel, :has(> [data-test-id="execute-workflow-button"]) { visibility: hidden; }',
	});
	// Fits everything in, and glides there.
	await page.keyboard.press('1');
	await standStill(page);
}

async function standStill(page) {
	const canvas = page.locator('.vue-flow__transformationpane').first();
	for (let before = ''; ; await page.waitForTimeout(300)) {
		const at = (await canvas.getAttribute('style')) ?? '';
		if (at === before) return;
		before = at;
	}
}

/** Where the mouse is, n8n shows more of a field. */
async function leaveAlone(page) {
	await page.mouse.move(0, 0);
	await page.evaluate('document.activeElement?.blur()');
	await page.waitForTimeout(500);
}

async function labelsOf(part) {
	return await part.locator('[data-test-id="input-label"] label:visible').allInnerTexts();
}

/** The part of the page that has the nodes and notes, with the names that stand around them, and little else. */
async function aroundNodes(page) {
	const all = await page.evaluate(
		`[...document.querySelectorAll('.vue-flow__node, .vue-flow__node *')].map((part) => part.getBoundingClientRect().toJSON())`,
	);
	const boxes = all.filter(({ width, height }) => width > 0 && height > 0);
	const margin = 16;
	const { width, height } = page.viewportSize();
	const left = Math.max(0, Math.min(...boxes.map(({ x }) => x)) - margin);
	const top = Math.max(0, Math.min(...boxes.map(({ y }) => y)) - margin);
	const right = Math.min(width, Math.max(...boxes.map((box) => box.x + box.width)) + margin);
	const bottom = Math.min(height, Math.max(...boxes.map((box) => box.y + box.height)) + margin);
	return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The panel as far down as it has fields. */
async function aroundFields(panel) {
	const { x, y, width } = await panel.boundingBox();
	const fields = await panel.locator('.parameter-item, [data-test-id="parameter-item"], button').all();
	const ends = (await Promise.all(fields.map((field) => field.boundingBox()))).map((box) => (box ? box.y + box.height : 0));
	return { x, y, width, height: Math.max(...ends) - y + 16 };
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
