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

const placeOf = new Map(order.map((name, place) => [name, place]));
const placeOfAll = (...names: string[]): number[] => names.map((name) => placeOf.get(name)!);

/**
 * The `json` of an item: the given fields and those that follow from them (`id`, `isRead`, `isFlagged`, `fromText`, `toText`), in their
 * order. What is given in several pieces is one: of a field in two of them the later counts. `account`: whose message it is where the
 * fields do not say so. Without fields that are undefined.
 */
export function itemFields(given: IDataObject | readonly IDataObject[], account?: string): IDataObject {
	// By place: to ask each piece for each name there is costs ten times as much as all else here.
	const values = new Array<IDataObject[string]>(order.length).fill(undefined);
	const others = new Map<string, IDataObject[string]>();
	for (const piece of Array.isArray(given) ? (given as readonly IDataObject[]) : [given as IDataObject]) {
		for (const name of Object.keys(piece)) {
			const place = placeOf.get(name);
			if (place === undefined) others.set(name, piece[name]);
			else values[place] = piece[name];
		}
	}
	derive(values, account);
	const inOrder: IDataObject = {};
	for (let place = 0; place < values.length; place++) {
		if (values[place] !== undefined) inOrder[order[place]] = values[place];
	}
	for (const [name, value] of others) {
		if (value !== undefined)
			Object.defineProperty(inOrder, name, { value, enumerable: true, configurable: true, writable: true });
	}
	return inOrder;
}

const [idPlace, isReadPlace, isFlaggedPlace, fromTextPlace, toTextPlace] = placeOfAll(
	'id',
	'isRead',
	'isFlagged',
	'fromText',
	'toText',
);
const [flagsPlace, fromPlace, toPlace, accountPlace] = placeOfAll('flags', 'from', 'to', 'account');
const [folderPlace, uidPlace, uidValidityPlace] = placeOfAll('folder', 'uid', 'uidValidity');
const furtherPlaces = placeOfAll(...furtherMessages);

/** Adds the fields that follow from others. */
function derive(values: Array<IDataObject[string]>, account = ''): void {
	const [flags, from, to, own] = [values[flagsPlace], values[fromPlace], values[toPlace], values[accountPlace]];
	if (Array.isArray(flags)) {
		values[isReadPlace] = (flags as unknown[]).includes('\\Seen');
		values[isFlaggedPlace] = (flags as unknown[]).includes('\\Flagged');
	}
	if (isMailbox(from)) values[fromTextPlace] = mailboxText([from]);
	if (Array.isArray(to)) values[toTextPlace] = mailboxText((to as unknown[]).filter(isMailbox));
	const owner = typeof own === 'string' && own !== '' ? own : account;
	values[idPlace] = idOf(values, owner) ?? values[idPlace];
	for (const place of furtherPlaces) {
		const further = values[place];
		if (typeof further === 'object' && further !== null) values[place] = itemFields(further as IDataObject, account);
	}
}

/** The reference of the message that some fields are about; undefined where they name none. */
function idOf(values: ReadonlyArray<IDataObject[string]>, owner: string): string | undefined {
	const [folder, uid, uidValidity] = [values[folderPlace], values[uidPlace], values[uidValidityPlace]];
	if (owner === '' || typeof folder !== 'string' || typeof uid !== 'number' || typeof uidValidity !== 'string') return undefined;
	return referenceTo({ account: owner, folder, uid: asUid(uid), uidValidity });
}

function isMailbox(value: unknown): value is MailAddress {
	const { name, address } = (value ?? {}) as Partial<MailAddress>;
	return typeof name === 'string' && typeof address === 'string';
}
