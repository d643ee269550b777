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
	{ name: 'Any Condition', value: 'any', description: 'At least one of them; dates count as one' },
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
		description: 'Only messages that were answered, or were not',
	},
	{
		displayName: filterLabels.bcc,
		name: 'bcc',
		type: 'string',
		default: '',
		placeholder: 'e.g. nathan@example.com',
		description: 'Text that a blind copy recipient contains',
	},
	{
		displayName: filterLabels.body,
		name: 'body',
		type: 'string',
		default: '',
		placeholder: 'e.g. order number',
		description: 'Text that the body contains. Slow on servers without a search index.',
	},
	{
		displayName: filterLabels.cc,
		name: 'cc',
		type: 'string',
		default: '',
		placeholder: 'e.g. nathan@example.com',
		description: 'Text that a copy recipient contains',
	},
	{
		displayName: filterLabels.flagged,
		name: 'flagged',
		type: 'options',
		options: yesOrNo,
		default: 'yes',
		description: 'Only messages that are flagged (starred), or are not',
	},
	{
		displayName: filterLabels.from,
		name: 'from',
		type: 'string',
		default: '',
		placeholder: 'e.g. nathan@example.com',
		description: 'Text that the sender contains',
	},
	{
		displayName: filterLabels.gmailQuery,
		name: 'gmailQuery',
		type: 'string',
		default: '',
		placeholder: 'e.g. has:attachment category:primary',
		description: 'A search as typed into Gmail. Works with Gmail only.',
	},
	{
		displayName: filterLabels.keyword,
		name: 'keyword',
		type: 'string',
		default: '',
		placeholder: 'e.g. $Important',
		description: 'Keyword (also called tag) that the message carries',
	},
	{
		displayName: filterLabels.headerName,
		name: 'headerName',
		type: 'string',
		default: '',
		placeholder: 'e.g. List-Unsubscribe',
		description: 'Header field that the message has',
	},
	{
		displayName: filterLabels.headerValue,
		name: 'headerValue',
		type: 'string',
		default: '',
		placeholder: 'e.g. announcements',
		description: "Text that the header field named in 'Header Name' contains. Empty asks only whether the field is there.",
	},
	{
		displayName: filterLabels.notKeyword,
		name: 'notKeyword',
		type: 'string',
		default: '',
		placeholder: 'e.g. $Junk',
		description: 'Keyword (also called tag) that the message does not carry',
	},
	{
		displayName: filterLabels.larger,
		name: 'larger',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 1,
		description: 'Only messages larger than this, in megabytes',
	},
	{
		displayName: filterLabels.seen,
		name: 'seen',
		type: 'options',
		options: yesOrNo,
		default: 'no',
		description: 'Only messages that were read, or were not',
	},
	{
		displayName: filterLabels.before,
		name: 'before',
		type: 'dateTime',
		default: '',
		description: 'Only messages that the server received before this time; a date without a time is its beginning',
	},
	{
		displayName: filterLabels.lastDays,
		name: 'lastDays',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 7,
		description: 'Only messages that arrived in this many days up to now, counted anew in each run',
	},
	{
		displayName: filterLabels.since,
		name: 'since',
		type: 'dateTime',
		default: '',
		description: 'Only messages that the server received at this time or later; a date without a time is its beginning',
	},
	{
		displayName: filterLabels.smaller,
		name: 'smaller',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 1,
		description: 'Only messages smaller than this, in megabytes',
	},
	{
		displayName: filterLabels.subject,
		name: 'subject',
		type: 'string',
		default: '',
		placeholder: 'e.g. invoice',
		description: 'Text that the subject contains',
	},
	{
		displayName: filterLabels.text,
		name: 'text',
		type: 'string',
		default: '',
		placeholder: 'e.g. order number',
		description: 'Text that the header or the body contains. Slow on servers without a search index.',
	},
	{
		displayName: filterLabels.to,
		name: 'to',
		type: 'string',
		default: '',
		placeholder: 'e.g. nathan@example.com',
		description: 'Text that a recipient contains',
	},
	{
		displayName: filterLabels.deleted,
		name: 'deleted',
		type: 'options',
		options: yesOrNo,
		default: 'no',
		description: 'Only messages that are marked as deleted and still there, or are not',
	},
	{
		displayName: filterLabels.draft,
		name: 'draft',
		type: 'options',
		options: yesOrNo,
		default: 'yes',
		description: 'Only messages that are drafts, or are not',
	},
	{
		displayName: filterLabels.hasAttachment,
		name: 'hasAttachment',
		type: 'options',
		options: yesOrNo,
		default: 'yes',
		description:
			'Only messages with an attached file, or without. Pictures that the HTML shows do not count. Few mail servers know it by themselves; on others the structure of each message that meets the other conditions is read.',
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
		description: 'The Message-ID of the message. Separate several by comma; one of them is enough.',
	},
	{
		displayName: filterLabels.thread,
		name: 'thread',
		type: 'string',
		default: '',
		placeholder: 'e.g. <order-17@shop.example.org>',
		description: 'Messages of the same conversation: the Message-ID of any of them, or threadKey or threadId of an item',
	},
	{
		displayName: filterLabels.uids,
		name: 'uids',
		type: 'string',
		default: '',
		placeholder: 'e.g. 4711,4720:4725,5000:*',
		description: 'UIDs in the folder, with ranges; * stands for the last one',
	},
];

/** What a search may ask for, in alphabetical order. */
export const searchFields: INodeProperties[] = inOrder([...filterFields, ...furtherFields]);

function inOrder(fields: INodeProperties[]): INodeProperties[] {
	return fields.sort((a, b) => a.displayName.localeCompare(b.displayName));
}
