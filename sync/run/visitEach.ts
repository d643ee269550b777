import { asSyncError, type SyncError } from '../errors/syncError';
import { WatchedFolder } from '../reading/watchedFolder';
import type { FolderConnection, MailServer } from '../server/mailServer';
import type { RunContext } from './runContext';

/** Connections that a run spends at most on finding messages that end them. */
const MAX_ROUNDS = 50;

/**
 * Visits folders, each with what is in doubt there (see DoubtfulMessages). Where the connection ended while messages were read,
 * the folder is visited again: each round comes closer to the message that ends it, and then goes past it. A folder that was not
 * visited because others ended the connection has its turn in the next round. Gives the last answer of each path, in the order of
 * `paths`; `errorOf` says which error ended a visit that brought something all the same; `visitAll` makes the visits.
 */
export async function visitEach<T>(
	{ services, budget, doubts }: RunContext,
	paths: string[],
	visit: (path: string, connection: FolderConnection) => Promise<T>,
	errorOf: (value: T) => SyncError | undefined,
	visitAll: MailServer['visitFolders'] = async (some, one) => await services.server.visitFolders(some, one),
): Promise<Array<PromiseSettledResult<T>>> {
	const results = new Map<string, PromiseSettledResult<T>>();
	const begun = new Set<string>();
	let left = paths;
	for (let round = 1; left.length > 0 && round <= MAX_ROUNDS; round++) {
		const blamesBefore = new Map(left.map((path) => [path, doubts.blamesOf(path)]));
		const begunBefore = begun.size;
		const visits = await visitAll(left, async (path, connection) => {
			begun.add(path);
			return await visit(path, {
				open: async (name, since) => new WatchedFolder(await connection.open(name, since), doubts),
				keepsFlag: async (name, flag) => await connection.keepsFlag(name, flag),
			});
		});
		for (const [i, path] of left.entries()) results.set(path, visits[i]);
		const isNarrower = (path: string): boolean => doubts.blamesOf(path) > (blamesBefore.get(path) ?? 0);
		const narrowed = left.some(isNarrower) || begun.size > begunBefore;
		left = left.filter((path) => {
			const result = results.get(path);
			const error = result?.status === 'rejected' ? asSyncError(result.reason) : result && errorOf(result.value);
			return error?.scope === 'connection' && (!begun.has(path) || isNarrower(path));
		});
		if (!narrowed || budget.pastDeadline || budget.remainingEvents === 0) break;
	}
	return paths.flatMap((path) => results.get(path) ?? []);
}
