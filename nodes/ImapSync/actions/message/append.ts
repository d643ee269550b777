import { TargetFolders } from '../../../../sync/changing/targetFolders';
import { invalidField } from '../../../shared/fieldValues';
import type { ActionRun } from '../ActionRun';
import { folderField } from '../../../shared/folderField';
import type { Operation } from '../operation';
import { readFlags, systemFlags } from './flagFields';
import { createFolderOption } from './transfer';

export const append: Operation = {
	resource: 'message',
	value: 'append',
	name: 'Append',
	action: 'Append message to folder',
	description: 'Save a complete message (.eml) in a folder, without sending it',
	effect: 'changes',
	properties: [
		folderField({
			displayName: 'To Folder',
			name: 'toFolder',
			path: 'INBOX',
			required: true,
			description: 'The path of the folder to save the message in, such as INBOX',
		}),
		{
			displayName: 'Message From',
			name: 'sourceFrom',
			type: 'options',
			default: 'file',
			options: [
				{
					name: 'File',
					value: 'file',
					description: "A file in the input item, such as a trigger returns with 'Output' set to 'Raw'",
				},
				{ name: 'Text', value: 'text', description: 'The source of the message as text' },
			],
			description: 'Where the message comes from',
		},
		{
			displayName: 'Input Data Field Name',
			name: 'fileField',
			type: 'string',
			default: 'message',
			required: true,
			displayOptions: { show: { sourceFrom: ['file'] } },
			description: 'The name of the input binary field that contains the message',
		},
		{
			displayName: 'Source',
			name: 'source',
			type: 'string',
			typeOptions: { rows: 8 },
			default: '',
			required: true,
			displayOptions: { show: { sourceFrom: ['text'] } },
			placeholder: 'e.g. From: nathan@example.com',
			description: 'The message as in an .eml file: header lines, an empty line, then the text',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			description: 'Rarely needed settings',
			options: [
				createFolderOption,
				{
					displayName: 'Flags',
					name: 'flags',
					type: 'multiOptions',
					options: systemFlags,
					default: [],
					description: 'Flags to set on the saved message',
				},
				{
					displayName: 'Keywords',
					name: 'keywords',
					type: 'string',
					default: '',
					placeholder: 'e.g. imported',
					description: 'Keywords to set on the saved message. Separate several with commas.',
				},
				{
					displayName: 'Received At',
					name: 'receivedAt',
					type: 'dateTime',
					default: '',
					description: 'The date by which most mail programs sort the message. Leave empty for now.',
				},
			],
		},
	],
	async run(run) {
		let targets: TargetFolders | undefined;
		await run.each(async (index) => {
			const folder = run.folder('toFolder', index);
			const source = await sourceOf(run, index);
			const flags = [...new Set([...readFlags(run, 'options.flags', index), ...readFlags(run, 'options.keywords', index)])];
			const date = run.date('options.receivedAt', index);
			const { writer } = await run.session();
			const message = { source, flags, ...(date === undefined ? {} : { date }) };
			targets ??= new TargetFolders(writer);
			const mayCreate = run.yesOrNo('options.createFolder', index);
			const stored = await targets.into(folder, mayCreate, () => writer.append(folder, message));
			run.succeed(index, { folder, ...stored, size: source.length, flags });
		});
	},
};

/** The message with CRLF line ends, as IMAP wants it: files that were edited or made on Unix have bare LF, which Cyrus refuses. */
async function sourceOf(run: ActionRun, index: number): Promise<Buffer> {
	const field = run.choice('sourceFrom', index, ['file', 'text'] as const) === 'file' ? 'fileField' : 'source';
	const bytes =
		field === 'fileField'
			? await run.file(run.requiredText('fileField', index), index)
			: Buffer.from(run.longText('source', index) ?? '');
	if (bytes.length === 0) throw invalidField(run.label(field), field === 'source' ? 'is empty' : 'names an empty file');
	// latin1 keeps every byte as it is.
	const text = bytes.toString('latin1');
	if (!/^[\x21-\x39\x3b-\x7e]+[ \t]*:/.test(text)) {
		throw invalidField(
			run.label(field),
			'does not begin with a header line such as "From: nathan@example.com", so it is no message',
		);
	}
	return /(^|[^\r])\n|\r(?!\n)/.test(text) ? Buffer.from(text.replace(/\r\n|\r|\n/g, '\r\n'), 'latin1') : bytes;
}
