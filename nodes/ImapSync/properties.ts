import type { INodeProperties } from 'n8n-workflow';
import { ACKNOWLEDGED_KEYWORD } from '../../sync/settings/acknowledge';
import { filterFields, matchOptions } from './filterProperties';
import type { EventName } from '../../sync/events/syncEvent';

/** The labels of the fields, so that what a check says about a field names it as the editor shows it. */
export const labels = {
	acknowledge: 'Acknowledge',
	acknowledgeKeyword: 'Acknowledge Keyword',
	triggerOn: 'Trigger On',
	folderSelection: 'Watch',
	folders: 'Folders',
	includeFolders: 'Include Folders',
	excludeFolders: 'Exclude Folders',
	startFrom: 'Start From',
	startDate: 'Start Date',
	output: 'Output',
	attachmentMaxSize: 'Attachment Max Size (MB)',
	attachmentNames: 'Attachment Names',
	attachmentTypes: 'Attachment Types',
	downloadAttachments: 'Download Attachments',
	filter: 'Filter',
	filterExcept: 'Filter Except',
	filterMatch: 'Filter Must Meet',
	headers: 'Headers',
	html: 'HTML',
	ignore: 'Ignore',
	ignoreOwnChanges: 'Ignore Own Changes',
	ignoreSenders: 'Senders',
	ignoreSubjects: 'Subjects',
	ignoreThreads: 'Conversations',
	maxMessageSize: 'Max Message Size (MB)',
	maxAttempts: 'Max Attempts',
	maxMessages: 'Max Messages',
	redeliverAfter: 'Redeliver After (Minutes)',
} as const;

/** The events that can be chosen, with their texts. */
export const eventOptions: Array<{ name: string; value: EventName; description: string }> = [
	{
		name: 'Folder Created',
		value: 'folderCreated',
		description: 'A folder that fits the selection is there that was not there before',
	},
	{
		name: 'Folder Deleted',
		value: 'folderDeleted',
		description: 'A watched folder is gone, with its messages. They are not told of one by one.',
	},
	{
		name: 'Folder Renamed',
		value: 'folderRenamed',
		description: 'A watched folder has another name. What is known of its messages stays.',
	},
	{
		name: 'Folder Reset',
		value: 'folderReset',
		description:
			'The server renumbered a folder (new UIDVALIDITY). Its messages are known again, not handed out again; only what truly differs is.',
	},
	{
		name: 'Message Deleted',
		value: 'messageDeleted',
		description: 'A message left a watched folder: it was deleted, or moved to a folder that is not watched',
	},
	{
		name: 'Message Failed',
		value: 'messageFailed',
		description: 'A message could not be read, or was not acknowledged, after several tries. All others still come.',
	},
	{
		name: 'Message Matched',
		value: 'messageMatched',
		description: "A message that was there already passes 'Filter' now: it was flagged or given a keyword, for instance",
	},
	{
		name: 'Message Moved',
		value: 'messageMoved',
		description:
			'A message went from one watched folder to another. Comes instead of Message Deleted there and New Message here. Watch at least two folders.',
	},
	{
		name: 'Message Unmatched',
		value: 'messageUnmatched',
		description: "A message that is still there does not pass 'Filter' any more",
	},
	{
		name: 'Message Updated',
		value: 'messageUpdated',
		description: 'A message was read, flagged, answered or given a keyword, or one of these was taken back',
	},
	{
		name: 'New Message',
		value: 'messageNew',
		description: 'A message entered a watched folder, whether delivered, copied, or moved in from elsewhere',
	},
];

/** What the fields of an acknowledgement are shown with: the option beside them. */
const acknowledging = { show: { acknowledge: ['keyword', 'seen', 'leavesFolder'] } };

/** The fields of Options, in alphabetical order. */
export const optionFields: INodeProperties[] = [
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
		displayName: labels.attachmentMaxSize,
		name: 'attachmentMaxSize',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 10,
		description: "With 'Download Attachments': leave out attachments larger than this, in megabytes",
	},
	{
		displayName: labels.attachmentNames,
		name: 'attachmentNames',
		type: 'string',
		default: '',
		placeholder: 'e.g. *.pdf, invoice*',
		description: "With 'Download Attachments': only file names like these. Separate several by comma; * stands for any text.",
	},
	{
		displayName: labels.attachmentTypes,
		name: 'attachmentTypes',
		type: 'string',
		default: '',
		placeholder: 'e.g. application/pdf, image/*',
		description: "With 'Download Attachments': only MIME types like these. Separate several by comma; * stands for any text.",
	},
	{
		displayName: labels.downloadAttachments,
		name: 'downloadAttachments',
		type: 'boolean',
		default: false,
		description: 'Whether to hand out attachments as files: attachment_0, attachment_1 and so on',
	},
	{
		displayName: labels.filter,
		name: 'filter',
		type: 'collection',
		placeholder: 'Add Condition',
		default: {},
		description: 'Only messages for which these conditions hold. The mail server searches, so nothing else is downloaded.',
		options: filterFields,
	},
	{
		displayName: labels.filterExcept,
		name: 'filterExcept',
		type: 'collection',
		placeholder: 'Add Condition',
		default: {},
		description: 'Messages that meet any of these conditions are left out',
		options: filterFields,
	},
	{
		displayName: labels.filterMatch,
		name: 'filterMatch',
		type: 'options',
		default: 'all',
		options: matchOptions,
		description: "How many of the conditions in 'Filter' a message must meet",
	},
	{
		displayName: labels.headers,
		name: 'headers',
		type: 'string',
		default: '',
		placeholder: 'e.g. X-Spam-Score, List-Unsubscribe',
		description: 'Further header fields to put into the item. Separate several by comma; * stands for all.',
	},
	{
		displayName: labels.html,
		name: 'html',
		type: 'options',
		default: 'asSent',
		description: 'What the field html holds. Untouched HTML may run scripts where it is shown.',
		options: [
			{ name: 'As Sent', value: 'asSent', description: 'Exactly as the sender wrote it' },
			{ name: 'Safe', value: 'safe', description: 'Without scripts, forms, frames and style sheets' },
			{
				name: 'Safe, Without Remote Images',
				value: 'safeWithoutRemoteImages',
				description: 'Nothing is loaded when it is shown, so the sender does not learn that it was read',
			},
		],
	},
	{
		displayName: labels.ignore,
		name: 'ignore',
		type: 'collection',
		placeholder: 'Add Rule',
		default: {},
		description:
			'Messages of which nothing is told: neither that they came nor what becomes of them. A message that one of the rules means is ignored.',
		options: [
			{
				displayName: labels.ignoreThreads,
				name: 'threads',
				type: 'string',
				typeOptions: { rows: 3 },
				default: '',
				placeholder: 'e.g. <order-17@shop.example.org>',
				description:
					'Everything in these conversations, one a line: the Message-ID of a message that the others refer to, or threadKey or threadId of an item',
			},
			{
				displayName: labels.ignoreSenders,
				name: 'senders',
				type: 'string',
				typeOptions: { rows: 3 },
				default: '',
				placeholder: 'e.g. @newsletter.example.com',
				description:
					'Addresses (nathan@example.com), domains (@example.com) or patterns (noreply*@*, @*.example.com), one a line; * stands for any text',
			},
			{
				displayName: labels.ignoreSubjects,
				name: 'subjects',
				type: 'string',
				typeOptions: { rows: 3 },
				default: '',
				placeholder: 'e.g. out of office',
				description:
					'Texts that the subject contains, one a line, in any case. * stands for any text; several in a row (***) stand for themselves.',
			},
		],
	},
	{
		displayName: labels.ignoreOwnChanges,
		name: 'ignoreOwnChanges',
		type: 'boolean',
		default: true,
		description:
			"Whether what the node 'IMAP Sync' changes in this mailbox is no event. Changes by people and other programs always are. With several n8n processes (queue mode) this takes a 'Folder for Notes' in the credential; without one only changes of the same process are recognised.",
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
		displayName: labels.maxMessageSize,
		name: 'maxMessageSize',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 25,
		description: 'Of a message larger than this, in megabytes, only the header is read, and the item says oversize',
	},
	{
		displayName: labels.maxMessages,
		name: 'maxMessages',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 200,
		description: 'Max number of messages to hand out in one run. What is left comes with the next run.',
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

/** The fields of the trigger node, in the order the editor shows them. */
export const triggerProperties: INodeProperties[] = [
	{
		displayName: 'Authentication',
		name: 'authentication',
		type: 'options',
		options: [{ name: 'Password', value: 'password' }],
		default: 'password',
	},
	{
		displayName: labels.triggerOn,
		name: 'triggerOn',
		type: 'multiOptions',
		options: eventOptions,
		default: ['messageNew'],
		required: true,
	},
	{
		displayName: labels.folderSelection,
		name: 'folderSelection',
		type: 'options',
		default: 'chosen',
		options: [
			{ name: 'Chosen Folders', value: 'chosen', description: 'Folders picked from a list' },
			{ name: 'Folders Like', value: 'pattern', description: 'Folders whose names fit a pattern, also those made later' },
			{ name: 'All Folders', value: 'all', description: 'Every folder of the account, also those made later' },
		],
		description: 'Which folders to watch',
	},
	{
		displayName: labels.folders,
		name: 'folders',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getFolders' },
		default: ['INBOX'],
		displayOptions: { show: { folderSelection: ['chosen'] } },
		description: 'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
		hint: 'In an expression, a folder is named by its full path, e.g. INBOX/Orders',
	},
	{
		displayName: labels.includeFolders,
		name: 'includeFolders',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '*',
		displayOptions: { show: { folderSelection: ['pattern'] } },
		placeholder: 'e.g. Customers/*',
		description:
			'Folders to watch, one pattern a line. * stands for any text; \\Sent, \\Archive and the like name a folder by its use.',
	},
	{
		displayName: labels.excludeFolders,
		name: 'excludeFolders',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '',
		displayOptions: { show: { folderSelection: ['pattern'] } },
		placeholder: 'e.g. \\Trash',
		description: "Folders to leave out, one pattern a line, even where 'Include Folders' names them",
	},
	{
		displayName: labels.startFrom,
		name: 'startFrom',
		type: 'options',
		default: 'now',
		options: [
			{ name: 'Now', value: 'now', description: 'Only messages that arrive after the workflow was published' },
			{ name: 'Date', value: 'date', description: 'Also the messages received since a date, newest first' },
			{ name: 'Everything', value: 'all', description: 'Also all messages that are there already, newest first' },
		],
		description: 'Which existing messages to hand out as new. Applies to a folder when it is watched for the first time.',
	},
	{
		displayName: labels.startDate,
		name: 'startDate',
		type: 'dateTime',
		default: '',
		required: true,
		displayOptions: { show: { startFrom: ['date'] } },
		description: 'Messages that the server received at this time or later come too; a date without a time is its beginning',
	},
	{
		displayName: labels.output,
		name: 'output',
		type: 'options',
		default: 'content',
		options: [
			{ name: 'Reference', value: 'reference', description: 'Folder, UID and flags: the fastest' },
			{ name: 'Metadata', value: 'metadata', description: 'Also sender, recipients, subject, dates and the list of attachments' },
			{ name: 'Content', value: 'content', description: 'Also the text and the HTML of the message' },
			{ name: 'Raw', value: 'raw', description: 'Metadata, and the whole message as a file (.eml) in the field message' },
		],
		description: 'How much of each message to read',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: optionFields,
	},
];
