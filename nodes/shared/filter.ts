import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { SearchCriteria } from '../../sync/server/searchCriteria';
import { isBlank, readChoice, readObject } from './fieldValues';
import { filterFields, matchOptions } from './filterFields';
import { labels } from './labels';
import { combined, readConditions } from './searchConditions';

/** The options that choose messages by what they are. Read with readFilter(). */
export const filterOptions: INodeProperties[] = [
	{
		displayName: labels.filter,
		name: 'filter',
		type: 'collection',
		placeholder: 'Add Condition',
		default: {},
		description: 'Only messages for which these conditions hold. The mail server searches, so nothing else is downloaded.',
		options: filterFields,
	},
	{
		displayName: labels.filterExcept,
		name: 'filterExcept',
		type: 'collection',
		placeholder: 'Add Condition',
		default: {},
		description: 'Messages that meet any of these conditions are left out',
		options: filterFields,
	},
	{
		displayName: labels.filterMatch,
		name: 'filterMatch',
		type: 'options',
		default: 'all',
		options: matchOptions,
		description: "How many of the conditions in 'Filter' a message must meet",
	},
];

/** The filter's conditions; undefined when there is none. */
export function readFilter(options: IDataObject, zone: string): SearchCriteria | undefined {
	const match = readChoice(labels.filterMatch, options.filterMatch, ['all', 'any'], 'all');
	const criteria = combined(
		readFilterFields(labels.filter, options.filter, zone),
		match,
		readFilterFields(labels.filterExcept, options.filterExcept, zone),
	);
	return Object.keys(criteria).length === 0 ? undefined : criteria;
}

function readFilterFields(label: string, value: unknown, zone: string): SearchCriteria {
	const entered = readObject(label, value);
	// A fixed collection of the editor would nest the fields in a group: both shapes mean the same.
	const fields = isBlank(entered.criteria) ? entered : readObject(label, entered.criteria);
	return readConditions(fields, label, zone);
}

/** The expressions that compute the dates of the filter, if it has dates and they are computed: a date such as "a week ago" moves on by itself. */
export function dateExpressions({ options }: IDataObject, criteria: SearchCriteria): string | undefined {
	if (!hasDates(criteria)) return undefined;
	const isExpression = (value: unknown): value is string => typeof value === 'string' && value.startsWith('=');
	if (isExpression(options)) return options;
	const { filter, filterExcept } = (options ?? {}) as IDataObject;
	const expressions = [filter, filterExcept].flatMap((collection) => {
		if (isExpression(collection)) return [collection];
		const entered = (collection ?? {}) as IDataObject;
		const { since, before } = (isBlank(entered.criteria) ? entered : entered.criteria) as IDataObject;
		return isExpression(since) || isExpression(before) ? [JSON.stringify([since, before])] : [];
	});
	return expressions.length === 0 ? undefined : expressions.join('\n');
}

const hasDates = ({ since, before, anyOf = [], noneOf = [] }: SearchCriteria): boolean =>
	Boolean(since ?? before) || [...anyOf, ...noneOf].some(hasDates);
