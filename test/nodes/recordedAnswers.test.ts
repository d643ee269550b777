import { describeSyncError } from '../../nodes/shared/errorTexts/describeSyncError';
import { signInError } from '../../nodes/shared/oAuth2Errors';
import type { SyncErrorCode } from '../../sync/errors/syncError';
import { toSyncError } from '../../sync/imap/mapErrors';
import type { OAuth2Login } from '../../sync/imap/oAuth2';
import type { ConnectionSettings } from '../../sync/imap/settings';

/** What providers were seen to answer, in public reports and in their documentation, and the sentence that has to come of it. */

const at = (host: string, oAuth2?: OAuth2Login['issuer']): ConnectionSettings => ({
	user: 'me@example.com',
	password: oAuth2 ? '' : 'hunter22',
	host,
	port: 993,
	security: 'tls',
	allowUnauthorizedCerts: false,
	...(oAuth2 === undefined
		? {}
		: { oAuth2: { issuer: oAuth2, secret: 's', accessToken: async () => 'ya29.token', secrets: () => ['ya29.token'] } }),
});

const refused = (text: string, code = 'AUTHENTICATIONFAILED', oauthError?: object): object => ({
	authenticationFailed: true,
	responseStatus: 'NO',
	serverResponseCode: code,
	response: `3 NO ${code === '' ? '' : `[${code}] `}${text}`,
	...(oauthError ? { oauthError } : {}),
});

const logins: Array<[string, ConnectionSettings, object, RegExp]> = [
	['Gmail: wrong password', at('imap.gmail.com'), refused('Invalid credentials (Failure)'), /app password.*apppasswords/],
	[
		'Gmail: account password with 2-Step Verification',
		at('imap.gmail.com'),
		refused('Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)', 'ALERT'),
		/needs an app password/,
	],
	[
		'Gmail: web login',
		at('imap.gmail.com'),
		refused('Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754 (Failure)', 'ALERT'),
		/web browser first/,
	],
	[
		'Gmail: IMAP off',
		at('imap.gmail.com'),
		refused(
			'Your account is not enabled for IMAP use. Please visit your Gmail settings page and enable your account for IMAP access. (Failure)',
			'ALERT',
		),
		/Switch on IMAP/,
	],
	[
		'Gmail: token of another account',
		at('imap.gmail.com', 'google'),
		refused('Invalid credentials (Failure)', 'AUTHENTICATIONFAILED', {
			status: '400',
			schemes: 'Bearer',
			scope: 'https://mail.google.com/',
		}),
		/User is the address of the Google account/,
	],
	[
		'Microsoft: basic authentication is off',
		at('outlook.office365.com'),
		refused('AUTHENTICATE failed.', ''),
		/basic authentication.*Microsoft OAuth2/,
	],
	['Microsoft: LOGIN failed', at('outlook.office365.com'), refused('LOGIN failed.', ''), /Microsoft OAuth2/],
	[
		'Exchange on premises: blocked by policy',
		at('mail.example.com'),
		refused('AUTHENTICATE failed. LogonDenied-BasicAuthBlocked', ''),
		/basic authentication/,
	],
	[
		'Microsoft: token without IMAP.AccessAsUser.All',
		at('outlook.office365.com', 'microsoft'),
		refused('AUTHENTICATE failed.', ''),
		/IMAP\.AccessAsUser\.All/,
	],
	[
		'Microsoft: IMAP disabled for the mailbox, or no access to it',
		at('outlook.office365.com', 'microsoft'),
		{ authenticationFailed: true, response: 'User is authenticated but not connected.' },
		/IMAP is enabled.*full access/,
	],
	['iCloud', at('imap.mail.me.com'), refused('Authentication failed'), /takes no account password.*account\.apple\.com/],
	['Yahoo', at('imap.mail.yahoo.com'), refused('LOGIN Invalid credentials'), /app password.*login\.yahoo\.com/],
	[
		'Yahoo: token',
		at('imap.mail.yahoo.com', 'other'),
		refused('(#AUTH012) Token invalid', 'AUTHENTICATIONFAILED', { status: '401' }),
		/sign in again/,
	],
	[
		'Zoho: IMAP off',
		at('imap.zoho.com'),
		refused('You are yet to enable IMAP for your account. Please contact your administrator', 'ALERT'),
		/Switch on IMAP.*administrator/,
	],
	[
		'Yandex: IMAP off',
		at('imap.yandex.com'),
		refused('AUTHENTICATE Invalid credentials or IMAP is disabled sc=abc'),
		/Switch on IMAP/,
	],
	['GMX: IMAP off', at('imap.gmx.net'), refused('authentication failed'), /Switch on IMAP/],
	[
		'QQ: IMAP off or no authorization code',
		at('imap.qq.com'),
		refused(
			'Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or system is busy. More information at https://service.mail.qq.com/detail/0/1077',
			'',
		),
		/Switch on IMAP/,
	],
	['a locked account', at('mail.example.com'), refused('Your account has been temporarily locked'), /unlock/],
	['an expired password', at('mail.example.com'), refused('Password has expired', 'EXPIRED'), /set a new one/],
	[
		'Dovecot: token',
		at('mail.example.com', 'other'),
		refused('Authentication failed.', 'AUTHENTICATIONFAILED', { status: 'invalid_token' }),
		/sign in again/,
	],
	['any server', at('mail.example.com'), refused('Authentication failed.'), /^Check User .* Password/],
];

describe('a refused login', () => {
	it.each(logins)('%s', (_, settings, thrown, advice) => {
		const error = toSyncError(Object.assign(new Error('Command failed'), thrown), { settings, doing: 'connect' });
		expect(error).toMatchObject({ code: 'loginRefused', scope: 'account' });
		const texts = describeSyncError(error);
		expect(texts.message).toMatch(/refused the login of me@example\.com/);
		expect(texts.advice).toMatch(advice);
	});

	it('says what was said of the token, and never the token', () => {
		const thrown = refused('no ya29.token here', 'AUTHENTICATIONFAILED', { status: 'invalid_token', scope: 'imap' });
		const error = toSyncError(Object.assign(new Error('Command failed'), thrown), {
			settings: at('mail.example.com', 'other'),
			doing: 'connect',
		});
		expect(describeSyncError(error).message).toMatch(/no \*\*\* here" \(token: invalid_token\)$/);
		expect(JSON.stringify(error.data) + String(error.stack)).not.toContain('ya29');
	});

	it('tells no token mechanism from no password mechanism', () => {
		const thrown = new Error('Unsupported authentication mechanism');
		const advice = (settings: ConnectionSettings): string =>
			describeSyncError(toSyncError(thrown, { settings, doing: 'connect' })).advice;
		expect(advice(at('mail.example.com', 'other'))).toMatch(/Authentication to Password/);
		expect(advice(at('mail.example.com'))).toMatch(/OAuth2/);
	});
});

const busy: Array<[string, object]> = [
	[
		'Gmail: too many connections',
		{ responseStatus: 'NO', serverResponseCode: 'ALERT', response: '2 NO [ALERT] Too many simultaneous connections. (Failure)' },
	],
	[
		'Gmail: bandwidth',
		{
			responseStatus: 'NO',
			serverResponseCode: 'OVERQUOTA',
			response: '9 NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)',
		},
	],
	[
		'Yahoo: rate limit',
		{
			authenticationFailed: true,
			responseStatus: 'NO',
			serverResponseCode: 'LIMIT',
			response: '3 NO [LIMIT] LOGIN Rate limit hit.',
		},
	],
	[
		'Yahoo: unavailable',
		{
			responseStatus: 'NO',
			serverResponseCode: 'UNAVAILABLE',
			response: '5 NO [UNAVAILABLE] LOGIN Server error - Please try again later',
		},
	],
	[
		'Microsoft: throttled',
		{
			code: 'ETHROTTLE',
			responseStatus: 'BAD',
			response: '4 BAD Request is throttled. Suggested Backoff Time: 54321 milliseconds',
		},
	],
	[
		'Dovecot: connections of one address',
		{
			code: 'ClosedAfterConnectTLS',
			reason: 'Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)',
		},
	],
	['Courier: connections', { code: 'ClosedAfterConnectText', reason: 'Maximum connection limit reached' }],
];

it.each(busy)('a busy server passes by itself: %s', (_, thrown) => {
	const error = toSyncError(Object.assign(new Error('Command failed'), thrown), {
		settings: at('mail.example.com'),
		doing: 'connect',
	});
	expect(error).toMatchObject({ code: 'serverBusy', passing: true });
	expect(describeSyncError(error).advice).toMatch(/Nothing is lost/);
});

const ports: Array<[string, string, object, RegExp]> = [
	['a server for sending mail', '220 mail.example.com ESMTP Postfix\r\n', { code: 'NoConnection' }, /SMTP.*not an IMAP server/],
	['a POP3 server', '+OK Dovecot ready.\r\n', { code: 'NoConnection' }, /POP3/],
	['a web server', 'HTTP/1.1 400 Bad Request\r\n', { code: 'NoConnection' }, /web server/],
	['a captive portal', '<!DOCTYPE html><html>', { code: 'NoConnection' }, /web server/],
];

it.each(ports)('says that %s answers there', (_, firstBytes, thrown, message) => {
	const context = { settings: at('mail.example.com'), doing: 'connect' as const, firstBytes };
	const error = toSyncError(Object.assign(new Error('gone'), thrown), context);
	expect(error).toMatchObject({ code: 'notImap', passing: false });
	expect(describeSyncError(error).message).toMatch(message);
});

/** As n8n's client for OAuth2 throws them. */
const answered = (body: object, message = 'refused'): Error => Object.assign(new Error(message), { body, code: 'EAUTH' });

const signIns: Array<[string, OAuth2Login['issuer'], Error, SyncErrorCode, RegExp, RegExp]> = [
	[
		'consent revoked, as n8n says it',
		'google',
		new Error('The credential "Mail" needs to be reconnected.'),
		'loginRefused',
		/no longer valid/,
		/sign in again.*Testing after 7 days/,
	],
	[
		'invalid_grant',
		'other',
		answered({ error: 'invalid_grant', error_description: 'Token has been expired or revoked.' }),
		'loginRefused',
		/no longer valid.*expired or revoked/,
		/sign in again\.$/,
	],
	[
		'client secret expired',
		'microsoft',
		answered({
			error: 'invalid_client',
			error_description: "AADSTS7000222: The provided client secret keys for app 'x' are expired.\r\nTrace ID: 1",
		}),
		'loginRefused',
		/client secret of the app has expired: "invalid_client: AADSTS7000222: [^"]* are expired\."$/,
		/new client secret/,
	],
	[
		'wrong client secret',
		'microsoft',
		answered({ error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.' }),
		'loginRefused',
		/refused the app/,
		/Client Secret/,
	],
	[
		'no consent',
		'microsoft',
		answered({
			error: 'invalid_grant',
			error_description: 'AADSTS65001: The user or administrator has not consented to use the application',
		}),
		'loginRefused',
		/no consent for IMAP/,
		/administrator/,
	],
	[
		'multi-factor sign-in',
		'microsoft',
		answered({
			error: 'invalid_grant',
			error_description:
				'AADSTS50076: Due to a configuration change made by your administrator, you must use multi-factor authentication',
		}),
		'loginRefused',
		/sign in once more/,
		/Conditional Access/,
	],
	[
		'password changed',
		'microsoft',
		answered({
			error: 'invalid_grant',
			error_description: 'AADSTS50173: The provided grant has expired due to it being revoked',
		}),
		'loginRefused',
		/password changed/,
		/sign in again/,
	],
	[
		'wrong tenant',
		'microsoft',
		answered({ error: 'invalid_request', error_description: "AADSTS90002: Tenant 'x' not found." }),
		'loginRefused',
		/tenant/,
		/Access Token URL/,
	],
	[
		'clock skew',
		'microsoft',
		answered({
			error: 'invalid_client',
			error_description: 'AADSTS700024: Client assertion is not within its valid time range.',
		}),
		'loginRefused',
		/clock of this machine/,
		/Set the clock/,
	],
	[
		'wrong scope',
		'other',
		answered({ error: 'invalid_scope' }),
		'loginRefused',
		/does not know the scope/,
		/scope of the credential/,
	],
	[
		'no refresh token',
		'other',
		new Error('OAuth access token expired and no refresh token is available. Please reconnect the credentials.'),
		'loginRefused',
		/nothing to renew it with/,
		/offline_access/,
	],
	[
		'never signed in',
		'other',
		new Error('OAuth credentials not connected'),
		'loginRefused',
		/Nobody has signed in/,
		/sign in\.$/,
	],
	[
		'out of order',
		'other',
		new Error('Request failed with status code 503'),
		'connectionTimedOut',
		/login\.example\.com gave no token/,
		/next run tries again/,
	],
	[
		'not there',
		'other',
		Object.assign(new Error('getaddrinfo ENOTFOUND login.example.com'), { code: 'ENOTFOUND' }),
		'connectionTimedOut',
		/gave no token/,
		/network/,
	],
	[
		'not allowed',
		'other',
		new Error('The request was blocked because it resolves to a restricted IP address'),
		'connectionRefused',
		/allows no connection/,
		/administrator/,
	],
	[
		'inside of what n8n says',
		'other',
		new Error('Failed to acquire OAuth2 access token: x', { cause: answered({ error: 'unauthorized_client' }) }),
		'loginRefused',
		/refused the app: "unauthorized_client"/,
		/Client ID/,
	],
	[
		'a page in the place of JSON',
		'other',
		new Error('Expected JSON response from OAuth2 token endpoint (content-type: text/html) but received: <html>'),
		'loginRefused',
		/gave no token/,
		/Access Token URL/,
	],
];

it.each(signIns)('a sign-in server that gives no token: %s', (_, issuer, thrown, code, message, advice) => {
	const error = signInError(thrown, { issuer, tokenUrl: 'https://login.example.com/token' });
	expect(error.code).toBe(code);
	const texts = describeSyncError(error);
	expect(texts.message).toMatch(message);
	expect(texts.advice).toMatch(advice);
});
