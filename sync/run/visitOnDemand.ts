import type { FolderConnection, MailServer } from '../server/mailServer';

/**
 * A visit that takes a connection only when it needs one: what was read ahead is there, whatever has become of the connection since.
 * Gives its answer as visitFolders() does.
 */
export async function visitOnDemand<T>(
	server: Pick<MailServer, 'visitFolders'>,
	path: string,
	visit: (path: string, connection: FolderConnection) => Promise<T>,
): Promise<PromiseSettledResult<T>> {
	let release: ((result: PromiseSettledResult<T>) => void) | undefined;
	let holding: Promise<unknown> | undefined;
	let taken: Promise<FolderConnection> | undefined;
	const take = (): Promise<FolderConnection> => {
		taken ??= new Promise((resolve, reject) => {
			const hold = async (_path: string, connection: FolderConnection): Promise<void> => {
				const ended = new Promise<PromiseSettledResult<T>>((end) => (release = end));
				resolve(connection);
				const result = await ended;
				// The server gives up a connection on which a visit failed.
				if (result.status === 'rejected') throw result.reason;
			};
			holding = server.visitFolders([path], hold).then(([result]) => {
				if (result.status === 'rejected') reject(result.reason as Error);
			}, reject);
		});
		return taken;
	};
	const onDemand: FolderConnection = {
		open: async (name, since) => await (await take()).open(name, since),
		keepsFlag: async (name, flag) => await (await take()).keepsFlag(name, flag),
	};
	const [result] = await Promise.allSettled([visit(path, onDemand)]);
	release?.(result);
	await holding;
	return result;
}
