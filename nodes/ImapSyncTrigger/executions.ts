import type { INodeExecutionData, INodeProperties, IPollFunctions, IRun } from 'n8n-workflow';
import { readChoice, readObject } from '../shared/fieldValues';
import { labels } from '../shared/labels';
import { within } from './pollTime';

/** How what a poll found is spread over executions. Read with readPerExecution(). */
export const perExecutionOption: INodeProperties = {
	displayName: labels.perExecution,
	name: 'perExecution',
	type: 'options',
	default: 'batch',
	description: 'Whether messages found by the same poll share an execution',
	options: [
		{ name: 'All Messages of a Poll', value: 'batch', description: 'One execution per poll, with an item for each message' },
		{
			name: 'One Message',
			value: 'message',
			description:
				"One execution for each message, so that a failure does not affect others. All executions of a poll start at the same time, up to 'Max Messages'.",
		},
	],
};

/** Whether each item is to have an execution of its own. Throws settingsInvalid. */
export function wantsOneEach(context: IPollFunctions): boolean {
	const { perExecution } = readObject('Options', context.getNodeParameter('options', {}));
	return readChoice(labels.perExecution, perExecution, ['batch', 'message'], 'batch') === 'message';
}

/** How long the executions are waited for, at most. It is for n8n to create them; few workflows take longer to end. */
const CREATED_WITHIN_MS = 10_000;

/**
 * Starts an execution for each item but the last, which the poll returns. n8n has no other way to more than one execution a poll.
 * To be called before the state is saved. n8n creates executions in the background and says only when they have ended: so their end
 * is waited for, but not long. If n8n dies before, items come again and none is lost.
 */
export async function startAllButLast(
	context: IPollFunctions,
	items: INodeExecutionData[],
	mostMs: number,
): Promise<INodeExecutionData[]> {
	// Not in the interface of every n8n that runs this node; without it, one execution takes them all.
	if (typeof context.__emit !== 'function') return items;
	const ended = items.slice(0, -1).map((item) => {
		const done = context.helpers.createDeferredPromise<IRun | undefined>();
		context.__emit([[item]], undefined, done);
		return done.promise;
	});
	await within(Math.max(0, Math.min(mostMs, CREATED_WITHIN_MS)), Promise.allSettled(ended));
	return items.slice(-1);
}
