/** The push trigger while its mail server is away, or does not let it in: for hours, by a clock that goes faster than the wire. */
import dns from 'node:dns';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { makeCertificate, type CertificateAsk } from '../support/dovecot/certificate';
import { speedUpClock, type FastClock } from '../support/fastClock';
import { mail } from '../support/mail';
import { PushWorld, type PushWorldOptions } from '../support/pushContext';
import { startProxy, type CountingProxy, type ProxyOptions } from '../support/wire/countingProxy';

const MINUTE = 60_000;

let dovecot: Dovecot;
let clock: FastClock | undefined;
let worlds: PushWorld[] = [];
let proxies: CountingProxy[] = [];
beforeAll(async () => {
	dovecot = await startDovecot();
});
afterEach(async () => {
	for (const world of worlds) await world.stop();
	worlds = [];
	for (const one of proxies) await one.stop();
	proxies = [];
	clock?.restore();
	clock = undefined;
	jest.restoreAllMocks();
});
afterAll(async () => {
	await dovecot.stop();
});

async function proxy(options: ProxyOptions = {}, port?: number): Promise<CountingProxy> {
	const started = await startProxy(dovecot, options, port);
	proxies.push(started);
	return started;
}

/** A published workflow, and one message that came through. */
async function published(
	via: { host: string; port: number },
	options: Partial<PushWorldOptions> = {},
	tls: Record<string, unknown> = { security: 'none' },
): Promise<{ world: PushWorld; user: string }> {
	const user = dovecot.newUser();
	const { host, port } = via;
	const credential = { user, password: dovecot.password, host, port, ...tls };
	const world = new PushWorld({ ...options, credential });
	worlds.push(world);
	await world.start();
	await dovecot.append(user, 'INBOX', mail('before'));
	await world.until(() => world.subjects.includes('1 before'), 'the message before');
	return { world, user };
}

/** Lets so many minutes pass, in some seconds. */
async function pass(world: PushWorld, minutes: number, factor = 600): Promise<void> {
	clock = speedUpClock(factor, /PushWatch/);
	const end = Date.now() + minutes * MINUTE;
	await world.until(() => Date.now() >= end, `${minutes} minutes`, minutes * MINUTE);
}

/** Longer than what a server that was away is waited for before the next try; a refused login is waited for up to an hour. */
const SOON = 7 * MINUTE;
const HOUR = 60 * MINUTE;

const tries = (world: PushWorld): number => world.log.filter(({ level }) => level === 'warn').length;

/** Waits for a try that fails: one that was under way when the server comes back would make the next one wait, by the usual clock. */
async function failedTry(world: PushWorld): Promise<void> {
	const before = tries(world);
	await world.until(() => tries(world) > before, 'another try', HOUR);
}

it.each([
	[10, 0, 1],
	[120, 2, 3],
])('is back after %s minutes without the server, with nothing lost and %s to %s alarms', async (minutes, least, most) => {
	const via = await proxy();
	const { world, user } = await published(via);
	await via.stop();
	await dovecot.append(user, 'INBOX', mail('meanwhile'));
	await pass(world, minutes);
	expect(world.failed.length).toBeGreaterThanOrEqual(least);
	expect(world.failed.length).toBeLessThanOrEqual(most);
	// Half a second at first, up to five minutes later. On a busy machine ten minutes of this clock are over before so many.
	await world.until(() => tries(world) >= 5, 'five tries', HOUR);
	expect(tries(world)).toBeLessThanOrEqual(12 + minutes / 3);
	await failedTry(world);
	await proxy({}, via.port);
	clock?.slow(SOON);
	await world.until(() => world.subjects.includes('1 meanwhile'), 'what came meanwhile');
	await dovecot.append(user, 'INBOX', mail('after'));
	await world.until(() => world.subjects.includes('1 after'), 'what came after');
	expect(world.subjects).toEqual(['1 before', '1 meanwhile', '1 after']);
});

it('is at rest while the server is away and a message is due for its next attempt', async () => {
	const via = await proxy();
	const { world, user } = await published(via, {
		parameters: { options: { retryAfter: 0 } },
		onExecution: (execution) => {
			const { subject, attempt } = execution.items[0].json;
			if (subject !== 'poor' || attempt !== 1) return execution.end();
			void via.stop().then(() => execution.end('it failed'));
		},
	});
	let reads = 0;
	const { credential } = world;
	Object.defineProperty(world, 'credential', { get: () => (reads++, credential) });
	await dovecot.append(user, 'INBOX', mail('poor'));
	await world.until(() => world.executions.at(-1)!.ended && world.subjects.includes('1 poor'), 'the first attempt');
	await pass(world, 10);
	// The credential is read anew for each try, in case somebody mended it; ten minutes pass in moments, and more tries on a busy machine.
	expect(reads).toBeLessThanOrEqual(150);
	await failedTry(world);
	await proxy({}, via.port);
	clock?.slow(SOON);
	await world.until(() => world.subjects.includes('2 poor'), 'the second attempt');
});

it('finds out that the network is gone though no side was told, and catches up', async () => {
	const via = await proxy();
	const { world, user } = await published(via);
	await world.until(() => via.transcript().includes('IDLE'), 'the wait');
	for (const connection of via.connections) connection.lose();
	// The date of a message has no parts of a second, and is to be later than the last look.
	const second = Math.floor(Date.now() / 1_000);
	await world.until(() => Math.floor(Date.now() / 1_000) > second, 'another second');
	await dovecot.append(user, 'INBOX', mail('unheard'));
	// For the trigger it takes minutes, so that the message is an old one when it is found.
	clock = speedUpClock(20, /PushWatch/);
	await world.until(() => world.subjects.includes('1 unheard'), 'the message', 10 * MINUTE);
	clock.slow(SOON);
	expect(world.failed).toEqual([]);
	// It was no silence of the server: it is waited on as before.
	const isWaiting = (): boolean => /^C: \S+ IDLE/.test(via.connections.at(-1)?.transcript.at(-2) ?? '');
	await world.until(isWaiting, 'the next wait', 10_000);
});

it('comes back when the server says BYE and is started anew', async () => {
	const via = await proxy();
	const { world, user } = await published(via);
	for (let round = 0; round < 3; round++) {
		via.onServerLine = (line, { toClient, connection }) => {
			if (!/EXISTS/.test(line)) return undefined;
			toClient('* BYE Server shutting down.');
			setImmediate(() => connection.cut());
			via.onServerLine = undefined;
			return null;
		};
		await dovecot.append(user, 'INBOX', mail(`round ${round}`));
		await world.until(() => world.subjects.includes(`1 round ${round}`), `round ${round}`);
	}
	expect(world.failed).toEqual([]);
});

it('comes back when names can be resolved again, without a word for the first minutes', async () => {
	const { lookup } = dns;
	let isDead = false;
	let asked = 0;
	jest.spyOn(dns, 'lookup').mockImplementation(((name: string, options: never, done: (...answer: unknown[]) => void) => {
		if (name !== 'mail.example.test') return lookup(name, options, done as never);
		asked++;
		if (isDead) return process.nextTick(done, Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }));
		return lookup('127.0.0.1', options, done as never);
	}) as never);
	const via = await proxy();
	const { world, user } = await published({ host: 'mail.example.test', port: via.port });
	isDead = true;
	const before = asked;
	for (const connection of via.connections) connection.cut();
	await dovecot.append(user, 'INBOX', mail('meanwhile'));
	await pass(world, 5, 60);
	expect(world.failed).toEqual([]);
	expect(asked - before).toBeGreaterThan(4);
	expect(asked - before).toBeLessThan(40);
	await failedTry(world);
	isDead = false;
	clock?.slow(SOON);
	await world.until(() => world.subjects.includes('1 meanwhile'), 'the message');
});

it('tries a refused login ever more seldom, says so once an hour, and is back when the server lets it in', async () => {
	let refused = 0;
	let isRefusing = false;
	const via = await proxy({
		onClientLine: (_line, { command, toClient }) => {
			if (!isRefusing || !command || !/^(LOGIN|AUTHENTICATE)$/.test(command.name)) return undefined;
			refused++;
			toClient(`${command.tag} NO [AUTHENTICATIONFAILED] Authentication failed.`);
			return null;
		},
	});
	const { world, user } = await published(via);
	isRefusing = true;
	via.cut();
	await dovecot.append(user, 'INBOX', mail('meanwhile'));
	await pass(world, 100);
	// After 1, 2, 4, 8, 16, 32 minutes and an hour.
	expect(refused).toBeGreaterThanOrEqual(5);
	expect(refused).toBeLessThanOrEqual(10);
	expect(world.failed).toHaveLength(2);
	isRefusing = false;
	clock?.slow(HOUR);
	await world.until(() => world.subjects.includes('1 meanwhile'), 'the message');
});

/** Certificates of the mail server, by name. */
async function certificates(asks: Record<string, CertificateAsk>): Promise<Map<string, { cert: Buffer; key: Buffer }>> {
	const folder = mkdtempSync(join(tmpdir(), 'imap-sync-certificates-'));
	try {
		const made = new Map<string, { cert: Buffer; key: Buffer }>();
		for (const [name, ask] of Object.entries(asks)) {
			mkdirSync(join(folder, name));
			const { certFile, keyFile } = await makeCertificate(join(folder, name), ask);
			made.set(name, { cert: readFileSync(certFile), key: readFileSync(keyFile) });
		}
		return made;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

it('says that the certificate expired, once an hour, and is back when it is renewed', async () => {
	const ended = { from: new Date('2020-01-01'), until: new Date('2021-01-01') };
	const made = await certificates({ first: {}, ended: { valid: ended } });
	const sockets = new Set<TLSSocket>();
	const server = createServer(made.get('first')!, (socket) => {
		sockets.add(socket);
		const behind = connect(dovecot.port, dovecot.host);
		for (const [one, other] of [
			[socket, behind],
			[behind, socket],
		])
			one.on('error', () => undefined).on('close', () => other.destroy());
		socket.pipe(behind).pipe(socket);
	});
	server.on('tlsClientError', () => undefined);
	/** As a server does that was started anew with another certificate. */
	const takes = (name: string): void => {
		server.setSecureContext(made.get(name)!);
		for (const socket of sockets) socket.destroy();
	};
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	try {
		const ca = [...made.values()].map(({ cert }) => cert.toString()).join('\n');
		const { port } = server.address() as AddressInfo;
		const { world, user } = await published({ host: '127.0.0.1', port }, {}, { security: 'tls', ca });
		takes('ended');
		await dovecot.append(user, 'INBOX', mail('meanwhile'));
		await pass(world, 100);
		expect(world.failed.length).toBeGreaterThanOrEqual(1);
		expect(world.failed.length).toBeLessThanOrEqual(2);
		for (const message of world.failed) expect(message).toMatch(/certificate.*expired/i);
		await failedTry(world);
		takes('first');
		clock?.slow(HOUR);
		await world.until(() => world.subjects.includes('1 meanwhile'), 'the message');
		expect(world.subjects).toEqual(['1 before', '1 meanwhile']);
		await world.stop();
	} finally {
		server.close();
		for (const socket of sockets) socket.destroy();
	}
});
