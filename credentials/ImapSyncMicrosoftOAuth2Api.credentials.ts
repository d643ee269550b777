import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';
import { connectionFields, serverFields } from './serverFields';

/** The resource of IMAP in each cloud, by n8n's field for the cloud. The app alone has another one than a user in the global cloud. */
const SCOPE = `={{ ({ "https://graph.microsoft.us": "https://outlook.office365.us", "https://dod-graph.microsoft.us": "https://webmail.apps.mil", "https://microsoftgraph.chinacloudapi.cn": "https://partner.outlook.cn" }[$self["graphApiBaseUrl"]] || ($self["grantType"] === "clientCredentials" ? "https://outlook.office365.com" : "https://outlook.office.com")) + ($self["grantType"] === "clientCredentials" ? "/.default" : "/IMAP.AccessAsUser.All offline_access") }}`;

/** A mailbox of Microsoft 365 or Outlook.com. n8n signs in, keeps the tokens and tests only that there is one. */
// eslint-disable-next-line @n8n/community-nodes/credential-test-required -- n8n tests OAuth2 itself, and looks at no other test
export class ImapSyncMicrosoftOAuth2Api implements ICredentialType {
	name = 'imapSyncMicrosoftOAuth2Api';

	extends = ['microsoftOAuth2Api'];

	displayName = 'IMAP Sync Microsoft OAuth2 API';

	icon: Icon = { light: 'file:../icons/imap-sync.svg', dark: 'file:../icons/imap-sync.dark.svg' };

	documentationUrl =
		'https://github.com/n8n-nodes-imap-sync/n8n-nodes-imap-sync/blob/main/docs/credentials.md#microsoft-365-and-outlookcom';

	properties: INodeProperties[] = [
		{
			displayName: 'Grant Type',
			name: 'grantType',
			type: 'options',
			default: 'authorizationCode',
			options: [
				{
					name: 'Authorization Code',
					value: 'authorizationCode',
					description: 'A user signs in. Requires the delegated permission IMAP.AccessAsUser.All.',
				},
				{
					name: 'Client Credentials',
					value: 'clientCredentials',
					description:
						'The app signs in without a user. Requires the application permission IMAP.AccessAsApp, and a service principal in Exchange Online.',
				},
			],
		},
		// As n8n has it, with a hint: a notice of its own would stand far below.
		{
			displayName: 'Access Token URL',
			name: 'accessTokenUrl',
			type: 'string',
			default: 'https://login.microsoftonline.com/common/oauth2/v2.0/token',
			hint: 'If the app belongs to a single tenant, replace "common" with the tenant ID. Client Credentials always need it.',
		},
		// Hidden: n8n then asks for this one, whatever a credential of an older version had.
		{ displayName: 'Scope', name: 'scope', type: 'hidden', default: SCOPE },
		{
			displayName: 'User',
			name: 'user',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. nathan@example.com',
			description:
				'The email address of the mailbox. It can be a shared mailbox, or the mailbox of another user, if the user or app that signs in has full access to it.',
		},
		...serverFields({
			host: 'outlook.office365.com',
			hostDescription:
				'The mail server of Microsoft. Unless you change it, it follows the cloud selected in Microsoft Graph API Base URL.',
		}),
		...connectionFields,
	];
}
