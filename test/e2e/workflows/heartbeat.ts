import { mail } from '../../support/mail';
import { ImportedWorkflow, loginTo, type WorkflowTests } from '../../support/n8n/ImportedWorkflow';

export const tests: WorkflowTests = (place) => {
	it('notes heartbeats in one row of the table, beside the way of the messages', async () => {
		const { n8n, dovecot } = place();
		const user = dovecot.newUser();
		const workflow = await ImportedWorkflow.import(n8n, 'heartbeat', {
			credentials: { imapSyncApi: loginTo(place(), user) },
			options: { 'IMAP Push Trigger': { heartbeatEvery: 0.01 } },
		});
		await workflow.publish();
		await workflow.until(async () => (await workflow.itemsOf('Note Heartbeat')).length >= 1, 'a heartbeat');
		await dovecot.append(user, 'INBOX', mail('one'));
		await workflow.until(async () => (await workflow.itemsOf('Your Workflow')).length >= 1, 'the message');
		await workflow.until(async () => (await workflow.itemsOf('Note Heartbeat')).length >= 3, 'further heartbeats');
		await workflow.unpublish();
		const rows = await workflow.itemsOf('Note Heartbeat');
		expect(rows[0]).toMatchObject({ mailbox: `${user}@127.0.0.1`, waiting: 0, quarantined: 0, folders: 1, lastError: null });
		expect(new Set(rows.map(({ id }) => id)).size).toBe(1);
		expect(String(rows.at(-1)?.beatAt) > String(rows[0].beatAt)).toBe(true);
		expect(await workflow.itemsOf('Your Workflow')).toMatchObject([{ event: 'messageNew', subject: 'one' }]);
	});
};
