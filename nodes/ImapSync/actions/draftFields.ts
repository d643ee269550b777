import { randomUUID } from 'node:crypto';
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { SyncError } from '../../../sync/errors/syncError';
import { findByMessageId } from '../../../sync/search/findByMessageId';
import {
	composeMessage,
	countMailboxes,
	parseAddresses,
	type ComposedAttachment,
	type MessageToCompose,
} from '../../../sync/mime/composeMessage';
import type { MailAddress } from '../../../sync/mime/mailAddress';
import { specialFolder } from '../../../sync/changing/specialFolder';
import { DescribedError } from '../../shared/describedError';
import { invalidField, isBlank } from '../../shared/fieldValues';
import type { ActionRun } from './ActionRun';
import { folderField } from '../../shared/folderField';

const addressField = (displayName: string, name: string, description: string): INodeProperties => ({
	displayName,
	name,
	type: 'string',
	default: '',
	placeholder: 'e.g. nathan@example.com',
	description,
});

/** To whom it goes. */
export const toField = addressField(
	'To',
	'to',
	'The recipients, separated by commas: addresses such as nathan@example.com, or names with the address in angle brackets',
);

/** What is written. */
export const bodyFields: INodeProperties[] = [
	{
		displayName: 'Text',
		name: 'text',
		type: 'string',
		typeOptions: { rows: 5 },
		default: '',
		description: "The message as plain text; leave empty to create it from 'HTML'",
	},
	{
		displayName: 'HTML',
		name: 'html',
		type: 'string',
		typeOptions: { rows: 5 },
		default: '',
		description: 'The message as HTML; leave empty for a message in plain text only',
	},
];

/** The folder that the draft goes to. */
export const draftsField: INodeProperties = folderField({
	displayName: 'Drafts Folder',
	name: 'draftsFolder',
	description: 'The folder for the draft; leave empty to use the drafts folder of the account',
});

/** The fields of Options that every draft has. */
export const draftOptions: INodeProperties[] = [
	{
		displayName: 'Attachments',
		name: 'attachments',
		type: 'string',
		default: '',
		placeholder: 'e.g. data, attachment_0',
		description: 'The names of the input binary fields to attach. Separate several with commas.',
	},
	addressField('BCC', 'bcc', 'Recipients of a blind copy, separated by commas'),
	addressField('CC', 'cc', 'Recipients of a copy, separated by commas'),
	addressField('From', 'from', 'The sender. Leave empty to use the address of the credential.'),
	addressField('Reply To', 'replyTo', 'Addresses for replies, if not the sender. Separate several with commas.'),
];

/**
 * The addresses of a field; undefined when it is empty. What an expression puts in is often what a sender wrote, who would add
 * recipients with a comma: each expression, and each entry of a list, is one mailbox. Throws settingsInvalid.
 */
export function readAddressField(run: ActionRun, name: string, index: number): MailAddress[] | undefined {
	const value = run.value(name, index);
	const refuse = (what: string, text: string): SyncError =>
		invalidField(run.label(name), `must hold ${what}, but is "${text.slice(0, 60)}"`);
	if (Array.isArray(value)) {
		const all = value.map((entry) => {
			const [mailbox, ...more] = parseAddresses(String(entry)) ?? [];
			if (mailbox === undefined || more.length > 0) throw refuse('one mail address in each entry', String(entry));
			return mailbox;
		});
		return all.length === 0 ? undefined : all;
	}
	const text = run.text(name, index);
	if (text === undefined || text === '') return undefined;
	const addresses = parseAddresses(text);
	if (!addresses) throw refuse('mail addresses, separated by comma', text);
	const template = run.template(name);
	if (template?.startsWith('=') && addresses.length > countMailboxes(template.slice(1).replace(/\{\{.*?\}\}/gs, 'x')))
		throw refuse('one mail address for each expression (or an expression that gives a list)', text);
	return addresses;
}

/** What the common fields of a draft say, without recipients and subject. */
export type DraftBasics = Pick<MessageToCompose, 'from' | 'cc' | 'bcc' | 'replyTo'> & {
	text?: string;
	html?: string;
	attachmentFields: string[];
};

/** Reads bodyFields and draftOptions for one input item. Throws settingsInvalid. */
export function readDraft(run: ActionRun, index: number): DraftBasics {
	const from = readAddressField(run, 'options.from', index);
	if (from && from.length > 1) throw invalidField(run.label('options.from'), 'must be one address');
	return {
		from,
		cc: readAddressField(run, 'options.cc', index),
		bcc: readAddressField(run, 'options.bcc', index),
		replyTo: readAddressField(run, 'options.replyTo', index),
		text: run.longText('text', index),
		html: run.longText('html', index),
		attachmentFields: run.list('options.attachments', index),
	};
}

/** The sender where the fields name none: the user of the credential, if that is an address. */
export async function ownAddress(run: ActionRun): Promise<MailAddress[] | undefined> {
	return parseAddresses((await run.ownAccount()).user);
}

/** Puts drafts into their folder. One for each run: the folder is asked for once. */
export class Drafts {
	private listed: Promise<string | undefined> | undefined;

	constructor(private readonly run: ActionRun) {}

	/** Composes a draft and stores it; returns the fields of its item. Throws SyncError. */
	async store(
		index: number,
		{
			attachmentFields,
			...message
		}: Omit<MessageToCompose, 'messageId' | 'date' | 'attachments'> & { attachmentFields: string[] },
	): Promise<IDataObject> {
		const { run } = this;
		const attachments = await this.attachments(index, attachmentFields);
		const domain = message.from?.[0].address.split('@')[1] ?? 'localhost';
		const messageId = `<${randomUUID()}@${domain}>`;
		const source = await composeMessage({ ...message, attachments, messageId, date: new Date() });
		const folder = await this.folder(index);
		run.throwIfStopped();
		const { writer, reader } = await run.session();
		// As mail programs do: a draft is not unread mail.
		const flags = ['\\Draft', '\\Seen'];
		const stored = await writer.append(folder, { source, flags });
		let { uid, uidValidity } = stored;
		if (uid === undefined) {
			// Without UIDPLUS the server does not report the UID: it is searched for, and left out if it is not found.
			const [found] = await findByMessageId(reader, [{ messageId, folder }]);
			if (!(found instanceof SyncError)) ({ uid, uidValidity } = found);
		}
		const { subject, to, cc } = message;
		return {
			account: await run.account(),
			folder,
			uid,
			uidValidity,
			flags,
			messageId,
			subject,
			to: to as IDataObject[] | undefined,
			cc: cc as IDataObject[] | undefined,
			size: source.length,
		};
	}

	private async folder(index: number): Promise<string> {
		const { run } = this;
		if (!isBlank(run.value('draftsFolder', index))) return run.folder('draftsFolder', index);
		this.listed ??= run.session().then(async ({ writer }) => specialFolder(await writer.folders(), '\\Drafts'));
		const drafts = await this.listed;
		if (drafts !== undefined) return drafts;
		throw new DescribedError(
			'folderNotFound',
			'The account has no folder for drafts, so nothing was saved',
			`Choose one in '${run.label('draftsFolder')}', or create a folder named Drafts.`,
		);
	}

	private async attachments(index: number, fields: string[]): Promise<ComposedAttachment[]> {
		const attachments: ComposedAttachment[] = [];
		for (const field of fields) {
			const content = await this.run.file(field, index);
			const { fileName = field, mimeType = 'application/octet-stream' } = this.run.items[index].binary?.[field] ?? {};
			attachments.push({ fileName, mimeType, content });
		}
		return attachments;
	}
}
