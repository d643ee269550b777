/** What a provider takes as a password over IMAP: the one of the account, one made for this app alone, or none. */
type PasswordKind = 'account' | 'app' | 'none';

/** A mail provider, as far as connecting to it differs from connecting to any server. */
export interface Provider {
	/** The value in the credential. */
	id: string;
	name: string;
	host: string;
	port: number;
	security: 'tls' | 'starttls';
	/** Host names of its servers; the one above among them. */
	servers: RegExp;
	/** Domains of its addresses: each the end of one. */
	domains: readonly string[];
	password: PasswordKind;
	/** IMAP is off in a new mailbox: the person has to switch it on. */
	switchedOff?: true;
	/** Where the person makes an app password or switches IMAP on. */
	page?: string;
	/** Connections that it allows an account, from everywhere together. */
	connections?: number;
	/** What to know beside that, for the documentation. */
	note?: string;
}

/**
 * The one table of providers: the presets of the credential, what is found for an address, connection limits, what is said about a
 * refused login and the page docs/credentials.md come from it. Rows are from the providers' own help pages, as of November 2026; none
 * was tried with an account. What a server does wrong is not here but in quirks.ts, for many servers have no provider.
 */
export const providers: readonly Provider[] = [
	{
		id: 'gmail',
		name: 'Gmail',
		host: 'imap.gmail.com',
		port: 993,
		security: 'tls',
		servers: /(^|\.)(gmail|googlemail|google)\.com$/,
		domains: ['gmail.com', 'googlemail.com'],
		password: 'app',
		page: 'https://myaccount.google.com/apppasswords',
		connections: 15,
		note: 'app passwords need 2-Step Verification; downloads are limited to 2,500 MB a day',
	},
	{
		id: 'microsoft',
		name: 'Microsoft 365, Outlook.com',
		host: 'outlook.office365.com',
		port: 993,
		security: 'tls',
		servers: /(^|\.)(office365\.(com|us)|outlook\.com|hotmail\.com|live\.com|partner\.outlook\.cn)$/,
		domains: ['outlook.com', 'hotmail.com', 'live.com', 'msn.com', 'onmicrosoft.com', 'outlook.de', 'outlook.fr', 'hotmail.fr'],
		password: 'none',
		page: 'https://outlook.live.com/mail/0/options/mail/forwarding',
		connections: 16,
		note: 'accepts OAuth2 only',
	},
	{
		id: 'yahoo',
		name: 'Yahoo',
		host: 'imap.mail.yahoo.com',
		port: 993,
		security: 'tls',
		servers: /(^|\.)(yahoo\.com|yahoo\.co\.jp|att\.net)$/,
		domains: ['yahoo.com', 'yahoo.de', 'yahoo.fr', 'yahoo.co.uk', 'yahoo.it', 'yahoo.es', 'ymail.com', 'rocketmail.com'],
		password: 'app',
		page: 'https://login.yahoo.com/account/security',
		connections: 5,
		note: 'shows only the newest 10,000 messages of a folder',
	},
	{
		id: 'aol',
		name: 'AOL',
		host: 'imap.aol.com',
		port: 993,
		security: 'tls',
		servers: /(^|\.)aol\.com$/,
		domains: ['aol.com', 'aim.com', 'aol.de'],
		password: 'app',
		page: 'https://login.aol.com/account/security',
		connections: 5,
		note: 'shows only the newest 10,000 messages of a folder',
	},
	{
		id: 'icloud',
		name: 'iCloud',
		host: 'imap.mail.me.com',
		port: 993,
		security: 'tls',
		servers: /(^|\.)(mail\.me|icloud)\.com$/,
		domains: ['icloud.com', 'me.com', 'mac.com'],
		password: 'app',
		page: 'https://account.apple.com',
		note: 'the user name is often the part of the address before @icloud.com',
	},
	{
		id: 'fastmail',
		name: 'Fastmail',
		host: 'imap.fastmail.com',
		port: 993,
		security: 'tls',
		servers: /(^|\.)(fastmail\.com|messagingengine\.com)$/,
		domains: ['fastmail.com', 'fastmail.fm', 'sent.com'],
		password: 'app',
		page: 'https://app.fastmail.com/settings/security/apps',
	},
	{
		id: 'zoho',
		name: 'Zoho Mail',
		host: 'imap.zoho.com',
		port: 993,
		security: 'tls',
		servers: /(^|\.)zoho\.(com|eu|in|com\.au|jp|com\.cn)$/,
		domains: ['zoho.com', 'zohomail.com'],
		password: 'app',
		switchedOff: true,
		page: 'https://accounts.zoho.com/home#security/app_password',
		note: 'for your own domain, use imappro.zoho.com; for accounts in the European Union, imap.zoho.eu',
	},
	{
		id: 'gmx',
		name: 'GMX',
		host: 'imap.gmx.net',
		port: 993,
		security: 'tls',
		servers: /(^|\.)gmx\.(net|com|de|at|ch)$/,
		domains: ['gmx.net', 'gmx.de', 'gmx.at', 'gmx.ch'],
		password: 'account',
		switchedOff: true,
		note: 'with two-factor sign-in, use an app password; for addresses @gmx.com, use imap.gmx.com',
	},
	{
		id: 'webde',
		name: 'web.de',
		host: 'imap.web.de',
		port: 993,
		security: 'tls',
		servers: /(^|\.)web\.de$/,
		domains: ['web.de'],
		password: 'account',
		switchedOff: true,
		note: 'with two-factor sign-in, use an app password',
	},
	{
		id: 'ionos',
		name: 'IONOS',
		host: 'imap.ionos.com',
		port: 993,
		security: 'tls',
		servers: /(^|\.)(ionos\.(com|de|co\.uk|fr|es|it)|1und1\.de|1and1\.com|kundenserver\.de)$/,
		domains: ['online.de'],
		password: 'account',
	},
	{
		id: 'tonline',
		name: 'T-Online',
		host: 'secureimap.t-online.de',
		port: 993,
		security: 'tls',
		servers: /(^|\.)t-online\.de$/,
		domains: ['t-online.de', 'magenta.de'],
		password: 'app',
		page: 'https://account.idm.telekom.com',
		note: 'enter its "password for email programs"',
	},
	{
		id: 'mailboxorg',
		name: 'mailbox.org',
		host: 'imap.mailbox.org',
		port: 993,
		security: 'tls',
		servers: /(^|\.)mailbox\.org$/,
		domains: ['mailbox.org'],
		password: 'account',
	},
	{
		id: 'posteo',
		name: 'Posteo',
		host: 'posteo.de',
		port: 993,
		security: 'tls',
		servers: /(^|\.)posteo\.de$/,
		domains: ['posteo.de', 'posteo.net'],
		password: 'account',
	},
	{
		id: 'yandex',
		name: 'Yandex',
		host: 'imap.yandex.com',
		port: 993,
		security: 'tls',
		servers: /(^|\.)yandex\.(com|ru)$/,
		domains: ['yandex.com', 'yandex.ru', 'ya.ru'],
		password: 'app',
		switchedOff: true,
		page: 'https://id.yandex.com/security/app-passwords',
	},
	{
		id: 'mailru',
		name: 'Mail.ru',
		host: 'imap.mail.ru',
		port: 993,
		security: 'tls',
		servers: /(^|\.)mail\.ru$/,
		domains: ['mail.ru', 'bk.ru', 'inbox.ru', 'list.ru'],
		password: 'app',
		page: 'https://account.mail.ru/user/2-step-auth/passwords',
	},
	{
		id: 'qq',
		name: 'QQ Mail',
		host: 'imap.qq.com',
		port: 993,
		security: 'tls',
		servers: /(^|\.)qq\.com$/,
		domains: ['qq.com', 'foxmail.com'],
		password: 'app',
		switchedOff: true,
		page: 'https://mail.qq.com',
		note: 'enter its authorization code as the password; for company accounts, use imap.exmail.qq.com',
	},
	{
		id: 'netease',
		name: 'NetEase 163',
		host: 'imap.163.com',
		port: 993,
		security: 'tls',
		servers: /(^|\.)(163|126|yeah)\.(com|net)$/,
		domains: ['163.com'],
		password: 'app',
		switchedOff: true,
		page: 'https://mail.163.com',
		note: 'enter its authorization code as the password',
	},
	{
		id: 'orange',
		name: 'Orange',
		host: 'imap.orange.fr',
		port: 993,
		security: 'tls',
		servers: /(^|\.)orange\.fr$/,
		domains: ['orange.fr', 'wanadoo.fr'],
		password: 'account',
	},
	{
		id: 'ovh',
		name: 'OVHcloud',
		host: 'ssl0.ovh.net',
		port: 993,
		security: 'tls',
		servers: /(^|\.)(ovh\.net|mail\.ovh\.ca)$/,
		domains: [],
		password: 'account',
	},
	{
		id: 'protonbridge',
		name: 'Proton Mail Bridge',
		host: '127.0.0.1',
		port: 1143,
		security: 'starttls',
		servers: /^$/,
		domains: [],
		password: 'app',
		note: 'the bridge runs on the machine of n8n and shows the password; its certificate is self-signed, so pin its fingerprint',
	},
];

/** The row of a value in the credential. */
export const providerById = (id: string): Provider | undefined => providers.find((provider) => provider.id === id);

/** The provider to whom a server belongs. */
export function providerOfServer(host: string): Provider | undefined {
	const name = host.toLowerCase().replace(/\.$/, '');
	return providers.find(({ servers }) => servers.test(name));
}

/** The provider of an address, by its domain. */
export function providerOfAddress(address: string): Provider | undefined {
	const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
	return providers.find(({ domains }) => domains.some((one) => domain === one || domain.endsWith(`.${one}`)));
}
