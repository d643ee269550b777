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
			displayName: 'Sign In As',
			name: 'grantType',
			type: 'options',
			default: 'authorizationCode',
			options: [
				{
					name: 'User',
					value: 'authorizationCode',
					description: 'A person signs in, and the app acts for that person (permission IMAP.AccessAsUser.All)',
				},
				{
					name: 'App',
					value: 'clientCredentials',
					description:
						'The app signs in without a person (permission IMAP.AccessAsApp, and its service principal in Exchange Online)',
				},
			],
		},
		{
			displayName: 'In Access Token URL, replace "common" with your tenant: an app without a user belongs to one tenant only.',
			name: 'tenantNotice',
			type: 'notice',
			default: '',
			displayOptions: { show: { grantType: ['clientCredentials'] } },
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
				'The address of the mailbox: of the person who signs in, or of another or shared mailbox that this person or app has full access to',
		},
		...serverFields({
			host: 'outlook.office365.com',
			hostDescription: 'The mail server of Microsoft. The default follows the cloud selected in Microsoft Graph API Base URL.',
		}),
		...connectionFields,
	];
}
