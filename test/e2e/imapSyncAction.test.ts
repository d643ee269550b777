/**
 * The action node in a real n8n with the packed package, against a real Dovecot: what only n8n can show.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { randomUUID } from 'node:crypto';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { importScript, type Execution, type Item } from '../support/n8n/scripts';
import { action, createChain, manual, type NodeSpec } from '../support/n8n/nodeChain';
import { sharedN8n, type SharedN8n } from '../support/n8n/sharedN8n';
import { credentialData } from '../support/n8n/TriggerWorkflow';

/** The first run on a machine installs n8n. */
const setUpTimeout = 30 * 60_000;

const start = 'Start';

let dovecot: Dovecot;
let n8n: SharedN8n;
let user: string;
let credentials: { imapSyncApi: { id: string; name: string } };

beforeAll(async () => {
	[dovecot, n8n] = await Promise.all([startDovecot(), sharedN8n('regular')]);
}, setUpTimeout);
afterAll(async () => {
	await n8n?.leave();
	await dovecot?.stop();
});
beforeEach(async () => {
	user = dovecot.newUser();
	const name = `mailbox ${randomUUID()}`;
	const data = credentialData({ user, password: dovecot.password, host: dovecot.host, port: dovecot.port });
	const { id } = await n8n.api.createCredential({ name, type: 'imapSyncApi', data });
	credentials = { imapSyncApi: { id, name } };
});

const mail = (subject: string): string =>
	`Message-ID: <${subject}@example.com>\r\nSubject: ${subject}\r\n\r\nAbout ${subject}.\r\n`;

/** A workflow of nodes one after the other. */
const chain = (...specs: NodeSpec[]): Promise<string> => createChain(n8n.api, specs, credentials);

async function items(execution: Execution, node: string): Promise<Item[]> {
	const { itemsOf } = await importScript('N8nApi.mjs');
	return itemsOf(execution, node);
}

test('operations one after the other, from the items of the one before, with no field named', async () => {
	await dovecot.createFolder(user, 'Done');
	await dovecot.createFolder(user, 'Trash');
	await dovecot.appendMany(user, 'INBOX', ['one', 'two', 'three'].map(mail));
	const id = await chain(
		manual,
		{ name: 'Mark', parameters: { resource: 'message', operation: 'markRead', messageFrom: 'uid', uid: '1:3' } },
		{
			name: 'Move',
			parameters: {
				resource: 'message',
				operation: 'move',
				toFolder: { __rl: true, mode: 'list', value: 'Done', cachedResultName: 'Done' },
			},
		},
		{
			name: 'Tag',
			parameters: { resource: 'message', operation: 'addFlags', flags: ['\\Flagged'], keywords: "={{ 'tag' + $json.uid }}" },
		},
		{ name: 'Delete', parameters: { resource: 'message', operation: 'delete' } },
	);
	const execution = await n8n.api.runManually(id, start);
	expect(execution.status).toBe('success');
	const deleted = await items(execution, 'Delete');
	expect(deleted.map(({ deleted: gone, folder, uid }) => [gone, folder, uid])).toEqual(
		[1, 2, 3].map((uid) => [true, 'Trash', uid]),
	);
	expect((await dovecot.fetchAll(user, 'Trash')).map(({ flags }) => flags)).toEqual(
		[1, 2, 3].map((n) => ['\\Flagged', '\\Seen', `tag${n}`]),
	);
});

test('an item finds its message where other nodes stand between, and by its id alone', async () => {
	await dovecot.appendMany(user, 'INBOX', ['one', 'two', 'three'].map(mail));
	const id = await chain(
		manual,
		{
			name: 'Find',
			parameters: { resource: 'message', operation: 'getMany', output: 'reference', options: { sort: 'oldestFirst' } },
		},
		// What a CRM answers: nothing of the item is left, and it has an id of its own.
		{
			name: 'CRM',
			type: 'n8n-nodes-base.set',
			parameters: { mode: 'raw', jsonOutput: '={ "id": "crm-{{ $json.uid }}", "mail": "{{ $json.id }}" }', options: {} },
			more: { typeVersion: 3.4 },
		},
		{
			name: 'Only two',
			type: 'n8n-nodes-base.filter',
			parameters: {
				conditions: {
					options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
					conditions: [
						{ leftValue: '={{ $json.id }}', rightValue: 'crm-1', operator: { type: 'string', operation: 'notEquals' } },
					],
					combinator: 'and',
				},
			},
			more: { typeVersion: 2.2 },
		},
		{ name: 'Mark', parameters: { resource: 'message', operation: 'markRead' } },
		{
			name: 'Tag',
			parameters: {
				resource: 'message',
				operation: 'addFlags',
				messageFrom: 'id',
				id: "={{ $('CRM').item.json.mail }}",
				keywords: 'told',
			},
		},
	);
	const execution = await n8n.api.runManually(id, start);
	expect({ status: execution.status, error: JSON.stringify(execution.data).match(/"message":"[^"]*"/)?.[0] }).toEqual({
		status: 'success',
	});
	expect((await dovecot.fetchAll(user, 'INBOX')).map(({ flags }) => flags)).toEqual([[], ['\\Seen', 'told'], ['\\Seen', 'told']]);
});

test('an item that fails goes to the error output, the others go on', async () => {
	await dovecot.append(user, 'INBOX', mail('one'));
	const id = await chain(manual, {
		name: 'Mark',
		parameters: { resource: 'message', operation: 'markRead', messageFrom: 'uid', uid: '1,7' },
		more: { onError: 'continueErrorOutput' },
	});
	const execution = await n8n.api.runManually(id, start);
	const [run] = (
		execution.data as { resultData: { runData: Record<string, Array<{ data: { main: Array<Array<{ json: Item }>> } }>> } }
	).resultData.runData.Mark;
	const [good, bad] = run.data.main.map((output) => output.map(({ json }) => json));
	expect(good.map(({ uid }) => uid)).toEqual([1]);
	expect(bad).toEqual([
		{
			error: 'There is no message with UID 7 in the folder "INBOX"',
			details: expect.objectContaining({ code: 'messageNotFound', folder: 'INBOX', uid: 7 }) as object,
		},
	]);
});

test('an error names what happened and how much was done before', async () => {
	const id = await chain(manual, {
		name: 'Empty',
		parameters: { resource: 'folder', operation: 'empty', folder: { __rl: true, mode: 'path', value: 'INBOX' } },
	});
	const execution = await n8n.api.runManually(id, start);
	expect(execution.status).toBe('error');
	expect(JSON.stringify(execution.data)).toContain('was not emptied: it is not confirmed');
});

test("acknowledges the trigger's items, which are those that no rule ignores and no exception leaves out", async () => {
	const id = await chain(
		{
			name: 'Trigger',
			type: 'n8n-nodes-imap-sync.imapSyncTrigger',
			parameters: {
				startFrom: 'all',
				options: { acknowledge: 'keyword', ignore: { subjects: 'noise' }, filterExcept: { subject: 'draft' } },
				pollTimes: { item: [{ mode: 'everyMinute' }] },
			},
		},
		{ name: 'Acknowledge', parameters: { resource: 'message', operation: 'acknowledge' } },
	);
	await dovecot.append(user, 'INBOX', mail('one'));
	await dovecot.append(user, 'INBOX', mail('noise'));
	await dovecot.append(user, 'INBOX', mail('draft'));
	await n8n.api.publish(id);
	const { waitUntil } = await importScript('waitUntil.mjs');
	await waitUntil(async () => (await dovecot.fetchAll(user, 'INBOX'))[0].flags.includes('n8n-done'), {
		what: 'the message to be acknowledged',
		withinMs: 180_000,
	});
	await n8n.api.unpublish(id);
	// They would have come newest first, in the same run.
	const [, ...others] = await dovecot.fetchAll(user, 'INBOX');
	expect(others.map(({ flags }) => flags)).toEqual([[], []]);
});

test('the list of folders in the editor, with its search field', async () => {
	await dovecot.createFolder(user, 'Orders');
	const ask = async (filter?: string, name = action): Promise<unknown> =>
		await n8n.api.rest('POST', '/dynamic-node-parameters/resource-locator-results', {
			nodeTypeAndVersion: { name, version: 1 },
			methodName: 'searchFolders',
			path: 'parameters.folder',
			currentNodeParameters: { authentication: 'password', resource: 'folder', operation: 'getStatus' },
			credentials,
			...(filter === undefined ? {} : { filter }),
		});
	expect(await ask()).toMatchObject({
		results: [
			{ name: 'INBOX', value: 'INBOX' },
			{ name: 'Orders', value: 'Orders' },
		],
	});
	expect(await ask('ord')).toMatchObject({ results: [{ name: 'Orders', value: 'Orders' }] });
	// n8n makes a second type of a node that is usable as a tool.
	expect(await ask('ord', `${action}Tool`)).toMatchObject({ results: [{ name: 'Orders', value: 'Orders' }] });
});

test('copies a folder to a second account, and exports it', async () => {
	await dovecot.createFolder(user, 'Orders');
	await dovecot.appendMany(user, 'Orders', ['one', 'two', 'three'].map(mail));
	const other = dovecot.newUser();
	const name = `target ${randomUUID()}`;
	const data = credentialData({ user: other, password: dovecot.password, host: dovecot.host, port: dovecot.port });
	const { id: target } = await n8n.api.createCredential({ name, type: 'imapSyncTargetApi', data });
	const both = { credentials: { ...credentials, imapSyncTargetApi: { id: target, name } } };
	const orders = { folderSelection: 'chosen', folders: ['Orders'] };
	const id = await chain(
		manual,
		{ name: 'Copy', parameters: { resource: 'message', operation: 'copyToAccount', copyWhat: 'folders', ...orders }, more: both },
		{ name: 'Export', parameters: { resource: 'archive', operation: 'export', format: 'zip', ...orders } },
	);
	const execution = await n8n.api.runManually(id, start);
	expect({ status: execution.status, error: JSON.stringify(execution.data).match(/"message":"[^"]*"/)?.[0] }).toEqual({
		status: 'success',
	});
	const held = await dovecot.fetchAll(other, 'Orders');
	expect(held).toHaveLength(3);
	expect(await items(execution, 'Copy')).toMatchObject([{ copied: 3 }]);
	expect(await items(execution, 'Export')).toHaveLength(1);
});
