import { htmlToText } from '../../../../sync/mime/htmlText';
import { quotedHtml, quotedText, replyHeaders, replyRecipients, replySubject } from '../../../../sync/mime/reply';
import { bodyFields, draftOptions, Drafts, draftsField, ownAddress, readAddressField, readDraft, toField } from '../draftFields';
import { resolveMessages } from '../resolveMessages';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { optionsField } from '../../../shared/optionsField';
import { readFieldsOf } from '../readFieldsOf';
import type { MessageFields } from '../../../../sync/mime/readMessage';
import type { IDataObject } from 'n8n-workflow';

export const createReplyDraft: Operation = {
	resource: 'message',
	value: 'createReplyDraft',
	name: 'Create Reply Draft',
	action: 'Create reply draft to message',
	description: 'Answer a message: put a draft into the folder for drafts that belongs to the same conversation',
	effect: 'changes',
	properties: [
		...messageFields,
		...bodyFields,
		{
			displayName: 'Reply to All',
			name: 'replyAll',
			type: 'boolean',
			default: false,
			description: 'Whether everybody else whom the message went to gets a copy of the answer',
		},
		{
			displayName: 'Quote',
			name: 'quote',
			type: 'boolean',
			default: true,
			description: 'Whether the message that is answered stands below the answer',
		},
		draftsField,
		optionsField([
			...draftOptions.map((field) =>
				field.name === 'cc' ? { ...field, description: 'Who else gets a copy, separated by comma' } : field,
			),
			{
				displayName: 'Subject',
				name: 'subject',
				type: 'string',
				default: '',
				description: "The subject, in place of 'Re:' and that of the message",
			},
			{ ...toField, description: 'Who the answer goes to, in place of whom the message names' },
		]),
	],
	async run(run) {
		const asked = new Map(
			(
				await run.readEach((index) => ({
					basics: readDraft(run, index),
					to: readAddressField(run, 'options.to', index),
					subject: run.text('options.subject', index),
					replyAll: run.yesOrNo('replyAll', index),
					quote: run.yesOrNo('quote', index),
				}))
			).map(({ index, value }) => [index, value]),
		);
		const originals = await readFieldsOf(run, await resolveMessages(run, [...asked.keys()]), 'content');
		const drafts = new Drafts(run);
		const own = await ownAddress(run);
		await run.eachOf(originals, async ({ index, address, message, fields }) => {
			const { basics, to, subject, replyAll, quote } = asked.get(index)!;
			const { html, ...rest } = basics;
			const from = basics.from ?? own;
			const text = basics.text ?? (html === undefined ? '' : htmlToText(html).text);
			const mine = [...(from ?? []), ...(own ?? [])].map((mailbox) => mailbox.address);
			const recipients = replyRecipients(fields, mine, replyAll);
			const draft = await drafts.store(index, {
				...rest,
				from,
				to: to ?? recipients.to,
				cc: [...recipients.cc, ...(basics.cc ?? [])],
				subject: subject ?? replySubject(fields.subject),
				text: quote ? quotedText(text.replace(/\s+$/, ''), fields) : text,
				html: html !== undefined && quote ? quotedHtml(html, fields) : html,
				...replyHeaders(fields),
			});
			// The item is about the message that is answered: what comes next files or acknowledges that one.
			run.succeed(index, {
				...answered(fields),
				account: await run.account(),
				...address,
				flags: message.flags,
				draft: { ...draft, inReplyTo: fields.messageId },
			});
		});
	},
};

/** What the item says of the message that is answered. */
function answered({ subject, from, date, messageId, threadKey }: MessageFields): IDataObject {
	return { subject, from: from as IDataObject | undefined, date, messageId, threadKey };
}
