import type { IDataObject } from 'n8n-workflow';
import { ACKNOWLEDGED_KEYWORD, type Acknowledge } from '../../sync/settings/acknowledge';
import { invalidField, isBlank, readChoice, readDate, readList, readText, readWholeNumber, readYesOrNo } from './fieldValues';
import { readItemRequest, readObject, type ItemRequest } from './itemRequest';
import { eventOptions, labels } from './properties';
import { readIgnore } from './ignoreRules';
import { combined, readConditions, readKeyword } from './searchConditions';
import type { Account } from '../../sync/server/account';
import type { SearchCriteria } from '../../sync/server/searchCriteria';
import type { FolderSelection } from '../../sync/server/folderSelection';
import type { EventName } from '../../sync/events/syncEvent';
import type { SyncSettings } from '../../sync/settings/syncSettings';
import type { StartFrom } from '../../sync/settings/watchSettings';

/** What this file needs of n8n's context. Nothing else reads node parameters. */
export interface ParameterSource {
	getNodeParameter(name: string, fallback?: unknown): unknown;
	getTimezone(): string;
	/** The fields as entered, with their expressions. */
	getNode(): { parameters: IDataObject };
}

/** What the node's fields ask for: what the core is to do, and how messages become items. */
export interface NodeRequest extends ItemRequest {
	/** What the core is asked for. */
	sync: SyncSettings;
	/** Whether what this package itself changed is no event. */
	ignoreOwnChanges: boolean;
}

/** When the run begins and how long it may take. */
export interface RunTime {
	now: number;
	/** milliseconds since 1970 */
	deadline: number;
}

const MEGABYTE = 1024 * 1024;

/** Bytes read in one run. n8n holds all items of a run in memory at once, several times over while it stores them. */
const RUN_BYTES = 64 * MEGABYTE;

/** Reads and checks all fields of the node. Throws SyncError settingsInvalid that names the field. */
export function readRequest(source: ParameterSource, account: Account, time: RunTime): NodeRequest {
	const zone = source.getTimezone();
	const options = readObject('Options', source.getNodeParameter('options', {}));
	const items = readItemRequest(source.getNodeParameter('output', 'content'), options);
	const filter = readFilter(options, zone);
	const ignore = readIgnore(options.ignore);
	const filterDates = filter && hasDates(filter) ? dateExpressions(source.getNode().parameters) : undefined;

	const events = readEvents(source.getNodeParameter('triggerOn', ['messageNew']));
	checkMatchEvents(events, filter);
	const acknowledge = readAcknowledge(options, events);
	readChoice('Authentication', source.getNodeParameter('authentication', 'password'), ['password'], 'password');
	return {
		...items,
		sync: {
			account,
			watch: {
				events,
				selection: readSelection(source),
				startFrom: readStart(source, zone, time.now),
				...(filter === undefined ? {} : { filter }),
				...(filterDates === undefined ? {} : { filterDates }),
				...(ignore === undefined ? {} : { ignore }),
			},
			reading: items.reading,
			delivery: {
				limits: {
					messages: readWholeNumber(labels.maxMessages, options.maxMessages, 1, 200),
					// A message that may be read must also fit into the run.
					bytes: Math.max(RUN_BYTES, items.reading.messageSize),
					deadline: time.deadline,
				},
				...(acknowledge === undefined ? {} : { acknowledge }),
			},
		},
		ignoreOwnChanges: readYesOrNo(labels.ignoreOwnChanges, options.ignoreOwnChanges) ?? true,
	};
}

function readEvents(value: unknown): ReadonlySet<EventName> {
	const known = eventOptions.map((option) => option.value);
	const events = readList(labels.triggerOn, value, 'comma').map((name) =>
		readChoice(labels.triggerOn, name, known, 'messageNew'),
	);
	if (events.length === 0)
		throw invalidField(labels.triggerOn, 'is empty', `Choose at least one event in '${labels.triggerOn}'.`);
	return new Set(events);
}

function checkMatchEvents(events: ReadonlySet<EventName>, filter: SearchCriteria | undefined): void {
	if (filter || !(events.has('messageMatched') || events.has('messageUnmatched'))) return;
	throw invalidField(
		labels.triggerOn,
		`holds ${events.has('messageMatched') ? 'Message Matched' : 'Message Unmatched'}, but there is no filter that a message could pass`,
		`Add '${labels.filter}' in the options, with at least one condition, or choose other events in '${labels.triggerOn}'.`,
	);
}

/** The expressions that compute the dates of the filter, if any: a date such as "a week ago" moves on by itself. */
function dateExpressions({ options }: IDataObject): string | undefined {
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

function readAcknowledge(options: IDataObject, events: ReadonlySet<EventName>): Acknowledge | undefined {
	const by = readChoice(labels.acknowledge, options.acknowledge, ['off', 'keyword', 'seen', 'leavesFolder'], 'off');
	if (by === 'off') return undefined;
	if (!events.has('messageNew')) {
		throw invalidField(
			labels.acknowledge,
			`is about new messages, and '${labels.triggerOn}' does not hold New Message`,
			`Choose New Message in '${labels.triggerOn}', or set '${labels.acknowledge}' to Off.`,
		);
	}
	const keyword = readText(labels.acknowledgeKeyword, options.acknowledgeKeyword) ?? ACKNOWLEDGED_KEYWORD;
	return {
		by,
		keyword: by === 'keyword' ? readKeyword(labels.acknowledgeKeyword, keyword) : keyword,
		redeliverAfter: Math.min(readWholeNumber(labels.redeliverAfter, options.redeliverAfter, 1, 60), 43_200) * 60_000,
		maxAttempts: readWholeNumber(labels.maxAttempts, options.maxAttempts, 1, 5),
	};
}

/** The fields that choose folders. */
export function readSelection(source: Pick<ParameterSource, 'getNodeParameter'>): FolderSelection {
	const kind = readChoice(
		labels.folderSelection,
		source.getNodeParameter('folderSelection', 'chosen'),
		['chosen', 'pattern', 'all'],
		'chosen',
	);
	if (kind === 'all') return { kind };
	if (kind === 'chosen') {
		const folders = readList(labels.folders, source.getNodeParameter('folders', ['INBOX']), 'line');
		if (folders.length === 0) throw invalidField(labels.folders, 'is empty', 'Choose at least one folder to watch.');
		return { kind, folders };
	}
	const include = readList(labels.includeFolders, source.getNodeParameter('includeFolders', '*'), 'line');
	const exclude = readList(labels.excludeFolders, source.getNodeParameter('excludeFolders', ''), 'line');
	if (include.length === 0)
		throw invalidField(labels.includeFolders, 'is empty', 'Enter at least one pattern, or * for all folders.');
	return { kind, include, exclude };
}

/**
 * A start date that lies ahead is refused: new mail is never held back, so it would mean the same as Now, and somebody who
 * enters such a date expects something else.
 */
function readStart(source: ParameterSource, zone: string, now: number): StartFrom {
	const kind = readChoice(labels.startFrom, source.getNodeParameter('startFrom', 'now'), ['now', 'date', 'all'], 'now');
	if (kind !== 'date') return { kind };
	const date = readDate(labels.startDate, source.getNodeParameter('startDate', ''), zone);
	if (date === undefined) throw invalidField(labels.startDate, 'is empty', 'Enter the day from which on messages are wanted.');
	if (date.getTime() > now) {
		throw invalidField(
			labels.startDate,
			`lies in the future (${date.toISOString()})`,
			`Choose a day that has begun, or set '${labels.startFrom}' to Now for the messages that arrive from now on.`,
		);
	}
	return { kind, date };
}

/** The filter's conditions; undefined when there is none. */
function readFilter(options: IDataObject, zone: string): SearchCriteria | undefined {
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
