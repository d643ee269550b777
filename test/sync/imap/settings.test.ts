import { checkSettings, wantsCompression, type ConnectionSettings } from '../../../sync/imap/settings';

const good: ConnectionSettings = {
	user: 'me',
	password: 'secret',
	host: 'mail.example.com',
	port: 993,
	security: 'tls',
	allowUnauthorizedCerts: false,
};
const pem = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----';

describe('connection settings', () => {
	it.each([
		[{}],
		[{ host: '192.0.2.1', port: 143, security: 'starttls' as const }],
		[{ host: '2001:db8::1' }],
		[{ ca: pem, cert: pem, key: pem, proxyUrl: 'socks5://u:p@proxy:1080', connectTimeoutMs: 1 }],
		[{ ca: '', cert: '', key: '', proxyUrl: '', servername: '' }],
	])('accepts %j', (changes) => {
		expect(() => checkSettings({ ...good, ...changes })).not.toThrow();
	});

	it.each([
		['Host', { host: '' }],
		['Host', { host: 'imaps://mail.example.com' }],
		['Host', { host: 'mail.example.com:993' }],
		['Host', { host: 'mail example' }],
		['Port', { port: 0 }],
		['Port', { port: 65_536 }],
		['Port', { port: NaN }],
		['Security', { security: 'ssl' as 'tls' }],
		['User', { user: ' ' }],
		['User', { user: 'a\r\nb' }],
		['Password', { password: '' }],
		['Password', { password: 'top\0secret' }],
		['Client key', { cert: pem }],
		['Client certificate', { key: pem }],
		['CA certificate', { ca: 'nonsense' }],
		['Proxy URL', { proxyUrl: 'proxy:1080' }],
		['Proxy URL', { proxyUrl: 'not a url' }],
		['Connect timeout', { connectTimeoutMs: 0 }],
		['Command timeout', { commandTimeoutMs: Infinity }],
	])('refuses a wrong %s: %j', (field, changes) => {
		let thrown: unknown;
		try {
			checkSettings({ ...good, ...changes });
		} catch (error) {
			thrown = error;
		}
		expect(thrown).toMatchObject({
			code: 'settingsInvalid',
			scope: 'account',
			data: { reason: 'connection', field },
		});
		expect((thrown as Error).message).not.toContain('top');
	});

	it('compresses everywhere but on this machine', () => {
		expect(wantsCompression(good)).toBe(true);
		expect(wantsCompression({ ...good, host: '127.0.0.1' })).toBe(false);
		expect(wantsCompression({ ...good, host: 'localhost', compression: true })).toBe(true);
	});
});
