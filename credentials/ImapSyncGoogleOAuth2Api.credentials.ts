import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';
import { connectionFields, serverFields } from './serverFields';

/** A mailbox of Gmail or Google Workspace. n8n signs in, keeps the tokens and tests only that there is one. */
// eslint-disable-next-line @n8n/community-nodes/credential-test-required -- n8n tests OAuth2 itself, and looks at no other test
export class ImapSyncGoogleOAuth2Api implements ICredentialType {
	name = 'imapSyncGoogleOAuth2Api';

	extends = ['googleOAuth2Api'];

	displayName = 'IMAP Sync Google OAuth2 API';

	icon: Icon = { light: 'file:../icons/imap-sync.svg', dark: 'file:../icons/imap-sync.dark.svg' };

	documentationUrl =
		'https://github.com/n8n-nodes-imap-sync/n8n-nodes-imap-sync/blob/main/docs/credentials.md#gmail-and-google-workspace';

	properties: INodeProperties[] = [
		// The only scope that opens IMAP; n8n passes on what a hidden field has.
		{ displayName: 'Scope', name: 'scope', type: 'hidden', default: 'https://mail.google.com/' },
		{
			displayName: 'User',
			name: 'user',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. nathan@gmail.com',
			description: 'The email address of the Google account that signs in',
		},
		...serverFields({ host: 'imap.gmail.com', hostDescription: 'The mail server of Google. Usually left as it is.' }),
		...connectionFields,
	];
}
