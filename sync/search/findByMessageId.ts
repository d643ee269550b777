import { SyncError } from '../errors/syncError';
import type { MessageAddress } from '../reading/messageAddress';
import type { MailServer, OpenFolder } from '../server/mailServer';
import { asUid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FolderListing } from '../server/folderListing';

/** Message-IDs in one search: with 100 characters each the command stays below 8 kB (RFC 7162 section 4). */
const IDS_PER_SEARCH = 50;

/** One Message-ID to look up, with angle brackets, in one folder or (without) in all. */
export interface Lookup {
	messageId: string;
	folder?: string;
}

/**
 * Looks messages up by Message-ID: one SEARCH for up to 50 of them and one FETCH of headers in each folder, since servers
 * search for parts of a header and would find "<1@a>" in "<1@ab>". A message in several folders is taken from the
 * first of: INBOX, ordinary folders, sent, drafts, archive, all mail, trash, junk; of several in one folder the newest. The
 * answers are in the order of the lookups: an address, or messageNotFound, or why a folder could not be searched.
 */
export async function findByMessageId(
	server: MailServer,
	lookups: readonly Lookup[],
): Promise<Array<Required<MessageAddress> | SyncError>> {
	const wanted = new Map<string, Set<string>>();
	const everywhere = lookups.filter(({ folder }) => folder === undefined);
	const listed = everywhere.length > 0 ? inOrder(await server.listFolders({ status: false })) : [];
	for (const { messageId, folder } of lookups) {
		for (const path of folder === undefined ? listed : [folder]) wanted.set(path, (wanted.get(path) ?? new Set()).add(messageId));
	}
	const paths = [...wanted.keys()];
	const visits = await server.visitFolders(paths, async (path, connection) => {
		const open = await connection.open(path);
		return { uidValidity: open.snapshot.uidValidity, found: await findIn(open, [...(wanted.get(path) ?? [])]) };
	});
	const byPath = new Map(paths.map((path, index) => [path, visits[index]]));

	return lookups.map(({ messageId, folder }) => {
		let failure: SyncError | undefined;
		for (const path of folder === undefined ? listed : [folder]) {
			const visit = byPath.get(path);
			if (visit?.status === 'rejected') {
				if (!(visit.reason instanceof SyncError)) throw visit.reason;
				// A folder that vanished meanwhile, or one that may not be read, does not hide the others.
				if (folder !== undefined || visit.reason.scope !== 'folder') failure ??= visit.reason;
			}
			if (visit?.status !== 'fulfilled') continue;
			const uid = visit.value.found.get(messageId);
			if (uid !== undefined) return { folder: path, uid: asUid(uid), uidValidity: visit.value.uidValidity };
		}
		return failure ?? new SyncError('messageNotFound', { reason: 'messageId', messageId, folder });
	});
}

/** The highest UID of each Message-ID that the folder has. */
async function findIn(folder: OpenFolder, messageIds: string[]): Promise<Map<string, number>> {
	const found = new Map<string, number>();
	if (folder.snapshot.exists === 0) return found;
	for (let start = 0; start < messageIds.length; start += IDS_PER_SEARCH) {
		const ids = messageIds.slice(start, start + IDS_PER_SEARCH);
		const uids: UidSet = await folder.search({ messageIds: ids });
		if (uids.isEmpty) continue;
		for await (const { uid, header } of folder.fetch(uids, 'headerAndStructure')) {
			const id = header && messageIdOf(header);
			if (id !== undefined && ids.includes(id)) found.set(id, Math.max(uid, found.get(id) ?? 0));
		}
	}
	return found;
}

/** The Message-ID of a header block, with angle brackets and without what folding and comments put around it. */
function messageIdOf(header: Buffer): string | undefined {
	const field = /^message-id:((?:.*(?:\r?\n[ \t].*)*))/im.exec(header.toString('latin1'))?.[1];
	return /<[^<>]+>/.exec(field?.replace(/\r?\n/g, '') ?? '')?.[0].replace(/[ \t]/g, '');
}

const order = ['\\inbox', '', '\\sent', '\\drafts', '\\archive', '\\all', '\\trash', '\\junk'];

function inOrder(folders: FolderListing[]): string[] {
	const rank = ({ path, specialUse }: FolderListing): number => {
		const place = order.indexOf(path.toUpperCase() === 'INBOX' ? '\\inbox' : (specialUse ?? '').toLowerCase());
		return place < 0 ? 1 : place;
	};
	return folders
		.filter(({ selectable }) => selectable)
		.sort((a, b) => rank(a) - rank(b))
		.map(({ path }) => path);
}
