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
					'Several items come at once when several things happened since the last poll. Make sure the workflow can handle more than one item.',
				displayCondition: '={{ $parameter["options"]?.["perExecution"] !== "message" }}',
				whenToDisplay: 'beforeExecution',
				location: 'outputPane',
			},
			{
				type: 'info',
				message: "What an execution fails with does not come again. To have it repeated, turn on 'Acknowledge' in the options.",
				displayCondition: '={{ !["keyword", "seen", "leavesFolder"].includes($parameter["options"]?.["acknowledge"]) }}',
				whenToDisplay: 'always',
				location: 'outputPane',
			},
			{
				type: 'info',
				message:
					"Each message comes again until the workflow acknowledges it. Let every way through the workflow end with 'IMAP Sync > Message > Acknowledge', or with what marks the message as chosen in 'Acknowledge'.",
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
