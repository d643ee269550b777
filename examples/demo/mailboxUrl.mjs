/** The form that every message about a bad address shows. */
const FORM = 'imaps://user:password@host[:port], or imap:// for STARTTLS (imap://…?security=none for no encryption)';

/**
 * Reads the address of a mailbox. User and password are percent-decoded, so `@` in a user name is written `%40`.
 *
 * No error repeats the address: it holds the password.
 *
 * @param {string} text
 * @returns {{ user: string, password: string, host: string, port: number, security: 'tls' | 'starttls' | 'none' }}
 */
export function readMailboxUrl(text) {
	let url;
	try {
		url = new URL(text.trim());
	} catch {
		throw new Error(
			`IMAP_URL is not an address. It looks like ${FORM}. Write special characters in user and password percent-encoded, for example @ as %40.`,
		);
	}
	if (!['imap:', 'imaps:'].includes(url.protocol))
		throw new Error(`IMAP_URL begins with ${url.protocol}//, but has to look like ${FORM}.`);
	if (!url.hostname) throw new Error(`IMAP_URL names no host. It looks like ${FORM}.`);
	if (!url.username || !url.password) throw new Error(`IMAP_URL needs a user and a password. It looks like ${FORM}.`);

	const asked = url.searchParams.get('security');
	const security = url.protocol === 'imaps:' ? 'tls' : (asked ?? 'starttls');
	if (!['tls', 'starttls', 'none'].includes(security) || (url.protocol === 'imaps:' && asked && asked !== 'tls')) {
		throw new Error(`IMAP_URL asks for security=${asked}. It looks like ${FORM}.`);
	}
	return {
		user: decode(url.username, 'user'),
		password: decode(url.password, 'password'),
		host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
		port: url.port ? Number(url.port) : security === 'tls' ? 993 : 143,
		security: /** @type {'tls' | 'starttls' | 'none'} */ (security),
	};
}

function decode(text, what) {
	try {
		return decodeURIComponent(text);
	} catch {
		throw new Error(`The ${what} in IMAP_URL is not percent-encoded correctly: write % itself as %25.`);
	}
}
