import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { startDovecot, type Dovecot } from '../support/dovecot';
import { startProxy, type CountingProxy, type ProxyOptions } from '../support/wire/countingProxy';
import { RawImap } from '../support/wire/rawImap';

describe('the counting proxy in front of Dovecot', () => {
	let dovecot: Dovecot;
	let proxy: CountingProxy;
	beforeAll(async () => {
		dovecot = await startDovecot();
	});
	afterAll(() => dovecot.stop());
	afterEach(() => proxy.stop());

	const through = async (options?: ProxyOptions): Promise<{ client: RawImap; user: string }> => {
		proxy = await startProxy(dovecot, options);
		const user = dovecot.newUser();
		await dovecot.append(user, 'INBOX', 'Subject: one\r\n\r\n* CAPABILITY IMAP4rev1 QRESYNC\r\n');
		return { client: await RawImap.login({ ...proxy, user, password: dovecot.password }), user };
	};

	it('counts a known dialogue to the byte', async () => {
		const { client } = await through();
		const before = proxy.totals();
		expect(before.login).toMatchObject({ commands: 1, roundTrips: 1, toServer: 'r1 LOGIN "user1" "secret"\r\n'.length });
		expect(before.work).toEqual({ commands: 0, roundTrips: 0, toServer: 0, toClient: 0 });
		await client.ok('NOOP');
		await client.ok('ENABLE QRESYNC');
		await client.ok('STATUS INBOX (MESSAGES)');
		await client.logout();
		const { work, login, logout, connections } = proxy.totals();
		const sent = 'r2 NOOP\r\nr4 STATUS INBOX (MESSAGES)\r\n';
		const received = proxy.connections[0].transcript
			.filter((line) => /^S: (r2 |\* STATUS|r4 )/.test(line))
			.map((line) => `${line.slice(3)}\r\n`);
		expect(work).toEqual({ commands: 2, roundTrips: 2, toServer: sent.length, toClient: received.join('').length });
		expect(login.commands).toBe(2);
		expect(logout).toMatchObject({ commands: 1, toServer: 'r5 LOGOUT\r\n'.length });
		expect(connections).toBe(1);
	});

	it('counts commands sent together as one round trip, literals with their command', async () => {
		const { client } = await through();
		const message = Buffer.from('Subject: two\r\n\r\nHi\r\n');
		await Promise.all([client.ok('NOOP'), client.ok('APPEND INBOX ', message), client.ok('NOOP')]);
		const sent = 'r2 NOOP\r\nr3 APPEND INBOX {20+}\r\n'.length + message.length + '\r\nr4 NOOP\r\n'.length;
		expect(proxy.totals().work).toMatchObject({ commands: 3, roundTrips: 1, toServer: sent });
		await client.logout();
	});

	it('counts the wait before a synchronising literal, and IDLE with its DONE as one command', async () => {
		const { client } = await through();
		client.send('x1 APPEND INBOX {5}\r\n');
		await client.sees(/^\+ /);
		client.send('a: b\r\r\n');
		await client.sees(/^x1 OK/);
		expect(proxy.totals().work).toMatchObject({ commands: 1, roundTrips: 2 });
		proxy.reset();
		await client.ok('SELECT INBOX');
		const idle = client.command('IDLE');
		await client.sees(/^\+ idling/);
		client.send('DONE\r\n');
		await idle;
		expect(proxy.totals().work).toMatchObject({
			commands: 2,
			roundTrips: 2,
			toServer: 'r2 SELECT INBOX\r\nr3 IDLE\r\nDONE\r\n'.length,
		});
		await client.logout();
	});

	it('hides capabilities in greeting, login answer and CAPABILITY, and what only a server with them says', async () => {
		const { client } = await through({ mask: ['QRESYNC', 'CONDSTORE', 'UIDPLUS', 'LIST-STATUS'] });
		const login = proxy.connections[0].transcript.find((line) => / OK \[CAPABILITY/.test(line));
		const { untagged } = await client.ok('CAPABILITY');
		for (const line of [await client.greeting, login, untagged.join()]) {
			expect(line).not.toMatch(/QRESYNC|CONDSTORE|UIDPLUS|LIST-STATUS/);
			expect(line).toMatch(/CAPABILITY IMAP4rev1 .*\bENABLE IDLE\b/);
		}
		expect((await client.ok('ENABLE QRESYNC')).untagged).toEqual([]);
		expect((await client.ok('SELECT INBOX')).untagged.join('\n')).not.toMatch(/MODSEQ/);
		expect((await client.ok('APPEND INBOX ', Buffer.from('a: b\r\n'))).text).not.toContain('APPENDUID');
		await client.logout();
	});

	it('shows the same server unmasked as rich as it is', async () => {
		const { client } = await through();
		expect((await client.ok('ENABLE QRESYNC')).untagged).toEqual(['* ENABLED QRESYNC']);
		expect((await client.ok('SELECT INBOX')).untagged.join('\n')).toMatch(/\[HIGHESTMODSEQ \d+\]/);
		await client.logout();
	});

	it('never touches the inside of a literal', async () => {
		const { client } = await through({
			mask: ['QRESYNC'],
			onServerLine: (line) => (line.startsWith('* CAPABILITY') ? null : undefined),
		});
		await client.ok('SELECT INBOX');
		const { untagged } = await client.ok('FETCH 1 BODY.PEEK[TEXT]');
		expect(untagged.join()).toContain('* CAPABILITY IMAP4rev1 QRESYNC\r\n');
		await client.logout();
	});

	it('lies as told: swallows a response with its literal, replaces one, answers in the place of the server', async () => {
		const { client } = await through({
			onServerLine: (line) => {
				if (/^\* 1 FETCH/.test(line)) return null;
				if (/^\* \d+ EXISTS/.test(line)) return ['* 7 EXISTS', '* 8 EXISTS'];
			},
			onClientLine: (_line, { command, toClient }) => {
				if (command?.name !== 'UID FETCH') return;
				toClient(`${command.tag} NO [UNAVAILABLE] try later`);
				return null;
			},
		});
		const select = await client.ok('SELECT INBOX');
		expect(select.untagged.filter((line) => line.endsWith('EXISTS'))).toEqual(['* 7 EXISTS', '* 8 EXISTS']);
		expect(await client.command('FETCH 1 (BODY.PEEK[] UID)')).toMatchObject({ status: 'OK', untagged: [] });
		expect(await client.command('UID FETCH 1 FLAGS')).toMatchObject({ status: 'NO', text: '[UNAVAILABLE] try later' });
		expect((await client.ok('NOOP')).status).toBe('OK');
		await client.logout();
	});

	it('cuts after a number of bytes, and only once', async () => {
		const { client, user } = await through();
		const cut = proxy.cutAfter({ direction: 'toClient', bytes: 5, phase: 'work' });
		await expect(client.ok('NOOP')).rejects.toThrow(/closed the connection/);
		expect(cut.happened).toBe(true);
		expect(proxy.totals().work.toClient).toBe(5);
		const next = await RawImap.login({ ...proxy, user, password: dovecot.password });
		await next.ok('NOOP');
		await next.logout();
	});

	it('cuts after a command that the server carries out, so that only the answer is lost', async () => {
		const { client, user } = await through();
		await client.ok('SELECT INBOX');
		proxy.cutAfter({ direction: 'toServer', commands: 2 });
		await client.ok('NOOP');
		await expect(client.ok('STORE 1 +FLAGS (\\Flagged)')).rejects.toThrow(/closed the connection/);
		const deadline = Date.now() + 5_000;
		const flagged = async (): Promise<boolean> => (await dovecot.fetchAll(user, 'INBOX'))[0].flags.includes('\\Flagged');
		while (!(await flagged())) expect(Date.now()).toBeLessThan(deadline);
	});

	it('cuts after an answer', async () => {
		const { client } = await through();
		proxy.cutAfter({ direction: 'toClient', commands: 2 });
		await client.ok('NOOP');
		await client.ok('NOOP');
		await client.closed();
		await expect(client.ok('NOOP')).rejects.toThrow();
	});

	it('stalls and goes on', async () => {
		const { client } = await through();
		proxy.stall('toClient');
		let answered = false;
		const noop = client.ok('NOOP').then(() => (answered = true));
		const other = await dovecot.login(dovecot.newUser());
		await other.ok('NOOP');
		expect(answered).toBe(false);
		proxy.resume();
		await noop;
		await Promise.all([other.logout(), client.logout()]);
	});

	it('passes large answers on without holding them', async () => {
		const { client, user } = await through();
		await dovecot.append(user, 'INBOX', Buffer.alloc(20 << 20, 'x'));
		await client.ok('EXAMINE INBOX');
		const { untagged } = await client.ok('FETCH 2 BODY.PEEK[]');
		expect(untagged[0].length).toBeGreaterThan(20 << 20);
		expect(proxy.totals().work.toClient).toBeGreaterThan(20 << 20);
		await client.logout();
	});
});

describe('the counting proxy in front of a server that sends every byte by itself', () => {
	it('puts lines together again before it masks them', async () => {
		const greeting = '* OK [CAPABILITY IMAP4rev1 QRESYNC IDLE] text with {3}\r\n';
		const answer = '* 1 FETCH (BODY[] {9}\r\n* ENABLED FLAGS ())\r\nr1 OK done\r\n';
		const server: Server = createServer((socket: Socket) => {
			socket.setNoDelay(true);
			socket.on('error', () => undefined);
			const say = (text: string): void => {
				if (text !== '') socket.write(text[0], () => setImmediate(say, text.slice(1)));
			};
			say(greeting);
			socket.once('data', () => say(answer));
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const proxy = await startProxy({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, { mask: ['QRESYNC'] });
		const client = await RawImap.connect(proxy);
		const { untagged } = await client.command('NOOP');
		expect(await client.greeting).toBe('* OK [CAPABILITY IMAP4rev1 IDLE] text with {3}');
		expect(untagged).toEqual(['* 1 FETCH (BODY[] {9}\r\n* ENABLED FLAGS ())']);
		client.destroy();
		await proxy.stop();
		await new Promise((resolve) => server.close(resolve));
	});
});
