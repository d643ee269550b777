import { loginOf } from '../../sync/imap/login';
import type { ConnectionSettings } from '../../sync/imap/settings';
import { accountSealOf } from '../../sync/session/accountSealOf';
import { contentMatchesOf } from '../../sync/session/contentMatchesOf';
import { LoginMemory } from '../../sync/session/loginMemory';
import { knownChangesOf, ownChangesOf } from '../../sync/session/ownChangesOf';
import { UidSet } from '../../sync/uids/uidSet';
import { readMailbox } from '../../nodes/shared/credentials';

/** Two tenants of one process: what one's connection said is never believed for the other. */
const victim: Omit<ConnectionSettings, 'cancelled'> = {
	credentialId: 'hers',
	user: 'alice@example.com',
	password: 'correct-horse',
	host: 'imap.example.com',
	port: 993,
	security: 'tls',
	allowUnauthorizedCerts: false,
};

/** Whoever logs in so may have reached another server, or another mailbox, than she did. */
const strangers: Array<[string, Partial<ConnectionSettings>]> = [
	['a proxy of his own', { proxyUrl: 'http://127.0.0.1:1' }],
	['a proxy of his own and any password', { proxyUrl: 'socks5://127.0.0.1:1', password: 'anything' }],
	['another host, with the same password', { host: 'imap.example.net' }],
	['another port', { port: 1993 }],
	['no encryption', { security: 'none' }],
	['any certificate', { allowUnauthorizedCerts: true }],
	['an authority of his own', { ca: '-----BEGIN CERTIFICATE-----' }],
	['another name in the certificate', { servername: 'evil.example.com' }],
	['a certificate of his own', { cert: '-----BEGIN CERTIFICATE-----', key: '-----BEGIN KEY-----' }],
	['the user in other letters', { user: 'Alice@example.com' }],
];

describe.each(strangers)('a credential with %s', (_, change) => {
	const other: ConnectionSettings = { ...victim, credentialId: 'his', ...change };

	it('hides none of her mail, and learns nothing of her changes', () => {
		ownChangesOf(victim).came('INBOX', '7', [1]);
		ownChangesOf(other).came('INBOX', '7', [2]);
		expect(knownChangesOf(victim).inFolder('INBOX', '7')?.added.toString()).toBe('1');
		expect(knownChangesOf(other).inFolder('INBOX', '7')?.added.toString()).toBe('2');
	});

	it('says nothing about her messages, and takes none of her connections', () => {
		contentMatchesOf(other)
			.inFolder('INBOX', '7')
			.note('has files', UidSet.empty, UidSet.of([1]));
		expect(contentMatchesOf(victim).inFolder('INBOX', '7').of('has files').judged.isEmpty).toBe(true);
		expect(loginOf(other).key).not.toBe(loginOf(victim).key);
	});
});

test('the same fields in another credential share changes of the same mailbox, and no more', () => {
	const copy = { ...victim, credentialId: 'copy' };
	expect(ownChangesOf(copy)).toBe(ownChangesOf(victim));
	expect(contentMatchesOf(copy)).not.toBe(contentMatchesOf(victim));
	expect(loginOf(copy).key).not.toBe(loginOf(victim).key);
});

test('another password of the same mailbox shares changes by the same way, but not behind a proxy', () => {
	const app = { ...victim, credentialId: 'app', password: 'app-password', notesFolder: 'Notes' };
	expect(ownChangesOf(app)).toBe(ownChangesOf(victim));
	const proxyUrl = 'http://proxy.example.com:3128';
	expect(ownChangesOf({ ...app, proxyUrl })).not.toBe(ownChangesOf({ ...victim, proxyUrl }));
	expect(ownChangesOf({ ...victim, proxyUrl })).toBe(ownChangesOf({ ...victim, proxyUrl, connectTimeoutMs: 5 }));
});

test('a credential that got in nowhere leaves nothing behind', () => {
	const never = { ...victim, host: 'never.example.com' };
	expect(knownChangesOf(never).inFolder('INBOX', '7')).toBeUndefined();
	expect(knownChangesOf({ ...never, notesFolder: 'Notes' }).inFolder('INBOX', '7')).toBeUndefined();
});

test('a credential of ten thousand logins, or a thousand credentials, push out nobody else', () => {
	const log = ownChangesOf(victim);
	log.came('INBOX', '9', [5]);
	const proxyUrl = 'http://127.0.0.1:1';
	for (let i = 0; i < 10_000; i++) ownChangesOf({ ...victim, credentialId: 'his', user: `user${i}`, proxyUrl });
	for (let i = 0; i < 1_000; i++) ownChangesOf({ ...victim, credentialId: `his ${i}`, proxyUrl });
	expect(knownChangesOf(victim).inFolder('INBOX', '9')?.added.toString()).toBe('5');
});

test('what is remembered of logins is bounded, and the log of a mailbox goes with the last who wrote it', () => {
	const forgotten: string[] = [];
	const memory = new LoginMemory(
		() => ({}),
		(key) => forgotten.push(key),
	);
	for (let i = 0; i < 501; i++) memory.of({ credential: 'one', key: String(i) });
	expect(forgotten).toEqual(['0']);
	for (let i = 0; i < 5_000; i++) memory.of({ credential: `c${i}`, key: `k${i}` });
	expect(forgotten).toHaveLength(501);
});

test('no key shows a password, nor is it the hash of one that could be guessed', () => {
	const text = JSON.stringify(loginOf(victim));
	expect(text).not.toContain('correct-horse');
	const { user, password, host } = victim;
	const keyIn = (id?: string): string => readMailbox({ user, password, host }, 'imapSyncApi', id).credentialKey;
	expect(keyIn()).not.toBe(keyIn('id'));
	expect(Object.values(accountSealOf(victim))).not.toContain('correct-horse');
});

describe('a login with OAuth2', () => {
	const token = (accessToken: string, more: object = {}): ConnectionSettings => {
		const data = { user: 'alice@example.com', host: 'imap.example.com', clientId: 'app', clientSecret: 'hush-hush', ...more };
		const oauthTokenData = { access_token: accessToken, refresh_token: `refresh of ${accessToken}` };
		return readMailbox({ ...data, oauthTokenData }, 'imapSyncOAuth2Api', 'hers').settings;
	};

	it('stays the same login when its tokens change', async () => {
		expect(loginOf(token('second'))).toEqual(loginOf(token('first')));
		expect(contentMatchesOf(token('second'))).toBe(contentMatchesOf(token('first')));
		const [a, b] = [await accountSealOf(token('first')).current(), await accountSealOf(token('second')).current()];
		expect(b).toEqual(a);
	});

	it.each([
		['another client', { clientSecret: 'guessed' }],
		['another user', { user: 'bob@example.com' }],
		['a proxy', { proxyUrl: 'http://127.0.0.1:1' }],
	])('is another one with %s', (_, more) => {
		expect(loginOf(token('first', more)).key).not.toBe(loginOf(token('first')).key);
	});

	it('shows neither token nor secret in its keys', () => {
		expect(JSON.stringify(loginOf(token('first')))).not.toMatch(/first|hush-hush/);
	});
});

test('keys of seals differ with the salt, and an account takes over the salt of its own messages', async () => {
	const [here, there] = [accountSealOf(victim), accountSealOf({ ...victim, credentialId: 'other process' })];
	const [a, b] = [await here.current(), await there.current()];
	expect(a.salt).not.toBe(b.salt);
	expect(await there.keyOf(a.salt)).toEqual(a.key);
	there.proven(a.salt);
	expect(await there.current()).toEqual(a);
	// Salts that somebody made up cost a bounded time.
	const keys = await Promise.all(Array.from({ length: 12 }, (_, i) => there.keyOf(String(i).padStart(32, '0'))));
	expect(keys.filter((key) => key === undefined).length).toBeGreaterThanOrEqual(4);
	expect(await there.keyOf(a.salt)).toEqual(a.key);
}, 60_000);
