import { SyncError } from '../errors/syncError';
import type { MailServer } from '../server/mailServer';
import { UidSet } from '../uids/uidSet';
import { renumbered } from './messageAddress';

/** Messages that may be in a folder. */
export interface PossibleMessages {
	folder: string;
	/** The UIDVALIDITY that the UIDs are of; absent where nobody knows. */
	uidValidity?: string;
	uids: UidSet;
}

/**
 * Which of the messages are there: one opening and one SEARCH for each folder, however many UIDs. The answers are in the order of the
 * questions; a folder that was renumbered, or cannot be searched, is an error.
 */
export async function existingIn(
	server: MailServer,
	asked: readonly PossibleMessages[],
): Promise<Array<{ uids: UidSet; uidValidity: string } | SyncError>> {
	const wanted = new Map<string, UidSet>();
	for (const { folder, uids } of asked) wanted.set(folder, (wanted.get(folder) ?? UidSet.empty).union(uids));
	const paths = [...wanted.keys()];
	const visits = await server.visitFolders(paths, async (path, connection) => {
		const open = await connection.open(path);
		const { uidValidity, exists } = open.snapshot;
		const uids = wanted.get(path) ?? UidSet.empty;
		return { uidValidity, found: exists === 0 ? UidSet.empty : await open.search({}, uids) };
	});
	const byPath = new Map(paths.map((path, place) => [path, visits[place]]));
	return asked.map(({ folder, uidValidity, uids }) => {
		const visit = byPath.get(folder)!;
		if (visit.status === 'rejected') {
			if (visit.reason instanceof SyncError) return visit.reason;
			throw visit.reason;
		}
		const { uidValidity: now, found } = visit.value;
		if (uidValidity !== undefined && uidValidity !== now) return renumbered({ folder, uid: uids.first!, uidValidity }, now);
		return { uids: found.intersect(uids), uidValidity: now };
	});
}
