import { connectMailServer, type ImapMailServer } from '../../sync/imap/ImapMailServer';
import type { ConnectionSettings } from '../../sync/imap/settings';
import { SyncError } from '../../sync/errors/syncError';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { startProxy, type CountingProxy, type LineContext } from '../support/wire/countingProxy';

/** What follows the login goes out together: it comes out as if each were sent by itself, whatever the server makes of it. */
describe('a login by flights', () => {
	let dovecot: Dovecot;
	let proxy: CountingProxy;
	const servers: ImapMailServer[] = [];

	beforeAll(async () => {
		dovecot = await startDovecot();
	});
	afterAll(async () => {
		await dovecot?.stop();
	});
	// One each: what a server could not cope with is remembered by the way to it.
	beforeEach(async () => {
		proxy = await startProxy(dovecot);
	});
	afterEach(async () => {
		await Promise.all(servers.splice(0).map((server) => server.close()));
		await proxy.stop();
	});

	async function connect(more: Partial<ConnectionSettings> = {}): Promise<ImapMailServer> {
		const server = await connectMailServer({
			user: dovecot.newUser('login'),
			password: dovecot.password,
			host: proxy.host,
			port: proxy.port,
			security: 'none',
			allowUnauthorizedCerts: false,
			...more,
		});
		servers.push(server);
		return server;
	}

	const said = (): string[] =>
		[...proxy.transcript().matchAll(/^C: \S+ (\w+)/gm)].map(([, name]) => name).filter((name) => name !== 'LOGOUT');
	const logins = (): number => proxy.totals().login.roundTrips;

	it('takes two round trips, and finds out the same', async () => {
		const server = await connect();
		expect(said()).toEqual(['AUTHENTICATE', 'ID', 'NAMESPACE', 'ENABLE']);
		expect(logins()).toBe(2);
		expect(server.capabilities).toMatchObject({ qresync: true, condstore: true, listStatus: true });
		const { client } = await server.mainConnection();
		expect(client.serverInfo).toMatchObject({ name: 'Dovecot' });
		expect(client.namespaces).toMatchObject({ personal: [{ delimiter: expect.any(String) as string }] });
		expect(await server.listFolders({ status: false })).toContainEqual(expect.objectContaining({ path: 'INBOX' }));
	});

	it.each([
		['SASL-IR', { roundTrips: 3, names: ['AUTHENTICATE', 'ID', 'NAMESPACE', 'ENABLE'] }],
		['ID', { roundTrips: 2, names: ['AUTHENTICATE', 'NAMESPACE', 'ENABLE'] }],
		['NAMESPACE', { roundTrips: 2, names: ['AUTHENTICATE', 'ID', 'LIST', 'ENABLE'] }],
		['ENABLE', { roundTrips: 2, names: ['AUTHENTICATE', 'ID', 'NAMESPACE'] }],
		['AUTH=', { roundTrips: 2, names: ['LOGIN', 'ID', 'NAMESPACE', 'ENABLE'] }],
	])('without %s', async (capability, { roundTrips, names }) => {
		proxy.mask = capability === 'AUTH=' ? ['AUTH=PLAIN', 'AUTH=LOGIN'] : [capability];
		const server = await connect();
		expect(said()).toEqual(names);
		expect(logins()).toBeLessThanOrEqual(roundTrips);
		expect(await server.listFolders({ status: false })).toContainEqual(expect.objectContaining({ path: 'INBOX' }));
	});

	it('sends the password again to a server that asks for it all the same', async () => {
		const ask: Record<string, string> = {};
		proxy.onClientLine = (line) => {
			const [tag, name, , response] = line.split(' ');
			if (name === 'AUTHENTICATE' && response) ask[tag] = response;
			return name === 'AUTHENTICATE' ? `${tag} AUTHENTICATE PLAIN` : undefined;
		};
		await connect();
		expect(Object.values(ask)).toHaveLength(1);
	});

	it.each([
		['ID', {}],
		['NAMESPACE', {}],
		['ENABLE', { qresync: false, condstore: false }],
	])('a refused %s leaves the others their answers', async (name, without) => {
		proxy.onServerLine = (line, { command }) =>
			command?.name !== name ? undefined : line.startsWith(`${command.tag} OK`) ? `${command.tag} BAD no` : null;
		const server = await connect();
		expect(logins()).toBe(2);
		expect(server.capabilities).toMatchObject({ qresync: true, condstore: true, ...without });
	});

	it('goes one by one where the server refuses without saying what', async () => {
		proxy.onServerLine = (line, { command }) =>
			command?.name === 'ID' && line.startsWith(command.tag) && proxy.totals().connections === 1 ? 'BAD confused' : undefined;
		const server = await connect();
		expect(proxy.totals().connections).toBe(2);
		expect(server.capabilities).toMatchObject({ qresync: true });
		await connect();
		expect(proxy.totals().connections).toBe(3);
	});

	it('goes one by one where the server loses what came too early', async () => {
		const underWay = new Map<LineContext['connection'], number>();
		proxy.onClientLine = (line, { connection }) => {
			// The password, where it is asked for.
			if (!line.includes(' ')) return undefined;
			const count = (underWay.get(connection) ?? 0) + 1;
			underWay.set(connection, count);
			return count > 1 ? null : undefined;
		};
		proxy.onServerLine = (line, { connection, command }) => {
			if (command && line.startsWith(`${command.tag} `)) underWay.set(connection, 0);
			return undefined;
		};
		const server = await connect({ commandTimeoutMs: 1_000 });
		expect(server.capabilities).toMatchObject({ qresync: true });
		expect(await server.listFolders({ status: false })).toContainEqual(expect.objectContaining({ path: 'INBOX' }));
		await connect({ commandTimeoutMs: 1_000 });
		expect(proxy.totals().connections).toBe(3);
	});

	it('compresses with the flight', async () => {
		const server = await connect({ compression: true });
		if (!said().includes('COMPRESS'))
			expect((await server.mainConnection()).client.capabilities.has('COMPRESS=DEFLATE')).toBe(false);
		expect(await server.listFolders({ status: false })).toContainEqual(expect.objectContaining({ path: 'INBOX' }));
	});

	it('a cut at each answer is an error, or a connection that works', async () => {
		await connect();
		const { toClient } = proxy.totals().login;
		for (let bytes = 1; bytes <= toClient; bytes += 13) {
			const cut = proxy.cutAfter({ direction: 'toClient', bytes, phase: 'login' });
			const outcome = await connect().catch((error: unknown) => error);
			expect(cut.happened).toBe(true);
			expect(outcome).toBeInstanceOf(SyncError);
		}
	});
});
