import type { ListResponse, StatusObject } from 'imapflow';
import type { ImapConnection } from './connection';
import type { ListedNames } from './mailboxName';
import { hasRefusedListStatus } from './internals';
import type { Capabilities } from '../server/capabilities';
import type { FolderListing, FolderStatus } from '../server/folderListing';

type ListedFolder = Pick<ListResponse, 'path' | 'flags' | 'specialUse' | 'delimiter' | 'status'> & Partial<ListResponse>;

/** All folders of the account, in one LIST; with their status where the server puts it into the same answer. */
export async function listFolders(
	connection: ImapConnection,
	capabilities: Capabilities,
	withStatus: boolean,
): Promise<FolderListing[]> {
	// Without LIST-STATUS imapflow would send a STATUS for each folder.
	const status = withStatus && capabilities.listStatus && !hasRefusedListStatus(connection.client);
	const statusQuery = { messages: true, uidNext: true, uidValidity: true, highestModseq: capabilities.condstore };
	const folders = await connection.run({ doing: 'list' }, (client) => client.list(status ? { statusQuery } : {}));
	return folders.map((folder) => toListing(folder, connection.listedNames));
}

/** A folder as the core knows it; `names` remember how the server wrote its name. */
export function toListing(
	{ path: read, pathAsListed = read, flags, specialUse, delimiter, status }: ListedFolder,
	names?: ListedNames,
): FolderListing {
	const path = names?.note(read, pathAsListed) ?? read;
	const attributes = new Set([...flags].map((flag) => flag.toLowerCase()));
	const listing: FolderListing = { path, selectable: !attributes.has('\\noselect') && !attributes.has('\\nonexistent') };
	if (specialUse) listing.specialUse = specialUse;
	if (delimiter) listing.delimiter = delimiter;
	const known = listing.selectable && status ? toStatus(status) : {};
	if (Object.keys(known).length > 0) listing.status = known;
	return listing;
}

function toStatus({ uidValidity, uidNext, messages, highestModseq }: StatusObject): FolderStatus {
	const status: FolderStatus = {};
	if (uidValidity) status.uidValidity = uidValidity.toString();
	if (uidNext) status.uidNext = uidNext;
	if (messages !== undefined) status.messages = messages;
	// 0 means that the folder has no mod-sequences (RFC 7162 section 3.1.7); Purelymail sends it for empty folders.
	if (highestModseq) status.highestModseq = highestModseq.toString();
	return status;
}
