import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** The account that messages are copied to, where it is one of IMAP Sync Microsoft OAuth2 API: a second one needs a type of its own. */
// eslint-disable-next-line @n8n/community-nodes/credential-test-required -- n8n tests OAuth2 itself, and looks at no other test
export class ImapSyncTargetMicrosoftOAuth2Api implements ICredentialType {
	name = 'imapSyncTargetMicrosoftOAuth2Api';

	extends = ['imapSyncMicrosoftOAuth2Api'];

	displayName = 'IMAP Sync Target Microsoft OAuth2 API';

	icon: Icon = { light: 'file:../icons/imap-sync.svg', dark: 'file:../icons/imap-sync.dark.svg' };

	documentationUrl =
		'https://github.com/n8n-nodes-imap-sync/n8n-nodes-imap-sync/blob/main/docs/credentials.md#the-second-account';

	properties: INodeProperties[] = [];
}
