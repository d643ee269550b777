import type { INodeProperties } from 'n8n-workflow';
import { readItemRequest, readObject, type ItemRequest } from '../itemRequest';
import { optionFields, triggerProperties } from '../properties';
import type { ActionRun } from './ActionRun';

const optionNames = [
	'attachmentMaxSize',
	'attachmentNames',
	'attachmentTypes',
	'downloadAttachments',
	'headers',
	'html',
	'maxMessageSize',
];

/** How much of each message to read: the same field as in the triggers. Read with readReading(). */
export const outputField: INodeProperties = triggerProperties.find(({ name }) => name === 'output')!;

/** The options that say what becomes of a message in the item, as in the triggers. In alphabetical order. */
export const readingOptions: INodeProperties[] = optionFields.filter(({ name }) => optionNames.includes(name));

/** The collection Options, with these fields. */
export function optionsField(fields: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [...fields].sort((a, b) => a.displayName.localeCompare(b.displayName)),
	};
}

/** Reads outputField and readingOptions for one input item. Throws settingsInvalid. */
export function readReading(run: ActionRun, index: number): ItemRequest {
	return readItemRequest(run.value('output', index), readObject('Options', run.value('options', index)));
}
