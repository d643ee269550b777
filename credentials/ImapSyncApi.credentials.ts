import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';
import { providers } from '../sync/imap/providers';
import { connectionFields, serverFields } from './serverFields';

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
				'Gmail, Yahoo and iCloud require an app password instead of the password you sign in with. Outlook.com and Microsoft 365 no longer accept passwords over IMAP: select Microsoft OAuth2 instead of Password at the top right of this dialog, or in the Authentication field of the node.',
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
			description: 'The user name of the mailbox, usually the full email address',
		},
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'The password of the mailbox, or an app password if the provider requires one',
		},
		{
			displayName: 'Provider',
			name: 'provider',
			type: 'options',
			default: 'custom',
			options: [
				{ name: 'Other', value: 'custom', description: 'Enter the mail server yourself' },
				{
					name: 'From the Address',
					value: 'fromAddress',
					description: 'Looks up the mail server for the address in User. The credential test shows which one it found.',
				},
				...providers
					// Microsoft takes no passwords at all.
					.filter(({ password }) => password !== 'none')
					.map(({ id, name }) => ({ name, value: id }))
					.sort((a, b) => a.name.localeCompare(b.name)),
			],
			description: 'The provider of the mailbox. For a provider in this list, you do not need to enter host, port and security.',
		},
		...serverFields({
			show: { provider: ['custom'] },
			host: '',
			hostDescription: 'The name or address of the mail server, without "imap://" and the port',
		}),
		...connectionFields,
	];
}
