import type { INodeExecutionData, INodeProperties, IPollFunctions } from 'n8n-workflow';
import { readChoice, readObject } from '../shared/fieldValues';
import { labels } from '../shared/labels';

/** How what a poll found is spread over executions. Read with readPerExecution(). */
export const perExecutionOption: INodeProperties = {
	displayName: labels.perExecution,
	name: 'perExecution',
	type: 'options',
	default: 'batch',
	description: 'How much of what a poll found one execution gets',
	options: [
		{ name: 'All That a Poll Found', value: 'batch', description: 'One execution a poll, with an item for each event' },
		{
			name: 'One Message',
			value: 'message',
			description:
				"An execution for each event, so that one that fails takes no others with it. All of a poll begin at once: see 'Max Messages'.",
		},
	],
};

/** Whether each item is to have an execution of its own. Throws settingsInvalid. */
export function wantsOneEach(context: IPollFunctions): boolean {
	const { perExecution } = readObject('Options', context.getNodeParameter('options', {}));
	return readChoice(labels.perExecution, perExecution, ['batch', 'message'], 'batch') === 'message';
}

/**
 * Starts an execution for each item but the last, which the poll returns. n8n has no other way to more than one execution a poll.
 * To be called before the state is saved: n8n writes it with the item that is returned, so that a crash before repeats some items
 * and loses none.
 */
export function emitAllButLast(context: IPollFunctions, items: INodeExecutionData[]): INodeExecutionData[] {
	// Not in the interface of every n8n that runs this node; without it, one execution takes them all.
	if (typeof context.__emit !== 'function') return items;
	for (const item of items.slice(0, -1)) context.__emit([[item]]);
	return items.slice(-1);
}
