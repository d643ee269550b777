import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { accountCredentials, targetCredentials } from '../shared/credentials';
import { execute } from './actions/execute';
import { actionProperties } from './actions/registry';
import { methods } from '../shared/methods';

const credentials = [...accountCredentials, ...targetCredentials({ resource: ['message'], operation: ['copyToAccount'] })];

/** Reads and changes what is in a mailbox. */
export class ImapSync implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'IMAP Sync',
		name: 'imapSync',
		icon: { light: 'file:../../icons/imap-sync.svg', dark: 'file:../../icons/imap-sync.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Searches, reads and changes messages and folders of a mailbox on any IMAP server, and gets what is new there',
		defaults: { name: 'IMAP Sync' },
		// n8n would take the sentence that is meant for models, which is also too long for the name of a tool.
		skipNameGeneration: true,
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials,
		properties: actionProperties(),
	};

	methods = methods;

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await execute(this);
	}
}
