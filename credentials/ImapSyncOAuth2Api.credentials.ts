import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';
import { connectionFields, serverFields } from './serverFields';

/** A mailbox of any provider with OAuth2. n8n signs in, keeps the tokens and tests only that there is one. */
export class ImapSyncOAuth2Api implements ICredentialType {
	name = 'imapSyncOAuth2Api';

	extends = ['oAuth2Api'];

	displayName = 'IMAP Sync OAuth2 API';

	icon: Icon = { light: 'file:../icons/imap-sync.svg', dark: 'file:../icons/imap-sync.dark.svg' };

	documentationUrl =
		'https://github.com/n8n-nodes-imap-sync/n8n-nodes-imap-sync/blob/main/docs/credentials.md#other-providers-with-oauth2';

	properties: INodeProperties[] = [
		{
			displayName: 'User',
			name: 'user',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. nathan@example.com',
			description: 'The user name of the mailbox, usually the full email address',
		},
		...serverFields({
			host: '',
			hostDescription: 'The name or address of the mail server, without "imap://" and the port',
		}),
		...connectionFields,
	];
}
