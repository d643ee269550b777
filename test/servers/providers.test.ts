import { readFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { readMailbox } from '../../nodes/shared/credentials';
import { describeSyncError } from '../../nodes/shared/errorTexts/describeSyncError';
import { locateServer } from '../../nodes/shared/locateServer';
import { SyncError } from '../../sync/errors/syncError';
import { connectMailServer } from '../../sync/imap/ImapMailServer';
import type { ConnectionSettings } from '../../sync/imap/settings';
import { FollowedAccount, told } from '../support/account';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { playProvider, providerProfiles } from '../support/providerProfiles';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/**
 * Providers by their profiles. The credential has the preset, a user and a password and nothing else; names lead to loopback, and the port
 * and the authority of the certificate are the test's.
 */
describe.each(Object.entries(providerProfiles))('%s', (_, profile) => {
	const { preset, refusal } = profile;
	let dovecot: Dovecot;
	let proxy: CountingProxy;
	let user: string;
	beforeAll(async () => {
		dovecot = await startDovecot({ tls: true });
		proxy = await startProxy(dovecot);
	});
	afterAll(async () => {
		await proxy?.stop();
		await dovecot?.stop();
	});
	beforeEach(() => {
		user = dovecot.newUser();
		playProvider(proxy, profile);
	});

	/** As the credential has it; the connection begins in the clear, so that the proxy can play the provider. */
	const settings = async (password: string): Promise<ConnectionSettings> => {
		const entered: ICredentialDataDecryptedObject =
			preset === undefined ? { host: 'mail.example.com', security: 'starttls' } : { provider: preset };
		const { data } = await locateServer({ ...entered, user, password });
		const toLoopback: LookupFunction = (_host, options, done) => {
			if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }]);
			else done(null, '127.0.0.1', 4);
		};
		return {
			...readMailbox(data).settings,
			port: proxy.port,
			security: 'none',
			egress: { lookup: toLoopback, refusal: async () => undefined },
		};
	};

	it('gets in with the preset alone, and sees the whole of a small life', async () => {
		const account = FollowedAccount.on(await settings(dovecot.password));
		await dovecot.append(user, 'INBOX', 'Message-ID: <old@example.com>\r\nSubject: old\r\n\r\nText\r\n');
		expect((await account.run()).problems).toEqual([]);
		for (const name of ['one', 'two'])
			await dovecot.append(user, 'INBOX', `Message-ID: <${name}@example.com>\r\nSubject: ${name}\r\n\r\nText\r\n`);
		expect(told((await account.run()).events)).toEqual(['messageNew INBOX/2', 'messageNew INBOX/3']);
		await dovecot.flags(user, 'INBOX', [2], { add: ['\\Seen'] });
		await dovecot.expunge(user, 'INBOX', [3]);
		const { events, problems } = await account.run();
		expect(problems).toEqual([]);
		expect(told(events).sort()).toEqual(['messageDeleted INBOX/3', expect.stringMatching(/^messageUpdated INBOX\/2/)]);
		expect((await account.run()).events).toEqual([]);
	});

	it('is understood when it refuses', async () => {
		const [words, advice] = refusal;
		proxy.onServerLine = (line, { command }) =>
			command !== undefined && line.startsWith(`${command.tag} NO`) ? `${command.tag} NO ${words}` : undefined;
		const error = await connectMailServer(await settings('wrong')).catch((thrown: unknown) => thrown);
		if (!(error instanceof SyncError)) throw new Error(`no SyncError: ${String(error)}`);
		expect(error.code).toBe('loginRefused');
		expect(describeSyncError(error).advice).toMatch(advice);
	});
});

it('a preset speaks TLS to the host that it names', async () => {
	const dovecot = await startDovecot({ tls: true });
	try {
		const { data } = await locateServer({ provider: 'gmail', user: 'me@gmail.com', password: dovecot.password });
		const { settings } = readMailbox(data);
		expect(settings).toMatchObject({ host: 'imap.gmail.com', port: 993, security: 'tls', allowUnauthorizedCerts: false });
		const lookup: LookupFunction = (_host, options, done) =>
			options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
		const there = {
			...settings,
			port: dovecot.tlsPort ?? 0,
			ca: readFileSync(dovecot.caFile ?? '', 'utf8'),
			egress: { lookup, refusal: async () => undefined },
		};
		// The certificate there is for localhost.
		await expect(connectMailServer(there)).rejects.toMatchObject({ data: { problem: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
		await (await connectMailServer({ ...there, servername: 'localhost' })).close();
	} finally {
		await dovecot.stop();
	}
});
