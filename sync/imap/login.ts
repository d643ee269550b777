import { createHmac, randomBytes } from 'node:crypto';
import type { ConnectionSettings } from './settings';

/**
 * What distinguishes connections in this process. Whoever can write a credential chooses its host, proxy and certificates, and
 * with them what the "server" says: so nothing that was learned over one login may be taken for true over another that merely names
 * the same user and host. Hashes under a key of this process: none of them can be matched with a guessed password.
 */
export interface Login {
	/** The credential: two of them are two, even with the same fields. */
	credential: string;
	/** The credential with all its fields: a changed one is another login. */
	key: string;
	/**
	 * The user, and the way to the server: host, port, TLS identity. Two logins that succeeded with the same way reached the same
	 * mailbox, whatever their passwords. A proxy may answer in the server's place: through one, the way is that login's alone.
	 */
	way: string;
}

const processKey = randomBytes(32);

const keyed = (...parts: unknown[]): string => createHmac('sha256', processKey).update(JSON.stringify(parts)).digest('base64');

/** What a run sets, not the credential. */
const ofTheRun = new Set([
	'connectTimeoutMs',
	'commandTimeoutMs',
	'quietMs',
	'deadline',
	'cancelled',
	'compression',
	'egress',
	'keepWarmMs',
]);

/** By what a connection with these settings is known. That its login succeeded is for the caller to know. */
export function loginOf(settings: ConnectionSettings): Login {
	// All but the named ones: a field that is added to credentials counts by itself.
	// Of OAuth2 what stays: a token that was refreshed is no other login.
	const fields = Object.entries({ ...settings, oAuth2: settings.oAuth2?.secret })
		.filter(([name, value]) => !ofTheRun.has(name) && value !== undefined)
		.sort(([a], [b]) => (a < b ? -1 : 1));
	const key = keyed('login', fields);
	const { user, host, port, security, proxyUrl } = settings;
	const { allowUnauthorizedCerts, fingerprint, lowestTls, ca, cert, key: clientKey, servername } = settings;
	const identity = [allowUnauthorizedCerts, ca, cert, clientKey, servername, fingerprint, lowestTls];
	// The user as it is written: "Bob" and "bob" are two mailboxes on some servers.
	const way = ['way', user, host.toLowerCase(), port, security, ...identity];
	return {
		credential: settings.credentialId === undefined ? key : keyed('credential', settings.credentialId),
		key,
		way: proxyUrl ? keyed('proxy', key) : keyed(...way),
	};
}
