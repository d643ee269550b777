/**
 * An account with everything on it that n8n in queue mode may have: 40 polling triggers, and four workers that act on the same mailbox. The
 * server takes 10 connections and refuses the eleventh. `npm run test:accounts -- 5` plays it for five minutes; it is no part of
 * `npm test`, where servers/sharedAccount.test.ts plays it in processes of its own.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { randomUUID } from 'node:crypto';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { mail } from '../support/mail';
import { importScript, type Item } from '../support/n8n/scripts';
import type { TestN8n } from '../support/n8n/startN8n';
import { startQueue } from '../support/n8n/startQueue';
import { credentialData } from '../support/n8n/TriggerWorkflow';

const minutes = Number(process.env.SHARED_ACCOUNT_MINUTES ?? 0);
const LIMIT = 10;
const WORKERS = 4;
/** Executions that run at once, as long as the test lasts. */
const AT_ONCE = 8;
const FOLDERS = Array.from({ length: 20 }, (_, i) => `Folder ${String(i).padStart(2, '0')}`);
const setUpTimeout = 30 * 60_000;

/** How many connections were open at most, how many are, and how often somebody logged in or was refused, by the server's own log. */
function connectionsOf(log: string): { most: number; open: number; logins: number; refused: number } {
	let [most, open, logins, refused] = [0, 0, 0, 0];
	for (const line of log.split('\n')) {
		if (/ imap-login: Info: Login: |imap-login: Login: /.test(line)) {
			logins++;
			most = Math.max(most, ++open);
		} else if (/imap\(.*(Logged out|Disconnected|Connection closed)/.test(line)) open--;
		else if (/Maximum number of connections/.test(line)) refused++;
	}
	return { most, open, logins, refused };
}

(minutes > 0 ? describe : describe.skip)('40 triggers and four workers on one account', () => {
	let dovecot: Dovecot;
	let n8n: TestN8n;

	beforeAll(async () => {
		[dovecot, n8n] = await Promise.all([
			startDovecot({ extraConfig: `mail_max_userip_connections = ${LIMIT}\n` }),
			startQueue(WORKERS, { N8N_LOG_LEVEL: 'info', OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true' }),
		]);
	}, setUpTimeout);
	afterAll(async () => {
		await n8n?.remove();
		await dovecot?.stop();
	});

	const name = `mailbox ${randomUUID()}`;
	let credentials: { imapSyncApi: { id: string; name: string } };

	async function triggerOn(folders: string[]): Promise<string> {
		const parameters = {
			...{ triggerOn: ['messageNew'], folderSelection: 'chosen', folders, startFrom: 'now', output: 'metadata' },
			pollTimes: { item: [{ mode: 'everyMinute' }] },
		};
		const node = {
			...{ id: randomUUID(), name: 'Trigger', type: 'n8n-nodes-imap-sync.imapSyncTrigger', typeVersion: 1, position: [0, 0] },
			...{ parameters, credentials },
		};
		return (await n8n.api.createWorkflow({ name: `trigger ${folders.join()}`, nodes: [node], connections: {} })).id;
	}

	async function actionOf(parameters: object): Promise<string> {
		const nodes = [
			{ id: randomUUID(), name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, position: [0, 0], parameters: {} },
			{
				...{ id: randomUUID(), name: 'Act', type: 'n8n-nodes-imap-sync.imapSync', typeVersion: 1, position: [200, 0] },
				...{ parameters, credentials },
			},
		];
		const connections = { Start: { main: [[{ node: 'Act', type: 'main', index: 0 }]] } };
		return (await n8n.api.createWorkflow({ name: `act ${randomUUID()}`, nodes, connections })).id;
	}

	test(
		'never more connections than the server allows, all served, nothing fails, and none is left',
		async () => {
			const { waitUntil } = await importScript('waitUntil.mjs');
			const { itemsOf } = await importScript('N8nApi.mjs');
			const user = dovecot.newUser();
			for (const folder of FOLDERS) await dovecot.createFolder(user, folder);
			await dovecot.append(user, 'INBOX', mail('first'));
			// The one by which this test puts messages there stays until the end.
			const own = connectionsOf(dovecot.log()).open;
			const data = credentialData({ user, password: dovecot.password, host: dovecot.host, port: dovecot.port });
			credentials = { imapSyncApi: { id: (await n8n.api.createCredential({ name, type: 'imapSyncApi', data })).id, name } };
			const selections = FOLDERS.flatMap((folder) => [[folder], [folder, 'INBOX']]);
			const triggers: Array<{ id: string; folders: string[] }> = [];
			for (const folders of selections) triggers.push({ id: await triggerOn(folders), folders });
			for (const { id } of triggers) await n8n.api.publish(id);
			const actions = await Promise.all([
				actionOf({ resource: 'message', operation: 'getMany', output: 'metadata', returnAll: true }),
				actionOf({ resource: 'message', operation: 'markRead', messageFrom: 'uid', uid: '1', folder: 'INBOX' }),
			]);

			const began = Date.now();
			const before = connectionsOf(dovecot.log());
			const statuses: string[] = [];
			let isOver = false;
			const acting = Promise.all(
				Array.from({ length: AT_ONCE }, async (_, i) => {
					while (!isOver) statuses.push((await n8n.api.runManually(actions[i % actions.length], 'Start')).status);
				}),
			);
			const sent: string[] = [];
			for (let minute = 0; minute < minutes; minute++) {
				for (const folder of FOLDERS) await dovecot.append(user, folder, mail(`${folder}, minute ${minute}`));
				sent.push(`minute ${minute}`);
				const until = began + (minute + 1) * 60_000;
				await waitUntil(() => Date.now() >= until, { what: 'a minute to pass', withinMs: 180_000, everyMs: 500 });
			}
			isOver = true;
			await acting;
			const connections = connectionsOf(dovecot.log());
			const elapsed = (Date.now() - began) / 60_000;

			const told = async (id: string): Promise<Item[]> =>
				(await n8n.api.executions(id)).flatMap((execution) => itemsOf(execution, 'Trigger'));
			for (const { id, folders } of triggers) {
				const wanted = sent.map((minute) => `${folders[0]}, ${minute}`).sort();
				const what = `all of ${folders[0]}`;
				await waitUntil(async () => (await told(id)).length >= wanted.length, { what, withinMs: 180_000 }).catch(
					async (error: Error) => {
						const seen = (await n8n.api.executions(id)).map(({ status, startedAt }) => `${status} ${startedAt}`);
						const { staticData } = await n8n.api.getWorkflow(id);
						error.message += `. Told: ${(await told(id)).map(({ subject }) => subject).join()}; executions: ${seen.join()}; position: ${JSON.stringify(staticData).slice(0, 1_500)}\n${n8n.log().split('\n').slice(-40).join('\n')}`;
						throw error;
					},
				);
				expect((await told(id)).map(({ subject }) => subject).sort()).toEqual(wanted);
				expect((await n8n.api.executions(id)).map(({ status }) => status).filter((status) => status !== 'success')).toEqual([]);
			}
			expect(statuses.filter((status) => status !== 'success')).toEqual([]);
			// An action logs in once, always; what is left are the polls.
			const newLogins = connections.logins - before.logins;
			const polls = triggers.length * Math.round(elapsed);
			const warm = Math.round((1 - (newLogins - statuses.length) / polls) * 100);
			process.stderr.write(
				`${triggers.length} triggers, ${statuses.length} executions on ${WORKERS} workers in ${elapsed.toFixed(1)} minutes: ` +
					`${newLogins} logins (${Math.round((newLogins / elapsed) * 60)} an hour) and ${connections.refused - before.refused} that were ` +
					`refused, ${warm} % of some ${polls} polls on a connection that was open, at most ${connections.most} connections.\n`,
			);
			expect(connectionsOf(dovecot.log()).most).toBeLessThanOrEqual(LIMIT);
			for (const { id } of triggers) await n8n.api.unpublish(id);
			await waitUntil(() => connectionsOf(dovecot.log()).open <= own, { what: 'no connection to be left', withinMs: 180_000 });
		},
		(minutes + 15) * 60_000,
	);
});
