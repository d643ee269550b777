import { randomUUID } from 'node:crypto';
import { ImportedWorkflow, loginTo, type WorkflowTests } from '../../support/n8n/ImportedWorkflow';

export const tests: WorkflowTests = (place) => {
	it('shows each watched mailbox to those who know the password', async () => {
		const { n8n, dovecot } = place();
		const user = dovecot.newUser();
		const watched = await ImportedWorkflow.import(n8n, 'heartbeat', {
			credentials: { imapSyncApi: loginTo(place(), user) },
		});
		const path = randomUUID();
		const page = await ImportedWorkflow.import(n8n, 'status-page', {
			credentials: { httpBasicAuth: { user: 'me', password: 'only-for-tests' } },
			changed: { Webhook: { path } },
		});
		await page.publish();
		const open = async (login?: string): Promise<Response> =>
			await fetch(`${n8n.url}/webhook/${path}`, {
				headers: login === undefined ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` },
			});
		expect((await open()).status).toBe(401);
		expect((await open('me:another')).status).toBe(401);
		const before = await open('me:only-for-tests');
		expect([before.status, before.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
		expect(await before.text()).not.toContain(user);
		await watched.publish();
		await watched.until(async () => (await watched.itemsOf('Note Heartbeat')).length > 0, 'a heartbeat');
		const html = await (await open('me:only-for-tests')).text();
		expect(html).toContain(`<tr><td>OK</td><td>${user}@127.0.0.1</td>`);
		await watched.unpublish();
		await page.unpublish();
	});
};
