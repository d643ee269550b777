import type { INodeProperties } from 'n8n-workflow';
import type { StartFrom } from '../../sync/settings/watchSettings';
import { invalidField, readChoice, readDate } from './fieldValues';
import { labels } from './labels';
import type { ParameterSource } from './parameterSource';

/** Which messages count as new when a folder is watched for the first time. Read with readStart(). */
export const startFields: INodeProperties[] = [
	{
		displayName: labels.startFrom,
		name: 'startFrom',
		type: 'options',
		default: 'now',
		options: [
			{ name: 'Now', value: 'now', description: 'Only messages that arrive after you publish the workflow' },
			{ name: 'Date', value: 'date', description: 'Also messages received since a date, newest first' },
			{ name: 'Everything', value: 'all', description: 'Also all existing messages, newest first' },
		],
		description: 'Which existing messages count as new. Applies when a folder is watched for the first time.',
	},
	{
		displayName: labels.startDate,
		name: 'startDate',
		type: 'dateTime',
		default: '',
		required: true,
		displayOptions: { show: { startFrom: ['date'] } },
		description:
			'Messages that the mail server received at this time or later are included. A date without a time means the start of that day.',
	},
];

/**
 * A start date in the future is refused: new mail is never held back, so it would mean the same as Now, and somebody who
 * enters such a date expects something else.
 */
export function readStart(source: Pick<ParameterSource, 'getNodeParameter'>, zone: string, now: number): StartFrom {
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
