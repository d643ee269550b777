import type { IDataObject, INodeProperties, IWorkflowSettings } from 'n8n-workflow';
import type { PushPolicy } from '../../sync/push/policy';
import { ACKNOWLEDGED_KEYWORD } from '../../sync/settings/acknowledge';
import { invalidField, readChoice, readObject, readText, readWholeNumber } from '../shared/fieldValues';
import { folderField } from '../shared/folderField';
import { heartbeatOption, readHeartbeat } from '../shared/heartbeat';
import { labels } from '../shared/labels';
import type { ParameterSource } from '../shared/parameterSource';
import { readKeyword } from '../shared/searchConditions';
import { triggerFields, triggerOptions } from '../shared/triggerFields';
import { ABOVE_TIMEOUT_MS, MINUTE_MS } from './pace';

/** The keyword for a message whose executions all failed. */
const FAILED_KEYWORD = 'n8n-failed';

const doneWhenField: INodeProperties = {
	displayName: labels.doneWhen,
	name: 'doneWhen',
	type: 'options',
	default: 'executionSucceeded',
	options: [
		{
			name: 'Execution Succeeded',
			value: 'executionSucceeded',
			description: 'A message whose execution failed, or was cut short, comes again',
		},
		{ name: 'Handed Over', value: 'handedOver', description: 'As soon as n8n has it, whatever becomes of the execution' },
	],
	description: 'When a message counts as done',
};

/** The options that only this trigger has. */
const pushOptions: INodeProperties[] = [
	{
		displayName: labels.whenDone,
		name: 'whenDone',
		type: 'options',
		default: 'nothing',
		options: [
			{ name: 'Add Keyword', value: 'addKeyword' },
			{ name: 'Delete', value: 'delete', description: 'Move it to the trash' },
			{ name: 'Do Nothing', value: 'nothing' },
			{ name: 'Mark as Read', value: 'markRead' },
			{ name: 'Move', value: 'move' },
		],
		description:
			'What to do to a message once its execution succeeded, never before. It also shows after a restart of n8n which messages were done.',
	},
	{
		displayName: labels.doneKeyword,
		name: 'doneKeyword',
		type: 'string',
		default: ACKNOWLEDGED_KEYWORD,
		displayOptions: { show: { whenDone: ['addKeyword'] } },
	},
	folderField({
		displayName: labels.doneFolder,
		name: 'doneFolder',
		displayOptions: { show: { whenDone: ['move'] } },
		description: 'Where to move a message that is done. A folder that is missing is created.',
	}),
	{
		displayName: labels.whenGivenUp,
		name: 'whenGivenUp',
		type: 'options',
		default: 'nothing',
		options: [
			{ name: 'Add Keyword', value: 'addKeyword' },
			{ name: 'Do Nothing', value: 'nothing' },
			{ name: 'Move', value: 'move' },
		],
		description:
			"What to do to a message whose last attempt failed. 'Message Failed' comes too, if that is chosen in 'Trigger On'.",
	},
	{
		displayName: labels.givenUpKeyword,
		name: 'givenUpKeyword',
		type: 'string',
		default: FAILED_KEYWORD,
		displayOptions: { show: { whenGivenUp: ['addKeyword'] } },
	},
	folderField({
		displayName: labels.givenUpFolder,
		name: 'givenUpFolder',
		displayOptions: { show: { whenGivenUp: ['move'] } },
		description: 'Where to move a message that is given up. A folder that is missing is created.',
	}),
	{
		displayName: labels.maxAttempts,
		name: 'maxAttempts',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 100, numberPrecision: 0 },
		default: 5,
		description: 'How many executions of a message may fail before it is given up',
	},
	{
		displayName: labels.retryAfter,
		name: 'retryAfter',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 2 },
		default: 1,
		description: 'How long to wait before the second attempt. Doubled before each further one.',
	},
	{
		displayName: labels.perExecution,
		name: 'perExecution',
		type: 'options',
		default: 'message',
		options: [
			{ name: 'A Batch', value: 'batch', description: 'Several messages are one execution, and succeed or fail together' },
			{ name: 'One Message', value: 'message' },
		],
		description: 'How many messages one execution gets. What failed in a batch comes again alone.',
	},
	{
		displayName: labels.batchSize,
		name: 'batchSize',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 20,
		displayOptions: { show: { perExecution: ['batch'] } },
		description: 'Max number of messages of one execution. None is waited for.',
	},
	{
		displayName: labels.concurrency,
		name: 'concurrency',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 1,
		description: 'Max number of executions of this trigger at the same time. What is left waits in the mailbox.',
	},
	{
		displayName: labels.order,
		name: 'order',
		type: 'options',
		default: 'folder',
		options: [
			{ name: 'By Conversation', value: 'conversation', description: 'One after the other in each conversation' },
			{ name: 'By Folder', value: 'folder', description: 'One after the other in each folder' },
			{ name: 'None', value: 'none' },
		],
		description:
			"What has to be done before the next message may begin, with more than one of 'Executions at Once'. What failed keeps nobody waiting.",
	},
	{
		displayName: labels.catchUpEvery,
		name: 'catchUpEvery',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 5,
		description: 'How often to look for oneself, whatever the mail server says or does not say',
	},
	{
		displayName: labels.lease,
		name: 'lease',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 60,
		description:
			'After how long an execution counts as failed that n8n says nothing of. Without this option: a little above the timeout of the workflow, or an hour where it has none.',
	},
	heartbeatOption,
	{
		displayName: labels.testWith,
		name: 'testWith',
		type: 'options',
		default: 'newest',
		options: [
			{ name: 'Newest Message', value: 'newest', description: 'Shown at once' },
			{ name: 'Next Event', value: 'next', description: 'Waits until something happens' },
		],
		description: 'What a test in the editor shows',
	},
];

const ownNames = new Set(pushOptions.map(({ name }) => name));

/** The fields of the push trigger without the login. */
export const pushFields: INodeProperties[] = [
	doneWhenField,
	...triggerFields([...triggerOptions.filter(({ name }) => !ownNames.has(name)), ...pushOptions]),
];

/** What is done to a message after its executions. */
export type Afterwards =
	| { kind: 'nothing' }
	| { kind: 'markRead' }
	| { kind: 'addKeyword'; keyword: string }
	| { kind: 'move'; folder: string }
	| { kind: 'trash' };

/** What the fields ask for that only this trigger has. */
export interface PushRequest {
	/** undefined: an event is done as soon as n8n has it. */
	policy: PushPolicy;
	confirmed: boolean;
	whenDone: Afterwards;
	whenGivenUp: Afterwards;
	/** milliseconds */
	catchUpEvery: number;
	/** milliseconds; undefined: no heartbeats */
	heartbeatEvery: number | undefined;
	testWith: 'newest' | 'next';
}

/** How long an execution may take where nobody says so. */
const DEFAULT_LEASE = 60 * MINUTE_MS;

/** Reads the fields that only this trigger has. Throws SyncError settingsInvalid that names the field. */
export function readPushRequest(source: Pick<ParameterSource, 'getNodeParameter'>, workflow: IWorkflowSettings): PushRequest {
	const options = readObject('Options', source.getNodeParameter('options', {}));
	const perExecution = readChoice(labels.perExecution, options.perExecution, ['message', 'batch'], 'message');
	const retryAfter = options.retryAfter ?? 1;
	if (typeof retryAfter !== 'number' || !(retryAfter >= 0)) throw invalidField(labels.retryAfter, 'must be a number of minutes');
	const doneWhen = source.getNodeParameter('doneWhen', 'executionSucceeded');
	return {
		confirmed: readChoice(labels.doneWhen, doneWhen, ['executionSucceeded', 'handedOver'], 'executionSucceeded') !== 'handedOver',
		policy: {
			concurrency: readWholeNumber(labels.concurrency, options.concurrency, 1, 1),
			batchSize: perExecution === 'batch' ? readWholeNumber(labels.batchSize, options.batchSize, 1, 20) : 1,
			order: readChoice(labels.order, options.order, ['folder', 'conversation', 'none'], 'folder'),
			maxAttempts: readWholeNumber(labels.maxAttempts, options.maxAttempts, 1, 5),
			retryAfter: retryAfter * MINUTE_MS,
			lease: readLease(options, workflow),
		},
		whenDone: readAfterwards(options, {
			what: ['whenDone', labels.whenDone],
			keyword: ['doneKeyword', labels.doneKeyword, ACKNOWLEDGED_KEYWORD],
			folder: ['doneFolder', labels.doneFolder],
		}),
		whenGivenUp: readAfterwards(options, {
			what: ['whenGivenUp', labels.whenGivenUp],
			keyword: ['givenUpKeyword', labels.givenUpKeyword, FAILED_KEYWORD],
			folder: ['givenUpFolder', labels.givenUpFolder],
		}),
		catchUpEvery: readWholeNumber(labels.catchUpEvery, options.catchUpEvery, 1, 5) * MINUTE_MS,
		heartbeatEvery: readHeartbeat(options),
		testWith: readChoice(labels.testWith, options.testWith, ['newest', 'next'], 'newest'),
	};
}

function readLease(options: IDataObject, { executionTimeout }: IWorkflowSettings): number {
	const own = readWholeNumber(labels.lease, options.lease, 1, 0);
	if (own > 0) return own * MINUTE_MS;
	return executionTimeout !== undefined && executionTimeout > 0 ? executionTimeout * 1_000 + ABOVE_TIMEOUT_MS : DEFAULT_LEASE;
}

/** The name and the label of each field about what is done afterwards. */
interface AfterwardsFields {
	what: [name: string, label: string];
	keyword: [name: string, label: string, fallback: string];
	folder: [name: string, label: string];
}

function readAfterwards(options: IDataObject, { what, keyword, folder }: AfterwardsFields): Afterwards {
	const kinds = ['nothing', 'markRead', 'addKeyword', 'move', 'delete'] as const;
	const kind = readChoice(what[1], options[what[0]], kinds, 'nothing');
	if (kind === 'addKeyword') {
		return { kind, keyword: readKeyword(keyword[1], readText(keyword[1], options[keyword[0]]) ?? keyword[2]) };
	}
	if (kind === 'move') {
		const chosen = options[folder[0]];
		const path = readText(folder[1], typeof chosen === 'object' && chosen !== null && 'value' in chosen ? chosen.value : chosen);
		if (path === undefined) throw invalidField(folder[1], 'is empty', `Choose a folder in '${folder[1]}'.`);
		return { kind, folder: path };
	}
	return kind === 'delete' ? { kind: 'trash' } : { kind };
}
