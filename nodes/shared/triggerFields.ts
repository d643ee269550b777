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
			"Whether what the node 'IMAP Sync' changes in this mailbox is no event. Changes by people and other programs always are. With several n8n processes (queue mode) this takes a 'Folder for Notes' in the credential; without one only changes of the same process are recognised.",
	},
	{
		displayName: labels.machineKeywords,
		name: 'machineKeywords',
		type: 'boolean',
		default: false,
		description:
			'Whether Message Updated also comes for keywords that mail servers set by themselves, such as $HasAttachment, $HasNoAttachment and $AutoSent',
	},
	{
		displayName: labels.maxMessages,
		name: 'maxMessages',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 200,
		description:
			'Max number of messages to hand out in one run. What is left comes with the next run. Unless you set it, messages from before the trigger come in larger portions, as many as time and memory allow.',
	},
	{
		displayName: labels.updatedContent,
		name: 'updatedContent',
		type: 'boolean',
		default: false,
		description:
			"Whether Message Updated carries what 'Output' says, which means to read the message again. Otherwise it carries which message it is, its flags and what changed of them, which costs nothing.",
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

/** The fields of a trigger without the login, in the order the editor shows them. Read with readRequest(). */
export const triggerFields = (options: readonly INodeProperties[] = triggerOptions): INodeProperties[] => [
	triggerOnField,
	...folderSelectionFields,
	readStatusField,
	...startFields,
	outputField,
	downloadAttachmentsField,
	optionsField(options),
];
