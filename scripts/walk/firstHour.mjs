import { waitUntil } from '../n8n/waitUntil.mjs';

/**
 * @typedef {{ person: import('./Person.mjs').Person, url: string, owner: { email: string, password: string },
 *   mailbox: { user: string, password: string, port: number }, workflowFile: string,
 *   send: () => Promise<{ subject: string }>, ticketOf: (subject: string) => Promise<object | undefined> }} Walk
 */

/**
 * From a new n8n to the first ticket, by a workflow that is ready.
 *
 * @param {Walk} walk
 */
export async function walkToFirstTicket(walk) {
	const { person, url } = walk;
	const { page } = person;
	await person.step('Create the owner account of n8n', () => createOwner(walk));
	await person.step('Import the workflow **First Tickets**', async () => {
		await person.click(person.testId('new-workflow-card'));
		await person.click(person.testId('workflow-menu'));
		await person.testId('workflow-menu-item-import').hover();
		await person.chooseFile(person.testId('workflow-menu-item-import-from-file'), walk.workflowFile);
		await person.testId('canvas-trigger-node').waitFor();
		await restOf(page);
	});
	await person.step('Put in the credential, which n8n tests when it is saved', () => putCredentialIn(walk));
	await person.step('Look at the newest message in the trigger', async () => {
		await person.click(person.testId('node-execute-button'));
		await person.testId('ndv-items-count').waitFor();
		await person.click(person.testId('ndv-close-button'));
	});
	await person.step('Publish', async () => {
		await person.click(person.testId('workflow-open-publish-modal-button'));
		await person.click(person.testId('workflow-publish-button'));
		await person.testId('workflow-active-version-indicator').first().waitFor();
	});
	const { subject } = await person.step('Send a message to the mailbox, and wait for its ticket', async () => {
		const sent = await walk.send();
		await waitUntil(() => walk.ticketOf(sent.subject), { what: 'the ticket', withinMs: 60_000 });
		return sent;
	});
	await person.step('Open the table of tickets', async () => {
		await page.goto(`${url}/home/datatables`);
		await person.click(page.getByText('tickets', { exact: true }).first());
		await page.getByText(subject).first().waitFor();
	});
}

/**
 * The same by hand: what comes first in n8n's list of nodes, and what it gives.
 *
 * @param {Walk} walk
 * @returns {Promise<{ entries: string[], events: string[], columns: string[] }>} in n8n's order
 */
export async function walkToOwnTrigger({ person, url }) {
	const { page } = person;
	/** @type {string[][]} */
	let [entries, events, columns] = [];
	await page.goto(`${url}/workflow/new`);
	await person.step('Search for "imap" in a new workflow', async () => {
		await person.click(person.testId('canvas-add-button'));
		await person.search('imap');
		entries = await person.testId('node-creator-item-name').allInnerTexts();
	});
	await person.step('Choose the first entry, and the first of its triggers', async () => {
		await person.click(person.testId('item-iterator-item').first());
		const triggers = person.testId('node-creator-item-name').filter({ hasText: /^\s*On / });
		await triggers.first().waitFor();
		events = await triggers.allInnerTexts();
		await person.click(person.testId('item-iterator-item').first());
		await person.testId('ndv').waitFor();
	});
	await person.step('Fetch a test event, with the credential that is there already', async () => {
		await person.click(person.testId('node-execute-button'));
		await person.testId('ndv-items-count').waitFor();
		const heads = page.locator('[data-test-id="output-panel"] th:visible');
		await heads.first().waitFor();
		columns = await heads.allInnerTexts();
		await person.click(person.testId('ndv-close-button'));
	});
	return { entries, events, columns };
}

async function createOwner({ person, url, owner }) {
	const { page } = person;
	await page.goto(url);
	await person.fill(page.locator('input[name="email"]'), owner.email);
	await person.fill(page.locator('input[name="firstName"]'), 'Nathan');
	await person.fill(page.locator('input[name="lastName"]'), 'Doe');
	await person.fill(page.locator('input[name="password"]'), owner.password);
	await person.click(page.locator('button[type="submit"], [data-test-id="form-submit-button"]').first());
	// n8n begins with its assistant, which has to be set up first.
	await person.click(person.testId('project-home-menu-item'));
	await person.testId('new-workflow-card').waitFor();
}

async function putCredentialIn({ person, mailbox }) {
	await person.open(person.testId('canvas-trigger-node'));
	await person.click(person.testId('node-credentials-empty-state').locator('button'));
	await person.fill(person.parameter('user').locator('input'), mailbox.user);
	await person.fill(person.parameter('password').locator('input'), mailbox.password);
	await person.fill(person.parameter('host').locator('input'), '127.0.0.1');
	await person.fill(person.parameter('port').locator('input'), String(mailbox.port));
	await person.choose('security', 'None (Port 143)');
	await person.click(person.testId('credential-save-button'));
	// The dialog closes when the test succeeded.
	await person.testId('credential-edit-dialog').waitFor({ state: 'hidden' });
}

/** n8n fits an imported workflow in, and glides there: a click before that would miss. */
async function restOf(page) {
	const canvas = page.locator('.vue-flow__transformationpane').first();
	for (let before = ''; ; await page.waitForTimeout(300)) {
		const at = (await canvas.getAttribute('style')) ?? '';
		if (at === before) return;
		before = at;
	}
}
