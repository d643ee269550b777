import { ImportedWorkflow, loginTo, type WorkflowTests } from '../../support/n8n/ImportedWorkflow';
import { importScript } from '../../support/n8n/scripts';

const mail = (subject: string, text = 'Hello'): string =>
	`From: a@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.com>\r\n\r\n${text}\r\n`;

export const tests: WorkflowTests = (place) => {
	it('copies what is new each time, compares every folder, and raises an alarm for what was not copied or differs', async () => {
		const { n8n, dovecot } = place();
		const { itemsOf } = await importScript('N8nApi.mjs');
		const [user, backup] = [dovecot.newUser(), dovecot.newUser()];
		const workflow = await ImportedWorkflow.import(n8n, 'backup', {
			credentials: { imapSyncApi: loginTo(place(), user), imapSyncTargetApi: loginTo(place(), backup) },
			ofNodes: { 'Compare Backup': { imapSyncApi: loginTo(place(), backup) } },
			changed: { 'Copy to Backup': { options: { maxSize: 1 } } },
		});
		for (const folder of ['Work', 'Empty']) await dovecot.createFolder(user, folder);
		await dovecot.append(user, 'INBOX', mail('one'), { flags: ['\\Flagged'] });
		await dovecot.append(user, 'Work', mail('two'));

		const first = await workflow.runManually('Schedule Trigger');
		const copied = itemsOf(first, 'Copy to Backup').map(({ folder, copied: count }) => `${String(folder)} ${String(count)}`);
		expect(copied.sort()).toEqual(['Empty 0', 'INBOX 1', 'Work 1']);
		expect(itemsOf(first, 'Compare Backup').map(({ missing, changed }) => [missing, changed])).toEqual([
			[0, 0],
			[0, 0],
			[0, 0],
		]);
		expect(await dovecot.fetchAll(backup, 'INBOX')).toMatchObject([{ messageId: '<one@example.com>', flags: ['\\Flagged'] }]);

		await dovecot.append(user, 'Work', mail('three'));
		const second = await workflow.runManually('Schedule Trigger');
		expect(itemsOf(second, 'Copy to Backup').find(({ folder }) => folder === 'Work')).toMatchObject({
			copied: 1,
			alreadyThere: 1,
		});

		// Under the same Message-ID and date, something else; and a message that is not copied.
		const internalDate = new Date('2026-01-02T03:04:05Z');
		await dovecot.append(user, 'INBOX', mail('four'), { internalDate });
		await dovecot.append(backup, 'INBOX', mail('four', 'Somebody changed this.'), { internalDate });
		await dovecot.append(user, 'Work', mail('large', 'x'.repeat(1_500_000)));
		await expect(workflow.runManually('Schedule Trigger')).rejects.toThrow(
			/Backup folder INBOX: 0 messages are missing, 1 differ.*"Work" 0 messages were copied, 2 were there already, and 1 were not/,
		);
	});
};
