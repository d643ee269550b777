import { readSearch } from '../../../shared/searchConditions';
import type { SearchCriteria } from '../../../../sync/server/searchCriteria';
import type { ActionRun } from '../ActionRun';
import type { OperationField } from './toolFields';

/** A condition of a search as a field of its own: a model fills fields, and cannot add conditions to a collection. */
const conditions = [
	{
		name: 'searchFrom',
		condition: 'from',
		displayName: 'Search: From',
		placeholder: 'e.g. nathan@example.com',
		description: 'Only messages whose sender contains this text, a name or an address such as nathan@example.com; empty for any',
	},
	{
		name: 'searchSubject',
		condition: 'subject',
		displayName: 'Search: Subject',
		placeholder: 'e.g. invoice',
		description: 'Only messages whose subject contains this text, such as invoice; empty for any',
	},
	{
		name: 'searchText',
		condition: 'text',
		displayName: 'Search: Words',
		placeholder: 'e.g. order 4711',
		description: 'Only messages that contain exactly this text anywhere, such as order 4711; empty for any',
	},
	{
		name: 'searchSince',
		condition: 'since',
		displayName: 'Search: Received Since',
		placeholder: 'e.g. 2026-01-31',
		description: 'Only messages received at this time or later, a date such as 2026-01-31 or 2026-01-31T09:30; empty for any',
	},
	{
		name: 'searchBefore',
		condition: 'before',
		displayName: 'Search: Received Before',
		placeholder: 'e.g. 2026-02-28',
		description: 'Only messages received before this time, a date such as 2026-02-28 or 2026-02-28T17:00; empty for any',
	},
	{
		name: 'searchRead',
		condition: 'seen',
		displayName: 'Search: Read',
		placeholder: 'e.g. no',
		description: 'Whether only messages that were read (yes) or only unread ones (no) are meant; empty for both',
	},
] as const;

/** The fields of a search that there are in a tool only. Read with readToolSearch(). */
export const toolSearchFields: OperationField[] = conditions.map(({ name, displayName, placeholder, description }) => ({
	name,
	displayName,
	placeholder,
	description,
	type: 'string',
	default: '',
	toolOnly: true,
}));

/** The criteria, and what the fields of a tool ask for besides. Throws settingsInvalid. */
export function readToolSearch(run: ActionRun, index: number, criteria: SearchCriteria): SearchCriteria {
	const wanted = Object.fromEntries(conditions.map(({ name, condition }) => [condition, run.text(name, index)]));
	const more = readSearch(wanted, 'Search', run.clock);
	if (Object.keys(criteria).length === 0) return more;
	// Each in a group of its own, as the two may name the same condition.
	return Object.keys(more).length === 0 ? criteria : { ...more, anyOf: [criteria] };
}
