import type { INodeProperties } from 'n8n-workflow';
import { labels } from './labels';

/** How much of each message to read. Read with readItemRequest(), as are outputOptions. */
export const outputField: INodeProperties = {
	displayName: labels.output,
	name: 'output',
	type: 'options',
	default: 'content',
	options: [
		{ name: 'Reference', value: 'reference', description: 'Only ID, folder and flags. Fastest.' },
		{ name: 'Metadata', value: 'metadata', description: 'Sender, recipients, subject, dates and the list of attachments' },
		{ name: 'Content', value: 'content', description: 'Metadata, and the text and HTML of the message' },
		{ name: 'Raw', value: 'raw', description: 'Metadata, and the complete message as an .eml file in the binary field message' },
	],
	description: 'How much of each message to return',
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
		description: "With 'Download Attachments': only files with these names. Separate several with commas. * matches any text.",
	},
	{
		displayName: labels.attachmentTypes,
		name: 'attachmentTypes',
		type: 'string',
		default: '',
		placeholder: 'e.g. application/pdf, image/*',
		description:
			"With 'Download Attachments': only files of these MIME types. Separate several with commas. * matches any text. If the declared type says nothing, the name and content of the file decide.",
	},
	downloadAttachments,
	{
		displayName: labels.embeddedImages,
		name: 'embeddedImages',
		type: 'boolean',
		default: true,
		description:
			"Whether 'Download Attachments' includes images that are shown in the HTML of the message, such as a logo. They are numbered after the other files.",
	},
	{
		displayName: labels.headers,
		name: 'headers',
		type: 'string',
		default: '',
		placeholder: 'e.g. X-Spam-Score, List-Unsubscribe',
		description: 'Additional header fields to include in the item. Separate several with commas. * includes all.',
	},
	{
		displayName: labels.html,
		name: 'html',
		type: 'options',
		default: 'asSent',
		description: 'What the field html contains. HTML as it was sent can run scripts where it is displayed.',
		options: [
			{ name: 'As Sent', value: 'asSent', description: 'Exactly as the sender sent it' },
			{ name: 'Safe', value: 'safe', description: 'Without scripts, forms, frames and style sheets' },
			{
				name: 'Safe, Without Remote Images',
				value: 'safeWithoutRemoteImages',
				description: 'Nothing is loaded when it is displayed, so the sender does not learn that the message was read',
			},
		],
	},
	{
		displayName: labels.maxMessageSize,
		name: 'maxMessageSize',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 25,
		description: 'If a message is larger, only its header is read, and the item contains oversize: true',
	},
	{
		displayName: labels.ownAddresses,
		name: 'ownAddresses',
		type: 'string',
		default: '',
		placeholder: 'e.g. sales@example.com, @example.org',
		description:
			'Other addresses and domains of yours, besides the address of the account. The fields direction and loopRisk depend on them. Separate several with commas.',
	},
	{
		displayName: labels.trustedServers,
		name: 'trustedServers',
		type: 'string',
		default: '',
		placeholder: 'e.g. mx.example.com',
		description:
			'Names that your own mail server writes at the start of its Authentication-Results headers. If set, the field authentication uses only these headers and is marked as trusted. Separate several with commas.',
	},
];
