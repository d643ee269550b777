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
			'How the workflow confirms that it is done with a new message. If it does not, for example because the execution failed, the message is delivered again.',
		options: [
			{
				name: 'Keyword',
				value: 'keyword',
				description: "The operation 'IMAP Sync > Message > Acknowledge' sets a keyword",
			},
			{ name: 'Leaves Folder', value: 'leavesFolder', description: 'The workflow moves or deletes the message' },
			{ name: 'Off', value: 'off', description: 'Each new message comes once, even if the execution fails' },
			{
				name: 'Read',
				value: 'seen',
				description: 'The workflow marks the message as read. A person who reads it acknowledges it too.',
			},
		],
	},
	{
		displayName: labels.acknowledgeKeyword,
		name: 'acknowledgeKeyword',
		type: 'string',
		default: ACKNOWLEDGED_KEYWORD,
		displayOptions: { show: { acknowledge: ['keyword'] } },
		description:
			"The keyword that acknowledges a message, the same as in 'IMAP Sync > Message > Acknowledge'. Triggers that watch the same folder for different purposes need different keywords.",
	},
	{
		displayName: labels.maxAttempts,
		name: 'maxAttempts',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 100, numberPrecision: 0 },
		default: 5,
		displayOptions: acknowledging,
		description:
			"How many times to deliver a message that is not acknowledged. After that, 'Message Failed' starts the workflow if 'Trigger On' includes it.",
	},
	{
		displayName: labels.redeliverAfter,
		name: 'redeliverAfter',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 43200, numberPrecision: 0 },
		default: 60,
		displayOptions: acknowledging,
		description:
			'How long to wait for the acknowledgement before a message is delivered again. Choose a longer time than the workflow ever takes.',
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
