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
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/**
 * Providers as their documentation and public logs show them, each made of Dovecot by taking away what it does not offer and putting in
 * its own words. The credential has the preset, a user and a password and nothing else; names lead to loopback, and the port and the
 * authority of the certificate are the test's.
 */
interface Profile {
	/** The value of Provider; absent: a server of one's own. */
	preset?: string;
	lacks: string[];
	/** Whom it says it is (ID, RFC 2971). */
	id?: string;
	/** Its answer to a wrong password, and what has to be advised. */
	refusal: [string, RegExp];
}

const without = ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS'];

const profiles: Record<string, Profile> = {
	Gmail: {
		preset: 'gmail',
		lacks: ['QRESYNC', 'SORT', 'THREAD', 'SEARCHRES', 'WITHIN', 'NOTIFY'],
		id: '("name" "GImap" "vendor" "Google, Inc.")',
		refusal: ['[AUTHENTICATIONFAILED] Invalid credentials (Failure)', /app password/],
	},
	'Microsoft 365': {
		preset: 'microsoft',
		lacks: [...without, 'SPECIAL-USE', 'COMPRESS', 'LIST-EXTENDED', 'SORT', 'THREAD', 'WITHIN'],
		id: '("name" "Microsoft.Exchange.Imap4.Imap4Server" "version" "15.20")',
		refusal: ['AUTHENTICATE failed.', /Microsoft OAuth2/],
	},
	'Exchange 2019': {
		lacks: [...without, 'SPECIAL-USE', 'COMPRESS', 'LIST-EXTENDED', 'SORT', 'THREAD', 'WITHIN', 'ENABLE'],
		refusal: ['AUTHENTICATE failed.', /Check User/],
	},
	Yahoo: {
		preset: 'yahoo',
		lacks: ['NOTIFY', 'SORT', 'THREAD', 'WITHIN'],
		refusal: ['[AUTHENTICATIONFAILED] LOGIN Invalid credentials', /app password/],
	},
	iCloud: {
		preset: 'icloud',
		lacks: ['NOTIFY'],
		id: '("name" "iCloud IMAP" "vendor" "Apple")',
		refusal: ['[AUTHENTICATIONFAILED] Authentication failed', /app password/],
	},
	Zoho: {
		preset: 'zoho',
		lacks: ['NOTIFY', 'ESEARCH', 'LIST-STATUS', 'SORT', 'THREAD'],
		refusal: ['[ALERT] You are yet to enable IMAP for your account. Please contact your administrator', /Switch on IMAP/],
	},
	QQ: {
		preset: 'qq',
		lacks: [...without, 'ENABLE', 'SORT', 'THREAD', 'WITHIN', 'LIST-EXTENDED', 'NAMESPACE'],
		id: '("name" "XMIMAP4" "version" "1.0")',
		refusal: ['Login fail. Account is abnormal, service is not open, password is incorrect', /Switch on IMAP/],
	},
	'Proton Mail Bridge': {
		preset: 'protonbridge',
		lacks: [...without, 'ENABLE', 'SORT', 'THREAD', 'WITHIN', 'LIST-EXTENDED', 'COMPRESS'],
		id: '("name" "gluon")',
		refusal: ['[AUTHENTICATIONFAILED] no such user', /Check User/],
	},
};

describe.each(Object.entries(profiles))('%s', (_, { preset, lacks, id, refusal }) => {
	let dovecot: Dovecot;
	let proxy: CountingProxy;
	let user: string;
	beforeAll(async () => {
		dovecot = await startDovecot({ tls: true });
		proxy = await startProxy(dovecot, { mask: lacks });
	}, 60_000);
	afterAll(async () => {
		await proxy?.stop();
		await dovecot?.stop();
	});
	beforeEach(() => {
		user = dovecot.newUser();
		proxy.onServerLine = (line) => (id !== undefined && line.startsWith('* ID ') ? `* ID ${id}` : undefined);
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
