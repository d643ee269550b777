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
		description: '993 for TLS. With STARTTLS or None, port 143 is used as long as this is 993.',
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
				description: 'Encrypted from the start',
			},
			{
				name: 'STARTTLS (Port 143)',
				value: 'starttls',
				description: 'Encrypted before the sign-in. Fails if the mail server does not support it.',
			},
			{
				name: 'None (Port 143)',
				value: 'none',
				description: 'Not encrypted: anyone on the network can read the password and all mail',
			},
		],
	},
	...noticesOf(show),
];

/** What a choice of security means. */
const noticesOf = (show?: Record<string, string[]>): INodeProperties[] => [
	{
		displayName: 'Port 993 is for TLS, so port 143 is used. If the mail server uses another port, enter it in Port.',
		name: 'portNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { ...show, security: ['starttls', 'none'], port: [993] } },
	},
	{
		displayName:
			'Without encryption, anyone on the network can read the password and all mail. Use it only in a network you trust.',
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
			'Whether to connect even if the certificate of the mail server cannot be verified. It is safer to leave this off and use Certificate Fingerprint or CA Certificate.',
	},
	{
		displayName: 'Certificate Fingerprint',
		name: 'fingerprint',
		type: 'string',
		default: '',
		displayOptions: encrypted,
		placeholder: 'e.g. 9F:86:D0:81:…',
		description:
			'Optional. SHA-256 fingerprint of the server certificate, as shown by the credential test. Only this certificate is accepted then, even if it is self-signed.',
	},
	{
		displayName: 'Minimum TLS Version',
		name: 'lowestTls',
		type: 'options',
		default: 'TLSv1.2',
		displayOptions: encrypted,
		options: [
			{ name: 'TLS 1.0 (Insecure, for Old Servers)', value: 'TLSv1' },
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
			'Optional. Certificate (PEM) of the authority that signed the server certificate, or the server certificate itself if it is self-signed.',
	},
	{
		displayName: 'Client Certificate',
		name: 'cert',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '',
		displayOptions: encrypted,
		placeholder: 'e.g. -----BEGIN CERTIFICATE-----',
		description: 'Optional. Client certificate (PEM), if the mail server requires one.',
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
		description: 'Optional. The name in the server certificate, if it differs from Host.',
	},
	{
		displayName: 'Proxy URL',
		name: 'proxyUrl',
		type: 'string',
		typeOptions: { password: true },
		default: '',
		placeholder: 'e.g. socks5://proxy.example.com:1080',
		description:
			'Optional. Proxy to connect through: http://, https://, socks4:// or socks5://, with user and password if required.',
	},
	{
		displayName: 'Max Connections',
		name: 'maxConnections',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 50, numberPrecision: 0 },
		default: 0,
		description:
			'Maximum number of connections that each n8n process (main, worker) opens with this credential. 0 means a third of what the provider allows, or 3 if that is unknown.',
	},
	{
		displayName: 'Folder for Notes',
		name: 'notesFolder',
		type: 'string',
		default: '',
		placeholder: 'e.g. IMAP Sync Notes',
		description:
			'Optional, for queue mode. Folder in which the IMAP Sync node records its changes, so that triggers in other n8n processes do not report them. Use a folder only for this. It is created if it does not exist.',
	},
];
