/**
 * n8n's three ways to poll, at real poll times: in memory, by the database's scheduler, and with durable cursors.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { startDovecot, type Dovecot } from '../support/dovecot';
import type { Item } from '../support/n8n/scripts';
import { startN8n, type TestN8n } from '../support/n8n/startN8n';
import { TriggerWorkflow } from '../support/n8n/TriggerWorkflow';

/** The first run on a machine installs n8n. */
jest.setTimeout(35 * 60_000);

const scheduler = {
	N8N_SCHEDULER_ENABLED: 'true',
	N8N_SCHEDULER_POLL_TRIGGERS_ENABLED: 'true',
	N8N_USE_WORKFLOW_PUBLICATION_SERVICE: 'true',
};
const mail = (subject: string): string =>
	`From: a@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.com>\r\n\r\nhello\r\n`;
const inShort = ({ event, uid }: Item): string => `${event} ${uid}`;

const regimes: Record<string, Record<string, string>> = {
	'in memory': {},
	'by the scheduler of the database': scheduler,
	'with durable cursors': { ...scheduler, N8N_POLLER_DURABLE_CURSORS_ENABLED: 'true' },
};

/** What a workflow emits that is published, then sees mail come and a flag change, minute by minute. */
async function follow(n8n: TestN8n, dovecot: Dovecot): Promise<string[]> {
	const user = dovecot.newUser();
	await dovecot.append(user, 'INBOX', mail('was-there'));
	const login = { user, password: dovecot.password, host: dovecot.host, port: dovecot.port };
	const workflow = await TriggerWorkflow.create(n8n.api, login);
	await workflow.publish();
	// The position taken at the start must survive a poll that found nothing, also where n8n does not save it then.
	await dovecot.append(user, 'INBOX', mail('first'));
	await workflow.emitted(1, 150_000);
	await dovecot.append(user, 'INBOX', mail('second'));
	await dovecot.flags(user, 'INBOX', [1], { add: ['\\Seen'] });
	return (await workflow.emitted(3, 150_000)).map(inShort);
}

it('emits each message once at the poll times, however n8n polls', async () => {
	const dovecot = await startDovecot();
	const names = Object.keys(regimes);
	// Side by side: each of them has to wait for two or three full minutes.
	const running: TestN8n[] = [];
	try {
		for (const name of names) running.push(await startN8n(regimes[name]));
		const emitted = await Promise.all(running.map((n8n) => follow(n8n, dovecot)));
		// Where both come with the same poll, the new message is first.
		for (const [i, name] of names.entries()) {
			expect([name, emitted[i][0], ...emitted[i].slice(1).sort()]).toEqual([
				name,
				'messageNew 2',
				'messageNew 3',
				'messageUpdated 1',
			]);
		}
	} finally {
		await Promise.all(running.map((n8n) => n8n.remove()));
		await dovecot.stop();
	}
});
