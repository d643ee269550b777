/**
 * `npm start` as a person runs it, on a folder of its own.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { importScript } from '../support/n8n/scripts';

/** The first run on a machine installs n8n. */
const setUpTimeout = 30 * 60_000;

let folder: string;
let demo: Demo | undefined;

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), 'imap-sync-demo-'));
});

afterEach(async () => {
	await demo?.stop();
});

afterAll(() => {
	rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** The running command and what it printed. */
class Demo {
	output = '';
	private readonly child: ChildProcess;
	private readonly ended: Promise<unknown[]>;

	constructor(env: Record<string, string>) {
		const script = join(__dirname, '../../examples/demo/start.mjs');
		this.child = spawn(process.execPath, [script], {
			env: { ...process.env, IMAP_URL: '', DEMO_FOLDER: folder, ...env },
			stdio: ['pipe', 'pipe', 'pipe'],
		});
		this.child.stdout!.on('data', (chunk) => (this.output += chunk));
		this.child.stderr!.on('data', (chunk) => (this.output += chunk));
		this.ended = once(this.child, 'close');
	}

	/** Resolves with the groups of the first match in the output. */
	async printed(pattern: RegExp, withinMs = setUpTimeout): Promise<string[]> {
		const { waitUntil } = await importScript('waitUntil.mjs');
		return await waitUntil(
			() => {
				const match = this.output.match(pattern);
				if (!match && this.child.exitCode !== null) throw new Error(`It ended without ${pattern}:\n${this.output}`);
				return match;
			},
			{ what: `the output to match ${pattern}`, withinMs, detail: () => this.output },
		);
	}

	pressEnter(): void {
		this.child.stdin!.write('\n');
	}

	/** Its exit code. */
	async end(): Promise<unknown> {
		const [code] = await this.ended;
		return code;
	}

	/** Ctrl-C. */
	async stop(): Promise<unknown> {
		if (this.child.exitCode === null) this.child.kill('SIGINT');
		return await this.end();
	}
}

const answers = async (url: string): Promise<boolean> => {
	try {
		await fetch(url, { signal: AbortSignal.timeout(2_000) });
		return true;
	} catch {
		return false;
	}
};

it(
	'turns the demo mailbox into tickets and leaves nothing running',
	async () => {
		demo = new Demo({ DEMO_UNTIL_FIRST_TICKET: '1' });
		const [, editor] = await demo.printed(/Workflow +(http:\/\/127\.0\.0\.1:\d+)\/workflow\/\w+/);
		const [, board] = await demo.printed(/Ticket board +(http:\/\/127\.0\.0\.1:\d+)/);
		expect(demo.output).toMatch(/Login +\S+@\S+ +password \S+/);
		expect(demo.output).toMatch(/INBOX \d+, Support \d+/);
		expect(await demo.end()).toBe(0);
		expect(demo.output).toMatch(/ticket +opened +T-1 /);
		expect(demo.output).toMatch(/Stopped\.\n$/);
		expect([await answers(editor), await answers(board)]).toEqual([false, false]);
		expect(existsSync(join(folder, 'running.json'))).toBe(false);
	},
	setUpTimeout,
);

it('goes on with the same workflow after Ctrl-C, and refuses to run twice', async () => {
	demo = new Demo({});
	const [, first] = await demo.printed(/Workflow +\S+\/workflow\/(\w+)/);
	await demo.printed(/ mail +\w+ +\w+ #\d+/, 60_000);
	demo.pressEnter();
	await demo.printed(/Login +\S+@[^]+ mail [^]+Login +\S+@/, 10_000);

	const second = new Demo({});
	expect(await second.end()).toBe(1);
	expect(second.output).toMatch(/already running/);

	expect(await demo.stop()).toBe(0);
	demo = new Demo({});
	const [, again] = await demo.printed(/Workflow +\S+\/workflow\/(\w+)/);
	expect(again).toBe(first);
	expect(await demo.stop()).toBe(0);
});

describe('with IMAP_URL', () => {
	let dovecot: Dovecot;

	beforeAll(async () => {
		dovecot = await startDovecot();
	});

	afterAll(async () => {
		await dovecot?.stop();
	});

	it('follows that mailbox and changes nothing in it', async () => {
		const user = dovecot.newUser();
		await dovecot.append(user, 'INBOX', 'Subject: old\r\n\r\nWas there before.\r\n');
		const address = `imap://${encodeURIComponent(user)}:${dovecot.password}@${dovecot.host}:${dovecot.port}?security=none`;
		demo = new Demo({ IMAP_URL: address, DEMO_UNTIL_FIRST_TICKET: '1' });
		await demo.printed(/Stop with Ctrl-C/);
		expect(demo.output).toContain(`${user} on ${dovecot.host}:${dovecot.port}`);
		// Once it follows the mailbox, the next look is at most a minute away.
		await demo.printed(/Following/);
		await dovecot.append(user, 'INBOX', 'Subject: news\r\nFrom: anna@example.com\r\n\r\nHello!\r\n');
		expect(await demo.end()).toBe(0);
		expect(demo.output).toMatch(/ticket +opened +T-1 +news/);
		expect(demo.output).not.toMatch(/ticket .* old/);
		expect(demo.output).not.toContain(`:${dovecot.password}`);
		expect(await dovecot.fetchAll(user, 'INBOX')).toMatchObject([
			{ uid: 1, flags: [] },
			{ uid: 2, flags: [] },
		]);
	});

	it('says what is wrong with a login that the server refuses, without the password', async () => {
		const address = `imap://somebody:wr0ng-c4nary@${dovecot.host}:${dovecot.port}?security=none`;
		demo = new Demo({ IMAP_URL: address });
		expect(await demo.end()).toBe(1);
		expect(demo.output).toMatch(/refused the login of somebody/);
		expect(demo.output).not.toContain('wr0ng-c4nary');
	});
});

describe('the ticket board', () => {
	it('has one ticket for a conversation, and closes it with the last of its messages', async () => {
		const { TicketBoard } = await importScript('../../examples/demo/TicketBoard.mjs');
		const board = new TicketBoard({ file: join(folder, 'board.json'), about: { mailbox: 'a test' } });
		await board.start(0);
		try {
			const post = async (body: object): Promise<void> => {
				const headers = { 'content-type': 'application/json' };
				const response = await fetch(board.ticketsUrl, { method: 'POST', headers, body: JSON.stringify(body) });
				expect(response.status).toBe(200);
			};
			const tickets = async (): Promise<unknown> =>
				((await (await fetch(board.ticketsUrl)).json()) as { tickets: unknown }).tickets;
			const message = { sender: 'Zoe', subject: 'Order 17', folder: 'INBOX' };
			await post({ action: 'open', key: '<1@shop>', message: 'msg_1', ...message });
			await post({ action: 'open', key: '<1@shop>', message: 'msg_2', ...message });
			await post({ action: 'open', key: '<1@shop>', message: 'msg_2', ...message });
			await post({ action: 'update', message: 'msg_unknown', flags: [], flagsAdded: [], flagsRemoved: [] });
			await post({ action: 'update', message: 'msg_1', flags: ['seen'], flagsAdded: ['seen'], flagsRemoved: [] });
			await post({ action: 'close', message: 'msg_1' });
			expect(await tickets()).toMatchObject([{ number: 1, status: 'open', flags: ['seen'], messages: ['msg_2'] }]);
			await post({ action: 'close', message: 'msg_2' });
			expect(await tickets()).toMatchObject([{ number: 1, status: 'closed' }]);
		} finally {
			await board.stop();
		}
	});
});

describe('the address in IMAP_URL', () => {
	it.each([
		['imaps://u:p@mail.example.com', { user: 'u', password: 'p', host: 'mail.example.com', port: 993, security: 'tls' }],
		['imap://u:p@mail.example.com', { port: 143, security: 'starttls' }],
		['imap://u:p@127.0.0.1:1143?security=none', { host: '127.0.0.1', port: 1143, security: 'none' }],
		['imaps://anna%40example.com:p%2Fw%3A%25@mail.example.com:9993', { user: 'anna@example.com', password: 'p/w:%', port: 9993 }],
		['imaps://u:p@[::1]', { host: '::1' }],
	])('%s is understood', async (address, expected) => {
		const { readMailboxUrl } = await importScript('../../examples/demo/mailboxUrl.mjs');
		expect(readMailboxUrl(address)).toMatchObject(expected);
	});

	it.each([
		['mail.example.com', /not an address|begins with/],
		['https://u:c4nary@mail.example.com', /begins with https/],
		['imaps://mail.example.com', /needs a user and a password/],
		['imaps://u@mail.example.com', /needs a user and a password/],
		['imaps://u:c4nary@', /not an address|names no host/],
		['imaps://u:c4nary@mail.example.com?security=none', /asks for security=none/],
		['imaps://u:c4nary%zz@mail.example.com', /percent-encoded/],
		['imaps://u:c4nary@mail.example.com:99999', /not an address/],
	])('%s is refused with what is wrong', async (address, problem) => {
		const { readMailboxUrl } = await importScript('../../examples/demo/mailboxUrl.mjs');
		const read = () => readMailboxUrl(address);
		expect(read).toThrow(problem);
		expect(read).not.toThrow(/c4nary/);
	});
});
