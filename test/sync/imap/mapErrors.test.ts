import { SyncError, type SyncErrorCode } from '../../../sync/errors/syncError';
import type { ErrorContext } from '../../../sync/imap/errorFacts';
import { toSyncError } from '../../../sync/imap/mapErrors';
import type { ConnectionSettings } from '../../../sync/imap/settings';

const settings: ConnectionSettings = {
	user: 'me',
	password: 'hunter22',
	host: 'mail.example.com',
	port: 993,
	security: 'tls',
	allowUnauthorizedCerts: false,
};

const error = (properties: Record<string, unknown>, message = 'Command failed'): Error =>
	Object.assign(new Error(message), properties);

describe('errors of imapflow and Node', () => {
	const map = (thrown: unknown, context: Partial<ErrorContext> = {}): SyncError =>
		toSyncError(thrown, { settings, doing: 'connect', ...context });

	const connecting: Array<[string, Error, SyncErrorCode]> = [
		['unknown host', error({ code: 'ENOTFOUND' }), 'hostNotFound'],
		['no DNS', error({ code: 'EAI_AGAIN' }), 'hostNotFound'],
		['refused', error({ code: 'ECONNREFUSED' }), 'connectionRefused'],
		['refused by each address', Object.assign(new AggregateError([error({ code: 'ECONNREFUSED' })]), {}), 'connectionRefused'],
		['refused by the proxy', error({ code: 'ProxyError', _err: error({}, 'no') }), 'connectionRefused'],
		['unknown proxy', error({ code: 'ProxyError', _err: error({ code: 'ENOTFOUND' }) }), 'hostNotFound'],
		['unreachable', error({ code: 'EHOSTUNREACH' }), 'connectionRefused'],
		['TCP timeout', error({ code: 'ETIMEDOUT' }), 'connectionTimedOut'],
		['connect timeout', error({ code: 'CONNECT_TIMEOUT' }), 'connectionTimedOut'],
		['self-signed', error({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'tlsNotTrusted'],
		['expired', error({ code: 'CERT_HAS_EXPIRED' }), 'tlsNotTrusted'],
		['another name', error({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'tlsNotTrusted'],
		['unknown authority after STARTTLS', error({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', tlsFailed: true }), 'tlsNotTrusted'],
		['no TLS there', error({ code: 'ERR_SSL_WRONG_VERSION_NUMBER' }), 'tlsFailed'],
		[
			'cut during the handshake',
			error({ code: 'ECONNRESET' }, 'Client network socket disconnected before secure TLS connection was established'),
			'tlsFailed',
		],
		['cut later', error({ code: 'ECONNRESET' }, 'read ECONNRESET'), 'connectionLost'],
		['no STARTTLS', error({ tlsFailed: true }, 'Server does not support STARTTLS'), 'startTlsNotOffered'],
		[
			'PREAUTH instead of STARTTLS',
			error({ tlsFailed: true }, 'STARTTLS is not possible after a PREAUTH greeting'),
			'startTlsNotOffered',
		],
		['injected data', error({ code: 'STARTTLS_INJECTION', tlsFailed: true }), 'tlsFailed'],
		[
			'BYE for too many',
			error({ code: 'ClosedAfterConnectTLS', reason: 'Maximum number of connections from user+IP exceeded' }),
			'serverBusy',
		],
		['BYE', error({ code: 'ClosedAfterConnectText', reason: 'Go away' }), 'connectionLost'],
		[
			'wrong password',
			error({
				authenticationFailed: true,
				responseStatus: 'NO',
				serverResponseCode: 'AUTHENTICATIONFAILED',
				responseText: 'Invalid credentials',
			}),
			'loginRefused',
		],
		[
			'wrong password with a soft text',
			error({
				authenticationFailed: true,
				responseStatus: 'NO',
				serverResponseCode: 'AUTHENTICATIONFAILED',
				responseText: 'Try again later?',
			}),
			'loginRefused',
		],
		[
			'busy at the login',
			error({
				authenticationFailed: true,
				responseStatus: 'NO',
				serverResponseCode: 'UNAVAILABLE',
				responseText: 'Temporary failure',
			}),
			'serverBusy',
		],
		[
			'too many at the login',
			error({ authenticationFailed: true, responseStatus: 'NO', responseText: 'Too many simultaneous connections. (Failure)' }),
			'serverBusy',
		],
		['login disabled', error({ authenticationFailed: true }, 'Login is disabled'), 'loginRefused'],
		['no password login', error({}, 'Unsupported authentication mechanism'), 'loginRefused'],
		['something unknown', error({}, 'boo'), 'protocolBroken'],
	];
	it.each(connecting)('while connecting: %s', (_name, thrown, code) => {
		const mapped = map(thrown);
		expect(mapped).toMatchObject({ code, data: { host: 'mail.example.com:993' } });
	});

	const working: Array<[string, Error, Partial<ErrorContext>, SyncErrorCode]> = [
		['connection gone', error({ code: 'NoConnection' }), { doing: 'fetch' }, 'connectionLost'],
		['BYE meanwhile', error({ code: 'NoConnection', reason: 'Session expired' }), { doing: 'fetch' }, 'connectionLost'],
		[
			'socket timeout',
			error({ code: 'NoConnection' }),
			{ doing: 'fetch', connectionError: error({ code: 'ETIMEOUT' }) },
			'connectionLost',
		],
		[
			'too large a literal',
			error({ code: 'NoConnection' }),
			{ doing: 'fetch', connectionError: error({ code: 'LiteralTooLarge' }) },
			'protocolBroken',
		],
		['folder missing', error({ responseStatus: 'NO', mailboxMissing: true }), { doing: 'open' }, 'folderNotFound'],
		['folder forbidden', error({ responseStatus: 'NO', serverResponseCode: 'NOPERM' }), { doing: 'open' }, 'folderForbidden'],
		['folder in use', error({ responseStatus: 'NO', serverResponseCode: 'INUSE' }), { doing: 'open' }, 'serverBusy'],
		['folder refused', error({ responseStatus: 'NO' }), { doing: 'open' }, 'commandRefused'],
		['search refused', error({ responseStatus: 'BAD' }), { doing: 'search' }, 'searchFailed'],
		['no Gmail', error({ code: 'MissingServerExtension' }), { doing: 'search' }, 'searchFailed'],
		['filter cannot be sent', error({ code: 'InvalidSearchQuery' }), { doing: 'search' }, 'searchFailed'],
		[
			'fetch refused',
			error({ responseStatus: 'NO', response: { attributes: [{ section: [{ value: 'UNAVAILABLE' }] }] } }),
			{ doing: 'fetch' },
			'commandRefused',
		],
		[
			'fetch limited',
			error({ responseStatus: 'NO', response: { attributes: [{ section: [{ value: 'limit' }] }] } }),
			{ doing: 'fetch' },
			'serverBusy',
		],
		['throttled', error({ code: 'ETHROTTLE', responseStatus: 'BAD' }), { doing: 'fetch' }, 'serverBusy'],
		['tag for nothing', error({ code: 'UnexpectedTag' }), { doing: 'fetch' }, 'protocolBroken'],
	];
	it.each(working)('in a folder: %s', (_name, thrown, context, code) => {
		expect(map(thrown, { folder: 'Work', ...context })).toMatchObject({
			code,
			data: { folder: 'Work', host: 'mail.example.com:993' },
		});
	});

	it.each(['THROTTLED', 'UNAVAILABLE', 'LIMIT', 'OVERQUOTA', 'INUSE'])(
		'takes [%s] for a server that is busy, refused or hung up',
		(code) => {
			const busy = { code: 'serverBusy', scope: 'connection', passing: true };
			const refused = { responseStatus: 'NO', serverResponseCode: code, responseText: 'No.' };
			expect(map(error({ ...refused, authenticationFailed: true }))).toMatchObject(busy);
			for (const doing of ['list', 'open', 'search', 'other'] as const) {
				expect(map(error(refused), { doing, folder: 'Work' })).toMatchObject(busy);
			}
			const ended = error({ code: 'NoConnection', reason: 'Good bye.' });
			for (const doing of ['connect', 'fetch', 'search'] as const) {
				expect(map(ended, { doing, byeCode: code })).toMatchObject(busy);
			}
			expect(
				map(error({ code: 'NoConnection' }), { doing: 'fetch', byeCode: code, connectionError: error({ code: 'ETIMEOUT' }) }),
			).toMatchObject(busy);
		},
	);

	it.each([
		'Too many connections for this user',
		'Too many IMAP connections',
		'Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)',
		'[ALERT] Too many simultaneous connections. (Failure)',
		'Account exceeded command or bandwidth limits. (Failure)',
		'Request is throttled. Suggested Backoff Time: 92415 milliseconds',
		'Server busy, try again later',
	])('takes a BYE with the words "%s" for a server that is busy', (reason) => {
		expect(map(error({ code: 'NoConnection', reason }), { doing: 'fetch' }).code).toBe('serverBusy');
	});

	it('passes its own errors as they are', () => {
		const own = new SyncError('folderNotFound', { reason: 'gone', folder: 'a' });
		expect(map(own)).toBe(own);
	});

	it('says how long the server asks to wait', () => {
		expect(map(error({ code: 'ETHROTTLE', throttleReset: 92_415 }), { doing: 'fetch' }).retryAfterMs).toBe(92_415);
		expect(map(error({ code: 'NoConnection' }), { doing: 'fetch', throttleHintMs: 5_000 }).retryAfterMs).toBe(5_000);
	});

	it.each([
		['imap.gmail.com', 'Invalid credentials (Failure)', 'gmail'],
		['outlook.office365.com', 'AUTHENTICATE failed.', 'microsoft'],
		['imap.mail.yahoo.com', 'LOGIN Invalid credentials', 'providerAppPassword'],
		['imap.mail.me.com', 'Authentication failed', 'providerAppPassword'],
		['imap.gmx.net', 'authentication failed', 'imapSwitchedOff'],
		['mail.example.com', 'Application-specific password required', 'appPassword'],
		['mail.example.com', 'Authentication failed.', 'none'],
	])('knows what %s wants after "%s"', (host, responseText, hint) => {
		const refused = error({ authenticationFailed: true, responseStatus: 'NO', responseText });
		expect(toSyncError(refused, { settings: { ...settings, host }, doing: 'connect' }).data).toMatchObject({ hint });
	});

	it('shows alerts, bounds what the server says, and hides the password in it', () => {
		const refused = error({ authenticationFailed: true, responseStatus: 'NO', responseText: `hunter22 ${'x'.repeat(500)}` });
		const { message } = map(refused, { alerts: ['Please read http://example.com hunter22'] });
		expect(message).toContain('Please read http://example.com ***');
		expect(message).not.toContain('hunter22');
		expect(message.length).toBeLessThan(400);
	});

	it('keeps nothing of the original error but its name and place', () => {
		const refused = error({ responseStatus: 'NO', executedCommand: 'A1 LOGIN me hunter22', response: 'A1 NO hunter22' });
		const { cause } = map(refused);
		expect(Object.keys(cause as object)).toEqual([]);
		expect(`${(cause as Error).message}${(cause as Error).stack}`).not.toContain('hunter22');
	});
});
