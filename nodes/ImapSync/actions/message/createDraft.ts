import { htmlToText } from '../../../../sync/mime/htmlText';
import { bodyFields, draftOptions, Drafts, draftsField, ownAddress, readAddressField, readDraft, toField } from '../draftFields';
import type { Operation } from '../operation';
import { optionsField } from '../../../shared/optionsField';

export const createDraft: Operation = {
	resource: 'message',
	value: 'createDraft',
	name: 'Create Draft',
	action: 'Create draft message',
	description: 'Create a message in the drafts folder, for a person to review and send',
	effect: 'changes',
	properties: [
		toField,
		{
			displayName: 'Subject',
			name: 'subject',
			type: 'string',
			default: '',
			placeholder: 'e.g. Your order',
			description: 'The subject of the message',
		},
		...bodyFields,
		draftsField,
		optionsField(draftOptions),
	],
	async run(run) {
		const drafts = new Drafts(run);
		await run.each(async (index) => {
			const { text, html, ...draft } = readDraft(run, index);
			const stored = await drafts.store(index, {
				...draft,
				from: draft.from ?? (await ownAddress(run)),
				to: readAddressField(run, 'to', index),
				subject: run.text('subject', index),
				text: text ?? (html === undefined ? undefined : htmlToText(html).text),
				html,
			});
			run.succeed(index, stored);
		});
	},
};
