import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ImportedWorkflow, loginTo, type WorkflowTests } from '../../support/n8n/ImportedWorkflow';

/** A message with files: name, type, content. */
function mail(subject: string, ...files: Array<[string, string, string]>): string {
	const parts = files.map(
		([name, type, content]) =>
			`--b\r\nContent-Type: ${type}; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(content).toString('base64')}\r\n`,
	);
	return `From: shop@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n${parts.join('')}--b--\r\n`;
}

export const tests: WorkflowTests = (place) => {
	it('stores the files and then moves the message; what cannot be stored stays and comes again; other messages stay', async () => {
		const { n8n, dovecot, files } = place();
		const user = dovecot.newUser();
		const folder = join(files, randomUUID());
		const workflow = await ImportedWorkflow.import(n8n, 'invoices', {
			credentials: { imapSyncApi: loginTo(place(), user) },
			changed: {
				'Folder for Files': {
					assignments: { assignments: [{ id: 'filesFolder', name: 'filesFolder', value: folder, type: 'string' }] },
				},
			},
			options: { 'IMAP Push Trigger': { retryAfter: 0.02, maxAttempts: 12 } },
		});
		const subjects = async (path: string): Promise<string[]> =>
			(await dovecot.fetchAll(user, path)).map(({ messageId }) => messageId.replace(/[<>]|@.*/g, '')).sort();
		await workflow.publish();
		await dovecot.append(
			user,
			'INBOX',
			mail(
				'invoice',
				['bill.pdf', 'application/pdf', '%PDF-1.4 one'],
				['bill.pdf', 'application/octet-stream', '%PDF-1.4 two'],
				['bill.xml', 'text/xml', '<bill/>'],
				['logo.png', 'image/png', 'a picture'],
			),
		);
		// There is no such folder yet.
		await workflow.until(
			async () => (await workflow.executions()).some(({ status }) => status === 'error'),
			'an execution that cannot write',
		);
		expect(await subjects('INBOX')).toEqual(['invoice']);
		mkdirSync(folder);
		await workflow.until(async () => (await subjects('INBOX')).length === 0, 'the message to move');
		await dovecot.append(user, 'INBOX', mail('photo', ['photo.png', 'image/png', 'a picture']));
		await dovecot.append(user, 'INBOX', mail('plain'));
		await dovecot.append(user, 'INBOX', mail('second', ['bill.pdf', 'application/pdf', '%PDF-1.4 three']));
		await workflow.until(async () => (await subjects('Invoices')).length === 2, 'the second message to move');
		await workflow.unpublish();
		expect(await subjects('INBOX')).toEqual(['photo', 'plain']);
		const stored = readdirSync(folder).sort();
		expect(stored.map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual([
			'%PDF-1.4 one',
			'%PDF-1.4 two',
			'<bill/>',
			'%PDF-1.4 three',
		]);
		expect(stored[0]).toMatch(/^\d{4}-\d\d-\d\d \d+-1-2 bill\.pdf$/);
	});
};
