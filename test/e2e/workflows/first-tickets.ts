import { randomUUID } from 'node:crypto';
import { ImportedWorkflow, loginTo, type WorkflowTests } from '../../support/n8n/ImportedWorkflow';

export const tests: WorkflowTests = (place) => {
	it('opens a ticket, joins the reply, and follows what happens to the mail, in one row', async () => {
		const { n8n, dovecot } = place();
		const user = dovecot.newUser();
		await dovecot.createFolder(user, 'INBOX').catch(() => undefined);
		const workflow = await ImportedWorkflow.import(n8n, 'first-tickets', {
			credentials: { imapSyncApi: loginTo(place(), user) },
		});
		await workflow.publish();
		const last = async (): Promise<unknown> => {
			const items = await Promise.all(['Add Message', 'Update Ticket'].map((node) => workflow.itemsOf(node)));
			return items
				.flat()
				.sort((a, b) => String(a.changed_at).localeCompare(String(b.changed_at)))
				.at(-1);
		};
		const shows = async (expected: object): Promise<void> => {
			let row: unknown;
			const isShown = async (): Promise<boolean> => {
				row = await last();
				return Object.entries(expected).every(([key, value]) => (row as Record<string, unknown> | undefined)?.[key] === value);
			};
			await workflow.until(isShown, `the ticket ${JSON.stringify(expected)}`).catch((error: Error) => {
				throw new Error(`${error.message}; it is ${JSON.stringify(row)}`, { cause: error });
			});
		};

		const first = `<${randomUUID()}@customer.example>`;
		const zoe = 'From: Zoe <zoe@customer.example>\r\n';
		await dovecot.append(user, 'INBOX', `${zoe}Message-ID: ${first}\r\nSubject: Where is it?\r\n\r\nI wait.\r\n`);
		await shows({ subject: 'Where is it?', requester: 'Zoe <zoe@customer.example>', status: 'new', last_text: 'I wait.' });
		const reply = `In-Reply-To: ${first}\r\nReferences: ${first}\r\nSubject: Re: Where is it?\r\n\r\nStill.\r\n`;
		await dovecot.append(user, 'INBOX', `From: Bo <bo@customer.example>\r\nMessage-ID: <2${first.slice(1)}\r\n${reply}`);
		await shows({ subject: 'Where is it?', last_from: 'Bo <bo@customer.example>', last_text: 'Still.' });
		await dovecot.flags(user, 'INBOX', [2], { add: ['\\Seen', '\\Flagged'] });
		await shows({ status: 'open', priority: 'high' });
		await dovecot.flags(user, 'INBOX', [2], { add: ['\\Answered'] });
		await shows({ status: 'answered', priority: 'high' });
		await dovecot.expunge(user, 'INBOX', [2]);
		await shows({ status: 'closed' });
		await workflow.unpublish();

		expect(await workflow.itemsOf('Open Ticket')).toHaveLength(1);
		const rows = await Promise.all(['Add Message', 'Update Ticket'].map((node) => workflow.itemsOf(node)));
		expect(new Set(rows.flat().map(({ id }) => id)).size).toBe(1);
	});
};
