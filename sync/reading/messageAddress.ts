import { SyncError } from '../errors/syncError';
import { asUid, MAX_UID, type Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';

/** One message on a mail server. Without `uidValidity` it is unknown whether the UID still means the same message. */
export interface MessageAddress {
	folder: string;
	/** Decimal string, as the items of the triggers have it. */
	uidValidity?: string;
	uid: Uid;
}

/** Tasks about messages of one folder that one command can do. `indexes` are theirs in the list they came from. */
export interface AddressGroup<T> {
	task: T;
	indexes: number[];
	uids: UidSet;
}

/** Everything to do in one folder. */
export interface FolderGroup<T> {
	folder: string;
	groups: Array<AddressGroup<T>>;
}

/**
 * Groups tasks by folder, and in a folder by what is to be done, as `keyOf` defines it: each folder is opened once and each group
 * is one command, however many messages. Folders and groups keep the order in which they first appear.
 */
export function groupByFolder<T>(
	tasks: ReadonlyArray<{ address: MessageAddress; task: T }>,
	keyOf: (task: T) => string = (task) => JSON.stringify(task),
): Array<FolderGroup<T>> {
	const folders = new Map<string, Map<string, { task: T; indexes: number[]; uids: Uid[] }>>();
	// Neighbours mostly share one task, as all messages of a range do.
	let last: { task: T; key: string } | undefined;
	tasks.forEach(({ address, task }, index) => {
		// INBOX is the one name without case (RFC 3501 section 5.1).
		const name = address.folder.toUpperCase() === 'INBOX' ? 'INBOX' : address.folder;
		let groups = folders.get(name);
		if (!groups) folders.set(name, (groups = new Map()));
		if (last?.task !== task) last = { task, key: keyOf(task) };
		const { key } = last;
		let group = groups.get(key);
		if (!group) groups.set(key, (group = { task, indexes: [], uids: [] }));
		group.indexes.push(index);
		group.uids.push(address.uid);
	});
	return [...folders].map(([folder, groups]) => ({
		folder,
		groups: [...groups.values()].map(({ task, indexes, uids }) => ({ task, indexes, uids: UidSet.of(uids) })),
	}));
}

/** A UID from a number or its text. Undefined for anything else. */
export function readUid(value: unknown): Uid | undefined {
	const number = typeof value === 'string' && /^\s*\d{1,10}\s*$/.test(value) ? Number(value) : value;
	return typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= MAX_UID ? asUid(number) : undefined;
}

/** The error for a message whose folder has another UIDVALIDITY than its address. */
export function renumbered({ folder, uid, uidValidity }: MessageAddress, now: string): SyncError {
	return new SyncError('folderRenumbered', { folder, uid, before: uidValidity, now });
}

/** The error for a UID that the folder does not have. */
export function notThere({ folder, uid }: MessageAddress): SyncError {
	return new SyncError('messageNotFound', { reason: 'uid', folder, uid });
}
