import type { INodeProperties } from 'n8n-workflow';

/** What only matters where the connection is encrypted. */
const encrypted = { show: { security: ['tls', 'starttls'] } };

/** The mail server of a credential. */
export interface ServerDefaults {
	host: string;
	hostDescription: string;
	/** Shown only where another field has this value. */
	show?: Record<string, string[]>;
}

/** Host, port and security. */
export const serverFields = ({ host, hostDescription, show }: ServerDefaults): INodeProperties[] => [
	{
		displayName: 'Host',
		name: 'host',
		type: 'string',
		default: host,
		required: true,
		placeholder: 'e.g. imap.example.com',
		description: hostDescription,
		...shownWhere(show),
	},
	{
		displayName: 'Port',
		name: 'port',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 65535, numberPrecision: 0 },
		default: 993,
		required: true,
		description: 'Usually 993. With STARTTLS or None, 993 stands for 143.',
		...shownWhere(show),
	},
	{
		displayName: 'Security',
		name: 'security',
		type: 'options',
		default: 'tls',
		...shownWhere(show),
		options: [
			{
				name: 'TLS (Port 993)',
				value: 'tls',
				description: 'Encrypted from the first byte',
			},
			{
				name: 'STARTTLS (Port 143)',
				value: 'starttls',
				description:
					'Begins in the clear and is encrypted before the login. Ends the connection when the server does not offer it.',
			},
			{
				name: 'None (Port 143)',
				value: 'none',
				description: 'Not encrypted: anyone on the way can read the login and all mail',
			},
		],
	},
	{
		displayName: 'Without encryption the login and all mail cross the network readable. Use it only on a network you trust.',
		name: 'plainTextNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { ...show, security: ['none'] } },
	},
];

const shownWhere = (show?: Record<string, string[]>): Pick<INodeProperties, 'displayOptions'> =>
	show === undefined ? {} : { displayOptions: { show } };

/** Certificates, proxy and the folder for notes: what few people need. */
export const connectionFields: INodeProperties[] = [
	{
		displayName: 'Allow Unauthorized Certificates',
		name: 'allowUnauthorizedCerts',
		type: 'boolean',
		default: false,
		displayOptions: encrypted,
		description:
			'Whether to connect even if the certificate of the server cannot be verified. Safer: leave this off and paste the certificate into CA Certificate.',
	},
	{
		displayName: 'Certificate Fingerprint',
		name: 'fingerprint',
		type: 'string',
		default: '',
		displayOptions: encrypted,
		placeholder: 'e.g. 9F:86:D0:81:…',
		description:
			'Optional. SHA-256 of the server certificate, as the test shows it. Then this certificate is taken, self-signed or not, and no other.',
	},
	{
		displayName: 'Lowest TLS Version',
		name: 'lowestTls',
		type: 'options',
		default: 'TLSv1.2',
		displayOptions: encrypted,
		options: [
			{ name: 'TLS 1.0 (Old Servers, Can Be Broken)', value: 'TLSv1' },
			{ name: 'TLS 1.2', value: 'TLSv1.2' },
			{ name: 'TLS 1.3', value: 'TLSv1.3' },
		],
	},
	{
		displayName: 'CA Certificate',
		name: 'ca',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '',
		displayOptions: encrypted,
		placeholder: 'e.g. -----BEGIN CERTIFICATE-----',
		description:
			'Optional. Certificate (PEM) of the authority that signed the server certificate, or a self-signed certificate itself.',
	},
	{
		displayName: 'Client Certificate',
		name: 'cert',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '',
		displayOptions: encrypted,
		placeholder: 'e.g. -----BEGIN CERTIFICATE-----',
		description: 'Optional. Certificate (PEM) that the server asks clients for.',
	},
	{
		displayName: 'Client Key',
		name: 'key',
		type: 'string',
		typeOptions: { password: true, rows: 3 },
		default: '',
		displayOptions: encrypted,
		placeholder: 'e.g. -----BEGIN PRIVATE KEY-----',
		description: 'Optional. Private key (PEM) of the client certificate.',
	},
	{
		displayName: 'Server Name',
		name: 'servername',
		type: 'string',
		default: '',
		displayOptions: encrypted,
		placeholder: 'e.g. mail.example.com',
		description: 'Optional. Name that the server certificate is made out to, where it differs from Host.',
	},
	{
		displayName: 'Proxy URL',
		name: 'proxyUrl',
		type: 'string',
		typeOptions: { password: true },
		default: '',
		placeholder: 'e.g. socks5://proxy.example.com:1080',
		description:
			'Optional. Proxy to connect through: http://, https://, socks4:// or socks5://, with user and password if it asks for them.',
	},
	{
		displayName: 'Max Connections',
		name: 'maxConnections',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 50, numberPrecision: 0 },
		default: 0,
		description:
			'Connections that each process of n8n (main, workers) may have with this credential; more wait. 0: a third of what the provider allows, or 3.',
	},
	{
		displayName: 'Folder for Notes',
		name: 'notesFolder',
		type: 'string',
		default: '',
		placeholder: 'e.g. IMAP Sync Notes',
		description:
			"Optional, for n8n with several processes (queue mode). Folder in which the node 'IMAP Sync' leaves small messages that say what it changed, so that triggers in other processes do not tell that as events. It is created when there is none, old notes are removed, and triggers do not watch it. Give it to this purpose alone.",
	},
];
