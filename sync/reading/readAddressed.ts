import type { ReadingSettings } from '../settings/readingSettings';
import { serverOut, SyncError, stopError } from '../errors/syncError';
import { groupByFolder, renumbered, type MessageAddress } from './messageAddress';
import type { FolderConnection, MailServer } from '../server/mailServer';
import { readMessages } from './readMessages';
import type { Uid } from '../uids/uid';
import type { FetchedMessage } from '../server/message';

/** A message to be read, and how. Requests with the same `key` are read by the same FETCHes. */
export interface ReadTask {
	address: MessageAddress;
	task: { key: string; settings: ReadingSettings };
	/** What is known of the message already, so that it is not read again. */
	known?: FetchedMessage;
}

export interface ReadOptions {
	/** Takes what was read, with its place in the list and the address it has; see Reading.take. */
	take(place: number, message: FetchedMessage, address: Required<MessageAddress>): Promise<void>;
	/** Hears of each message that was not read, with its place in the list; may throw to end everything. */
	fail(place: number, error: SyncError): void;
	/** Asked between commands. */
	stopped(): boolean;
}

/** Reading changes nothing, so what a lost connection interrupted is tried once more. */
const ATTEMPTS = 2;

/**
 * Reads messages by their addresses, each folder opened once and each kind of request with few FETCHes, however many there are.
 * Each place gets exactly one answer. An address whose UIDVALIDITY is not the folder's, and a UID that is not there, get an error
 * and the others are read. Throws only what the options throw.
 */
export async function readAddressed(server: MailServer, tasks: readonly ReadTask[], options: ReadOptions): Promise<void> {
	const open = new Set(tasks.keys());
	/** What ended everything: something that is no failure of the mail server. */
	let fatal: { error: unknown } | undefined;
	const fail = (place: number, error: SyncError): void => {
		if (!open.delete(place)) return;
		try {
			options.fail(place, error);
		} catch (thrown) {
			fatal ??= { error: thrown };
			throw thrown;
		}
	};
	const stopped = (): boolean => fatal !== undefined || options.stopped();

	const readFolder = async (path: string, connection: FolderConnection, places: number[]): Promise<void> => {
		if (stopped()) return;
		const folder = await connection.open(path);
		const { uidValidity } = folder.snapshot;
		const valid = places.filter((place) => {
			const { address } = tasks[place];
			if (address.uidValidity === undefined || address.uidValidity === uidValidity) return true;
			fail(place, renumbered(address, uidValidity));
			return false;
		});
		const [grouped] = groupByFolder(
			valid.map((place) => ({ address: { ...tasks[place].address, folder: path }, task: tasks[place].task })),
			({ key }) => key,
		);
		for (const { task, places: within } of grouped?.groups ?? []) {
			const byUid = new Map<Uid, number[]>();
			for (const at of within) {
				const { uid } = tasks[valid[at]].address;
				byUid.set(uid, [...(byUid.get(uid) ?? []), valid[at]]);
			}
			await readMessages([...byUid.keys()], {
				folder,
				settings: task.settings,
				known: new Map([...byUid].flatMap(([uid, [place]]) => (tasks[place].known ? [[uid, tasks[place].known]] : []))),
				stopped,
				take: async (message) => {
					for (const place of byUid.get(message.uid) ?? []) {
						if (!open.has(place)) continue;
						try {
							await options.take(place, message, { folder: path, uid: message.uid, uidValidity });
							open.delete(place);
						} catch (error) {
							if (error instanceof SyncError && error.scope === 'message') {
								fail(place, error);
								continue;
							}
							if (!(error instanceof SyncError)) fatal ??= { error };
							throw error;
						}
					}
				},
				fail: (uid, error) => {
					for (const place of byUid.get(uid) ?? []) fail(place, error);
				},
			});
		}
	};

	for (let attempt = 1; attempt <= ATTEMPTS && open.size > 0 && !stopped(); attempt++) {
		const left = [...open];
		const folders = groupByFolder(left.map((place) => ({ address: tasks[place].address, task: 0 }))).map(
			({ folder, groups }) => ({
				folder,
				places: groups.flatMap(({ places }) => places.map((place) => left[place])),
			}),
		);
		const placesOf = new Map(folders.map(({ folder, places }) => [folder, places]));
		const paths = folders.map(({ folder }) => folder);
		const visits = await server.visitFolders(paths, (path, connection) => readFolder(path, connection, placesOf.get(path) ?? []));
		if (fatal) throw fatal.error;
		for (const [index, visit] of visits.entries()) {
			if (visit.status === 'fulfilled') continue;
			const reason: unknown = visit.reason;
			if (!(reason instanceof SyncError)) throw reason;
			if (attempt < ATTEMPTS && reason.scope === 'connection' && reason.passing && !serverOut(reason)) continue;
			for (const place of placesOf.get(paths[index]) ?? []) fail(place, reason);
		}
	}
	for (const place of [...open]) fail(place, stopError(tasks[place].address.folder));
}
