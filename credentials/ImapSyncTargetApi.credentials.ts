import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/**
 * The account that messages are copied to: n8n gives a node one credential of a type, so the second one needs a type of its own.
 * It has the same fields.
 */
// eslint-disable-next-line @n8n/community-nodes/credential-test-required -- the nodes test it: testedBy in nodes/shared/credentials.ts
export class ImapSyncTargetApi implements ICredentialType {
	name = 'imapSyncTargetApi';

	extends = ['imapSyncApi'];

	displayName = 'IMAP Sync Target API';

	icon: Icon = { light: 'file:../icons/imap-sync.svg', dark: 'file:../icons/imap-sync.dark.svg' };

	documentationUrl = 'https://github.com/n8n-nodes-imap-sync/n8n-nodes-imap-sync#credentials';

	properties: INodeProperties[] = [];
}
