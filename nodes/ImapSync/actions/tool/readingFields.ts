import { outputField } from '../../../shared/outputFields';
import type { ActionRun } from '../ActionRun';
import type { OperationField } from './toolFields';

const levels = [
	{ name: 'Metadata', value: 'metadata', description: 'Sender, recipients, subject, date, files, and the beginning of the text' },
	{ name: 'Content', value: 'content', description: 'Also the whole text' },
	{ name: 'Reference', value: 'reference', description: 'Folder, ID and flags' },
];

const description =
	'How much of each message to return: metadata (sender, subject, date, beginning of the text) or content (also the text)';

/** How much to read of many messages: a model looks at a list, and reads one of it. */
export const outputOfMany: OperationField = { ...outputField, inTool: { default: 'metadata', options: levels, description } };

/** How much to read of one message: a model that asks for one wants its text. */
export const outputOfOne: OperationField = { ...outputField, inTool: { default: 'content', options: levels, description } };

/** Where an answer goes on that had to end before all messages were returned. */
export const skipField: OperationField = {
	displayName: 'Skip',
	name: 'skip',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 0,
	description: 'How many messages to skip, as an answer without room for all messages says; 0 at first',
	toolOnly: true,
};

/** Where a text goes on of which an answer held the beginning. */
export const textFromField: OperationField = {
	displayName: 'Text From',
	name: 'textFrom',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 0,
	description: 'The character of the text to start at, as textGoesOnAt of an earlier answer says; 0 at first',
	toolOnly: true,
};

/** Reads skipField for one input item; 0 where the node is no tool. Notes it for the end of the answer. */
export function readSkip(run: ActionRun, index: number): number {
	if (!run.isTool) return 0;
	return (run.asked.skip = run.wholeNumber('skip', index, 0, 0));
}
