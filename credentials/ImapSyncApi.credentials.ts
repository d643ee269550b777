import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** What only matters where the connection is encrypted. */
const encrypted = { show: { security: ['tls', 'starttls'] } };

/** A mailbox reached with user name and password. Tested by the nodes that use it: n8n's declarative test speaks HTTP only. */
// eslint-disable-next-line @n8n/community-nodes/credential-test-required -- the nodes test it: testedBy in nodes/shared/credentials.ts
export class ImapSyncApi implements ICredentialType {
	name = 'imapSyncApi';

	displayName = 'IMAP Sync API';

	icon: Icon = { light: 'file:../icons/imap-sync.svg', dark: 'file:../icons/imap-sync.dark.svg' };

	documentationUrl = 'https://github.com/n8n-nodes-imap-sync/n8n-nodes-imap-sync#credentials';

	properties: INodeProperties[] = [
		{
			displayName:
				'Gmail, Yahoo and iCloud want an app password here, not the one you sign in with. Outlook.com and Microsoft 365 take no passwords over IMAP any more.',
			name: 'providerNotice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'User',
			name: 'user',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. nathan@example.com',
			description: 'The user name of the mailbox, on most servers the whole email address',
		},
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'The password of the mailbox, or an app password where the provider demands one',
		},
		{
			displayName: 'Host',
			name: 'host',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. imap.example.com',
			description: 'The name or address of the mail server, without "imap://" and without the port',
		},
		{
			displayName: 'Port',
			name: 'port',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 65535, numberPrecision: 0 },
			default: 993,
			required: true,
			description: 'Usually 993 for TLS, and 143 for STARTTLS or None',
		},
		{
			displayName: 'Security',
			name: 'security',
			type: 'options',
			default: 'tls',
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
					description: 'Not encrypted: anyone on the way can read the password and all mail',
				},
			],
		},
		{
			displayName: 'Without encryption the password and all mail cross the network readable. Use it only on a network you trust.',
			name: 'plainTextNotice',
			type: 'notice',
			default: '',
			displayOptions: { show: { security: ['none'] } },
		},
		// eslint-disable-next-line @n8n/community-nodes/credential-password-field -- yes or no, nothing secret
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
		// eslint-disable-next-line @n8n/community-nodes/credential-password-field -- a certificate is public, only its key is not
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
		// eslint-disable-next-line @n8n/community-nodes/credential-unnecessary-password -- a private key is secret
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
		// eslint-disable-next-line @n8n/community-nodes/credential-unnecessary-password -- may hold the password of the proxy
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
			displayName: 'Folder for Notes',
			name: 'notesFolder',
			type: 'string',
			default: '',
			placeholder: 'e.g. IMAP Sync Notes',
			description:
				"Optional, for n8n with several processes (queue mode). Folder in which the node 'IMAP Sync' leaves small messages that say what it changed, so that triggers in other processes do not tell that as events. It is created when there is none, old notes are removed, and triggers do not watch it. Give it to this purpose alone.",
		},
	];
}
