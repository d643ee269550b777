/**
 * `npm run walk`: the first hour of a newcomer, in a new n8n with the package as it is, in Chromium. Counts clicks, fields and seconds, and
 * writes docs/first-hour.md. For developers; needs Chromium (Debian package `chromium`).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MailServer } from '../examples/demo/MailServer.mjs';
import { sampleMailbox } from '../examples/demo/mailbox.mjs';
import { composeMessage } from '../examples/demo/message.mjs';
import { launchChromium } from './chromium.mjs';
import { N8nApi } from './n8n/N8nApi.mjs';
import { N8nInstance } from './n8n/N8nInstance.mjs';
import { installIntoUserFolder } from './n8n/package.mjs';
import { setUp } from './n8n/setUp.mjs';
import { countTasks } from './walk/commonTasks.mjs';
import { walkToFirstTicket, walkToOwnTrigger } from './walk/firstHour.mjs';
import { Person } from './walk/Person.mjs';
import { pageOfWalk } from './walk/page.mjs';

const root = join(import.meta.dirname, '..');
const owner = { email: 'nathan@example.com', password: 'Only-for-the-walk-1' };
const mailbox = { user: 'shop@example.com', password: 'lantern' };
/** Whoever delivers. */
const sender = { user: 'mail-app@example.com', password: 'loom' };

const { packed, program } = await setUp({ log: (line) => console.log(line) });
const folder = mkdtempSync(join(tmpdir(), 'imap-sync-walk-'));
const mail = new MailServer({
	file: join(folder, 'mailbox.json'),
	users: { [mailbox.user]: { password: mailbox.password }, [sender.user]: { password: sender.password } },
	makeMailbox: () => sampleMailbox(new Date()),
});
await mail.start(0);
await installIntoUserFolder(packed, folder);
const n8n = new N8nInstance({ program, userFolder: folder });
await n8n.start();
const browser = await launchChromium();
const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, colorScheme: 'light' });
page.setDefaultTimeout(30_000);
try {
	const api = new N8nApi(n8n.url);
	const walk = {
		person: new Person(page),
		url: n8n.url,
		owner,
		mailbox: { ...mailbox, port: mail.port },
		workflowFile: join(root, 'workflows/first-tickets/workflow.json'),
		send,
		ticketOf: (subject) => ticketOf(api, subject),
	};
	await walkToFirstTicket(walk);
	const byHand = { ...walk, person: new Person(page) };
	const seen = await walkToOwnTrigger(byHand);
	const tasks = await countTasks(new Person(page), await placesToStart(api));
	const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), load ${loadavg()[0].toFixed(1)}, Node ${process.version}`;
	writeFileSync(
		join(root, 'docs/first-hour.md'),
		pageOfWalk({ ready: walk.person.steps, byHand: byHand.person.steps, seen, tasks, machine }),
	);
	console.log('docs/first-hour.md');
} catch (error) {
	const picture = join(tmpdir(), 'imap-sync-walk-failed.png');
	await page.screenshot({ path: picture });
	console.error(`The walk ended here: ${picture}`);
	throw error;
} finally {
	await browser.close();
	await n8n.stop();
	await mail.stop();
	rmSync(folder, { recursive: true, force: true });
}

/** Delivers a message, as a mail server does. */
async function send() {
	const { ImapFlow } = await import('imapflow');
	const auth = { user: sender.user, pass: sender.password };
	const client = new ImapFlow({ host: '127.0.0.1', port: mail.port, secure: false, doSTARTTLS: false, auth, logger: false });
	await client.connect();
	const subject = 'My first ticket';
	const message = composeMessage({
		from: { name: 'Zoe', address: 'zoe@example.org' },
		to: [{ address: mailbox.user }],
		subject,
		date: new Date(),
		messageId: '<first-ticket@example.org>',
		text: 'Does it work?\n',
	});
	await client.append('INBOX', message);
	await client.logout();
	return { subject };
}

/** @param {N8nApi} api */
async function ticketOf(api, subject) {
	await api.signIn(owner);
	const { data: tables } = await api.rest('GET', '/data-tables-global?take=50');
	const table = tables.find(({ name }) => name === 'tickets');
	if (!table) return undefined;
	const { data: rows } = await api.rest('GET', `/projects/${table.projectId}/data-tables/${table.id}/rows?take=50`);
	return rows.find((row) => row.subject === subject && row.last_text);
}

/**
 * An empty workflow, and one with the trigger of a side in it.
 *
 * @param {N8nApi} api
 */
async function placesToStart(api) {
	await api.signIn(owner);
	const [{ id, name }] = await api.rest('GET', '/credentials');
	const gmail = await api.createCredential({ name: 'Gmail', type: 'gmailOAuth2', data: { clientId: 'x', clientSecret: 'x' } });
	// There is no such account; its labels are as many as a newcomer has.
	await page.route('**/rest/dynamic-node-parameters/options', async (route) => {
		if (!route.request().postData()?.includes('n8n-nodes-base.gmail')) return await route.fallback();
		await route.fulfill({ json: { data: [{ name: 'Support', value: 'Label_1' }] } });
	});
	const triggers = {
		imap: {
			name: 'IMAP Sync Trigger',
			type: 'n8n-nodes-imap-sync.imapSyncTrigger',
			typeVersion: 1,
			credentials: { imapSyncApi: { id, name } },
		},
		gmail: {
			name: 'Gmail Trigger',
			type: 'n8n-nodes-base.gmailTrigger',
			typeVersion: 1.3,
			credentials: { gmailOAuth2: { id: gmail.id, name: gmail.name } },
		},
	};
	return {
		startOfTrigger: async () => {
			await page.goto(`${n8n.url}/workflow/new`);
		},
		startOfAction: async (side) => {
			const nodes = [{ id: side, position: [0, 0], parameters: {}, ...triggers[side] }];
			const workflow = await api.createWorkflow({ name: side, nodes, connections: {} });
			await page.goto(`${n8n.url}/workflow/${workflow.id}`);
			await page.locator('.vue-flow__node').first().waitFor();
		},
	};
}
