import { readUid, type MessageAddress } from '../../../sync/reading/messageAddress';
import { addressOf, looksLikeReference } from '../../../sync/reading/messageReference';
import { UidSet } from '../../../sync/uids/uidSet';
import { DescribedError } from '../../shared/describedError';
import { invalidField } from '../../shared/fieldValues';
import type { ActionRun } from './ActionRun';
import { folderField } from '../../shared/folderField';
import type { OperationField } from './tool/toolFields';

/** More UIDs than this for one input item are taken for a slip: "1:4294967295" is not what anybody means. */
const MAX_UIDS = 100_000;

/** As many messages a model changes or reads at once: more than it can have looked at is a slip, or somebody else's wish. */
const MAX_UIDS_IN_TOOL = 100;

/** The fields that say which message is meant. Read with wantedMessages(), or resolved with resolveMessages(). */
export const messageFields: OperationField[] = [
	{
		displayName: 'Message',
		name: 'messageFrom',
		type: 'options',
		default: 'item',
		options: [
			{
				name: 'By ID',
				value: 'id',
				description: 'The ID that every item of a trigger and of this node has',
			},
			{ name: 'By Message-ID', value: 'messageId', description: 'The Message-ID from the header of the message' },
			{ name: 'By UID', value: 'uid', description: 'The number of the message in its folder' },
			{
				name: 'From Input Item',
				value: 'item',
				description: 'The message that the input item came from, even if other nodes are in between',
			},
		],
		description: 'How to identify the message',
		inTool: { default: 'id' },
	},
	{
		displayName: 'ID',
		name: 'id',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. msg_AfZ2...',
		displayOptions: { show: { messageFrom: ['id'] } },
		description: 'The ID of the message, which starts with msg_; separate several with commas',
	},
	folderField({
		displayName: 'Folder',
		name: 'folder',
		path: 'INBOX',
		required: true,
		displayOptions: { show: { messageFrom: ['uid'] } },
		description: 'The path of the folder that contains the message, such as INBOX',
	}),
	{
		displayName: 'UID',
		name: 'uid',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 4711 or 4711,4720:4725',
		displayOptions: { show: { messageFrom: ['uid'] } },
		description:
			'The UID of the message in its folder, such as 4711; separate several with commas, and write ranges with a colon, such as 4720:4725',
	},
	{
		displayName: 'UID Validity',
		name: 'uidValidity',
		type: 'string',
		default: '',
		placeholder: 'e.g. 1700000000',
		displayOptions: { show: { messageFrom: ['uid'] } },
		description:
			'The field uidValidity of the item that the UID comes from, so that nothing is done if the mail server has renumbered the folder since then; leave empty to skip this check',
	},
	{
		displayName: 'Message-ID',
		name: 'messageId',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. <order-17@shop.example.org>',
		displayOptions: { show: { messageFrom: ['messageId'] } },
		description: 'The Message-ID of the message, such as order-17@shop.example.org, with or without angle brackets',
	},
	{
		displayName: 'Look In',
		name: 'lookIn',
		type: 'options',
		default: 'all',
		options: [
			{ name: 'All Folders', value: 'all', description: 'Every folder of the account. Slower, because each folder is searched.' },
			{ name: 'One Folder', value: 'folder' },
		],
		displayOptions: { show: { messageFrom: ['messageId'] } },
		description: 'Where to search for the message',
	},
	folderField({
		displayName: 'Folder to Look In',
		name: 'lookInFolder',
		path: 'INBOX',
		required: true,
		displayOptions: { show: { messageFrom: ['messageId'], lookIn: ['folder'] } },
		description: 'The path of the folder to search for the message',
	}),
];

/** The messages that an input item means: by address, or such that the mail server has to find them. */
export type WantedMessages =
	| { kind: 'addresses'; addresses: MessageAddress[] }
	| ({ kind: 'uids' } & WantedUids)
	| { kind: 'messageId'; messageId: string; /** absent: in all folders */ folder?: string };

/** UIDs of a folder. One that was named by itself has to be there; of a range those count that are. */
export interface WantedUids {
	folder: string;
	uidValidity?: string;
	named: UidSet;
	ranges: UidSet;
}

/** Reads messageFields for one input item. Throws settingsInvalid, and messageNotFound for an item that names no message. */
export async function wantedMessages(run: ActionRun, index: number): Promise<WantedMessages> {
	switch (run.choice('messageFrom', index, ['item', 'id', 'uid', 'messageId'] as const)) {
		case 'item':
			return { kind: 'addresses', addresses: [await addressOfItem(run, index)] };
		case 'id':
			return { kind: 'addresses', addresses: await typedReferences(run, index) };
		case 'uid':
			return typedUids(run, index);
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

/** The message of an item: by its id, by its address, or that of the item it came of. */
async function addressOfItem(run: ActionRun, index: number): Promise<MessageAddress> {
	const own = run.items[index].json;
	const address = await addressIn(run, own);
	if (address) return address;
	// An item of this node after a move to a folder whose server does not report UIDs: what it came of lies there no more.
	if (typeof own.folder === 'string' && own.uid === undefined && (isObject(own.previous) || isObject(own.source))) {
		throw new DescribedError(
			'messageNotFound',
			`The mail server did not say which UID the message has in the folder "${own.folder}", so the item names none`,
			"Set 'Message' to 'By Message-ID', with the Message-ID that the message had before it was moved.",
			{ folder: own.folder },
		);
	}
	const { json, foreign } = run.paired.nearest(index, namesMessage) ?? {};
	const paired = json && (await addressIn(run, json));
	if (paired) return paired;
	throw foreign === undefined ? noMessageIn(run, index) : ofForeignNode(run, foreign);
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** Whether an item is about a message, as far as it can be seen without the account. */
const namesMessage = ({ id, folder, uid }: Record<string, unknown>): boolean =>
	looksLikeReference(id) || (typeof folder === 'string' && folder !== '' && readUid(uid) !== undefined);

/** The message that an item's own fields name: `id`, else folder, uid and uidValidity, which items had before there were ids. */
async function addressIn(
	run: ActionRun,
	{ id, folder, uid, uidValidity }: Record<string, unknown>,
): Promise<MessageAddress | undefined> {
	if (looksLikeReference(id)) return await addressOfReference(run, id);
	const number = readUid(uid);
	if (typeof folder !== 'string' || folder === '' || number === undefined) return undefined;
	const validity = typeof uidValidity === 'string' || typeof uidValidity === 'number' ? String(uidValidity).trim() : '';
	return { folder, uid: number, ...(validity === '' ? {} : { uidValidity: validity }) };
}

async function typedReferences(run: ActionRun, index: number): Promise<MessageAddress[]> {
	const value = run.value('id', index);
	const references = Array.isArray(value) ? value.map(String) : run.requiredText('id', index).split(',');
	checkCount(run, 'id', references.length);
	const addresses: MessageAddress[] = [];
	for (const reference of references) addresses.push(await addressOfReference(run, reference));
	return addresses;
}

async function addressOfReference(run: ActionRun, reference: string): Promise<MessageAddress> {
	const account = await run.account();
	const address = addressOf(reference, account);
	if (address === 'otherAccount') {
		throw new DescribedError(
			'messageNotFound',
			`The id "${shortened(reference)}" is of a message of another account than ${account}`,
			'Select the credential of the account that the message came from, or search for the message in this account.',
		);
	}
	if (address === 'damaged') {
		throw invalidField(
			run.label('id'),
			`"${shortened(reference)}" is none, or only a part of one`,
			'Use the complete field id of an item of IMAP Sync, which starts with msg_.',
		);
	}
	return address;
}

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}...` : text);

function noMessageIn(run: ActionRun, index: number): DescribedError {
	const { folder } = run.items[index].json;
	const missing = typeof folder !== 'string' || folder === '' ? 'folder' : 'uid';
	return invalidField(
		run.label('messageFrom'),
		`"From Input Item" needs an item with an id, or with folder, uid and uidValidity: this one has no ${missing} and no id, and neither has an item that it came of`,
		"Connect this node after a node that returns messages, or set 'Message' to 'By ID', 'By UID' or 'By Message-ID'.",
	);
}

/** What an item of one of n8n's own nodes for mail does not say, and what to do instead, by a part of the type of the node. */
const foreignTexts: Array<{ type: string; lacks: string; advice: string }> = [
	{
		type: 'gmail',
		lacks: "names messages by ids of Gmail's API, which IMAP does not know",
		advice:
			"Set 'Message' to 'By Message-ID' and enter the Message-ID header of the message ({{ $json.messageId }} with Simplify off)",
	},
	{
		type: 'microsoftOutlook',
		lacks: "names messages by ids of Outlook's API, which IMAP does not know",
		advice: "Set 'Message' to 'By Message-ID' and enter {{ $json.internetMessageId }}, with Output of that node set to Raw",
	},
	{
		type: '',
		lacks: 'gives neither the folder of a message nor the uidValidity of that folder',
		advice:
			"Set 'Message' to 'By Message-ID' and enter {{ $json.metadata['message-id'] }}, or set it to 'By UID' with {{ $json.attributes.uid }} and the folder of that node",
	},
];

/** The item came from one of n8n's own nodes for mail. */
function ofForeignNode(run: ActionRun, { name, type }: { name: string; type: string }): DescribedError {
	const { lacks, advice } = foreignTexts.find((texts) => type.includes(texts.type))!;
	return invalidField(
		run.label('messageFrom'),
		`"From Input Item" cannot know which message is meant: the item comes from "${name}", a node of n8n's own that ${lacks}`,
		`${advice}. Or start the workflow with a trigger of IMAP Sync.`,
	);
}

function typedUids(run: ActionRun, index: number): WantedMessages {
	const folder = run.folder('folder', index);
	const uidValidity = run.text('uidValidity', index);
	if (uidValidity !== undefined && !/^\d{1,20}$/.test(uidValidity))
		throw invalidField(run.label('uidValidity'), 'must be a number');
	const value = run.value('uid', index);
	const text = Array.isArray(value) ? value.join(',') : run.requiredText('uid', index);
	const parts = text.split(',');
	const isRange = (part: string): boolean => part.includes(':');
	let named: UidSet;
	let ranges: UidSet;
	try {
		named = parse(parts.filter((part) => !isRange(part)));
		ranges = parse(parts.filter(isRange)).subtract(named);
	} catch {
		throw invalidField(
			run.label('uid'),
			`must be a UID such as 4711, or several such as 4711,4720:4725, but is "${shortened(text)}"`,
		);
	}
	checkCount(run, 'uid', named.size + ranges.size);
	return { kind: 'uids', folder, named, ranges, ...(uidValidity === undefined ? {} : { uidValidity }) };
}

const parse = (parts: string[]): UidSet => (parts.length === 0 ? UidSet.empty : UidSet.parse(parts.join(',')));

function checkCount(run: ActionRun, field: 'id' | 'uid', count: number): void {
	const most = run.isTool ? MAX_UIDS_IN_TOOL : MAX_UIDS;
	if (count <= most) return;
	throw invalidField(
		run.label(field),
		`names ${count} messages, and at most ${most} are taken at once${run.isTool ? ' in a tool' : ''}`,
		run.isTool ? 'Name the messages that are meant, and take more in a further call.' : undefined,
	);
}
