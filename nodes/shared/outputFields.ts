import type { INodeProperties } from 'n8n-workflow';
import { labels } from './labels';

/** How much of each message to read. Read with readItemRequest(), as are outputOptions. */
export const outputField: INodeProperties = {
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
};

const downloadAttachments: INodeProperties = {
	displayName: labels.downloadAttachments,
	name: 'downloadAttachments',
	type: 'boolean',
	default: false,
	description: 'Whether to add the attachments of each message to its item as files: attachment_0, attachment_1 and so on',
};

/** Whether attachments come as files, as a field of its own. */
export const downloadAttachmentsField: INodeProperties = {
	...downloadAttachments,
	displayOptions: { hide: { output: ['reference'] } },
};

/** The options that say what becomes of a message in the item. */
export const outputOptions: INodeProperties[] = [
	{
		displayName: labels.attachmentMaxSize,
		name: 'attachmentMaxSize',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 25,
		description:
			"With 'Download Attachments': leave out larger attachments. Without this option, 'Max Message Size (MB)' is the limit.",
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
		description:
			"With 'Download Attachments': only MIME types like these. Separate several by comma; * stands for any text. Where the declared type says nothing, name and content of the file count.",
	},
	downloadAttachments,
	{
		displayName: labels.embeddedImages,
		name: 'embeddedImages',
		type: 'boolean',
		default: true,
		description:
			"Whether 'Download Attachments' also hands out pictures that the HTML of the message shows, such as a logo. Their numbers come after those of the other files.",
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
		displayName: labels.maxMessageSize,
		name: 'maxMessageSize',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 25,
		description: 'Of a message larger than this, in megabytes, only the header is read, and the item says oversize',
	},
	{
		displayName: labels.ownAddresses,
		name: 'ownAddresses',
		type: 'string',
		default: '',
		placeholder: 'e.g. sales@example.com, @example.org',
		description:
			"Further addresses of this account, and domains of yours. With the account's own address and its domain they tell direction and loopRisk. Separate several by comma.",
	},
	{
		displayName: labels.trustedServers,
		name: 'trustedServers',
		type: 'string',
		default: '',
		placeholder: 'e.g. mx.example.com',
		description:
			"The names with which your own mail server begins its Authentication-Results fields. Then 'authentication' comes from these only, and is trusted; else it is guessed who wrote them. Separate several by comma.",
	},
];
