import { SyncError, stopError } from '../errors/syncError';
import type { MessageAddress } from '../reading/messageAddress';
import { readMessage } from '../mime/readMessage';
import type { FolderConnection, MailServer } from '../server/mailServer';
import type { SearchOptions } from './searchFolders';
import { UidSet } from '../uids/uidSet';
import type { FetchedMessage } from '../server/message';
import type { SearchCriteria } from '../server/searchCriteria';

/** By what a conversation is known: the provider's id, or Message-IDs with angle brackets that its messages have or refer to. */
export interface ThreadStart {
	threadId?: string;
	messageIds: readonly string[];
}

/** A message of a conversation. */
export interface ThreadMessage {
	address: Required<MessageAddress>;
	messageId?: string;
	emailId?: string;
	/** milliseconds since 1970: when it was written as its header says, else when it was received */
	date: number;
}

/** Three conditions for each id, some 300 characters: the command stays below 8 kB. */
const IDS_PER_SEARCH = 20;

/** Whoever answers refers to the root, so the second round finds what lost its references; more rounds are for the odd rest. */
const MAX_ROUNDS = 5;

/** References that lead to more than so many ids are no conversation: some lists give all their mail one reference. */
const MAX_IDS = 5_000;

interface Member extends ThreadMessage {
	threadId?: string;
	/** Its own id and those it refers to. */
	ids: string[];
}

/**
 * The messages of conversations, in the order of `starts`: by the provider's conversation ids (Gmail, OBJECTID) where the start has one, else
 * by Message-ID, References and In-Reply-To. All conversations are looked for together. Those in several folders are given for each folder.
 * Throws SyncError when a folder cannot be searched.
 */
export async function findThreads(
	server: MailServer,
	paths: readonly string[],
	starts: readonly ThreadStart[],
	options: SearchOptions,
): Promise<ThreadMessage[][]> {
	const members = new Map<string, Member>();
	const asked = new Set<string>();
	let threadIds = [...new Set(starts.flatMap(({ threadId }) => threadId ?? []))];
	let ids = [...new Set(starts.flatMap(({ threadId, messageIds }) => (threadId === undefined ? messageIds : [])))];
	for (let round = 1; round <= MAX_ROUNDS && (threadIds.length > 0 || ids.length > 0); round++) {
		ids.forEach((id) => asked.add(id));
		const questions = [...portions(threadIds).map(byThreadId), ...portions(ids).map(byReferences)];
		const found = await askAll(server, paths, questions, options);
		threadIds = [];
		const next = new Set<string>();
		for (const member of found) {
			members.set(JSON.stringify(member.address), member);
			// The provider's own answer is complete.
			const isReferenced = member.ids.some((id) => asked.has(id));
			if (isReferenced) for (const id of member.ids) if (!asked.has(id)) next.add(id);
		}
		ids = [...next].slice(0, Math.max(0, MAX_IDS - asked.size));
	}
	return starts.map((start) => conversationOf(start, [...members.values()]));
}

/** The messages that hang together with the start, by whatever way. */
function conversationOf({ threadId, messageIds }: ThreadStart, members: Member[]): ThreadMessage[] {
	if (threadId !== undefined) return inOrder(members.filter((member) => member.threadId === threadId));
	const ids = new Set(messageIds);
	const connected = new Set<Member>();
	for (let before = -1; before !== connected.size;) {
		before = connected.size;
		for (const member of members) {
			if (connected.has(member) || !member.ids.some((id) => ids.has(id))) continue;
			connected.add(member);
			member.ids.forEach((id) => ids.add(id));
		}
	}
	return inOrder([...connected]);
}

/** By date; of the same message in several folders, those in the folders searched first come first. */
const inOrder = (members: Member[]): ThreadMessage[] =>
	members.sort((a, b) => a.date - b.date).map(({ address, messageId, emailId, date }) => ({ address, messageId, emailId, date }));

/** Each message once: of those in several folders the first. */
export function eachOnce(messages: readonly ThreadMessage[]): ThreadMessage[] {
	const seen = new Set<string>();
	return messages.filter(({ address, messageId, emailId }) => {
		const key = messageId ?? emailId ?? JSON.stringify(address);
		return !seen.has(key) && seen.add(key);
	});
}

const byThreadId = (threadIds: string[]): SearchCriteria => ({ anyOf: threadIds.map((threadId) => ({ threadId })) });

const byReferences = (ids: string[]): SearchCriteria => ({
	anyOf: [
		{ messageIds: ids },
		...['references', 'in-reply-to'].flatMap((name) => ids.map((value) => ({ header: [{ name, value }] }))),
	],
});

function portions(list: string[]): string[][] {
	const count = Math.ceil(list.length / IDS_PER_SEARCH);
	return Array.from({ length: count }, (_, at) => list.slice(at * IDS_PER_SEARCH, (at + 1) * IDS_PER_SEARCH));
}

async function askAll(
	server: MailServer,
	paths: readonly string[],
	questions: SearchCriteria[],
	{ mayMiss, signal }: SearchOptions,
): Promise<Member[]> {
	const ask = async (path: string, connection: FolderConnection): Promise<Member[]> => {
		if (signal?.aborted) throw stopError(path);
		const folder = await connection.open(path);
		const { uidValidity, exists } = folder.snapshot;
		let uids = UidSet.empty;
		for (const question of exists === 0 ? [] : questions) {
			if (signal?.aborted) throw stopError(path);
			uids = uids.union(await folder.search(question));
		}
		const members: Member[] = [];
		if (!uids.isEmpty) {
			for await (const message of folder.fetch(uids, 'headerAndStructure')) {
				members.push(await memberOf(message, { folder: path, uid: message.uid, uidValidity }));
			}
		}
		return members;
	};
	const members: Member[] = [];
	let left = [...paths];
	for (let attempt = 1; left.length > 0; attempt++) {
		const again: string[] = [];
		const visits = await server.visitFolders(left, ask);
		for (const [index, visit] of visits.entries()) {
			if (visit.status === 'fulfilled') members.push(...visit.value);
			else {
				const reason: unknown = visit.reason;
				if (!(reason instanceof SyncError)) throw reason;
				if (mayMiss && ['folderNotFound', 'folderNotSelectable', 'folderForbidden'].includes(reason.code)) continue;
				if (attempt > 1 || reason.scope !== 'connection' || !reason.passing || reason.code === 'runStopped') throw reason;
				again.push(left[index]);
			}
		}
		left = again;
	}
	// Visits end in any order.
	return members.sort((a, b) => paths.indexOf(a.address.folder) - paths.indexOf(b.address.folder));
}

async function memberOf(message: FetchedMessage, address: Required<MessageAddress>): Promise<Member> {
	const { fields } = await readMessage(message, { level: 'metadata', headers: [], attachmentContent: false });
	const { messageId, inReplyTo, references = [] } = fields;
	return {
		address,
		messageId,
		emailId: message.emailId,
		threadId: message.threadId,
		date: Date.parse(fields.date ?? '') || (message.internalDate?.getTime() ?? 0),
		ids: [...new Set([messageId, inReplyTo, ...references].filter((id) => id !== undefined))],
	};
}
