import { randomUUID } from 'node:crypto';
import { ImportedWorkflow, loginTo, type WorkflowPlace, type WorkflowTests } from '../../support/n8n/ImportedWorkflow';
import { startSmtp, type MailInTransit, type Smtp } from '../../support/smtp';

type Row = Record<string, unknown>;

const secret = 'only-for-tests';

/** One that gives support: a mailbox, a database, and the workflow between them. */
class Desk {
	private constructor(
		private readonly place: WorkflowPlace,
		readonly user: string,
		readonly workflow: ImportedWorkflow,
		private readonly database: string,
		private readonly hook: string,
	) {}

	static async open(place: WorkflowPlace, smtp: Smtp, user = `support@${randomUUID().slice(0, 8)}.example`): Promise<Desk> {
		const { n8n, dovecot, postgres } = place;
		for (const folder of ['Waiting', 'Done']) await dovecot.createFolder(user, folder);
		const database = await postgres.newCredential();
		const hook = randomUUID();
		const workflow = await ImportedWorkflow.import(n8n, 'mail-to-ticket', {
			credentials: {
				imapSyncApi: loginTo(place, user),
				postgres: database,
				smtp: smtp.credential,
				httpHeaderAuth: { name: 'X-Secret', value: secret },
			},
			// Two workflows in one n8n cannot have the same path; and nobody waits a minute here.
			changed: {
				'Ticket Deleted': { path: hook },
				'IMAP Push Trigger': { options: { whenGivenUp: 'addKeyword', retryAfter: 0.02 } },
			},
		});
		await workflow.publish();
		return new Desk(place, user, workflow, database.database, hook);
	}

	/** A mail arrives; its Message-ID. Each has another text: one who repeats himself is taken for a program. */
	async receive(header: Record<string, string>): Promise<string> {
		const id = `<${randomUUID()}@customer.example>`;
		const fields = {
			From: 'Zoe <zoe@customer.example>',
			To: this.user,
			'Message-ID': id,
			Date: new Date().toUTCString(),
			...header,
		};
		const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
		await this.place.dovecot.append(
			this.user,
			'INBOX',
			`${lines.join('\r\n')}\r\n\r\nThis is about ${header.Subject}. Could you help me?\r\n`,
		);
		return id;
	}

	async rows(query: string): Promise<Row[]> {
		// The first execution makes the tables.
		return await this.place.postgres.rows(this.database, query).catch(() => []);
	}

	async tickets(): Promise<Row[]> {
		return await this.rows(
			'SELECT number, status, priority, requester, subject, answered_at IS NOT NULL AS answered FROM tickets ORDER BY number',
		);
	}

	/** Waits until the tickets are these. */
	async shows(...expected: Row[]): Promise<void> {
		let tickets: Row[] = [];
		const isShown = (): boolean =>
			tickets.length === expected.length &&
			expected.every((row, index) => Object.entries(row).every(([name, value]) => tickets[index][name] === value));
		try {
			await this.workflow.until(
				async () => {
					tickets = await this.tickets();
					return isShown();
				},
				'the tickets',
				30_000,
			);
		} catch (error) {
			expect(tickets).toMatchObject(expected);
			throw error;
		}
	}

	/** Waits until all that came so far has been worked through: the executions of `count` messages have ended. */
	async workedThrough(count: number): Promise<void> {
		await this.workflow.until(
			async () =>
				(await this.rows('SELECT event_id FROM ticket_events')).length >= count &&
				(await this.workflow.executions()).length >= count,
			`${count} events`,
		);
	}

	/** What the help desk does when somebody deletes a ticket. */
	async deleteTicket(ticket: unknown, headers: Record<string, string> = { 'X-Secret': secret }): Promise<Response> {
		return await fetch(`${this.place.n8n.url}/webhook/${this.hook}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', ...headers },
			body: JSON.stringify({ ticket }),
		});
	}
}

export const tests: WorkflowTests = (place) => {
	const servers: Smtp[] = [];
	const smtp = async (deliver: (mail: MailInTransit) => Promise<void> = () => Promise.resolve()): Promise<Smtp> => {
		const server = await startSmtp(deliver);
		servers.push(server);
		return server;
	};
	afterAll(async () => {
		await Promise.all(servers.map((server) => server.stop()));
	});

	it('opens a ticket, joins replies, follows what happens to the mail, and repeats nothing', async () => {
		const { dovecot } = place();
		let refusals = 1;
		const sent = await smtp(() => (refusals-- > 0 ? Promise.reject(new Error('not now')) : Promise.resolve()));
		const desk = await Desk.open(place(), sent);
		// The first answer is refused, so the execution fails and the message comes again: still one ticket, one event and one answer.
		const first = await desk.receive({ Subject: 'Order 17: where is it?' });
		await desk.shows({ number: 1, status: 'new', priority: 'normal', requester: 'zoe@customer.example', answered: true });
		expect((await desk.workflow.executions()).map(({ status }) => status)).toEqual(['error', 'success']);
		expect(sent.sent).toHaveLength(1);
		expect(sent.sent[0]).toMatchObject({ from: desk.user, to: ['zoe@customer.example'] });
		expect(sent.sent[0].message).toContain('Subject: Automatic reply: Order 17: where is it? [TICKET-1]');
		expect(await desk.rows('SELECT event FROM ticket_events')).toEqual([{ event: 'messageNew' }]);

		// One reply to her own mail, and one to the answer, as mail programs write them.
		await desk.receive({ Subject: 'Re: Order 17: where is it?', 'In-Reply-To': first, References: first });
		const answer = /^Message-ID: (<.*>)/im.exec(sent.sent[0].message)?.[1] ?? '';
		await desk.receive({ Subject: 'Re: Automatic reply: Order 17', 'In-Reply-To': answer, References: answer });
		await desk.receive({ Subject: 'Something else', From: 'bob@customer.example' });
		await desk.shows({ number: 1, status: 'new' }, { subject: 'Something else', answered: true });
		expect(
			await desk.rows(
				'SELECT ticket, count(*) FROM ticket_messages WHERE folder IS NOT NULL GROUP BY ticket ORDER BY count DESC',
			),
		).toMatchObject([{ ticket: 1, count: 3 }, { count: 1 }]);
		expect(sent.sent).toHaveLength(2);

		await dovecot.flags(desk.user, 'INBOX', [1], { add: ['\\Seen', '\\Flagged'] });
		await desk.shows({ status: 'open', priority: 'high' }, { status: 'new' });
		await dovecot.move(desk.user, 'INBOX', [1], 'Done');
		await desk.shows({ status: 'solved' }, { status: 'new' });
		await dovecot.move(desk.user, 'Done', [1], 'Waiting');
		await desk.shows({ status: 'waiting' }, { status: 'new' });
		await dovecot.expunge(desk.user, 'INBOX', [4]);
		await desk.shows({ status: 'waiting' }, { status: 'closed' });
		await desk.receive({ Subject: 'Re: Order 17', 'In-Reply-To': first, References: first });
		await desk.shows({ status: 'open' }, { status: 'closed' });
		await desk.workflow.unpublish();
	});

	it('moves the mail of a ticket that was deleted, which does not come back', async () => {
		const { dovecot } = place();
		const desk = await Desk.open(place(), await smtp());
		const first = await desk.receive({ Subject: 'To be deleted' });
		await desk.receive({ Subject: 'Re: To be deleted', 'In-Reply-To': first, References: first });
		await desk.workedThrough(2);
		expect((await desk.deleteTicket(1, {})).status).toBe(403);
		expect((await desk.deleteTicket('1; DROP TABLE tickets')).status).toBe(500);
		expect(await desk.tickets()).toHaveLength(1);
		expect((await desk.deleteTicket(1)).status).toBe(200);
		expect(await desk.tickets()).toEqual([]);
		expect(await dovecot.uids(desk.user, 'INBOX')).toEqual([]);
		expect(await dovecot.uids(desk.user, 'Deleted Tickets')).toHaveLength(2);
		await desk.receive({ Subject: 'Another' });
		await desk.shows({ subject: 'Another', answered: true });
		// The trigger begins anew, and finds what is there.
		await desk.workflow.unpublish();
		await desk.workflow.publish();
		await desk.receive({ Subject: 'After that' });
		await desk.shows({ subject: 'Another' }, { subject: 'After that', answered: true });
		await desk.workflow.unpublish();
	});

	it.each([
		['that say what they are', (message: string) => message, 2],
		['whose subject lost that on the way', (message: string) => message.replace('Automatic reply: ', 'Re: '), 3],
	])('ends a loop of two desks with answers %s', async (_which, onTheWay, most) => {
		const { dovecot } = place();
		const one = `support@${randomUUID().slice(0, 8)}.example`;
		const other = `help@${randomUUID().slice(0, 8)}.example`;
		const between = await smtp(async ({ to, message }) => {
			await dovecot.append(to[0], 'INBOX', Buffer.from(onTheWay(message), 'latin1'));
		});
		const desks = await Promise.all([Desk.open(place(), between, one), Desk.open(place(), between, other)]);
		await desks[1].receive({ Subject: 'A question between desks', From: one });
		// Each mail is worked through at its receiver before the next one can come: the last of them was not answered.
		await desks[0].workedThrough(1);
		if (most > 2) await desks[1].workedThrough(2);
		expect(between.sent).toHaveLength(most - 1);
		expect(await dovecot.uids(one, 'INBOX')).toHaveLength(1);
		expect(await dovecot.uids(other, 'INBOX')).toHaveLength(most - 1);
		for (const desk of desks) {
			expect(await desk.tickets()).toHaveLength(1);
			await desk.workflow.unpublish();
		}
	});

	it('answers no program, and nobody at all for mail of its own', async () => {
		const sent = await smtp();
		const desk = await Desk.open(place(), sent);
		const guarded: Array<Record<string, string>> = [
			{ Subject: 'Away', 'Auto-Submitted': 'auto-replied' },
			{ Subject: 'Automatic reply: Away' },
			{ Subject: 'News', 'List-Id': '<news.customer.example>', Precedence: 'bulk' },
			{ Subject: 'Undelivered', From: 'MAILER-DAEMON@customer.example', 'Return-Path': '<>' },
			{ Subject: 'Nobody reads this', From: 'no-reply@customer.example' },
			{ Subject: 'Our own', From: desk.user, To: 'zoe@customer.example' },
		];
		for (const header of guarded) await desk.receive(header);
		await desk.receive({ Subject: 'A person', From: 'ann@customer.example' });
		await desk.shows(...guarded.map(({ Subject }) => ({ subject: Subject, answered: false })), {
			subject: 'A person',
			answered: true,
		});
		expect(sent.sent.map(({ to }) => to)).toEqual([['ann@customer.example']]);
		await desk.workflow.unpublish();
	});
};
