/**
 * A real n8n with the packed package against a real Dovecot.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { startDovecot, type Dovecot } from '../support/dovecot';
import type { Item } from '../support/n8n/scripts';
import { startN8n, type TestN8n } from '../support/n8n/startN8n';
import { credentialData, TriggerWorkflow, type MailboxLogin } from '../support/n8n/TriggerWorkflow';

/** The first run on a machine installs n8n. */
const setUpTimeout = 30 * 60_000;

let dovecot: Dovecot;
let n8n: TestN8n;

beforeAll(async () => {
	[dovecot, n8n] = await Promise.all([startDovecot({ tls: true }), startN8n()]);
}, setUpTimeout);

afterAll(async () => {
	await Promise.all([n8n?.remove(), dovecot?.stop()]);
});

const loginOf = (user: string): MailboxLogin => ({ user, password: dovecot.password, host: dovecot.host, port: dovecot.port });

const mail = (subject: string, body = `About ${subject}.`): string =>
	[
		'From: "Anna Example" <anna@example.com>',
		'To: shop@example.org',
		`Subject: ${subject}`,
		'Date: Sun, 22 Nov 2026 10:00:00 +0000',
		`Message-ID: <${subject.replace(/\W+/g, '-')}@example.com>`,
		'',
		body,
		'',
	].join('\r\n');

/** An item in a word: what happened to which message, and how its flags changed. */
const inShort = ({ event, uid, flagsAdded, flagsRemoved }: Item): string => {
	const signed = (sign: string, flags: unknown) => ((flags ?? []) as string[]).map((flag) => `${sign}${flag}`);
	return [event, uid, ...signed('+', flagsAdded), ...signed('-', flagsRemoved)].join(' ');
};

describe('the credential test', () => {
	const wrongPassword = 'wr0ng-c4nary-in-test';

	const test = async (changes: Partial<MailboxLogin>) => {
		const login = credentialData({ ...loginOf(dovecot.newUser()), ...changes });
		return await n8n.api.testCredential({ name: 'test', type: 'imapSyncApi', data: login });
	};

	it('says OK when it could log in', async () => {
		expect(await test({})).toEqual({ status: 'OK', message: expect.stringMatching(/success/i) });
	});

	it('says OK over TLS when the certificate is to be trusted anyway', async () => {
		const result = await test({ port: dovecot.tlsPort!, security: 'tls', allowUnauthorizedCerts: true });
		expect(result).toMatchObject({ status: 'OK' });
	});

	it('tells a refused login apart and keeps the password to itself', async () => {
		const { status, message } = await test({ password: wrongPassword });
		expect(status).toBe('Error');
		expect(message).toMatch(/password|log ?in|sign in/i);
		expect(message).not.toContain(wrongPassword);
		expect(n8n.log()).not.toContain(wrongPassword);
	});

	it('tells a host that does not exist apart, by name', async () => {
		const { status, message } = await test({ host: 'mail.no-such-host.invalid' });
		expect(status).toBe('Error');
		expect(message).toContain('mail.no-such-host.invalid');
		expect(message).toMatch(/there is no mail server|not found/i);
	});

	it('tells a port where nothing listens apart', async () => {
		// Port 1 is for a service that no machine runs.
		const { status, message } = await test({ port: 1 });
		expect(status).toBe('Error');
		expect(message).toMatch(/refused/i);
		expect(message).toContain('1');
	});

	it('tells a certificate that is not trusted apart', async () => {
		const { status, message } = await test({ port: dovecot.tlsPort!, security: 'tls' });
		expect(status).toBe('Error');
		expect(message).toMatch(/certificate/i);
	});

	it('tells a server without STARTTLS apart', async () => {
		const plain = await startDovecot();
		try {
			const { status, message } = await test({ port: plain.port, security: 'starttls' });
			expect(status).toBe('Error');
			expect(message).toMatch(/STARTTLS/);
		} finally {
			await plain.stop();
		}
	});
});

it('fills the folder list of the editor from the account', async () => {
	const user = dovecot.newUser();
	await dovecot.createFolder(user, 'Größe & Maß');
	const workflow = await TriggerWorkflow.create(n8n.api, loginOf(user));
	const options = await workflow.folderOptions();
	expect(options.map(({ value }) => value)).toEqual(expect.arrayContaining(['INBOX', 'Größe & Maß']));
});

describe('a published workflow', () => {
	let user: string;
	let workflow: TriggerWorkflow;
	/** Everything that was emitted so far, in short. */
	const history: string[] = [];

	beforeAll(async () => {
		user = dovecot.newUser();
		await dovecot.append(user, 'INBOX', mail('was there before'));
		workflow = await TriggerWorkflow.create(n8n.api, loginOf(user));
		await workflow.publish();
	});

	const expectNext = async (...events: string[]): Promise<Item[]> => {
		history.push(...events);
		const items = await workflow.emitted(history.length);
		expect(items.map(inShort)).toEqual(history);
		return events.length === 0 ? [] : items.slice(-events.length);
	};

	it('emits a message that arrives, once, with what it says', async () => {
		await dovecot.append(user, 'INBOX', mail('first', 'Good morning!'));
		await workflow.poll();
		const [item] = await expectNext('messageNew 2');
		expect(item).toMatchObject({
			event: 'messageNew',
			eventId: expect.any(String),
			folder: 'INBOX',
			uid: 2,
			uidValidity: expect.stringMatching(/^\d+$/),
			flags: [],
			messageId: '<first@example.com>',
			subject: 'first',
			from: { name: 'Anna Example', address: 'anna@example.com' },
			to: [expect.objectContaining({ address: 'shop@example.org' })],
			date: '2026-11-22T10:00:00.000Z',
			text: expect.stringContaining('Good morning!'),
		});
	});

	it('emits nothing when it looks again and nothing happened', async () => {
		await workflow.poll();
		await workflow.poll();
		await expectNext();
	});

	it('emits exactly one update for a changed flag', async () => {
		await dovecot.flags(user, 'INBOX', [1], { add: ['\\Flagged'] });
		await workflow.poll();
		await workflow.poll();
		const [item] = await expectNext('messageUpdated 1 +\\Flagged');
		expect(item).toMatchObject({ flagsAdded: ['\\Flagged'], flagsRemoved: [], flags: ['\\Flagged'] });
	});

	it('emits one deletion for a message that is gone', async () => {
		await dovecot.expunge(user, 'INBOX', [2]);
		await workflow.poll();
		await workflow.poll();
		await expectNext('messageDeleted 2');
	});

	it('leaves the server as it was: nothing is read by looking', async () => {
		await dovecot.append(user, 'INBOX', mail('unread stays unread'));
		await workflow.poll();
		await expectNext('messageNew 3');
		const [, message] = await dovecot.fetchAll(user, 'INBOX');
		expect(message).toMatchObject({ uid: 3, flags: [] });
	});

	it('shows the newest message in a test run and leaves its place in the mailbox alone', async () => {
		const before = await workflow.staticData();
		const { execution, items } = await workflow.runManually();
		expect(execution).toMatchObject({ status: 'success', mode: 'manual' });
		expect(items).toMatchObject([{ event: 'messageNew', uid: 3, subject: 'unread stays unread' }]);
		expect(await workflow.staticData()).toEqual(before);
		expect(before).toMatchObject({ 'node:IMAP Sync Trigger': expect.anything() });
	});

	it('goes on after a restart of n8n with what came meanwhile, and nothing twice', async () => {
		await n8n.stop();
		await dovecot.append(user, 'INBOX', mail('came during the restart'));
		await n8n.start();
		await expectNext('messageNew 4');
		await workflow.poll();
		await expectNext();
	});

	it('goes on after n8n was killed between two polls, and nothing twice', async () => {
		await n8n.kill();
		await dovecot.append(user, 'INBOX', mail('came while it was dead'));
		await dovecot.flags(user, 'INBOX', [4], { add: ['\\Seen'] });
		await n8n.start();
		const items = await workflow.emitted(history.length + 2);
		const news = items.slice(history.length).map(inShort).sort();
		expect(news).toEqual(['messageNew 5', 'messageUpdated 4 +\\Seen']);
		expect(new Set(items.map(({ eventId }) => eventId)).size).toBe(items.length);
	});

	it('never puts the password into an item or its memory', async () => {
		const items = JSON.stringify(await workflow.emitted(history.length + 2));
		expect(items).not.toContain(dovecot.password);
		expect(JSON.stringify(await workflow.staticData())).not.toContain(dovecot.password);
		await workflow.unpublish();
	});
});

describe('a workflow that cannot start', () => {
	const wrongPassword = 'wr0ng-c4nary-in-activation';
	let user: string;
	let refused: Record<'wrong password' | 'unknown host' | 'missing folder', Error>;

	// n8n tries an activation five times over 16 seconds, so these three fail side by side.
	beforeAll(async () => {
		user = dovecot.newUser();
		const login = loginOf(user);
		const failing = {
			'wrong password': await TriggerWorkflow.create(n8n.api, { ...login, password: wrongPassword }),
			'unknown host': await TriggerWorkflow.create(n8n.api, { ...login, host: 'mail.no-such-host.invalid' }),
			'missing folder': await TriggerWorkflow.create(n8n.api, login, { folders: ['INBOX', 'No such folder'] }),
		};
		const errors = Object.entries(failing).map(async ([name, workflow]) => [name, await rejection(workflow.publish())]);
		refused = Object.fromEntries(await Promise.all(errors));
	});

	it('names the user and the host when the login is refused', () => {
		const { message } = refused['wrong password'];
		expect(message).toMatch(/problem activating the workflow/);
		expect(message).toContain(`${dovecot.host}:${dovecot.port} refused the login of ${user}`);
	});

	it('names the host that is not found', () => {
		expect(refused['unknown host'].message).toContain('no mail server with the name mail.no-such-host.invalid');
	});

	it('names the folder that is not there', () => {
		expect(refused['missing folder'].message).toContain('The folder "No such folder" does not exist');
	});

	it('never shows the password: not in the error, not in the log', () => {
		expect(refused['wrong password'].message).not.toContain(wrongPassword);
		expect(n8n.log()).not.toContain(wrongPassword);
	});
});

async function rejection(promise: Promise<unknown>): Promise<Error> {
	try {
		await promise;
	} catch (error) {
		return error as Error;
	}
	throw new Error('It was expected to fail and did not');
}
