import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { EventName } from '../../sync/events/syncEvent';
import { ACKNOWLEDGED_KEYWORD, type Acknowledge } from '../../sync/settings/acknowledge';
import { invalidField, readChoice, readText, readWholeNumber } from './fieldValues';
import { labels } from './labels';
import { readKeyword } from './searchConditions';

/** The fields beside Acknowledge are shown with it only. */
const acknowledging = { show: { acknowledge: ['keyword', 'seen', 'leavesFolder'] } };

/** The options for a workflow that says when it is done with a message. Read with readAcknowledge(). */
export const acknowledgeOptions: INodeProperties[] = [
	{
		displayName: labels.acknowledge,
		name: 'acknowledge',
		type: 'options',
		default: 'off',
		description:
			'How the workflow says that it is done with a new message. A message that it does not acknowledge, because the execution failed for instance, is handed out again.',
		options: [
			{
				name: 'Keyword',
				value: 'keyword',
				description: "By the action 'IMAP Sync > Message > Acknowledge', which sets a keyword",
			},
			{ name: 'Leaves Folder', value: 'leavesFolder', description: 'By moving or deleting the message' },
			{ name: 'Off', value: 'off', description: 'Each new message is handed out once, whatever becomes of it' },
			{ name: 'Read', value: 'seen', description: 'By marking the message as read; a person who reads it acknowledges it too' },
		],
	},
	{
		displayName: labels.acknowledgeKeyword,
		name: 'acknowledgeKeyword',
		type: 'string',
		default: ACKNOWLEDGED_KEYWORD,
		displayOptions: { show: { acknowledge: ['keyword'] } },
		description:
			"The keyword that acknowledges a message. The same as in the action 'IMAP Sync > Message > Acknowledge'. Triggers that watch the same folder and do different things need one each.",
	},
	{
		displayName: labels.maxAttempts,
		name: 'maxAttempts',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 100, numberPrecision: 0 },
		default: 5,
		displayOptions: acknowledging,
		description:
			"How many times a message is handed out that nobody acknowledges. Then comes 'Message Failed', if that is chosen in 'Trigger On'.",
	},
	{
		displayName: labels.redeliverAfter,
		name: 'redeliverAfter',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 43200, numberPrecision: 0 },
		default: 60,
		displayOptions: acknowledging,
		description:
			'How long to wait for the acknowledgement before a message is handed out again. Choose more than the workflow ever takes.',
	},
];

/** How messages are acknowledged; undefined where they are not. Throws settingsInvalid without new messages to acknowledge. */
export function readAcknowledge(options: IDataObject, events: ReadonlySet<EventName>): Acknowledge | undefined {
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
