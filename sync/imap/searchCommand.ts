import type { SearchObject } from 'imapflow';
import { SyncError } from '../errors/syncError';
import { UidSet } from '../uids/uidSet';
import type { Command, ImapConnection } from './connection';

/**
 * Runs one UID SEARCH. Asks for ranges where the server has ESEARCH (RFC 4731); an answer that is not consistent in itself is
 * asked again in the plain form, and the ranges are then left alone for the rest of the connection: iCloud and Strato leave out
 * ALL, which looks like an empty folder. Throws searchFailed when the server refuses.
 */
export async function searchUids(connection: ImapConnection, query: SearchObject, command: Command): Promise<UidSet> {
	if (connection.client.capabilities.has('ESEARCH') && !connection.faults.esearch) {
		const found = await connection.run(command, (client) => client.search(query, { uid: true, returnOptions: ['ALL', 'COUNT'] }));
		if (found === false || found === undefined) throw refused(connection, command);
		if (Array.isArray(found)) return UidSet.of(found);
		const uids = consistent(found);
		if (uids) return uids;
		connection.faults.searchLied(found.all === undefined ? 'searchWithoutSet' : 'searchMiscounted');
	}
	return await searchPlain(connection, query, command);
}

/** UID SEARCH in the form every server has. */
export async function searchPlain(connection: ImapConnection, query: SearchObject, command: Command): Promise<UidSet> {
	const found = await connection.run(command, (client) => client.search(query, { uid: true }));
	if (!Array.isArray(found)) throw refused(connection, command);
	return UidSet.of(found);
}

function consistent({ all, count }: { all?: string; count?: number }): UidSet | undefined {
	if (count === undefined) return undefined;
	if (all === undefined) return count === 0 ? UidSet.empty : undefined;
	try {
		const uids = UidSet.parse(all);
		return uids.size === count ? uids : undefined;
	} catch {
		return undefined;
	}
}

/** imapflow answers `false` to NO and BAD, which reads as "nothing found", and undefined when no folder is open any more. */
function refused(connection: ImapConnection, command: Command): SyncError {
	const { folder } = command;
	if (!connection.usable)
		return connection.explain(Object.assign(new Error('Connection not available'), { code: 'NoConnection' }), command);
	const refusal = connection.explainRefusal(command);
	if (refusal.scope !== 'folder') return refusal;
	return new SyncError('searchFailed', { reason: 'refusedSilently', folder, host: connection.host });
}
