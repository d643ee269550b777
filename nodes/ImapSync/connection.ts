import { createHash, randomBytes } from 'node:crypto';
import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { checkSettings, serverName, type ConnectionSettings } from '../../sync/imap/settings';
import { isBlank, readChoice, readText, readWholeNumber, readYesOrNo } from './fieldValues';
import type { Account } from '../../sync/server/account';

/** A mailbox as the credential describes it. */
export interface Mailbox {
	settings: ConnectionSettings;
	account: Account;
	/** Everything that must not be readable in a text that leaves the node. */
	secrets: string[];
	/** Tells whether the credential was changed, without telling what it holds. */
	credentialKey: string;
}

/** Drawn anew in each process, so that the key of a credential cannot be matched with a guessed password. */
const salt = randomBytes(16);

/** Reads and checks the fields of the credential. Throws SyncError settingsInvalid that names the field. */
export function readMailbox(credential: ICredentialDataDecryptedObject): Mailbox {
	const settings: ConnectionSettings = {
		user: readText('User', credential.user) ?? '',
		// Spaces at its ends belong to a password.
		password: typeof credential.password === 'string' ? credential.password : '',
		host: readText('Host', credential.host)?.toLowerCase() ?? '',
		port: readWholeNumber('Port', credential.port, 1, 993),
		security: readChoice('Security', credential.security, ['tls', 'starttls', 'none'], 'tls'),
		allowUnauthorizedCerts: readYesOrNo('Allow Unauthorized Certificates', credential.allowUnauthorizedCerts) ?? false,
	};
	for (const name of ['ca', 'cert', 'key', 'servername', 'proxyUrl'] as const) {
		const value = credential[name];
		if (!isBlank(value)) settings[name] = String(value).trim();
	}
	const notesFolder = readText('Folder for Notes', credential.notesFolder);
	if (notesFolder !== undefined) settings.notesFolder = notesFolder;
	checkSettings(settings);
	const { user, host } = settings;
	return {
		settings,
		account: { name: user.includes('@') ? user : `${user}@${host}`, user, host: serverName(settings) },
		secrets: secretsOf(settings),
		credentialKey: createHash('sha256').update(salt).update(JSON.stringify(settings)).digest('hex'),
	};
}

/** The secrets of a credential, also in the forms in which they travel. */
function secretsOf({ user, password, key, proxyUrl }: ConnectionSettings): string[] {
	const base64 = (text: string): string => Buffer.from(text).toString('base64');
	const secrets = [
		password,
		base64(password),
		// SASL PLAIN, with and without a second user name.
		base64(`\0${user}\0${password}`),
		base64(`${user}\0${user}\0${password}`),
		// As IMAP quotes it.
		password.replace(/[\\"]/g, '\\$&'),
	];
	if (key !== undefined) secrets.push(key);
	if (proxyUrl !== undefined && new URL(proxyUrl).password !== '') secrets.push(proxyUrl, new URL(proxyUrl).password);
	// The longest first: a shorter one may be a part of it.
	return [...new Set(secrets)].sort((a, b) => b.length - a.length);
}

/**
 * The text with every secret in it replaced. The core's texts are free of secrets already; this is the second line for what
 * comes from elsewhere. A very short password inside of a longer word is left, for otherwise no text would stay readable.
 */
export function withoutSecrets(text: string, secrets: string[]): string {
	return secrets.reduce((result, secret) => {
		const pattern = secret.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
		const bounded = secret.length < 6 ? `(?<![\\p{L}\\p{N}])${pattern}(?![\\p{L}\\p{N}])` : pattern;
		return result.replace(new RegExp(bounded, 'gu'), '***');
	}, text);
}
