import type { ImapFlow, MailboxObject } from 'imapflow';
import { SyncError } from '../errors/syncError';
import type { ImapConnection } from './connection';
import { FolderEvents } from './folderEvents';
import { keywordsOf } from './flags';
import { skipListBeforeOpen } from './internals';
import { toListing } from './listing';
import { ListedNames } from './mailboxName';
import { searchPlain } from './searchCommand';
import type { Capabilities } from '../server/capabilities';
import type { FolderSnapshot } from '../server/folderSnapshot';

/** What the EXAMINE returned, copied: imapflow's own object moves with every FETCH and EXISTS. */
export interface Opened {
	uidValidity: bigint | undefined;
	uidNext: number | undefined;
	exists: number | undefined;
	highestModseq: bigint | undefined;
	mailboxId: string | undefined;
	flags: string[];
	qresync: boolean;
}

export interface Since {
	uidValidity: string;
	modseq: string;
}

/** Opens a folder by one EXAMINE. Throws folderNotFound, folderNotSelectable, folderForbidden, folderInconsistent or what ends the connection. */
export async function openFolder(
	connection: ImapConnection,
	capabilities: Capabilities,
	path: string,
	since: Since | undefined,
): Promise<{ snapshot: FolderSnapshot; events: FolderEvents }> {
	const events = new FolderEvents(connection);
	try {
		const askSince = since && capabilities.qresync && !connection.faults.qresyncOpen ? since : undefined;
		const opened = await examine(connection, path, askSince, events);
		return { snapshot: await toSnapshot(connection, capabilities, path, opened, events), events };
	} catch (error) {
		events.detach();
		throw error;
	}
}

async function examine(
	connection: ImapConnection,
	path: string,
	since: Since | undefined,
	events: FolderEvents,
	asListed = false,
): Promise<Opened> {
	const command = { doing: 'open', folder: path } as const;
	skipListBeforeOpen(connection.client, path);
	let refusal: unknown;
	const opened = await connection.run(command, async (client) => {
		try {
			return await examineOnce(client, path, since);
		} catch (error) {
			refusal = error;
			return undefined;
		}
	});
	events.opened();
	if (opened) return opened;
	const { responseStatus, mailboxMissing } = refusal as { responseStatus?: string; mailboxMissing?: boolean };
	if (responseStatus === 'BAD' && since) {
		// A Cyrus murder enables QRESYNC in front of back ends that do not know it (cyrus-imapd issue 4787).
		connection.faults.qresyncRefused();
		return await examine(connection, path, undefined, events);
	}
	if (responseStatus === 'NO' && !asListed && ListedNames.mayDiffer(path)) {
		// A chosen folder was never listed on this connection: its name may be written in another way there.
		const listed = await connection.run({ doing: 'list', folder: path }, (client) => client.list());
		for (const folder of listed) toListing(folder, connection.listedNames);
		return await examine(connection, path, since, events, true);
	}
	const error = connection.explain(refusal, command);
	if (responseStatus === 'NO' && !mailboxMissing && (error.code === 'commandRefused' || error.code === 'folderNotFound')) {
		const listed = await connection.run({ doing: 'list', folder: path }, (client) => client.list());
		const folder = listed.map((entry) => toListing(entry, connection.listedNames)).find((listing) => listing.path === path);
		if (folder && !folder.selectable) {
			throw new SyncError('folderNotSelectable', { reason: 'container', folder: path, host: connection.host }, { cause: error });
		}
	}
	throw error;
}

/**
 * EXAMINE, and the state of the folder in the moment it was opened: at the event mailboxOpen, before imapflow reads on. A
 * folder that is opened twice in a row gives no such event, then it is the moment mailboxOpen() resolves.
 */
async function examineOnce(client: ImapFlow, path: string, since: Since | undefined): Promise<Opened> {
	let opened: Opened | undefined;
	const freeze = (mailbox: MailboxObject): void => {
		opened = copy(mailbox);
	};
	client.on('mailboxOpen', freeze);
	try {
		const mailbox = await client.mailboxOpen(path, {
			// Never SELECT: it takes \Recent away from the user's own program, and allows changes.
			readOnly: true,
			...(since ? { changedSince: BigInt(since.modseq), uidValidity: since.uidValidity } : {}),
		});
		return opened ?? copy(mailbox);
	} finally {
		client.off('mailboxOpen', freeze);
	}
}

function copy(mailbox: MailboxObject): Opened {
	const { uidValidity, uidNext, exists, highestModseq, noModseq, mailboxId, flags } = mailbox;
	return {
		uidValidity,
		uidNext,
		exists,
		highestModseq: noModseq ? undefined : highestModseq,
		mailboxId,
		flags: [...(flags ?? [])],
		// Set by imapflow when the question was asked and UIDVALIDITY and HIGHESTMODSEQ of the answer allow to use it.
		qresync: (mailbox as { qresync?: unknown }).qresync === true,
	};
}

async function toSnapshot(
	connection: ImapConnection,
	capabilities: Capabilities,
	path: string,
	opened: Opened,
	events: FolderEvents,
): Promise<FolderSnapshot> {
	const { uidValidity, exists } = opened;
	if (!uidValidity || exists === undefined) {
		throw new SyncError('folderInconsistent', {
			reason: uidValidity ? 'noCount' : 'noUidValidity',
			folder: path,
			host: connection.host,
		});
	}
	const uidNext = opened.uidNext ?? (await findUidNext(connection, path, exists));
	return snapshotOf(capabilities, path, {
		...opened,
		uidValidity,
		exists,
		uidNext,
		qresync: opened.qresync && !events.unreadable,
	});
}

/** The folder as the core sees it, of an EXAMINE that returned all that it has to. */
export function snapshotOf(
	capabilities: Capabilities,
	path: string,
	opened: Opened & { uidValidity: bigint; uidNext: number; exists: number },
): FolderSnapshot {
	return Object.freeze({
		path,
		uidValidity: opened.uidValidity.toString(),
		uidNext: opened.uidNext,
		exists: opened.exists,
		highestModseq: capabilities.condstore && opened.highestModseq ? opened.highestModseq.toString() : undefined,
		mailboxId: opened.mailboxId,
		keywords: keywordsOf(opened.flags),
		qresyncAnswered: opened.qresync,
	});
}

/** 163.com returns no UIDNEXT with EXAMINE. STATUS may know it; otherwise it is above the last message. */
async function findUidNext(connection: ImapConnection, path: string, exists: number): Promise<number> {
	const status = await connection.run({ doing: 'other', folder: path }, (client) => client.status(path, { uidNext: true }));
	if (status && status.uidNext) return status.uidNext;
	if (exists === 0) return 1;
	const last = await searchPlain(connection, { seq: String(exists) }, { doing: 'search', folder: path });
	return (last.last ?? 0) + 1;
}
