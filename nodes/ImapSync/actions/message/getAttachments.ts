import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { AttachmentFilter } from '../../../../sync/mime/readMessage';
import { invalidField, readObject } from '../../../shared/fieldValues';
import { itemRequest, readAttachmentFilter } from '../../../shared/itemRequest';
import type { ActionRun } from '../ActionRun';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { optionsField } from '../../../shared/optionsField';
import { outputOptions } from '../../../shared/outputFields';
import { readResolved } from '../readResolved';

/** What an item for one attachment keeps of its message. */
const kept = [
	'id',
	'account',
	'folder',
	'uid',
	'uidValidity',
	'flags',
	'emailId',
	'threadId',
	'messageId',
	'threadKey',
	'subject',
	'from',
	'date',
	'receivedAt',
];

const text = (name: string, description: string) => ({
	...outputOptions.find((field) => field.name === name)!,
	description,
});

export const getAttachments: Operation = {
	resource: 'message',
	value: 'getAttachments',
	name: 'Get Attachments',
	action: 'Get attachments of message',
	description: 'Get the attachments of a message, all or by name, type and size',
	effect: 'reads',
	properties: [
		...messageFields,
		{
			displayName: 'One Item per Attachment',
			name: 'oneItemEach',
			type: 'boolean',
			default: false,
			description: 'Whether to return one item for each attachment. Messages without a matching attachment return no item.',
		},
		{
			displayName: 'Put Output File in Field',
			name: 'outputField',
			type: 'string',
			default: 'data',
			required: true,
			displayOptions: { show: { oneItemEach: [true] } },
			description: 'The name of the output binary field to put the file in',
		},
		{
			displayName: 'Prefix of Output Fields',
			name: 'outputPrefix',
			type: 'string',
			default: 'attachment_',
			required: true,
			displayOptions: { show: { oneItemEach: [false] } },
			description: 'Prefix for the names of the output binary fields. A number is added, starting at 0, such as attachment_0.',
		},
		optionsField([
			text('attachmentMaxSize', 'Leave out larger attachments. Without this option, attachments of any size are returned.'),
			text('attachmentNames', 'Only files with these names. Separate several with commas. * matches any text.'),
			text('attachmentTypes', 'Only files of these MIME types. Separate several with commas. * matches any text.'),
			text('embeddedImages', 'Whether to include images that are shown in the HTML of the message, such as a logo'),
			{
				displayName: 'Parts',
				name: 'parts',
				type: 'string',
				default: '',
				placeholder: 'e.g. 2, 3.1',
				description:
					'Only attachments with these part numbers, as listed in the field attachments of an item. Separate several with commas.',
			},
		]),
	],
	async run(run) {
		const shapes = new Map<number, (item: INodeExecutionData) => INodeExecutionData[]>();
		await readResolved(
			run,
			(index) => {
				shapes.set(index, shapeOf(run, index));
				return itemRequest('metadata', filterOf(run, index));
			},
			(item, index) => shapes.get(index)?.(item) ?? [item],
		);
	},
};

function filterOf(run: ActionRun, index: number): AttachmentFilter {
	const options = readObject('Options', run.value('options', index));
	const parts = run.list('options.parts', index);
	const wrong = parts.find((part) => !/^\d+(\.\d+)*(:\d+(\.\d+)*)*$/.test(part));
	if (wrong !== undefined)
		throw invalidField(run.label('options.parts'), `must be part numbers such as 2 or 3.1, but holds "${wrong.slice(0, 40)}"`);
	return {
		...readAttachmentFilter(options),
		...(parts.length > 0 ? { parts } : {}),
	};
}

/** Turns the item of a message with its files into the items returned. */
function shapeOf(run: ActionRun, index: number): (item: INodeExecutionData) => INodeExecutionData[] {
	const filesOf = ({ json, binary }: INodeExecutionData) =>
		((json.attachments ?? []) as IDataObject[]).flatMap((attachment) => {
			const { binaryKey, ...rest } = attachment;
			const file = typeof binaryKey === 'string' ? binary?.[binaryKey] : undefined;
			return file ? [{ attachment: rest, file, number: /\d+$/.exec(String(binaryKey))?.[0] ?? '0' }] : [];
		});
	if (run.yesOrNo('oneItemEach', index)) {
		const field = run.requiredText('outputField', index);
		return (item) => {
			const message = Object.fromEntries(
				kept.flatMap((name) => (item.json[name] === undefined ? [] : [[name, item.json[name]]])),
			);
			return filesOf(item).map(({ attachment, file }) => ({ json: { ...message, ...attachment }, binary: { [field]: file } }));
		};
	}
	const prefix = run.requiredText('outputPrefix', index);
	return (item) => {
		const files = filesOf(item).map(({ attachment, file, number }) => ({ attachment, file, binaryKey: `${prefix}${number}` }));
		return [
			{
				json: { ...item.json, attachments: files.map(({ attachment, binaryKey }) => ({ ...attachment, binaryKey })) },
				binary: Object.fromEntries(files.map(({ file, binaryKey }) => [binaryKey, file])),
			},
		];
	};
}
