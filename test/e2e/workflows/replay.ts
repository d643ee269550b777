import { randomUUID } from 'node:crypto';
import { ImportedWorkflow, loginTo, type WorkflowTests } from '../../support/n8n/ImportedWorkflow';
import { importScript } from '../../support/n8n/scripts';

export const tests: WorkflowTests = (place) => {
	it('gives a repaired workflow its messages once more, with the same ids', async () => {
		const { n8n, dovecot, postgres } = place();
		const user = `archive@${randomUUID().slice(0, 8)}.example`;
		const database = await postgres.newCredential();
		const imapSyncApi = loginTo(place(), user);
		await dovecot.createFolder(user, 'Sent');
		const repaired = await ImportedWorkflow.import(n8n, 'mail-to-crm', { credentials: { imapSyncApi, postgres: database } });
		const activities = async () =>
			await postgres
				.rows(database.database, 'SELECT event_id, message, subject FROM activities ORDER BY at, subject')
				.catch(() => []);
		await repaired.publish();
		await dovecot.appendMany(
			user,
			'INBOX',
			['First', 'Second', 'Third'].map(
				(subject) =>
					`From: zoe@customer.example\r\nTo: ${user}\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@customer.example>\r\n\r\nHello\r\n`,
			),
		);
		await repaired.until(async () => (await activities()).length === 3, 'three activities');
		const told = await activities();
		await repaired.until(async () => (await repaired.executions()).length === 3, 'three executions');

		const replay = async (what: { ids?: string; since?: string; before?: string }) => {
			const workflow = await ImportedWorkflow.import(n8n, 'replay', {
				credentials: { imapSyncApi },
				changed: {
					'Repaired Workflow': { workflowId: { __rl: true, mode: 'id', value: repaired.id } },
					'What to Replay': {
						assignments: {
							assignments: Object.entries({ ids: '', since: '', before: '', ...what }).map(([name, value]) => ({
								id: name,
								name,
								value,
								type: 'string',
							})),
						},
					},
				},
			});
			const { itemsOf } = await importScript('N8nApi.mjs');
			const execution = await workflow.runManually('Replay');
			expect(itemsOf(execution, 'Failed Again')).toEqual([]);
			return [...itemsOf(execution, 'These Messages'), ...itemsOf(execution, 'Messages of the Period')];
		};

		// Nothing comes twice where nothing was lost.
		const all = await replay({ since: '2020-01-01' });
		expect(all.map(({ eventId }) => eventId).sort()).toEqual(told.map((row) => row.event_id).sort());
		expect(all).toMatchObject(
			['First', 'Second', 'Third'].map((subject) => ({ subject, event: 'messageNew', origin: 'redelivery' })),
		);
		expect(await activities()).toEqual(told);

		// And what was lost comes back as it was.
		await postgres.execute(database.database, 'DELETE FROM activities');
		const lost = told.filter(({ subject }) => subject !== 'Second');
		const set = await replay({ ids: lost.map(({ message }) => message).join(',') });
		expect(set).toHaveLength(2);
		expect(await activities()).toEqual(lost);
		expect(await replay({ since: '2020-01-01', before: '2020-02-01' })).toEqual([]);
		await repaired.unpublish();
	});
};
