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
	action: 'Create draft reply to message',
	description: 'Create a reply to a message in the drafts folder, in the same conversation',
	effect: 'changes',
	properties: [
		...messageFields,
		...bodyFields,
		{
			displayName: 'Reply to All',
			name: 'replyAll',
			type: 'boolean',
			default: false,
			description: 'Whether to send a copy to all other recipients of the message',
		},
		{
			displayName: 'Quote',
			name: 'quote',
			type: 'boolean',
			default: true,
			description: 'Whether to quote the original message below the reply',
		},
		draftsField,
		optionsField([
			...draftOptions.map((field) =>
				field.name === 'cc' ? { ...field, description: 'Additional recipients of a copy, separated by commas' } : field,
			),
			{
				displayName: 'Subject',
				name: 'subject',
				type: 'string',
				default: '',
				description: "The subject, instead of 'Re:' and the subject of the message",
			},
			{ ...toField, description: 'Send the reply to these addresses instead of the sender. Separate several with commas.' },
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
