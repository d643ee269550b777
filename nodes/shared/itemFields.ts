import type { IDataObject } from 'n8n-workflow';
import { referenceTo } from '../../sync/reading/messageReference';
import type { MailAddress } from '../../sync/mime/mailAddress';
import { asUid } from '../../sync/uids/uid';
import { mailboxText } from './itemTexts';

/**
 * The fields of an item in their order: what people look at first, then what the message says, then what happened, and last what only
 * machines need. n8n shows and offers fields in the order in which an item has them. A field that is not named here comes at the end.
 */
const order: readonly string[] = [
	// At a glance.
	'subject',
	'from',
	'fromText',
	'to',
	'toText',
	'date',
	'snippet',
	'isRead',
	'isFlagged',
	'id',
	// What the message says.
	'text',
	'html',
	'replyText',
	'quotedText',
	'attachments',
	'calendar',
	'cc',
	'bcc',
	'replyTo',
	'receivedAt',
	'size',
	// What it is.
	'autoSubmitted',
	'bounce',
	'complaint',
	'readReceipt',
	'encrypted',
	'authentication',
	'spam',
	'list',
	'direction',
	'loopRisk',
	'deliveredTo',
	'conversation',
	'headers',
	// What happened.
	'event',
	'attempt',
	'flags',
	'flagsAdded',
	'flagsRemoved',
	'labels',
	'labelsAdded',
	'labelsRemoved',
	'error',
	'reset',
	'previous',
	'possibleDuplicate',
	'origin',
	'draft',
	'source',
	'copiedTo',
	// Where it is, and what machines need.
	'account',
	'folder',
	'uid',
	'uidValidity',
	'emailId',
	'threadId',
	'messageId',
	'inReplyTo',
	'references',
	'threadKey',
	'eventId',
	'messageKey',
	'sequence',
	'detectedAt',
	'cut',
	'oversize',
];

/** Fields that are about a further message, which gets an `id` too. */
const furtherMessages = ['source', 'copiedTo', 'draft'];

const hasPlace = new Set(order);

/**
 * The `json` of an item: the given fields and those that follow from them (`id`, `isRead`, `isFlagged`, `fromText`, `toText`), in their
 * order. `account`: whose message it is where the fields do not say so. Without fields that are undefined.
 */
export function itemFields(given: IDataObject, account?: string): IDataObject {
	const derived: IDataObject = { ...flagFields(given.flags), ...addressFields(given), ...idField(given, account) };
	const inOrder: IDataObject = {};
	for (const name of order) {
		const value = derived[name] ?? given[name];
		if (value !== undefined) inOrder[name] = value;
	}
	for (const name of furtherMessages) {
		const further = inOrder[name];
		if (typeof further === 'object' && further !== null) inOrder[name] = itemFields(further as IDataObject, account);
	}
	const others = Object.entries(given).filter(([name, value]) => value !== undefined && !hasPlace.has(name));
	return others.length === 0 ? inOrder : { ...inOrder, ...Object.fromEntries(others) };
}

/** The reference of the message that some fields are about, as a field `id`; nothing where they name none. */
function idField({ account = '', folder, uid, uidValidity }: IDataObject, otherwise = ''): { id?: string } {
	if (typeof folder !== 'string' || typeof uid !== 'number' || typeof uidValidity !== 'string') return {};
	const owner = typeof account === 'string' && account !== '' ? account : otherwise;
	const id = owner === '' ? undefined : referenceTo({ account: owner, folder, uid: asUid(uid), uidValidity });
	return id === undefined ? {} : { id };
}

function flagFields(flags: unknown): IDataObject {
	if (!Array.isArray(flags)) return {};
	return { isRead: flags.includes('\\Seen'), isFlagged: flags.includes('\\Flagged') };
}

function addressFields({ from, to }: IDataObject): IDataObject {
	return {
		...(isMailbox(from) ? { fromText: mailboxText([from]) } : {}),
		...(Array.isArray(to) ? { toText: mailboxText((to as unknown[]).filter(isMailbox)) } : {}),
	};
}

function isMailbox(value: unknown): value is MailAddress {
	const { name, address } = (value ?? {}) as Partial<MailAddress>;
	return typeof name === 'string' && typeof address === 'string';
}
