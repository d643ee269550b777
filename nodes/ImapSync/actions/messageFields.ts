import type { INodeProperties } from 'n8n-workflow';
import { readUid, type MessageAddress } from '../../../sync/reading/messageAddress';
import { UidSet } from '../../../sync/uids/uidSet';
import { invalidField } from '../../shared/fieldValues';
import type { ActionRun } from './ActionRun';
import { folderField } from '../../shared/folderField';

/** More UIDs than this for one input item are taken for a slip: "1:4294967295" is not what anybody means. */
const MAX_UIDS = 100_000;

/** The fields that say which message is meant. Read with wantedMessages(), or resolved with resolveMessages(). */
export const messageFields: INodeProperties[] = [
	{
		displayName: 'Message',
		name: 'messageFrom',
		type: 'options',
		default: 'item',
		options: [
			{
				name: 'From Input Item',
				value: 'item',
				description: 'The message that the item is about: any item of a trigger or of this node',
			},
			{ name: 'By Message-ID', value: 'messageId', description: 'The message with this Message-ID, wherever it lies' },
			{ name: 'By UID', value: 'uid', description: 'A message of a folder, by its number there' },
		],
		description: 'Which message is meant',
	},
	folderField({
		displayName: 'Folder',
		name: 'folder',
		path: 'INBOX',
		required: true,
		displayOptions: { show: { messageFrom: ['uid'] } },
		description: 'The folder in which the message lies',
	}),
	{
		displayName: 'UID',
		name: 'uid',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 4711 or 4711,4720:4725',
		displayOptions: { show: { messageFrom: ['uid'] } },
		description: 'The UID of the message in its folder; several separated by comma, ranges with a colon',
	},
	{
		displayName: 'UIDVALIDITY',
		name: 'uidValidity',
		type: 'string',
		default: '',
		placeholder: 'e.g. 1700000000',
		displayOptions: { show: { messageFrom: ['uid'] } },
		description:
			'The UIDVALIDITY of the folder when the UID was noted. If it is another one now, nothing is done; empty leaves this check out.',
	},
	{
		displayName: 'Message-ID',
		name: 'messageId',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. <order-17@shop.example.org>',
		displayOptions: { show: { messageFrom: ['messageId'] } },
		description: 'The Message-ID of the message, with or without angle brackets',
	},
	{
		displayName: 'Look In',
		name: 'lookIn',
		type: 'options',
		default: 'all',
		options: [
			{ name: 'All Folders', value: 'all', description: 'Every folder of the account; takes a search in each' },
			{ name: 'One Folder', value: 'folder' },
		],
		displayOptions: { show: { messageFrom: ['messageId'] } },
		description: 'Where to look for the message',
	},
	folderField({
		displayName: 'Folder to Look In',
		name: 'lookInFolder',
		path: 'INBOX',
		required: true,
		displayOptions: { show: { messageFrom: ['messageId'], lookIn: ['folder'] } },
		description: 'The folder in which to look for the message',
	}),
];

/** The messages that an input item means: by address, or by a Message-ID that is still to be looked up. */
export type WantedMessages =
	| { kind: 'addresses'; addresses: MessageAddress[] }
	| { kind: 'messageId'; messageId: string; /** absent: in all folders */ folder?: string };

/** Reads messageFields for one input item. Throws settingsInvalid. */
export function wantedMessages(run: ActionRun, index: number): WantedMessages {
	switch (run.choice('messageFrom', index, ['item', 'uid', 'messageId'] as const)) {
		case 'item':
			return { kind: 'addresses', addresses: [addressOfItem(run, index)] };
		case 'uid':
			return { kind: 'addresses', addresses: typedAddresses(run, index) };
		case 'messageId': {
			const text = run.requiredText('messageId', index).replace(/^<|>$/g, '');
			return {
				kind: 'messageId',
				messageId: `<${text}>`,
				...(run.choice('lookIn', index, ['all', 'folder'] as const) === 'folder'
					? { folder: run.folder('lookInFolder', index) }
					: {}),
			};
		}
	}
}

/** folder, uid and uidValidity of an item as the triggers and this node return them. */
function addressOfItem(run: ActionRun, index: number): MessageAddress {
	const { folder, uid, uidValidity } = run.items[index].json;
	const number = readUid(uid);
	if (typeof folder !== 'string' || folder === '' || number === undefined) {
		const missing = typeof folder !== 'string' || folder === '' ? 'folder' : 'uid';
		throw invalidField(
			run.label('messageFrom'),
			`"From Input Item" needs an item with the fields folder, uid and uidValidity, and this one has no ${missing}`,
			"Put this node behind a node that hands out messages, or set 'Message' to 'By UID' or 'By Message-ID'.",
		);
	}
	const validity = typeof uidValidity === 'string' || typeof uidValidity === 'number' ? String(uidValidity).trim() : '';
	return { folder, uid: number, ...(validity === '' ? {} : { uidValidity: validity }) };
}

function typedAddresses(run: ActionRun, index: number): MessageAddress[] {
	const folder = run.folder('folder', index);
	const uidValidity = run.text('uidValidity', index);
	if (uidValidity !== undefined && !/^\d{1,20}$/.test(uidValidity))
		throw invalidField(run.label('uidValidity'), 'must be a number');
	const value = run.value('uid', index);
	const text = Array.isArray(value) ? value.join(',') : run.requiredText('uid', index);
	let uids: UidSet;
	try {
		uids = UidSet.parse(text);
	} catch {
		throw invalidField(
			run.label('uid'),
			`must be a UID such as 4711, or several such as 4711,4720:4725, but is "${text.slice(0, 40)}"`,
		);
	}
	if (uids.size > MAX_UIDS)
		throw invalidField(run.label('uid'), `names ${uids.size} messages, and at most ${MAX_UIDS} are taken at once`);
	return [...uids].map((uid) => ({ folder, uid, ...(uidValidity === undefined ? {} : { uidValidity }) }));
}
