import { matchOptions, searchFields } from '../../shared/filterFields';
import type { OperationField } from './tool/toolFields';
import { readToolSearch, toolSearchFields } from './tool/searchFields';
import { readObject } from '../../shared/fieldValues';
import { combined, readSearch } from '../../shared/searchConditions';
import type { ActionRun } from './ActionRun';
import type { SearchCriteria } from '../../../sync/server/searchCriteria';

/** The fields of a search. Read with readCriteria(). */
export const searchField: OperationField[] = [
	...toolSearchFields,
	{
		displayName: 'Search',
		name: 'search',
		type: 'collection',
		placeholder: 'Add Condition',
		default: {},
		description: 'Only messages that meet these conditions. Without conditions, all messages are found.',
		options: searchFields,
	},
	{
		displayName: 'Must Meet',
		name: 'match',
		type: 'options',
		default: 'all',
		options: matchOptions,
		description: "Whether a message must meet all conditions in 'Search' or any of them",
	},
	{
		displayName: 'Except',
		name: 'except',
		type: 'collection',
		placeholder: 'Add Condition',
		default: {},
		description: 'Leave out messages that meet any of these conditions',
		options: searchFields,
	},
];

/** Reads searchField for one input item. Throws settingsInvalid. */
export function readCriteria(run: ActionRun, index: number): SearchCriteria {
	const wanted = readSearch(readObject('Search', run.value('search', index)), 'Search', run.clock);
	const unwanted = readSearch(readObject('Except', run.value('except', index)), 'Except', run.clock);
	const criteria = combined(wanted, run.choice('match', index, ['all', 'any'] as const), unwanted);
	return run.isTool ? readToolSearch(run, index, criteria) : criteria;
}
