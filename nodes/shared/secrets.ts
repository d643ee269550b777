import type { ConnectionSettings } from '../../sync/imap/settings';

/** The secrets of a credential, also in the forms in which they travel. */
export function secretsOf({ user, password, oAuth2, key, proxyUrl }: ConnectionSettings): string[] {
	const base64 = (text: string): string => Buffer.from(text).toString('base64');
	const secrets = oAuth2
		? oAuth2.secrets().flatMap((secret) => [secret, base64(secret)])
		: [
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
