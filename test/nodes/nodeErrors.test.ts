import { SyncError, syncErrorCodes } from '../../sync/errors/syncError';
import { credentialTypeOf, readMailbox } from '../../nodes/shared/credentials';
import { DescribedError } from '../../nodes/shared/describedError';
import { describeError, toNodeError } from '../../nodes/shared/nodeErrors';
import { withoutSecrets } from '../../nodes/shared/secrets';
import { credential, pollContext } from '../support/n8nContext';

const node = pollContext().context.getNode();

describe("n8n's error", () => {
	it('says what happened and what to do', () => {
		const error = toNodeError(node, new DescribedError('folderNotFound', 'There is no folder "A"', 'Choose it again.'), {
			addition: 'Nothing was started.',
		});
		expect(error.message).toBe('There is no folder "A". Nothing was started.');
		expect(error.description).toBe('Choose it again.');
	});

	it('keeps its own words where n8n would put its own for them', () => {
		const message = 'There is no folder "preexisting"';
		expect(toNodeError(node, new DescribedError('folderNotFound', message, 'x')).message).toBe(message);
	});

	it.each([
		['loginRefused', { cause: 'credential-invalid' }],
		['tlsNotTrusted', { cause: 'configuration-invalid' }],
		['folderNotFound', { cause: 'configuration-invalid' }],
		['hostNotFound', { cause: 'temporarily-unavailable' }],
		['serverBusy', { cause: 'rate-limited', retryAfterMs: 5000 }],
	] as const)('tells n8n why: %s', (code, failure) => {
		const error =
			code === 'serverBusy'
				? new SyncError(code, { reason: 'slowDown', host: 'mail.example.com:993', retryAfterMs: 5000 })
				: new DescribedError(code, 'x', 'y');
		expect(toNodeError(node, error).failure).toEqual(failure);
	});

	it.each(syncErrorCodes)('has a cause for %s', (code) => {
		expect(toNodeError(node, new DescribedError(code, 'x', 'y')).failure).toHaveProperty('cause');
	});

	it('asks for a report of what should not happen', () => {
		const error = toNodeError(node, new TypeError('x is not a function'));
		expect(error.message).toBe('x is not a function');
		expect(error.description).toContain('report');
		expect(error.failure).toEqual({ cause: 'node-defect' });
	});
});

describe('secrets', () => {
	const password = 'p"ss(word)\\1';
	const mailbox = readMailbox({ ...credential, password, proxyUrl: 'http://bob:proxy-secret@proxy.example.com:3128' });
	const inBase64 = (text: string): string => Buffer.from(text).toString('base64');

	it.each([
		['as it is', password],
		['quoted', 'p\\"ss(word)\\\\1'],
		['in base64', inBase64(password)],
		['as SASL PLAIN', inBase64(`\0alice@example.com\0${password}`)],
		['of the proxy', 'proxy-secret'],
	])('do not come through: %s', (_form, text) => {
		const said = new DescribedError('loginRefused', `the server said "no ${text} here"`, `not ${text}`, {
			cause: new Error(text),
		});
		const error = toNodeError(node, said, { mailbox });
		expect(error.message).toBe('the server said "no *** here"');
		expect(error.description).toBe('not ***');
		expect(JSON.stringify(error)).not.toContain(text);
		expect(String(error.stack)).not.toContain(text);
		expect(describeError(new Error(text), { mailbox }).message).toBe('***');
	});

	it('that are very short are told from words that contain them', () => {
		expect(withoutSecrets('pass the password: pass', ['pass'])).toBe('*** the password: ***');
	});

	it('are not told by the key of the credential, which changes with each field', () => {
		const key = (change: Record<string, string>): string => readMailbox({ ...credential, ...change }).credentialKey;
		expect(key({})).toBe(key({}));
		expect(new Set([key({}), key({ password: 'other' }), key({ user: 'other' }), key({ host: 'other' })]).size).toBe(4);
		expect(key({})).not.toContain('correct-horse');
	});
});

describe('the credential', () => {
	it('is read with its optional fields only where they are filled in', () => {
		const { settings, account } = readMailbox({
			...credential,
			host: ' IMAP.Example.com ',
			port: '143',
			security: 'starttls',
			ca: '',
			servername: 'mx',
		});
		expect(settings).toEqual({
			user: 'alice@example.com',
			password: 'correct-horse',
			host: 'imap.example.com',
			port: 143,
			security: 'starttls',
			allowUnauthorizedCerts: false,
			servername: 'mx',
		});
		expect(account).toEqual({ name: 'alice@example.com', user: 'alice@example.com', host: 'imap.example.com:143' });
	});

	it.each([
		[{ security: 'starttls', port: 993 }, 143],
		[{ security: 'none', port: 993 }, 143],
		[{ security: 'starttls', port: 1143 }, 1143],
		[{ security: 'tls', port: 993 }, 993],
		[{ security: 'tls', port: 143 }, 143],
	])('has the port that goes with its security: %j', (change, port) => {
		expect(readMailbox({ ...credential, ...change }).settings.port).toBe(port);
	});

	it('takes a fingerprint as people copy it', () => {
		const digits = 'ab'.repeat(32);
		for (const fingerprint of [digits, `SHA256:${digits.toUpperCase()}`, ` ${digits.match(/../g)!.join(':')} `])
			expect(readMailbox({ ...credential, fingerprint }).settings.fingerprint).toBe(Array<string>(32).fill('AB').join(':'));
		expect(() => readMailbox({ ...credential, fingerprint: 'abc' })).toThrow(/noFingerprint/);
	});

	it('goes to the server of its cloud', () => {
		const host = (more: object): string =>
			readMailbox({ user: 'a@b.c', host: 'outlook.office365.com', ...more }, 'imapSyncMicrosoftOAuth2Api').settings.host;
		expect(host({})).toBe('outlook.office365.com');
		expect(host({ graphApiBaseUrl: 'https://microsoftgraph.chinacloudapi.cn' })).toBe('partner.outlook.cn');
		expect(host({ graphApiBaseUrl: 'https://graph.microsoft.us', host: 'localhost' })).toBe('localhost');
	});

	it('names an account without a domain by its host', () => {
		expect(readMailbox({ ...credential, user: 'alice' }).account.name).toBe('alice@imap.example.com');
	});

	it.each([
		[{ user: ' ' }, 'User'],
		[{ password: '' }, 'Password'],
		[{ host: '' }, 'Host'],
		[{ host: 'imap://example.com' }, 'Host'],
		[{ host: 'example.com:993' }, 'Host'],
		[{ port: 0 }, 'Port'],
		[{ port: 70000 }, 'Port'],
		[{ port: 'imap' }, 'Port'],
		[{ security: 'ssl' }, 'Security'],
		[{ ca: 'not a certificate' }, 'CA certificate'],
		[{ cert: '-----BEGIN CERTIFICATE-----' }, 'Client key'],
		[{ proxyUrl: 'ftp://x' }, 'Proxy URL'],
	])('is refused with %j by the name of the field', (change, field) => {
		expect(() => readMailbox({ ...credential, ...change })).toThrow(
			expect.objectContaining({ code: 'settingsInvalid', message: expect.stringContaining(field) }),
		);
	});

	it('is of the type that Authentication names', () => {
		expect(credentialTypeOf('password')).toBe('imapSyncApi');
		expect(credentialTypeOf('')).toBe('imapSyncApi');
		expect(credentialTypeOf('googleOAuth2')).toBe('imapSyncGoogleOAuth2Api');
		expect(credentialTypeOf('microsoftOAuth2')).toBe('imapSyncMicrosoftOAuth2Api');
		expect(credentialTypeOf('oAuth2')).toBe('imapSyncOAuth2Api');
		expect(() => credentialTypeOf('kerberos')).toThrow(
			'Authentication must be one of password, googleOAuth2, microsoftOAuth2, oAuth2, but is "kerberos"',
		);
	});

	it('of the second account is of the type that Target Authentication names', () => {
		expect(credentialTypeOf(undefined, 'target')).toBe('imapSyncTargetApi');
		expect(credentialTypeOf('microsoftOAuth2', 'target')).toBe('imapSyncTargetMicrosoftOAuth2Api');
		expect(() => credentialTypeOf('kerberos', 'target')).toThrow(/^Target Authentication must be one of/);
	});
});
