import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { lookup } from 'node:dns';
import { createServer, type AddressInfo, type LookupFunction, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentEgress } from '../../nodes/shared/environmentEgress';
import { describeSyncError } from '../../nodes/shared/errorTexts/describeSyncError';
import { testCredential } from '../../nodes/shared/methods';
import { SyncError } from '../../sync/errors/syncError';
import type { EgressFilter } from '../../sync/imap/egressFilter';
import { connectMailServer } from '../../sync/imap/ImapMailServer';
import type { ConnectionSettings } from '../../sync/imap/settings';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { makeCertificate, type CertificateAsk } from '../support/dovecot/certificate';
import { itWith, startMicrosocks, startTinyproxy } from '../support/installedProxies';
import { startConnectProxy, startSocksProxy, type Tunnel } from '../support/tunnels';
import { startProxy } from '../support/wire/countingProxy';

/** What lies between n8n and a mail server: TLS in all its forms, proxies, restrictions of addresses, and what is no mail server at all. */

const folder = mkdtempSync(join(tmpdir(), 'imap-sync-network-'));
let dovecot: Dovecot;
const servers: Server[] = [];
const tunnels: Tunnel[] = [];

beforeAll(async () => {
	execFileSync('openssl', [
		...[
			'req',
			'-x509',
			'-newkey',
			'ec',
			'-pkeyopt',
			'ec_paramgen_curve:prime256v1',
			'-nodes',
			'-days',
			'2',
			'-subj',
			'/CN=clients',
		],
		...['-keyout', join(folder, 'client.key'), '-out', join(folder, 'client.pem')],
	]);
	dovecot = await startDovecot({
		tls: true,
		extraConfig: `ssl_ca = <${join(folder, 'client.pem')}\nssl_verify_client_cert = yes\nssl_require_crl = no\n`,
	});
});
afterAll(async () => {
	await dovecot?.stop();
	for (const server of servers) server.close();
	await Promise.all(tunnels.map((tunnel) => tunnel.stop()));
	rmSync(folder, { recursive: true, force: true });
});

const settings = (changes: Partial<ConnectionSettings> = {}): ConnectionSettings => ({
	user: dovecot.newUser(),
	password: dovecot.password,
	host: '127.0.0.1',
	port: dovecot.tlsPort ?? 0,
	security: 'tls',
	allowUnauthorizedCerts: false,
	connectTimeoutMs: 20_000,
	...changes,
});
const startTls = (changes: Partial<ConnectionSettings> = {}): ConnectionSettings =>
	settings({ port: dovecot.port, security: 'starttls', ...changes });
const plain = (changes: Partial<ConnectionSettings> = {}): ConnectionSettings =>
	settings({ port: dovecot.port, security: 'none', ...changes });
const authority = (): string => readFileSync(dovecot.caFile ?? '', 'utf8');

async function foldersBy(how: ConnectionSettings): Promise<string[]> {
	const server = await connectMailServer(how);
	try {
		return (await server.listFolders({ status: false })).map(({ path }) => path);
	} finally {
		await server.close();
	}
}

async function failure(how: ConnectionSettings): Promise<SyncError> {
	const thrown = await foldersBy(how).catch((error: unknown) => error);
	if (!(thrown instanceof SyncError)) throw new Error(`no SyncError: ${String(thrown)}`);
	return thrown;
}

async function listen(server: Server): Promise<number> {
	servers.push(server);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return (server.address() as AddressInfo).port;
}

describe('a certificate', () => {
	it('of a private authority is taken with that authority, also after STARTTLS', async () => {
		expect(await foldersBy(settings({ ca: authority() }))).toContain('INBOX');
		expect(await foldersBy(startTls({ ca: authority() }))).toContain('INBOX');
		expect(await failure(settings())).toMatchObject({ code: 'tlsNotTrusted' });
	});

	it('that is pinned is taken by whoever signed it, and no other gets the password', async () => {
		const server = await connectMailServer(settings({ ca: authority() }));
		const { fingerprint = '', tlsVersion } = server.peer;
		await server.close();
		expect(fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
		expect(tlsVersion).toBe('TLSv1.3');
		expect(await foldersBy(settings({ fingerprint }))).toContain('INBOX');
		expect(await foldersBy(startTls({ fingerprint }))).toContain('INBOX');
		const other = `00${fingerprint.slice(2)}`;
		for (const how of [settings({ fingerprint: other }), startTls({ fingerprint: other })]) {
			const before = dovecot.log().split('Login: ').length;
			const error = await failure(how);
			expect(error).toMatchObject({ code: 'tlsNotTrusted', data: { problem: 'otherFingerprint', found: fingerprint } });
			expect(dovecot.log().split('Login: ')).toHaveLength(before);
		}
	});

	it('is shown by the test of the credential, so that it can be pinned', async () => {
		const { user, password, host, port } = settings();
		const data = { user, password, host, port, security: 'tls' };
		const { status, message } = await testCredential({ id: '1', name: 'x', type: 'imapSyncApi', data });
		expect(status).toBe('Error');
		const fingerprint = /Its fingerprint \(SHA-256\) is (\S+):/.exec(message)?.[1] ?? '';
		const pinned = await testCredential({ id: '1', name: 'x', type: 'imapSyncApi', data: { ...data, fingerprint } });
		expect(pinned).toMatchObject({ status: 'OK', message: expect.stringContaining('encrypted with TLSv1.3') });
	});

	it.each<[string, CertificateAsk, { code: string; problem: string }]>([
		[
			'that ended',
			{ valid: { from: new Date('2020-01-01'), until: new Date('2021-01-01') } },
			{ code: 'tlsNotTrusted', problem: 'CERT_HAS_EXPIRED' },
		],
		[
			'that has not begun',
			{ valid: { from: new Date('2090-01-01'), until: new Date('2091-01-01') } },
			{ code: 'tlsNotTrusted', problem: 'CERT_NOT_YET_VALID' },
		],
		['for another name', { names: ['DNS:mail.example.com'] }, { code: 'tlsNotTrusted', problem: 'ERR_TLS_CERT_ALTNAME_INVALID' }],
	])('%s is refused before the password, with its reason, and taken where it is pinned', async (_, tls, { code, problem }) => {
		const other = await startDovecot({ tls });
		try {
			const ca = readFileSync(other.caFile ?? '', 'utf8');
			const implicit = settings({ port: other.tlsPort, ca });
			const upgraded = startTls({ port: other.port, ca });
			for (const how of [implicit, upgraded]) expect(await failure(how)).toMatchObject({ code, data: { problem } });
			expect(other.log()).not.toContain('Login: ');
			const fingerprint = new X509Certificate(ca).fingerprint256;
			for (const how of [implicit, upgraded]) expect(await foldersBy({ ...how, fingerprint })).toContain('INBOX');
			if (tls.names) expect(await foldersBy({ ...implicit, servername: 'mail.example.com' })).toContain('INBOX');
		} finally {
			await other.stop();
		}
	});

	it('of the client goes along', async () => {
		const [cert, key] = ['client.pem', 'client.key'].map((file) => readFileSync(join(folder, file), 'utf8'));
		expect(await foldersBy(settings({ ca: authority(), cert, key }))).toContain('INBOX');
	});
});

it('refuses STARTTLS that somebody on the way took out', async () => {
	const proxy = await startProxy(dovecot);
	proxy.onServerLine = (line) => line.replace(/ STARTTLS/, '');
	const error = await failure(startTls({ ca: authority(), port: proxy.port }));
	expect(error.code).toBe('startTlsNotOffered');
	expect(proxy.transcript()).not.toMatch(/AUTHENTICATE|LOGIN /);
	await proxy.stop();
});

it.each([
	[
		'none where it asks for encryption',
		{ security: 'none' as const },
		{ code: 'loginRefused', data: { reason: 'encryptionRequired' } },
	],
	['TLS on the port for STARTTLS', { security: 'tls' as const }, { code: 'tlsFailed' }],
])('says what to change for %s, and sends no password', async (_, change, expected) => {
	const strict = await startDovecot({ tls: true, extraConfig: 'ssl = required\n' });
	const proxy = await startProxy(strict);
	// Dovecot takes whoever comes from its own address for encrypted: it says no such thing to others.
	proxy.onServerLine = (line) => line.replace(/ AUTH=[^\s\]]+/g, '').replace('IMAP4rev1', 'IMAP4rev1 LOGINDISABLED');
	try {
		const ca = readFileSync(strict.caFile ?? '', 'utf8');
		expect(await failure(settings({ port: proxy.port, ca, ...change }))).toMatchObject(expected);
		expect(proxy.transcript()).not.toMatch(/AUTHENTICATE|LOGIN "/);
		proxy.onServerLine = undefined;
		expect(await foldersBy(startTls({ port: strict.port, ca }))).toContain('INBOX');
	} finally {
		await proxy.stop();
		await strict.stop();
	}
});

it('says what to change for TLS where the server has none', async () => {
	const clear = await startDovecot();
	try {
		expect(await failure(settings({ port: clear.port }))).toMatchObject({ code: 'tlsFailed' });
		expect(await failure(startTls({ port: clear.port }))).toMatchObject({ code: 'startTlsNotOffered' });
		expect(await foldersBy(plain({ port: clear.port }))).toContain('INBOX');
	} finally {
		await clear.stop();
	}
});

it('says that a server speaks only an old version of TLS, and takes it where that is allowed', async () => {
	const { certFile, keyFile } = await makeCertificate(folder);
	const old = createTlsServer({
		cert: readFileSync(certFile),
		key: readFileSync(keyFile),
		minVersion: 'TLSv1',
		maxVersion: 'TLSv1.1',
		ciphers: 'DEFAULT@SECLEVEL=0',
	});
	old.on('secureConnection', (socket) => socket.on('error', () => undefined).end('* BYE not today\r\n'));
	old.on('tlsClientError', () => undefined);
	const port = await listen(old);
	expect(await failure(settings({ port, ca: readFileSync(certFile, 'utf8') }))).toMatchObject({
		code: 'tlsFailed',
		data: { reason: 'oldVersion' },
	});
	const allowed = await failure(settings({ port, ca: readFileSync(certFile, 'utf8'), lowestTls: 'TLSv1' }));
	expect(describeSyncError(allowed).message).toMatch(/not today/);
});

it.each([
	['220 mail.example.com ESMTP ready\r\n', 'smtp'],
	['+OK POP3 ready\r\n', 'pop3'],
	['HTTP/1.1 408 Request Timeout\r\n\r\n', 'web'],
	['SSH-2.0-OpenSSH_9\r\n', 'ssh'],
])('says at once what answers in the place of a mail server: %j', async (greeting, service) => {
	const port = await listen(createServer((socket) => socket.on('error', () => undefined).write(greeting)));
	const began = Date.now();
	expect(await failure(plain({ port }))).toMatchObject({ code: 'notImap', data: { service } });
	expect(Date.now() - began).toBeLessThan(10_000);
});

describe('through a proxy', () => {
	const started = async (tunnel: Promise<Tunnel>): Promise<Tunnel> => {
		tunnels.push(await tunnel);
		return await tunnel;
	};

	it.each([
		['SOCKS5', startSocksProxy],
		['HTTP CONNECT', startConnectProxy],
	])('%s, plain, with STARTTLS and with TLS', async (_, start) => {
		const tunnel = await started(start());
		for (const how of [plain(), startTls({ ca: authority() }), settings({ ca: authority() })])
			expect(await foldersBy({ ...how, host: 'localhost', proxyUrl: tunnel.url })).toContain('INBOX');
		// The proxy looks names up.
		expect(tunnel.asked[0]).toBe(`localhost:${dovecot.port}`);
	});

	it('that wants a login', async () => {
		const tunnel = await started(startConnectProxy({ user: 'bob', password: 'pr0xy' }));
		expect(await foldersBy(plain({ proxyUrl: tunnel.url }))).toContain('INBOX');
		const error = await failure(plain({ proxyUrl: tunnel.url.replace('pr0xy', 'wr0ng') }));
		expect(error).toMatchObject({ code: 'connectionRefused', data: { reason: 'proxy' } });
		expect(JSON.stringify(error.data) + error.message).not.toContain('wr0ng');
	});

	for (const [program, start] of [
		['tinyproxy', startTinyproxy],
		['microsocks', startMicrosocks],
	] as const)
		itWith(program)(`${program}, with and without a login`, async () => {
			const login = { user: 'bob', password: 'pr0xy' };
			const [open, closed] = [await start(), await start(login)];
			try {
				for (const how of [plain(), startTls({ ca: authority() }), settings({ ca: authority() })])
					for (const { url } of [open, closed])
						expect(await foldersBy({ ...how, host: 'localhost', proxyUrl: url })).toContain('INBOX');
				for (const url of [closed.url.replace('pr0xy', 'wr0ng'), closed.url.replace('bob:pr0xy@', '')]) {
					const error = await failure(plain({ proxyUrl: url }));
					expect(error).toMatchObject({ code: 'connectionRefused', data: { reason: 'proxy' } });
					expect(JSON.stringify(error.data) + error.message).not.toContain('wr0ng');
				}
				expect(await failure(plain({ port: 1, proxyUrl: open.url }))).toMatchObject({ code: 'connectionRefused' });
			} finally {
				open.stop();
				closed.stop();
			}
		});

	it('keeps to the restrictions for host and proxy', async () => {
		const tunnel = await started(startSocksProxy());
		const egress = (environment: object): EgressFilter | undefined =>
			environmentEgress({ N8N_SSRF_PROTECTION_ENABLED: 'true', ...environment });
		const refused = { code: 'connectionRefused', data: { reason: 'egress' } };
		expect(await failure(plain({ egress: egress({}) }))).toMatchObject(refused);
		expect(await failure(plain({ host: 'localhost', egress: egress({}) }))).toMatchObject(refused);
		const onlyProxy = egress({ N8N_SSRF_ALLOWED_IP_RANGES: '127.0.0.1', N8N_SSRF_BLOCKED_IP_RANGES: 'default' });
		expect(await failure(plain({ host: '10.1.2.3', proxyUrl: tunnel.url, egress: onlyProxy }))).toMatchObject(refused);
		expect(await failure(plain({ host: '8.8.8.8', proxyUrl: tunnel.url, egress: egress({}) }))).toMatchObject(refused);
		expect(tunnel.asked).toEqual([]);
		expect(
			await foldersBy(plain({ host: 'localhost', proxyUrl: tunnel.url.replace('127.0.0.1', 'localhost'), egress: onlyProxy })),
		).toContain('INBOX');
	});
});

it('gets past an address that leads nowhere, although n8n switches that off', async () => {
	const both: LookupFunction = (host, options, done) => {
		if (host !== 'mail.test') return lookup(host, options, done as never);
		const addresses = [
			{ address: '100::1', family: 6 },
			{ address: '127.0.0.1', family: 4 },
		];
		if (options.all) done(null, addresses);
		else done(null, addresses[0].address, 6);
	};
	const egress: EgressFilter = { lookup: both, refusal: async () => undefined };
	expect(await foldersBy(plain({ host: 'mail.test', egress }))).toContain('INBOX');
});

it('waits where the server has too many connections, and uses fewer from then on', async () => {
	const small = await startDovecot({ extraConfig: 'mail_max_userip_connections = 2\n' });
	try {
		const how = plain({ host: small.host, port: small.port, connectTimeoutMs: 20_000 });
		const [first, second] = [
			await connectMailServer({ ...how, credentialId: 'first' }),
			await connectMailServer({ ...how, credentialId: 'second' }),
		];
		const third = connectMailServer({ ...how, credentialId: 'third' });
		const impatient = await connectMailServer({ ...how, credentialId: 'fourth', connectTimeoutMs: 500 }).catch(
			(error: unknown) => error,
		);
		expect(impatient).toMatchObject({ code: 'serverBusy', passing: true, data: { reason: 'slowDown', tooMany: true } });
		await first.close();
		await (await third).close();
		await second.close();
	} finally {
		await small.stop();
	}
});
