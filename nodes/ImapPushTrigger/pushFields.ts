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
			description: 'A message whose execution failed or was interrupted is delivered again',
		},
		{ name: 'Execution Started', value: 'handedOver', description: 'Whether the execution succeeds does not matter' },
	],
	description: 'When a message is done. A message that is not done is delivered again.',
};

/** The options that only this trigger has. */
const pushOptions: INodeProperties[] = [
	{
		displayName: labels.whenDone,
		name: 'whenDone',
		type: 'options',
		default: 'nothing',
		options: [
			{ name: 'Add Keyword', value: 'addKeyword', description: `To choose the keyword, add the option '${labels.doneKeyword}'` },
			{ name: 'Delete', value: 'delete', description: 'Move the message to the trash' },
			{ name: 'Do Nothing', value: 'nothing' },
			{ name: 'Mark as Read', value: 'markRead' },
			{ name: 'Move', value: 'move', description: `To choose the folder, add the option '${labels.doneFolder}'` },
		],
		description:
			'What to do with a message after its execution succeeded. After a restart, it also shows the trigger which messages are done.',
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
		description: 'The folder to move the message to. It is created if it does not exist.',
	}),
	{
		displayName: labels.whenGivenUp,
		name: 'whenGivenUp',
		type: 'options',
		default: 'nothing',
		options: [
			{
				name: 'Add Keyword',
				value: 'addKeyword',
				description: `To choose the keyword, add the option '${labels.givenUpKeyword}'`,
			},
			{ name: 'Do Nothing', value: 'nothing' },
			{ name: 'Move', value: 'move', description: `To choose the folder, add the option '${labels.givenUpFolder}'` },
		],
		description:
			"What to do with a message whose last attempt failed. If 'Trigger On' includes 'Message Failed', that event also starts the workflow.",
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
		description: 'The folder to move the message to. It is created if it does not exist.',
	}),
	{
		displayName: labels.maxAttempts,
		name: 'maxAttempts',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 100, numberPrecision: 0 },
		default: 5,
		description: 'How many executions of a message can fail before the trigger gives up on it',
	},
	{
		displayName: labels.retryAfter,
		name: 'retryAfter',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 2 },
		default: 1,
		description: 'How long to wait before the second attempt. The time doubles before each further attempt.',
	},
	{
		displayName: labels.perExecution,
		name: 'perExecution',
		type: 'options',
		default: 'message',
		options: [
			{ name: 'Several Messages', value: 'batch', description: 'They succeed or fail together' },
			{ name: 'One Message', value: 'message' },
		],
		description: 'How many messages each execution gets. If a batch fails, its messages are delivered again one by one.',
	},
	{
		displayName: labels.batchSize,
		name: 'batchSize',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 20,
		displayOptions: { show: { perExecution: ['batch'] } },
		description: 'Max number of messages per execution. The trigger does not wait until a batch is full.',
	},
	{
		displayName: labels.concurrency,
		name: 'concurrency',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 1,
		description: 'Max number of executions of this trigger at the same time. Other messages wait in the mailbox.',
	},
	{
		displayName: labels.order,
		name: 'order',
		type: 'options',
		default: 'folder',
		options: [
			{ name: 'By Conversation', value: 'conversation', description: 'One at a time in each conversation' },
			{ name: 'By Folder', value: 'folder', description: 'One at a time in each folder' },
			{ name: 'None', value: 'none' },
		],
		description:
			"Which messages wait for each other if 'Executions at Once' is more than 1. A message that failed does not hold up others.",
	},
	{
		displayName: labels.catchUpEvery,
		name: 'catchUpEvery',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 5,
		description: 'How often to check the mailbox even if the mail server reports nothing',
	},
	{
		displayName: labels.lease,
		name: 'lease',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 60,
		description:
			'After this time, an execution without a result counts as failed. Without this option: slightly more than the timeout of the workflow, or one hour if it has none.',
	},
	heartbeatOption,
	{
		displayName: labels.testWith,
		name: 'testWith',
		type: 'options',
		default: 'newest',
		options: [
			{ name: 'Newest Message', value: 'newest', description: 'Shown immediately' },
			{ name: 'Next Event', value: 'next', description: 'Waits until something happens in the mailbox' },
		],
		description: 'What a test step in the editor returns',
	},
];

const ownNames = new Set(pushOptions.map(({ name }) => name));

/** The fields of the push trigger without the login. */
export const pushFields: INodeProperties[] = triggerFields(
	[...triggerOptions.filter(({ name }) => !ownNames.has(name)), ...pushOptions],
	[doneWhenField],
);

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
