import { type INodeType, type INodeTypeDescription, type ITriggerFunctions, type ITriggerResponse } from 'n8n-workflow';
import { accountCredentials, authenticationField } from '../shared/credentials';
import { triggerOutputs } from '../shared/heartbeat';
import { methods } from '../shared/methods';
import { pushFields } from './pushFields';
import { startTrigger } from './trigger';

/** Starts a workflow the moment something happens in a mailbox, and holds it for done only when the execution succeeded. */
export class ImapPushTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'IMAP Push Trigger',
		name: 'imapPushTrigger',
		icon: { light: 'file:../../icons/imap-sync.svg', dark: 'file:../../icons/imap-sync.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle:
			'={{ $parameter["folderSelection"] === "all" ? "all folders" : $parameter["folderSelection"] === "pattern" ? "folders matching a pattern" : [].concat($parameter["folders"] || []).join(", ") }}',
		description: 'Starts the workflow as soon as messages arrive or change, and again if its execution fails',
		eventTriggerDescription: '',
		defaults: { name: 'IMAP Push Trigger' },
		inputs: [],
		outputs: triggerOutputs,
		credentials: accountCredentials,
		properties: [authenticationField, ...pushFields],
	};

	methods = methods;

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await startTrigger(this);
	}
}
