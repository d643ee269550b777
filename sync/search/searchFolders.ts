import type { StopSignal } from '../errors/stopSignal';
import { serverOut, SyncError, stopError } from '../errors/syncError';
import { findMessages, type MessageSearch } from './findMessages';
import type { MessageAddress } from '../reading/messageAddress';
import type { MailServer } from '../server/mailServer';
import { ResumingReader } from '../reading/resumingReader';
import { readMessages } from '../reading/readMessages';
import type { FetchedMessage } from '../server/message';
import type { SearchCriteria } from '../server/searchCriteria';

/** A message that a search found, and what was read of it on the way. */
export interface FoundMessage {
	address: Required<MessageAddress>;
	known?: FetchedMessage;
}

export interface SearchOptions {
	/** Folders that may not be opened, or are gone, are skipped: nobody named them. */
	mayMiss: boolean;
	/** Asked between commands. */
	signal?: StopSignal;
}

/** A search changes nothing, so what a lost connection interrupted is tried once more. */
const ATTEMPTS = 2;

const passedOver = new Set(['folderNotFound', 'folderNotSelectable', 'folderForbidden']);

/**
 * Searches folders and gives the newest (or oldest) messages of all of them: in each folder by when they came into it, between folders
 * by when they were received. `criteriaOf` gives what to look for in a folder. Throws SyncError when a folder cannot be searched.
 */
export async function searchFolders(
	server: MailServer,
	paths: readonly string[],
	{ limit, order, criteriaOf }: Omit<MessageSearch, 'criteria'> & { criteriaOf(path: string): SearchCriteria },
	{ mayMiss, signal }: SearchOptions,
): Promise<FoundMessage[]> {
	const found = new Map<string, FoundMessage[]>();
	let left = [...paths];
	const reader = new ResumingReader(server);
	for (let attempt = 1; left.length > 0; attempt++) {
		const visits = await reader.visitFolders(left, async (path, connection) => {
			if (signal?.aborted) throw stopError(path);
			const folder = await connection.open(path);
			const { uids, known } = await findMessages(folder, { criteria: criteriaOf(path), limit, order }, signal);
			const unknown = uids.filter((uid) => !known.has(uid));
			// Only between folders it matters when a message was received.
			if (paths.length > 1 && unknown.length > 0) {
				await readMessages(unknown, {
					folder,
					settings: { output: 'reference', attachments: false, messageSize: 0 },
					signal,
					take: async (message) => void known.set(message.uid, message),
					fail: () => undefined,
				});
			}
			if (signal?.aborted) throw stopError(path);
			const { uidValidity } = folder.snapshot;
			return uids.map((uid): FoundMessage => ({ address: { folder: path, uid, uidValidity }, known: known.get(uid) }));
		});
		const again: string[] = [];
		for (const [index, visit] of visits.entries()) {
			if (visit.status === 'fulfilled') {
				found.set(left[index], visit.value);
				continue;
			}
			const reason: unknown = visit.reason;
			if (!(reason instanceof SyncError)) throw reason;
			if (mayMiss && passedOver.has(reason.code)) continue;
			const passes = reason.scope === 'connection' && reason.passing && reason.code !== 'runStopped' && !serverOut(reason);
			if (attempt >= ATTEMPTS || !passes) throw reason;
			again.push(left[index]);
		}
		left = again;
	}
	const lists = paths.map((path) => found.get(path) ?? []);
	return merged(lists, order).slice(0, limit);
}

/** The lists as one: of the messages that stand first in a list the newest (or oldest) is always the next. */
function merged(lists: FoundMessage[][], order: MessageSearch['order']): FoundMessage[] {
	const filled = lists.filter((list) => list.length > 0);
	if (filled.length <= 1) return filled[0] ?? [];
	const result: FoundMessage[] = [];
	const places = filled.map(() => 0);
	const receivedAt = (list: number): number => filled[list][places[list]].known?.internalDate?.getTime() ?? 0;
	for (let count = filled.reduce((sum, { length }) => sum + length, 0); count > 0; count--) {
		let best = -1;
		for (let list = 0; list < filled.length; list++) {
			if (places[list] >= filled[list].length) continue;
			const isBetter =
				best < 0 || (order === 'newestFirst' ? receivedAt(list) > receivedAt(best) : receivedAt(list) < receivedAt(best));
			if (isBetter) best = list;
		}
		result.push(filled[best][places[best]++]);
	}
	return result;
}
