import type { CountingProxy } from './wire/countingProxy';

/**
 * Providers as their documentation and public logs show them, each made of Dovecot by taking away what it does not offer and putting in
 * its own words.
 */
export interface ProviderProfile {
	/** The value of Provider; absent: a server of one's own. */
	preset?: string;
	lacks: string[];
	/** Whom it says it is (ID, RFC 2971). */
	id?: string;
	/** Its answer to a wrong password, and what has to be advised. */
	refusal: [string, RegExp];
}

const without = ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS'];

export const providerProfiles: Record<string, ProviderProfile> = {
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

/** Makes the server behind the proxy say what the provider says, as far as the login. */
export function playProvider(proxy: CountingProxy, { lacks, id }: Pick<ProviderProfile, 'lacks' | 'id'>): void {
	proxy.mask = lacks;
	proxy.onServerLine = (line) => (id !== undefined && line.startsWith('* ID ') ? `* ID ${id}` : undefined);
}
