import type { INodeProperties } from 'n8n-workflow';
import type { ActionRun } from './ActionRun';

/** Return All and Limit. Read with readLimit(). */
export const limitFields: INodeProperties[] = [
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
	},
];

/** How many results are wanted; Infinity for all. */
export const readLimit = (run: ActionRun, index: number): number =>
	run.yesOrNo('returnAll', index) ? Infinity : run.wholeNumber('limit', index, 1, 50);
