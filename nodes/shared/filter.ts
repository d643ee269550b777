import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { SearchCriteria } from '../../sync/server/searchCriteria';
import { invalidField, isBlank, readChoice, readObject } from './fieldValues';
import { filterFields, filterLabels, matchOptions } from './filterFields';
import { labels } from './labels';
import { combined, readConditions, type WallClock } from './searchConditions';

/** The condition that most workflows have, as a field of its own. Read with readFilter(), as are filterOptions. */
export const readStatusField: INodeProperties = {
	displayName: labels.readStatus,
	name: 'readStatus',
	type: 'options',
	default: 'both',
	options: [
		{ name: 'Unread and Read Messages', value: 'both' },
		{ name: 'Unread Messages Only', value: 'unread' },
		{ name: 'Read Messages Only', value: 'read' },
	],
	description: "Which messages start the workflow. For more conditions, add 'Filter' in the options.",
};

/** The options that choose messages by what they are. */
export const filterOptions: INodeProperties[] = [
	{
		displayName: labels.filter,
		name: 'filter',
		type: 'collection',
		placeholder: 'Add Condition',
		default: {},
		description: 'Only messages that meet these conditions. The mail server applies them, so other messages are not downloaded.',
		options: filterFields,
	},
	{
		displayName: labels.filterExcept,
		name: 'filterExcept',
		type: 'collection',
		placeholder: 'Add Condition',
		default: {},
		description: 'Leave out messages that meet any of these conditions',
		options: filterFields,
	},
	{
		displayName: labels.filterMatch,
		name: 'filterMatch',
		type: 'options',
		default: 'all',
		options: matchOptions,
		description: "Whether a message must meet all conditions in 'Filter' or any of them",
	},
];

/** The filter's conditions; undefined when there is none. */
export function readFilter(options: IDataObject, readStatus: unknown, clock: WallClock): SearchCriteria | undefined {
	const match = readChoice(labels.filterMatch, options.filterMatch, ['all', 'any'], 'all');
	const criteria = combined(
		readFilterFields(labels.filter, options.filter, clock),
		match,
		readFilterFields(labels.filterExcept, options.filterExcept, clock),
	);
	const status = readChoice(labels.readStatus, readStatus, ['both', 'unread', 'read'], 'both');
	if (status !== 'both') {
		const isRead = status === 'read';
		if (criteria.flags?.['\\Seen'] === !isRead)
			throw invalidField(labels.readStatus, `contradicts the condition ${filterLabels.seen} in '${labels.filter}'`);
		criteria.flags = { ...criteria.flags, '\\Seen': isRead };
	}
	return Object.keys(criteria).length === 0 ? undefined : criteria;
}

function readFilterFields(label: string, value: unknown, clock: WallClock): SearchCriteria {
	const entered = readObject(label, value);
	// A fixed collection of the editor would nest the fields in a group: both shapes mean the same.
	const fields = isBlank(entered.criteria) ? entered : readObject(label, entered.criteria);
	return readConditions(fields, label, clock);
}

/**
 * What moves the dates of the filter on from run to run: the expressions that compute them, and the condition that counts days back. The
 * filter stays the same meanwhile. undefined for dates that stay.
 */
export function movingDates({ options }: IDataObject, criteria: SearchCriteria): string | undefined {
	if (!hasDates(criteria)) return undefined;
	const isExpression = (value: unknown): value is string => typeof value === 'string' && value.startsWith('=');
	if (isExpression(options)) return options;
	const { filter, filterExcept } = (options ?? {}) as IDataObject;
	const expressions = [filter, filterExcept].flatMap((collection) => {
		if (isExpression(collection)) return [collection];
		const entered = (collection ?? {}) as IDataObject;
		const { since, before, lastDays } = (isBlank(entered.criteria) ? entered : entered.criteria) as IDataObject;
		const isMoving = isExpression(since) || isExpression(before) || !isBlank(lastDays);
		return isMoving ? [JSON.stringify([since, before, ...(isBlank(lastDays) ? [] : [lastDays])])] : [];
	});
	return expressions.length === 0 ? undefined : expressions.join('\n');
}

const hasDates = ({ since, before, anyOf = [], noneOf = [] }: SearchCriteria): boolean =>
	Boolean(since ?? before) || [...anyOf, ...noneOf].some(hasDates);
