import type { ActionRun } from './ActionRun';
import type { OperationField } from './tool/toolFields';

/** Messages that a model can look at in one answer. */
const MOST_IN_TOOL = 50;

/** Return All and Limit. Read with readLimit(). */
export const limitFields: OperationField[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		displayOptions: { show: { returnAll: [false] } },
		description: 'Max number of results to return',
		inTool: { default: 10, description: 'Max number of results to return, from 1 to 50; the newest come first' },
	},
];

/** How many results are wanted; Infinity for all. In a tool there is a limit always. */
export function readLimit(run: ActionRun, index: number): number {
	const most = run.isTool ? MOST_IN_TOOL : Infinity;
	return run.yesOrNo('returnAll', index) ? most : Math.min(most, run.wholeNumber('limit', index, 1, run.isTool ? 10 : 50));
}
