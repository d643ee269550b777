import { connectMailServer } from '../../sync/imap/ImapMailServer';
import type { ConnectionSettings } from '../../sync/imap/settings';
import { FollowedAccount, told } from '../support/account';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/** Connections that one poll leaves open for the next of the same login. */

let dovecot: Dovecot;
let proxy: CountingProxy;
let user: string;
beforeAll(async () => {
	dovecot = await startDovecot();
	proxy = await startProxy(dovecot);
});
afterAll(async () => {
	await proxy?.stop();
	await dovecot?.stop();
});
beforeEach(() => {
	user = dovecot.newUser();
	proxy.reset();
});

const settings = (changes: Partial<ConnectionSettings> = {}): ConnectionSettings => ({
	user,
	password: dovecot.password,
	host: proxy.host,
	port: proxy.port,
	security: 'none',
	allowUnauthorizedCerts: false,
	keepWarmMs: 2_000,
	...changes,
});

const logins = (): number => proxy.transcript().match(/AUTHENTICATE|LOGIN /g)?.length ?? 0;

const mail = (subject: string): string => `Message-ID: <${subject}@example.com>\r\nSubject: ${subject}\r\n\r\nText\r\n`;

/** Until nothing of the proxy is open, with a bound. */
async function noneOpen(withinMs = 5_000): Promise<void> {
	const end = Date.now() + withinMs;
	while (proxy.connections.some(({ closed }) => !closed)) {
		if (Date.now() > end) throw new Error(`a connection is still open\n${proxy.transcript()}`);
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

it('spare the login, cost one round trip, and see all that happened', async () => {
	const account = FollowedAccount.on(settings());
	await account.run();
	await dovecot.append(user, 'INBOX', mail('one'));
	expect(told((await account.run()).events)).toEqual(['messageNew INBOX/1']);
	expect(logins()).toBe(1);
	await dovecot.expunge(user, 'INBOX', [1]);
	await dovecot.append(user, 'INBOX', mail('two'));
	expect(told((await account.run()).events).sort()).toEqual(['messageDeleted INBOX/1', 'messageNew INBOX/2']);
	expect((await account.run()).events).toEqual([]);
	expect(logins()).toBe(1);
	expect(proxy.transcript()).not.toMatch(/ CLOSE\b/);
	await noneOpen();
	expect(proxy.transcript()).toMatch(/LOGOUT/);
});

it("are nobody else's: neither of another password, nor of another credential, nor of an action", async () => {
	await (await connectMailServer(settings({ credentialId: 'one' }))).close();
	await (await connectMailServer(settings({ credentialId: 'two' }))).close();
	expect(logins()).toBe(2);
	await expect(connectMailServer(settings({ credentialId: 'one', password: 'wrong' }))).rejects.toMatchObject({
		code: 'loginRefused',
	});
	const action = await connectMailServer(settings({ credentialId: 'one', keepWarmMs: undefined }));
	expect(logins()).toBe(4);
	await action.close();
	await noneOpen();
});

it('leave no place that somebody waits for', async () => {
	const one = { maxConnections: 1 };
	const first = await connectMailServer(settings(one));
	const second = connectMailServer(settings({ ...one, keepWarmMs: undefined }));
	await first.close();
	await (await second).close();
	await (await connectMailServer(settings(one))).close();
	await (await connectMailServer(settings({ ...one, keepWarmMs: undefined }))).close();
	await noneOpen();
});

it('go at once to the poll that waits for the place, in turn', async () => {
	const one = { maxConnections: 1 };
	const first = await connectMailServer(settings(one));
	const polls = Array.from({ length: 3 }, async () => {
		const server = await connectMailServer(settings(one));
		const folders = await server.listFolders({ status: false });
		await server.close();
		return folders.map(({ path }) => path);
	});
	const action = connectMailServer(settings({ ...one, keepWarmMs: undefined })).then(async (server) => await server.close());
	await first.close();
	// An action, which is first in the row, gets a login of its own, and so does who comes after it.
	await action;
	for (const folders of await Promise.all(polls)) expect(folders).toEqual(['INBOX']);
	expect(logins()).toBe(3);
	await noneOpen();
});

it('that the server ended meanwhile are replaced', async () => {
	const account = FollowedAccount.on(settings());
	await account.run();
	proxy.cut();
	await dovecot.append(user, 'INBOX', mail('one'));
	expect(told((await account.run()).events)).toEqual(['messageNew INBOX/1']);
	expect(logins()).toBe(2);
	await noneOpen();
});

it('are not left open by a run that is broken off in the middle', async () => {
	const server = await connectMailServer(settings({ keepWarmMs: 60_000 }));
	proxy.stall();
	const listing = server.listFolders({ status: false }).catch((error: unknown) => error);
	await server.close();
	expect(await listing).toMatchObject({ code: 'connectionLost' });
	proxy.resume();
	await noneOpen();
});
