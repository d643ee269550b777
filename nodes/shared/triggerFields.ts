import type { INodeProperties } from 'n8n-workflow';
import { acknowledgeOptions } from './acknowledge';
import { triggerOnField } from './events';
import { filterOptions, readStatusField } from './filter';
import { folderSelectionFields } from './folderSelection';
import { ignoreOption } from './ignoreRules';
import { labels } from './labels';
import { optionsField } from './optionsField';
import { downloadAttachmentsField, outputField, outputOptions } from './outputFields';
import { startFields } from './startFrom';

/** The options that no other file reads than request.ts. */
const runOptions: INodeProperties[] = [
	{
		displayName: labels.ignoreOwnChanges,
		name: 'ignoreOwnChanges',
		type: 'boolean',
		default: true,
		description:
			"Whether to skip changes that the node 'IMAP Sync' made in this mailbox. Changes by people and other programs are always reported. In queue mode, set 'Folder for Notes' in the credential; otherwise only changes made by the same n8n process are recognized.",
	},
	{
		displayName: labels.machineKeywords,
		name: 'machineKeywords',
		type: 'boolean',
		default: false,
		description:
			"Whether 'Message Updated' includes keywords that mail servers set automatically, such as $HasAttachment and $AutoSent",
	},
	{
		displayName: labels.maxMessages,
		name: 'maxMessages',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 200,
		description:
			"Max number of messages per run. The rest follows in the next run. Without this option, existing messages ('Start From') come in larger portions, as time and memory allow.",
	},
	{
		displayName: labels.updatedContent,
		name: 'updatedContent',
		type: 'boolean',
		default: false,
		description:
			"Whether 'Message Updated' returns everything that 'Output' asks for, for which the message is read again. Otherwise it returns only the ID, the flags and which of them changed.",
	},
];

/** What every trigger has in Options. */
export const triggerOptions: INodeProperties[] = [
	...acknowledgeOptions,
	...filterOptions,
	ignoreOption,
	...outputOptions.map(asOption),
	...runOptions,
];

/** Whoever looks for Download Attachments here finds it, unless the field of the same name is on. */
function asOption(option: INodeProperties): INodeProperties {
	if (option.name !== 'downloadAttachments') return option;
	return { ...option, displayOptions: { hide: { '/downloadAttachments': [true] } } };
}

/** The fields of a trigger without the login, in the order the editor shows them: `own` before the options. Read with readRequest(). */
export const triggerFields = (
	options: readonly INodeProperties[] = triggerOptions,
	own: readonly INodeProperties[] = [],
): INodeProperties[] => [
	triggerOnField,
	...folderSelectionFields,
	readStatusField,
	...startFields,
	outputField,
	downloadAttachmentsField,
	...own,
	optionsField(options),
];
