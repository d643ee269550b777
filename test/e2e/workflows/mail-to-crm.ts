import { randomUUID } from 'node:crypto';
import { ImportedWorkflow, loginTo, type WorkflowTests } from '../../support/n8n/ImportedWorkflow';

const pdf = Buffer.from('%PDF-1.4 only looks like one');
const logo = Buffer.from('not shown in a CRM');

/** A mail with a picture that its HTML shows, and a file that somebody attached. */
const withFiles = (header: string): string =>
	[
		header,
		'MIME-Version: 1.0',
		'Content-Type: multipart/mixed; boundary=m',
		'',
		'--m',
		'Content-Type: multipart/related; boundary=r',
		'',
		'--r',
		'Content-Type: text/html',
		'',
		'<p>Please find our offer attached.</p><img src="cid:logo">',
		'--r',
		'Content-Type: image/png; name=logo.png',
		'Content-ID: <logo>',
		'Content-Disposition: inline; filename=logo.png',
		'Content-Transfer-Encoding: base64',
		'',
		logo.toString('base64'),
		'--r--',
		'--m',
		'Content-Type: application/pdf; name=offer.pdf',
		'Content-Disposition: attachment; filename=offer.pdf',
		'Content-Transfer-Encoding: base64',
		'',
		pdf.toString('base64'),
		'--m--',
		'',
	].join('\r\n');

export const tests: WorkflowTests = (place) => {
	it('makes contacts, conversations and activities of mail both ways, and stores what people attached', async () => {
		const { n8n, dovecot, postgres } = place();
		const user = `sales@${randomUUID().slice(0, 8)}.example`;
		await dovecot.createFolder(user, 'Sent');
		const database = await postgres.newCredential();
		const workflow = await ImportedWorkflow.import(n8n, 'mail-to-crm', {
			credentials: { imapSyncApi: loginTo(place(), user), postgres: database },
		});
		const rows = async (query: string) => await postgres.rows(database.database, query).catch(() => []);
		await workflow.publish();

		const mail = (fields: Record<string, string>): string =>
			Object.entries({ 'Message-ID': `<${randomUUID()}@test.example>`, Date: new Date().toUTCString(), ...fields })
				.map(([name, value]) => `${name}: ${value}`)
				.join('\r\n');
		await dovecot.append(
			user,
			'INBOX',
			withFiles(mail({ From: 'zoe@customer.example', To: user, Subject: 'Offer', 'Message-ID': '<offer@customer.example>' })),
		);
		await dovecot.append(
			user,
			'INBOX',
			`${mail({ From: 'News <news@customer.example>', Subject: 'News', 'List-Id': '<news.customer.example>' })}\r\n\r\nBuy!\r\n`,
		);
		await dovecot.append(
			user,
			'Sent',
			`${mail({ From: user, To: 'Zoe <zoe@customer.example>', Cc: 'Bob <bob@customer.example>', Subject: 'Re: Offer', References: '<offer@customer.example>', 'In-Reply-To': '<offer@customer.example>' })}\r\n\r\nThank you!\r\n`,
		);
		await workflow.until(async () => (await rows('SELECT event_id FROM activities')).length === 2, 'two activities');
		await workflow.until(async () => (await rows('SELECT part FROM attachments')).length === 1, 'the attachment');

		expect(await rows('SELECT address, name, domain FROM contacts ORDER BY address')).toEqual([
			{ address: 'bob@customer.example', name: 'Bob', domain: 'customer.example' },
			{ address: 'zoe@customer.example', name: 'Zoe', domain: 'customer.example' },
		]);
		expect(await rows('SELECT key, subject FROM conversations')).toEqual([{ key: '<offer@customer.example>', subject: 'Offer' }]);
		expect(await rows('SELECT contact FROM conversation_contacts ORDER BY contact')).toHaveLength(2);
		expect(await rows('SELECT direction, subject, body FROM activities ORDER BY direction')).toEqual([
			{ direction: 'in', subject: 'Offer', body: 'Please find our offer attached.' },
			{ direction: 'out', subject: 'Re: Offer', body: 'Thank you!' },
		]);
		expect(await rows("SELECT file_name, mime_type, size, encode(content, 'base64') AS content FROM attachments")).toEqual([
			{ file_name: 'offer.pdf', mime_type: 'application/pdf', size: pdf.length, content: pdf.toString('base64') },
		]);
		await workflow.unpublish();
	});
};
