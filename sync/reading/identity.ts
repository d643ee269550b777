import { createHash } from 'node:crypto';
import type { OpenFolder } from '../server/mailServer';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageSummary } from '../server/message';

/** A message with what identifies it in another folder or on another server. */
export interface IdentifiedMessage extends MessageSummary {
	/** Its Message-ID, or a digest of its header fields where it has none; empty where it has none of these either. */
	identity: string;
}

/** The header fields that distinguish messages without a Message-ID; no server adds or changes them on the way. */
const IDENTIFYING_FIELDS = ['date', 'from', 'to', 'cc', 'subject'];

/**
 * Reads what identifies the messages of a folder: one FETCH for all, and a second one for the headers of those without
 * a Message-ID. A message that is gone gives no row.
 */
export async function readIdentities(folder: OpenFolder, uids: UidSet): Promise<Map<Uid, IdentifiedMessage>> {
	const found = new Map<Uid, IdentifiedMessage>();
	if (uids.isEmpty) return found;
	for await (const message of folder.fetch(uids, 'descriptor')) {
		found.set(message.uid, { ...message, identity: message.messageId ?? '' });
	}
	const without = UidSet.of([...found.values()].flatMap(({ uid, messageId }) => (messageId === undefined ? [uid] : [])));
	if (without.isEmpty) return found;
	for await (const { uid, header } of folder.fetch(without, 'headerAndStructure')) {
		const message = found.get(uid);
		if (message && header) message.identity = identityOfHeader(header);
	}
	return found;
}

/**
 * The same for all messages that a folder has when it is opened. Rows that the server leaves out are asked for once more; of
 * those that stay away `left` has the UIDs.
 */
export async function readAllIdentities(folder: OpenFolder): Promise<{ messages: Map<Uid, IdentifiedMessage>; left: UidSet }> {
	const { exists, uidNext } = folder.snapshot;
	if (exists === 0) return { messages: new Map(), left: UidSet.empty };
	const messages = await readIdentities(folder, UidSet.range(1, uidNext - 1));
	if (messages.size >= exists) return { messages, left: UidSet.empty };
	const silent = (await folder.search({})).subtract(UidSet.of(messages.keys()));
	for (const [uid, message] of await readIdentities(folder, silent)) messages.set(uid, message);
	const left = silent.subtract(UidSet.of(messages.keys()));
	// What was expunged meanwhile is no gap.
	return { messages, left: left.isEmpty ? left : (await folder.search({}, left)).intersect(left) };
}

/** What identifies a header without a Message-ID. */
export function identityOfHeader(header: Buffer): string {
	const fields = header
		.toString('latin1')
		.replace(/\r?\n[ \t]+/g, ' ')
		.split(/\r?\n/)
		.flatMap((line) => {
			const name = line
				.slice(0, Math.max(0, line.indexOf(':')))
				.trim()
				.toLowerCase();
			return IDENTIFYING_FIELDS.includes(name)
				? [
						`${name}:${line
							.slice(line.indexOf(':') + 1)
							.replace(/\s+/g, ' ')
							.trim()}`,
					]
				: [];
		});
	return fields.length === 0 ? '' : `header ${createHash('sha256').update(fields.sort().join('\n')).digest('base64')}`;
}

/** What pairing looks at. */
export type Pairable = Pick<IdentifiedMessage, 'identity' | 'internalDate' | 'size'>;

/**
 * Finds for each message the same one among others: its index there, or undefined. Each of the others is taken once, so of two
 * equal messages of which one is there the second is not. Same identity, date and size go first; then, as servers add lines or
 * keep no date, same identity and one of the two.
 */
export function pairUp(messages: readonly Pairable[], others: readonly Pairable[]): Array<number | undefined> {
	const pairs = new Array<number | undefined>(messages.length).fill(undefined);
	const taken = new Set<number>();
	for (const keyOf of [exactly, byDate, bySize]) {
		const indexes = new Map<string, number[]>();
		others.forEach((other, otherIndex) => {
			const key = taken.has(otherIndex) ? undefined : keyOf(other);
			if (key === undefined) return;
			const same = indexes.get(key);
			if (same) same.push(otherIndex);
			else indexes.set(key, [otherIndex]);
		});
		if (indexes.size === 0) continue;
		// Taken from the end, which costs nothing: the first is to be found first.
		for (const same of indexes.values()) same.reverse();
		messages.forEach((message, index) => {
			if (pairs[index] !== undefined) return;
			const key = keyOf(message);
			const otherIndex = key === undefined ? undefined : indexes.get(key)?.pop();
			if (otherIndex === undefined) return;
			pairs[index] = otherIndex;
			taken.add(otherIndex);
		});
	}
	return pairs;
}

/** IMAP keeps INTERNALDATE in whole seconds. */
const seconds = ({ internalDate }: Pairable): number | undefined =>
	internalDate ? Math.floor(internalDate.getTime() / 1000) : undefined;
const exactly = (message: Pairable): string => `${seconds(message)} ${message.size} ${message.identity}`;
const byDate = (message: Pairable): string | undefined =>
	message.identity === '' || seconds(message) === undefined ? undefined : `${seconds(message)} ${message.identity}`;
const bySize = (message: Pairable): string | undefined =>
	message.identity === '' ? undefined : `${message.size} ${message.identity}`;
