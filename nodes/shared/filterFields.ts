import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

/** The labels of the fields of a filter and of a search. */
export const filterLabels = {
	answered: 'Answered',
	bcc: 'BCC',
	before: 'Received Before',
	body: 'Body Contains',
	cc: 'CC',
	deleted: 'Marked as Deleted',
	draft: 'Draft',
	flagged: 'Flagged',
	from: 'From',
	gmailQuery: 'Gmail Search',
	hasAttachment: 'Has Attachment',
	headerName: 'Header Name',
	headerValue: 'Header Value',
	keyword: 'Has Keyword',
	lastDays: 'Received in the Last (Days)',
	messageId: 'Message-ID',
	larger: 'Larger Than (MB)',
	notKeyword: 'Lacks Keyword',
	seen: 'Read',
	since: 'Received Since',
	smaller: 'Smaller Than (MB)',
	subject: 'Subject',
	text: 'Text Contains',
	thread: 'Conversation',
	to: 'To',
	uids: 'UIDs',
} as const;

/** How many conditions must be met: the choices beside a collection of conditions. */
export const matchOptions: INodePropertyOptions[] = [
	{ name: 'All Conditions', value: 'all' },
	{ name: 'Any Condition', value: 'any', description: 'At least one condition. A period (since and before) is one condition.' },
];

const yesOrNo = [
	{ name: 'Yes', value: 'yes' },
	{ name: 'No', value: 'no' },
];

/**
 * What the filter of a trigger may ask for, and a search too. UIDs, Message-ID and Conversation are for searches only: they name messages
 * that somebody has already, and a filter is about those still to come. To leave a conversation out, there is the option Ignore.
 */
export const filterFields: INodeProperties[] = inOrder([
	{
		displayName: filterLabels.answered,
		name: 'answered',
		type: 'options',
		options: yesOrNo,
		default: 'yes',
		description: 'Whether the message was answered',
	},
	{
		displayName: filterLabels.bcc,
		name: 'bcc',
		type: 'string',
		default: '',
		placeholder: 'e.g. nathan@example.com',
		description: 'Text in the name or address of a BCC recipient',
	},
	{
		displayName: filterLabels.body,
		name: 'body',
		type: 'string',
		default: '',
		placeholder: 'e.g. order number',
		description: 'Text in the body of the message. Slow on mail servers without a search index.',
	},
	{
		displayName: filterLabels.cc,
		name: 'cc',
		type: 'string',
		default: '',
		placeholder: 'e.g. nathan@example.com',
		description: 'Text in the name or address of a CC recipient',
	},
	{
		displayName: filterLabels.flagged,
		name: 'flagged',
		type: 'options',
		options: yesOrNo,
		default: 'yes',
		description: 'Whether the message is flagged (starred)',
	},
	{
		displayName: filterLabels.from,
		name: 'from',
		type: 'string',
		default: '',
		placeholder: 'e.g. nathan@example.com',
		description: 'Text in the name or address of the sender',
	},
	{
		displayName: filterLabels.gmailQuery,
		name: 'gmailQuery',
		type: 'string',
		default: '',
		placeholder: 'e.g. has:attachment category:primary',
		description: 'A search as you would type it in Gmail. Works with Gmail only.',
	},
	{
		displayName: filterLabels.keyword,
		name: 'keyword',
		type: 'string',
		default: '',
		placeholder: 'e.g. $Important',
		description: 'A keyword (tag) that the message has',
	},
	{
		displayName: filterLabels.headerName,
		name: 'headerName',
		type: 'string',
		default: '',
		placeholder: 'e.g. List-Unsubscribe',
		description: 'Name of a header field that the message has',
	},
	{
		displayName: filterLabels.headerValue,
		name: 'headerValue',
		type: 'string',
		default: '',
		placeholder: 'e.g. announcements',
		description: "Text in the header field 'Header Name'. Leave empty to accept any value.",
	},
	{
		displayName: filterLabels.notKeyword,
		name: 'notKeyword',
		type: 'string',
		default: '',
		placeholder: 'e.g. $Junk',
		description: 'A keyword (tag) that the message does not have',
	},
	{
		displayName: filterLabels.larger,
		name: 'larger',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 1,
		description: 'Only messages larger than this',
	},
	{
		displayName: filterLabels.seen,
		name: 'seen',
		type: 'options',
		options: yesOrNo,
		default: 'no',
		description: 'Whether the message was read',
	},
	{
		displayName: filterLabels.before,
		name: 'before',
		type: 'dateTime',
		default: '',
		description: 'Only messages received before this time. A date without a time means the start of that day.',
	},
	{
		displayName: filterLabels.lastDays,
		name: 'lastDays',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 7,
		description: 'Only messages received in the last days, counted back from the time of each run',
	},
	{
		displayName: filterLabels.since,
		name: 'since',
		type: 'dateTime',
		default: '',
		description: 'Only messages received at this time or later. A date without a time means the start of that day.',
	},
	{
		displayName: filterLabels.smaller,
		name: 'smaller',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 1,
		description: 'Only messages smaller than this',
	},
	{
		displayName: filterLabels.subject,
		name: 'subject',
		type: 'string',
		default: '',
		placeholder: 'e.g. invoice',
		description: 'Text in the subject',
	},
	{
		displayName: filterLabels.text,
		name: 'text',
		type: 'string',
		default: '',
		placeholder: 'e.g. order number',
		description: 'Text anywhere in the message, headers included. Slow on mail servers without a search index.',
	},
	{
		displayName: filterLabels.to,
		name: 'to',
		type: 'string',
		default: '',
		placeholder: 'e.g. nathan@example.com',
		description: 'Text in the name or address of a recipient',
	},
	{
		displayName: filterLabels.deleted,
		name: 'deleted',
		type: 'options',
		options: yesOrNo,
		default: 'no',
		description: 'Whether the message is marked as deleted but not yet removed',
	},
	{
		displayName: filterLabels.draft,
		name: 'draft',
		type: 'options',
		options: yesOrNo,
		default: 'yes',
		description: 'Whether the message is a draft',
	},
	{
		displayName: filterLabels.hasAttachment,
		name: 'hasAttachment',
		type: 'options',
		options: yesOrNo,
		default: 'yes',
		description:
			'Whether the message has attachments. Images shown in its HTML do not count. Most mail servers cannot search for this, so each message that meets the other conditions is checked: add other conditions too.',
	},
]);

/** What only a search may ask for. */
const furtherFields: INodeProperties[] = [
	{
		displayName: filterLabels.messageId,
		name: 'messageId',
		type: 'string',
		default: '',
		placeholder: 'e.g. <order-17@shop.example.org>',
		description: 'The Message-ID of the message. Separate several with commas.',
	},
	{
		displayName: filterLabels.thread,
		name: 'thread',
		type: 'string',
		default: '',
		placeholder: 'e.g. <order-17@shop.example.org>',
		description: 'Only messages of one conversation: the Message-ID of one of its messages, or threadKey or threadId of an item',
	},
	{
		displayName: filterLabels.uids,
		name: 'uids',
		type: 'string',
		default: '',
		placeholder: 'e.g. 4711,4720:4725,5000:*',
		description: 'UIDs in the folder, with ranges. * is the last message.',
	},
];

/** What a search may ask for, in alphabetical order. */
export const searchFields: INodeProperties[] = inOrder([...filterFields, ...furtherFields]);

function inOrder(fields: INodeProperties[]): INodeProperties[] {
	return fields.sort((a, b) => a.displayName.localeCompare(b.displayName));
}
