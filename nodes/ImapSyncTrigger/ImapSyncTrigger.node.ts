import { type INodeExecutionData, type INodeType, type INodeTypeDescription, type IPollFunctions } from 'n8n-workflow';
import { accountCredentials, authenticationField } from '../shared/credentials';
import { heartbeatOption, triggerOutputs } from '../shared/heartbeat';
import { methods } from '../shared/methods';
import { triggerFields, triggerOptions } from '../shared/triggerFields';
import { perExecutionOption } from './executions';
import { poll } from './poll';

/** Starts a workflow with what is new, changed or deleted in a mailbox since the last look. */
export class ImapSyncTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'IMAP Sync Trigger',
		name: 'imapSyncTrigger',
		icon: { light: 'file:../../icons/imap-sync.svg', dark: 'file:../../icons/imap-sync.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle:
			'={{ $parameter["folderSelection"] === "all" ? "all folders" : $parameter["folderSelection"] === "pattern" ? "folders matching a pattern" : [].concat($parameter["folders"] || []).join(", ") }}',
		// n8n shows it for this node and IMAP Sync together, as one entry in its list of nodes.
		description: 'Starts the workflow when messages arrive, change, move or are deleted; reads and manages messages and folders',
		eventTriggerDescription: '',
		defaults: { name: 'IMAP Sync Trigger' },
		polling: true,
		inputs: [],
		outputs: triggerOutputs,
		credentials: accountCredentials,
		hints: [
			{
				type: 'info',
				message:
					"One run can contain several messages. Make sure the workflow handles more than one item, or set 'Per Execution' in the options to 'One Message'.",
				displayCondition: '={{ $parameter["options"]?.["perExecution"] !== "message" }}',
				whenToDisplay: 'beforeExecution',
				location: 'outputPane',
			},
			{
				type: 'info',
				message:
					"A message whose execution fails is not repeated. To get it again, add 'Acknowledge' in the options, or use the IMAP Push Trigger.",
				displayCondition: '={{ !["keyword", "seen", "leavesFolder"].includes($parameter["options"]?.["acknowledge"]) }}',
				whenToDisplay: 'always',
				location: 'outputPane',
			},
			{
				type: 'info',
				message:
					"A message is delivered again until the workflow acknowledges it. End every branch of the workflow with 'IMAP Sync > Message > Acknowledge', or with the change you chose in 'Acknowledge'.",
				displayCondition: '={{ ["keyword", "seen", "leavesFolder"].includes($parameter["options"]?.["acknowledge"]) }}',
				whenToDisplay: 'always',
				location: 'outputPane',
			},
		],
		properties: [authenticationField, ...triggerFields([...triggerOptions, heartbeatOption, perExecutionOption])],
	};

	methods = methods;

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await poll(this);
	}
}
